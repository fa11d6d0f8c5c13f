"""Documents of the company: the list with its filters and exports, and what is done to marked ones.

What a member is narrowed to is asked of `access.reach()` and told to each query; nothing else is listed nor opened.
One document is shown by `document_page`.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.archive.models import Tag
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.core.sheets import Cell, Lira
from ebelge.documents import bundle, lists, readable, withdraw
from ebelge.documents.models import BUYER_ANSWERS, Document
from ebelge.documents.states import STATE_TEXTS
from ebelge.edge import bundles, originals
from ebelge.edge.access import reach
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import bell
from ebelge.ubl.types import DocumentKind
from ebelge.web import document_page, document_words, framed, list_tools, listing
from ebelge.web.document_lists import DocumentList, language_side
from ebelge.web.filters import lira
from ebelge.web.trade_words import kind_name

blueprint = Blueprint("portal_documents", __name__, url_prefix="/documents")
PLACE: Final = "outgoing"
EXPORTED: Final = (
    ("Tür", "Kind"), ("Numara", "Number"), ("ETTN", "ETTN"), ("Belge tarihi", "Issue date"), ("Alıcı", "Buyer"),
    ("VKN/TCKN", "VKN/TCKN"), ("Durum", "State"), ("Alıcı yanıtı", "Buyer's answer"), ("Para birimi", "Currency"),
    ("Ödenecek tutar", "Amount to pay"), ("Kontör", "Kontör"), ("Gönderildi", "Sent at"), ("Etiketler", "Tags"),
)  # fmt: skip


@blueprint.get("")
@right("documents:read")
def index() -> Response:
    """The newest documents that the filters let through, and what of all waits for somebody."""
    return LIST.show()


@blueprint.get("/export.<form>")
@right("documents:read")
def export(form: str) -> Response:
    """What the filters let through, as a sheet."""
    return LIST.export(form)


@blueprint.get("/zip")
@right("documents:read")
def make_zip() -> Response:
    """The documents that the filters let through, whatever they are, as one ZIP."""
    return _zip(request.args.getlist("form"))


@blueprint.post("/zip")
@right("documents:read")
@body_up_to(list_tools.FORM_BYTES_MAX)
def zip_marked() -> Response:
    """The marked documents as one ZIP."""
    return _zip(request.form.getlist("form"), list_tools.chosen())


@blueprint.post("/withdraw")
@right("documents:send", suspended_too=True)
@body_up_to(list_tools.FORM_BYTES_MAX)
def withdraw_marked() -> WerkzeugResponse:
    """Withdraw the marked documents that are not signed yet; the others stay as they are."""
    return _each("withdrawn", withdraw.withdraw)


@blueprint.post("/resend")
@right("documents:send")
@body_up_to(list_tools.FORM_BYTES_MAX)
def resend_marked() -> WerkzeugResponse:
    """Send the marked documents again that could not be delivered; the others stay as they are."""
    return _each("resent", withdraw.resend)


@blueprint.get("/<uuid:document_id>")
@right("documents:read")
def one(document_id: UUID) -> Response:
    """One document: where it stands, what can be done now, every step, what it cost."""
    return document_page.render(document_id)


@blueprint.get("/<uuid:document_id>/view")
@right("documents:read")
def view(document_id: UUID) -> Response:
    """The readable view, for the sandboxed frame and for printing."""
    document, data = originals.readable_of(member().tenant_id, document_id, reach=reach())
    return framed.sandboxed(readable.page(document, data).html)


@blueprint.get("/<uuid:document_id>/xml")
@right("documents:read")
def xml(document_id: UUID) -> Response:
    """The signed XML, the original in law; before it is signed, the source as it was accepted."""
    number, data = originals.xml_of(member().tenant_id, document_id, reach=reach(), signed=None)
    return framed.saved(data, "application/xml", f"{number}.xml")


@blueprint.get("/<uuid:document_id>/pdf")
@right("documents:read")
def pdf(document_id: UUID) -> Response:
    """The document as PDF, the signed XML inside; `?show=1`: inside the document's page."""
    document, data = originals.readable_of(member().tenant_id, document_id, reach=reach())
    made = readable.paper(document, data)
    return framed.saved(made, "application/pdf", f"{document.number}.pdf", shown="show" in request.args)


def _each(what: str, deed: Callable[..., Document]) -> WerkzeugResponse:
    tenant_id, done, left = member().tenant_id, 0, 0
    for document_id in list_tools.chosen():
        try:
            with tenant_session(tenant_id) as session:  # each by itself: one that is too late undoes no other
                deed(session, tenant_id=tenant_id, document_id=document_id, at=request_at(), reach=reach())
            done += 1
        except DomainError:
            left += 1
    bell.ring()
    return list_tools.back(PLACE, what, n=done, k=left)


def _zip(forms: list[str], ids: list[UUID] | None = None) -> Response:
    wanted = listing.asked(request.args, today=istanbul_date(request_at())).wanted
    chosen = [form for form in bundle.FORMS if form in forms] or ["xml", "html"]
    return bundles.answer(member().tenant_id, filters=wanted, forms=chosen, ids=ids or (), reach=reach())


def row(document: Document, hung: list[Tag]) -> dict[str, object]:
    """What the list shows of a document."""
    words, tone = document_words.in_short(document, side=language_side())
    return {
        "id": document.document_id,
        "path": url_for("portal_documents.one", document_id=document.document_id),
        "number": document.number,
        "kind": kind_name(document.kind, language_side()),
        "day": document.issue_date,
        "buyer": document.buyer_title,
        "vkn": document.buyer_vkn_tckn,
        "amount": "" if document.kind == "eirsaliye" else lira(document.payable_kurus, document.currency),
        "kontor": document.kontor,
        "state": words,
        "tone": tone,
        "tags": hung,
    }


def _cells(document: Document, hung: list[Tag], side: int) -> list[Cell]:
    answer = document.buyer_answer
    return [
        kind_name(document.kind, side), document.number, str(document.ettn), document.issue_date,
        document.buyer_title, document.buyer_vkn_tckn, STATE_TEXTS[document.state][side],
        document_words.ANSWERS[answer][side] if answer else "", document.currency,
        None if document.kind == "eirsaliye" else Lira(document.payable_kurus), document.kontor, document.created_at,
        ", ".join(tag.name for tag in hung),
    ]  # fmt: skip


def _choices(side: int) -> dict[str, dict[str, str]]:
    answers = {name: document_words.ANSWERS[name] for name in (lists.AWAITING, *BUYER_ANSWERS)}
    return {
        "kind": {kind.value: kind_name(kind, side) for kind in DocumentKind},
        "state": listing.one_side(document_words.STATES, side),
        "answer": listing.one_side(answers, side),
        "period": listing.one_side(listing.PERIODS, side),
    }


LIST: Final = DocumentList(
    place=PLACE, template="documents/index.html", file_name="giden", page=lists.page, waiting=lists.waiting, row=row,
    cells=_cells, heads=EXPORTED, choices=_choices,
)  # fmt: skip
