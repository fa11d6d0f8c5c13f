"""Kişiler: the address book as a list, one card, from a sheet and as one, and what the form asks of it."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.documents.drafting import contacts
from ebelge.documents.drafting.contacts import ContactData
from ebelge.documents.registered import taxpayer
from ebelge.documents.registered.taxpayer import MailboxKey
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web import books
from ebelge.web.books import BookPages
from ebelge.web.frame import account_page
from ebelge.web.public import page
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, own_rows, text

blueprint = Blueprint("contact_pages", __name__, url_prefix="/contacts")
FIELDS: Final = tuple(ContactData.__dataclass_fields__)
PAGES: Final = BookPages(
    "contacts", "contact_pages.index", contacts.listed, key=lambda row: (row.folded_title, row.contact_id), further={}
)


@blueprint.get("")
@right("documents:read")
def index() -> Response:
    """Cards by title, narrowed by words or digits."""
    return PAGES.show()


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
    return PAGES.change(contacts.add, show=lambda form: _card(None, form), data=_data())


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
    return PAGES.change(contacts.change, show=lambda form: _card(contact_id, form), contact_id=contact_id, data=_data())


@blueprint.post("/<uuid:contact_id>/delete")
@right("documents:send")
def delete(contact_id: UUID) -> Response | WerkzeugResponse:
    """Take a card out of the book."""
    return PAGES.change(contacts.delete_one, show=lambda form: _card(contact_id, form), contact_id=contact_id)


@blueprint.get("/export")
@right("documents:read")
def export() -> Response:
    """The whole book as a sheet."""
    return books.export("contacts")


@blueprint.post("/import")
@right("documents:send")
@body_up_to(books.BYTES_MAX)
def take_in() -> Response | WerkzeugResponse:
    """Enter the rows of a sheet, all or none."""
    return PAGES.take_in()


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
