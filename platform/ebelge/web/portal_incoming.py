"""What came in: the list with its filters and exports, and the mark that a document was taken over into the books.

One document is shown by `incoming_page`; its view is a stranger's page: it has run in a cage and stands in a sandboxed
frame.
"""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.archive.models import Tag
from ebelge.core.db import tenant_session
from ebelge.core.sheets import Cell, Lira
from ebelge.documents.answers.deadlines import last_minute, left_words
from ebelge.documents.incoming import lists
from ebelge.documents.incoming.models import IncomingDocument
from ebelge.edge import came_in
from ebelge.edge.access import reach
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.ubl.types import DocumentKind
from ebelge.web import document_words, framed, incoming_page, list_tools, listing
from ebelge.web.document_lists import DocumentList, language_side
from ebelge.web.filters import lira
from ebelge.web.trade_words import kind_name

blueprint = Blueprint("portal_incoming", __name__, url_prefix="/incoming")
PLACE: Final = "incoming"
KINDS: Final = (DocumentKind.EFATURA, DocumentKind.EIRSALIYE)
TONES: Final = {"none": "quiet", "rejected": "bad", "returned": "bad", "partly": "wait"}
EXPORTED: Final = (
    ("Tür", "Kind"), ("Senaryo", "Profile"), ("Tip", "Type"), ("Numara", "Number"), ("ETTN", "ETTN"),
    ("Belge tarihi", "Issue date"), ("Gönderen", "Sender"), ("VKN/TCKN", "VKN/TCKN"), ("Yanıt", "Answer"),
    ("Son yanıt anı", "Last moment to answer"), ("Para birimi", "Currency"), ("Matrah", "Base"), ("KDV", "KDV"),
    ("Tevkifat", "Withheld"), ("Ödenecek tutar", "Amount to pay"), ("Geldi", "Came"),
    ("Muhasebeye aktarıldı", "Taken over"), ("Etiketler", "Tags"),
)  # fmt: skip


@blueprint.get("")
@right("documents:read")
def index() -> Response:
    """The newest documents that the filters let through, and what of all waits for an answer."""
    return LIST.show()


@blueprint.get("/export.<form>")
@right("documents:read")
def export(form: str) -> Response:
    """What the filters let through, as a sheet."""
    return LIST.export(form)


@blueprint.post("/taken")
@right("documents:send", suspended_too=True)
@body_up_to(list_tools.FORM_BYTES_MAX)
def take_over() -> WerkzeugResponse:
    """Mark the marked documents as taken over into the books, or take the mark back."""
    back = request.form.get("way") == "back"
    ids, tenant_id = list_tools.chosen(), member().tenant_id
    with tenant_session(tenant_id) as session:
        mine = list_tools.within(session, PLACE, ids)
        count = lists.take_over(
            session, tenant_id=tenant_id, document_ids=mine, by=member().mark, at=request_at(), back=back
        )
    return list_tools.back(PLACE, "untaken" if back else "taken", n=count, k=len(ids) - count)


@blueprint.get("/<uuid:document_id>")
@right("documents:read")
def one(document_id: UUID) -> Response:
    """One document: who sent and sealed it, what it says, until when it may be answered, and the answer."""
    return incoming_page.render(document_id)


@blueprint.get("/<uuid:document_id>/view")
@right("documents:read")
def view(document_id: UUID) -> Response:
    """The readable view, for the sandboxed frame and for printing."""
    me = member()
    return framed.sandboxed(came_in.page_of(me.tenant_id, document_id, reach=reach(), test=me.mode == "test"))


@blueprint.get("/<uuid:document_id>/xml")
@right("documents:read")
def xml(document_id: UUID) -> Response:
    """The XML as its sender signed it, the original in law."""
    number, data = came_in.xml_of(member().tenant_id, document_id, reach=reach())
    return framed.saved(data, "application/xml", f"{came_in.file_name(number)}.xml")


def row(document: IncomingDocument, hung: list[Tag]) -> dict[str, object]:
    """What the list shows of a document."""
    until, at, side = document.answerable_until, request_at(), language_side()
    open_ = document.answer == "none" and until is not None and at < until
    answer = document_words.ANSWERS[document.answer][side] if document.answer != "none" else ""
    return {
        "id": document.document_id,
        "path": url_for("portal_incoming.one", document_id=document.document_id),
        "number": document.number,
        "kind": kind_name(document.kind, side),
        "profile": document.profile,
        "day": document.issue_date,
        "sender": document.sender_title,
        "vkn": document.sender_vkn_tckn,
        "amount": "" if document.kind == "eirsaliye" else lira(document.payable_kurus, document.currency),
        "came": document.received_at,
        "answer": ("Yanıtınız bekleniyor", "Awaits your answer")[side] if open_ else answer,
        "tone": "wait" if open_ else TONES.get(document.answer, "good"),
        "last": document_words.minute(last_minute(until)) if open_ and until else "",
        "left": left_words(until, at)[side] if open_ and until else "",
        "taken": document.taken_at,
        "tags": hung,
    }


def _cells(document: IncomingDocument, hung: list[Tag], side: int) -> list[Cell]:
    until, despatch = document.answerable_until, document.kind == "eirsaliye"
    amounts = (document.base_kurus, document.kdv_kurus, document.tevkifat_kurus, document.payable_kurus)
    return [
        kind_name(document.kind, side), document.profile, document.type_code, document.number, str(document.ettn),
        document.issue_date, document.sender_title, document.sender_vkn_tckn,
        document_words.ANSWERS[document.answer][side] if until or document.answer != "none" else "",
        last_minute(until) if until else None, document.currency,
        *(None if despatch else Lira(amount) for amount in amounts), document.received_at, document.taken_at,
        ", ".join(tag.name for tag in hung),
    ]  # fmt: skip


def _choices(side: int) -> dict[str, dict[str, str]]:
    return {
        "kind": {kind.value: kind_name(kind, side) for kind in KINDS},
        "answer": listing.one_side({name: document_words.ANSWERS[name] for name in lists.ANSWERS}, side),
        "taken": listing.one_side(listing.TAKEN, side),
        "period": listing.one_side(listing.PERIODS, side),
    }


LIST: Final = DocumentList(
    place=PLACE, template="incoming/index.html", file_name="gelen", page=lists.page, waiting=lists.waiting, row=row,
    cells=_cells, heads=EXPORTED, choices=_choices,
)  # fmt: skip
