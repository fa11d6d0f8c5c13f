"""Documents of the company: a list with filters, and one document with its steps, its XML and its readable view.

What a member is narrowed to is asked of `access.reach()` and told to each query; nothing else is listed nor opened.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.core.money import lira_text
from ebelge.documents import bundle, queries, readable
from ebelge.documents.models import Document
from ebelge.documents.queries import Filters
from ebelge.documents.states import STATE_TEXTS
from ebelge.edge import bundles, csp, originals
from ebelge.edge.access import reach
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.ubl.types import DocumentKind
from ebelge.web.frame import account_page
from tenants.members import memberships

blueprint = Blueprint("portal_documents", __name__, url_prefix="/documents")
PER_PAGE: Final = 50
PAGE = csp.policy(form=True, frame=True)
# The readable view is made by our own stylesheet, but the words in it may be a client's: it stands in a sandbox.
VIEW_POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
TONES: Final = {"delivered": "good", "refused": "bad", "failed": "bad", "undelivered": "bad"}
QUIET: Final = frozenset({"withdrawn", "given_up", "cancelled"})


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a list as they were typed, and what they mean."""

    typed: dict[str, str]
    filters: Filters
    after: UUID | None


@blueprint.get("")
@right("documents:read")
def index() -> Response:
    """The newest documents that the filters let through."""
    me, wrong = member(), None
    try:
        asked = _asked()
    except InvalidRequest as refusal:
        asked, wrong = Asked(_typed(), Filters(), None), refusal
    with tenant_session(me.tenant_id) as session:
        page = queries.list_page(
            session, tenant_id=me.tenant_id, filters=asked.filters, after=asked.after, limit=PER_PAGE, reach=reach()
        )
        rows = [] if wrong else [_row(document) for document in page.documents]
        older = None if wrong or page.next_after is None else _older(asked.typed, page.next_after)
    return account_page(
        "documents/index.html",
        status=400 if wrong else 200,
        problem=wrong.problem(language()) if wrong else None,
        rows=rows,
        older=older,
        typed=asked.typed,
        kinds={kind.value: kind.heading for kind in DocumentKind},
        states={state: texts[_side()] for state, texts in STATE_TEXTS.items()},
        narrowed=not reach().whole,
        first=asked.after is None,
    )


@blueprint.get("/zip")
@right("documents:read")
def make_zip() -> Response:
    """The documents that the filters let through, or those that are marked, as one ZIP."""
    try:
        filters = _asked().filters
        ids = [UUID(text) for text in request.args.getlist("id")[: bundle.DOCUMENTS_MAX]]
    except ValueError as error:
        raise InvalidRequest("Belgeler listeden seçilir.", "Documents are chosen from the list.") from error
    forms = [form for form in bundle.FORMS if form in request.args.getlist("form")] or ["xml", "html"]
    return bundles.answer(member().tenant_id, filters=filters, forms=forms, ids=ids, reach=reach())


@blueprint.get("/<uuid:document_id>")
@right("documents:read")
def one(document_id: UUID) -> Response:
    """One document: what it is, where it stands, every step, what it cost."""
    me = member()
    with tenant_session(me.tenant_id) as session:
        document = queries.get(session, tenant_id=me.tenant_id, document_id=document_id, reach=reach())
        steps = queries.timeline(session, tenant_id=me.tenant_id, document_id=document_id, reach=reach())
        shown = _row(document)
        events = [(step.at, step.text_tr if language() == "tr" else step.text_en, step.kontor) for step in steps]
        by = _by(session, me.tenant_id, document.created_by)
    return account_page(
        "documents/one.html", policy=PAGE, document=document, shown=shown, events=events, by=by,
        used=-sum(kontor for *_, kontor in events),
    )  # fmt: skip


@blueprint.get("/<uuid:document_id>/view")
@right("documents:read")
def view(document_id: UUID) -> Response:
    """The readable view, for the sandboxed frame and for printing."""
    document, xml = originals.readable_of(member().tenant_id, document_id, reach=reach())
    response = Response(readable.page(document, xml).html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = VIEW_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    # browsers refuse a sandboxed page that also asks for an opener policy of its own
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/<uuid:document_id>/xml")
@right("documents:read")
def xml(document_id: UUID) -> Response:
    """The signed XML, the original in law; before it is signed, the source as it was accepted."""
    number, data = originals.xml_of(member().tenant_id, document_id, reach=reach(), signed=None)
    response = Response(data, content_type="application/xml")
    response.headers["Content-Disposition"] = f'attachment; filename="{number}.xml"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/<uuid:document_id>/pdf")
@right("documents:read")
def pdf(document_id: UUID) -> Response:
    """The document as PDF, the signed XML inside."""
    document, xml = originals.readable_of(member().tenant_id, document_id, reach=reach())
    response = Response(readable.paper(document, xml), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{document.number}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _by(session: Session, tenant_id: UUID, created_by: str) -> str:
    """Who sent it: a member's name (also of one who left), or the API key."""
    kind, _, name = created_by.partition(":")
    if kind == "key":
        return f"{'API anahtarı' if language() == 'tr' else 'API key'} {name}"
    people = {str(one.person_id): one.full_name for one in memberships.colleagues(session, tenant_id=tenant_id)}
    return people.get(name, "Ebelge")


def _row(document: Document) -> dict[str, object]:
    """What the list shows of a document."""
    currency = "₺" if document.currency == "TRY" else document.currency
    tone = "quiet" if document.state in QUIET else TONES.get(document.state, "wait")
    return {
        "id": document.document_id,
        "path": url_for("portal_documents.one", document_id=document.document_id),
        "number": document.number,
        "kind": DocumentKind(document.kind).heading,
        "day": document.issue_date.strftime("%d.%m.%Y"),
        "buyer": document.buyer_title,
        "amount": "" if document.kind == "eirsaliye" else f"{lira_text(document.payable_kurus)} {currency}",
        "state": STATE_TEXTS[document.state][_side()],
        "tone": tone,
    }


def _typed() -> dict[str, str]:
    names = ("kind", "state", "number", "buyer", "day_from", "day_to")
    return {name: request.args.get(name, "").strip()[:40] for name in names}


def _asked() -> Asked:
    """:raises InvalidRequest: a day or a cursor that is none."""
    typed = _typed()
    try:
        days = [date.fromisoformat(typed[name]) if typed[name] else None for name in ("day_from", "day_to")]
        after = UUID(request.args["after"]) if request.args.get("after") else None
    except ValueError as error:
        raise InvalidRequest("Tarihi takvimden seçin.", "Choose the day from the calendar.") from error
    filters = Filters(
        kind=typed["kind"] or None,
        state=typed["state"] or None,
        number=typed["number"] or None,
        buyer_vkn_tckn=typed["buyer"] or None,
        day_from=days[0],
        day_to=days[1],
    )
    return Asked(typed, filters, after)


def _older(typed: dict[str, str], after: UUID) -> str:
    kept = {name: value for name, value in typed.items() if value} | {"after": str(after)}
    return f"{url_for('portal_documents.index')}?{urlencode(kept)}"


def _side() -> int:
    return 0 if language() == "tr" else 1
