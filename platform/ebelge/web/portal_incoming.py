"""What came in: a list with filters, and one document with its steps, its XML and its readable view.

The view is a stranger's page: it has run in a cage and stands in a sandboxed frame.
"""

from datetime import date, datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, current_app, request, url_for

from ebelge.core.clock import ISTANBUL
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.core.money import lira_text
from ebelge.documents.incoming import queries as incoming_queries
from ebelge.documents.incoming.models import IncomingDocument
from ebelge.documents.incoming.queries import Filters
from ebelge.edge import came_in
from ebelge.edge.access import reach
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.ubl.types import DocumentKind
from ebelge.web.frame import account_page
from ebelge.web.portal_documents import PAGE, VIEW_POLICY

blueprint = Blueprint("portal_incoming", __name__, url_prefix="/incoming")
PER_PAGE: Final = 50
ANSWER_PAGE: Final = "portal_answers.incoming"
KINDS: Final = (DocumentKind.EFATURA, DocumentKind.EIRSALIYE)
ANSWERS: Final[dict[str, tuple[str, str, str]]] = {
    "none": ("Yanıt yok", "No answer", "quiet"),
    "accepted": ("Kabul edildi", "Accepted", "good"),
    "rejected": ("Reddedildi", "Rejected", "bad"),
    "partly": ("Kısmen kabul edildi", "Partly accepted", "wait"),
    "returned": ("İade edildi", "Returned", "bad"),
    "assumed": ("Kabul sayıldı", "Taken as accepted", "good"),
}


@blueprint.get("")
@right("documents:read")
def index() -> Response:
    """The newest documents that the filters let through."""
    me, wrong, typed = member(), None, _typed()
    try:
        filters, after = _asked(typed)
    except InvalidRequest as refusal:
        filters, after, wrong = Filters(), None, refusal
    with tenant_session(me.tenant_id) as session:
        page = incoming_queries.list_page(
            session, tenant_id=me.tenant_id, filters=filters, after=after, limit=PER_PAGE, reach=reach()
        )
        rows = [] if wrong else [_row(document) for document in page.documents]
        older = None if wrong or page.next_after is None else _older(typed, page.next_after)
    return account_page(
        "incoming/index.html",
        status=400 if wrong else 200,
        problem=wrong.problem(language()) if wrong else None,
        rows=rows,
        older=older,
        typed=typed,
        kinds={kind.value: kind.heading for kind in KINDS},
        narrowed=not reach().whole,
    )


@blueprint.get("/<uuid:document_id>")
@right("documents:read")
def one(document_id: UUID) -> Response:
    """One document: who sent and sealed it, what it says, until when it may be answered."""
    me = member()
    with tenant_session(me.tenant_id) as session:
        document = incoming_queries.get(session, tenant_id=me.tenant_id, document_id=document_id, reach=reach())
        steps = incoming_queries.timeline(session, tenant_id=me.tenant_id, document_id=document_id, reach=reach())
        shown = _row(document)
        events = [(step.at, step.text_tr if language() == "tr" else step.text_en) for step in steps]
        session.expunge_all()
    # The page of answers is another area's; an installation without it shows none.
    has_answers = ANSWER_PAGE in current_app.view_functions
    answer_path = url_for(ANSWER_PAGE, document_id=document_id) if has_answers else ""
    return account_page(
        "incoming/one.html", policy=PAGE, document=document, shown=shown, events=events, answer_path=answer_path
    )


@blueprint.get("/<uuid:document_id>/view")
@right("documents:read")
def view(document_id: UUID) -> Response:
    """The readable view, for the sandboxed frame and for printing."""
    me = member()
    html = came_in.page_of(me.tenant_id, document_id, reach=reach(), test=me.mode == "test")
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = VIEW_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    # browsers refuse a sandboxed page that also asks for an opener policy of its own
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/<uuid:document_id>/xml")
@right("documents:read")
def xml(document_id: UUID) -> Response:
    """The XML as its sender signed it, the original in law."""
    number, data = came_in.xml_of(member().tenant_id, document_id, reach=reach())
    response = Response(data, content_type="application/xml")
    response.headers["Content-Disposition"] = f'attachment; filename="{came_in.file_name(number)}.xml"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _row(document: IncomingDocument) -> dict[str, object]:
    """What the list shows of a document."""
    currency = "₺" if document.currency == "TRY" else document.currency
    name_tr, name_en, tone = ANSWERS[document.answer]
    due = _due(document.answerable_until) if document.answer == "none" else ""
    answer = name_tr if language() == "tr" else name_en
    if document.answer == "none" and not document.answerable_until:
        answer = ""
    return {
        "path": url_for("portal_incoming.one", document_id=document.document_id),
        "number": document.number,
        "kind": DocumentKind(document.kind).heading,
        "day": document.issue_date.strftime("%d.%m.%Y"),
        "sender": document.sender_title,
        "amount": "" if document.kind == "eirsaliye" else f"{lira_text(document.payable_kurus)} {currency}",
        "answer": answer,
        "tone": tone,
        "due": due,
    }


def _due(until: datetime | None) -> str:
    """Until when it may be answered, while it may."""
    if until is None or until < request_at():
        return ""
    day = until.astimezone(ISTANBUL).strftime("%d.%m.%Y 23:59")
    return f"{day} son" if language() == "tr" else f"until {day}"


def _typed() -> dict[str, str]:
    names = ("kind", "number", "sender", "open", "day_from", "day_to")
    return {name: request.args.get(name, "").strip()[:40] for name in names}


def _asked(typed: dict[str, str]) -> tuple[Filters, UUID | None]:
    """:raises InvalidRequest: a day or a cursor that is none."""
    try:
        days = [date.fromisoformat(typed[name]) if typed[name] else None for name in ("day_from", "day_to")]
        after = UUID(request.args["after"]) if request.args.get("after") else None
    except ValueError as error:
        raise InvalidRequest("Tarihi takvimden seçin.", "Choose the day from the calendar.") from error
    filters = Filters(
        kind=typed["kind"] or None,
        sender=typed["sender"] or None,
        number=typed["number"] or None,
        day_from=days[0],
        day_to=days[1],
        open_at=request_at() if typed["open"] else None,
    )
    return filters, after


def _older(typed: dict[str, str], after: UUID) -> str:
    kept = {name: value for name, value in typed.items() if value} | {"after": str(after)}
    return f"{url_for('portal_incoming.index')}?{urlencode(kept)}"
