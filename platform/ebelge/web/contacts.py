"""Kişiler: the address book as a list, one card, from a sheet and as one, and what the form asks of it."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.errors import DomainError
from ebelge.documents.drafting import contacts
from ebelge.documents.drafting.contacts import ContactData
from ebelge.documents.registered import taxpayer
from ebelge.documents.registered.taxpayer import MailboxKey
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web import book_files
from ebelge.web.book_files import after_of, next_page
from ebelge.web.frame import account_page
from ebelge.web.public import page
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, attempt, own_rows, text

blueprint = Blueprint("contact_pages", __name__, url_prefix="/contacts")
HERE: Final = "contact_pages.index"
FIELDS: Final = tuple(ContactData.__dataclass_fields__)


@blueprint.get("")
@right("documents:read")
def index() -> Response:
    """Cards by title, narrowed by words or digits."""
    return _list()


@blueprint.get("/options")
@right("documents:send")
def options() -> Response:
    """The cards that fit what stands in the form, for its list of suggestions."""
    with own_rows() as session:
        rows = contacts.listed(
            session, tenant_id=member().tenant_id, wanted=request.args.get("q", "")[:100], limit=contacts.SUGGESTED
        )
        return page("books/contact_options.html", rows=rows)


@blueprint.get("/new")
@right("documents:send")
def new() -> Response:
    """An empty card, or one begun with what GİB's list says of a number."""
    number = "".join(request.args.get("vkn", "").split())[:11]
    with own_rows() as session:
        keys = [MailboxKey(number, "Invoice")] if number else []
        found = taxpayer.look_up(session, mode=member().mode, keys=keys, at=request_at()).of(number, "Invoice")
    values = {"vkn_tckn": number, "title": found[0].title if found else ""}
    return _card(None, Form(values), boxes=[one.alias for one in found], asked=bool(number))


@blueprint.post("")
@right("documents:send")
@body_up_to(FORM_BYTES_MAX)
def add() -> Response | WerkzeugResponse:
    """Enter a card."""

    def done() -> None:
        with own_rows() as session:
            contacts.add(session, tenant_id=member().tenant_id, data=_data(), by=member().mark, at=request_at())

    return attempt(done, show=lambda form: _card(None, form), to=HERE)


@blueprint.get("/<uuid:contact_id>")
@right("documents:read")
def one(contact_id: UUID) -> Response:
    """A card."""
    return _card(contact_id, EMPTY)


@blueprint.post("/<uuid:contact_id>")
@right("documents:send")
@body_up_to(FORM_BYTES_MAX)
def save(contact_id: UUID) -> Response | WerkzeugResponse:
    """Change a card."""

    def done() -> None:
        with own_rows() as session:
            contacts.change(
                session, tenant_id=member().tenant_id, contact_id=contact_id, data=_data(), by=member().mark,
                at=request_at(),
            )  # fmt: skip

    return attempt(done, show=lambda form: _card(contact_id, form), to=HERE)


@blueprint.post("/<uuid:contact_id>/delete")
@right("documents:send")
def delete(contact_id: UUID) -> Response | WerkzeugResponse:
    """Take a card out of the book."""

    def done() -> None:
        with own_rows() as session:
            contacts.delete_one(
                session, tenant_id=member().tenant_id, contact_id=contact_id, by=member().mark, at=request_at()
            )

    return attempt(done, show=lambda form: _card(contact_id, form), to=HERE)


@blueprint.get("/export")
@right("documents:read")
def export() -> Response:
    """The whole book as a sheet."""
    return book_files.export("contacts")


@blueprint.post("/import")
@right("documents:send")
@body_up_to(book_files.BYTES_MAX)
def take_in() -> Response | WerkzeugResponse:
    """Enter the rows of a sheet, all or none."""
    try:
        count = book_files.take_in("contacts")
    except DomainError as refusal:
        return _list(refusal)
    return book_files.done(HERE, count)


def _list(refusal: DomainError | None = None) -> Response:
    wanted = request.args.get("q", "").strip()[:100]
    with own_rows() as session:
        rows = contacts.listed(
            session, tenant_id=member().tenant_id, wanted=wanted, after=after_of(), limit=book_files.PER_PAGE + 1
        )
        shown = rows[: book_files.PER_PAGE]
        return account_page(
            "books/contacts.html", status=refusal.http_status if refusal else 200, rows=shown, wanted=wanted,
            problem=refusal.problem(language()) if refusal else None, said=book_files.said(),
            may_write="documents:send" in member().rights,
            more=next_page(HERE, wanted, rows, [(row.folded_title, row.contact_id) for row in shown]),
        )  # fmt: skip


def _card(contact_id: UUID | None, form: Form, *, boxes: list[str] | None = None, asked: bool = False) -> Response:
    with own_rows() as session:
        row = None if contact_id is None else contacts.get(session, tenant_id=member().tenant_id, contact_id=contact_id)
        if row is not None:
            keys = [MailboxKey(row.vkn_tckn, "Invoice")]
            found = taxpayer.look_up(session, mode=member().mode, keys=keys, at=request_at())
            boxes = [one.alias for one in found.of(row.vkn_tckn, "Invoice")]
        return account_page(
            "books/contact.html", form=form, row=row, boxes=boxes or [], asked=asked or row is not None,
            may_write="documents:send" in member().rights,
            path=url_for("contact_pages.save", contact_id=contact_id) if row else url_for("contact_pages.add"),
        )  # fmt: skip


def _data() -> ContactData:
    return ContactData(**{name: text(name) for name in FIELDS})
