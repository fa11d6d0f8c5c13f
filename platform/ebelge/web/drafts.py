"""Taslaklar: what is being written, sent one by one or many at once, deleted and had back; Şablonlar beside it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.ledger import balance
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest
from ebelge.documents.drafting import drafts, templates
from ebelge.documents.drafting.models import Draft
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web.forms import go_to, problem_of
from ebelge.web.frame import account_page
from ebelge.web.invoice_form import sending
from ebelge.web.invoice_form.choices import KIND_NAMES
from ebelge.web.invoice_form.fields import Posted
from ebelge.web.invoice_form.form import look_of
from ebelge.web.invoice_form.sources import Begun, content_body, desk
from ebelge.web.ways_out import way_out

blueprint = Blueprint("draft_pages", __name__, url_prefix="/drafts")
template_blueprint = Blueprint("template_pages", __name__, url_prefix="/templates")
PER_PAGE: Final = 50
SENT_AT_ONCE: Final = 25


@dataclass(frozen=True, slots=True)
class Row:
    """A draft in a list."""

    draft_id: UUID
    kind: str
    name: str
    buyer: str
    currency: str
    payable_kurus: int | None
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one draft: of the check before sending, or of sending. `path`: the document, or the draft."""

    row: Row
    path: str
    words: str
    tone: str
    kontor: int = 0


@blueprint.get("")
@right("documents:send")
def index() -> Response:
    """Drafts, the last saved first; with `?all=1` those of the whole company."""
    return _list()


@blueprint.post("/review")
@right("documents:send", suspended_too=True)
def review() -> Response | WerkzeugResponse:
    """The marked drafts, each checked, with what they cost together; nothing is sent by this."""
    rows = _chosen()
    if not rows:
        return go_to(url_for("draft_pages.index"))
    results = [_checked(*one) for one in rows]
    good = [one for one in results if one.tone == "good"]
    with tenant_session(member().tenant_id) as session:
        left = balance.balance(session, tenant_id=member().tenant_id, at=request_at()).spendable
    return account_page(
        "drafts/review.html", results=results, good=[one.row.draft_id for one in good],
        kontor=sum(one.kontor for one in good), spendable=left,
    )  # fmt: skip


@blueprint.post("/send")
@right("documents:send", suspended_too=True)
def send() -> Response | WerkzeugResponse:
    """Send the marked drafts, each by itself, and say what became of each."""
    rows = _chosen()
    if not rows:
        return go_to(url_for("draft_pages.index"))
    try:
        sending.texts_must_be_accepted()
    except DomainError as refusal:
        told = problem_of(refusal)
        way = way_out(str(told["code"]), back=url_for("draft_pages.index"))
        return _list(problem=told, way=way, status=refusal.http_status)
    results = [_sent(*one) for one in rows]
    return account_page("drafts/results.html", results=results, good=sum(1 for one in results if one.tone == "good"))


@blueprint.post("/<uuid:draft_id>/delete")
@right("documents:send", suspended_too=True)
def delete(draft_id: UUID) -> WerkzeugResponse:
    """Delete a draft; the list offers to have it back."""
    with tenant_session(member().tenant_id) as session:
        drafts.delete_one(session, desk=desk(), draft_id=draft_id, by=member().mark, at=request_at())
    return go_to(url_for("draft_pages.index", deleted=draft_id))


@blueprint.post("/<uuid:draft_id>/restore")
@right("documents:send", suspended_too=True)
def restore(draft_id: UUID) -> WerkzeugResponse:
    """Have a deleted draft back."""
    with tenant_session(member().tenant_id) as session:
        drafts.restore(session, desk=desk(), draft_id=draft_id, by=member().mark, at=request_at())
    return go_to(url_for("draft_pages.index"))


@template_blueprint.get("", endpoint="index")
@right("documents:send")
def templates_index() -> Response:
    """The company's templates."""
    with tenant_session(member().tenant_id) as session:
        rows = [_row(one) for one in templates.listed(session, tenant_id=member().tenant_id)]
    return account_page("drafts/templates.html", rows=rows, deleted=_deleted())


@template_blueprint.post("/<uuid:draft_id>/delete")
@right("documents:send", suspended_too=True)
def delete_template(draft_id: UUID) -> WerkzeugResponse:
    """Delete a template; the list offers to have it back."""
    with tenant_session(member().tenant_id) as session:
        templates.delete_one(
            session, tenant_id=member().tenant_id, draft_id=draft_id, by=member().mark, at=request_at()
        )
    return go_to(url_for("template_pages.index", deleted=draft_id))


@template_blueprint.post("/<uuid:draft_id>/restore")
@right("documents:send", suspended_too=True)
def restore_template(draft_id: UUID) -> WerkzeugResponse:
    """Have a deleted template back."""
    with tenant_session(member().tenant_id) as session:
        templates.restore(session, tenant_id=member().tenant_id, draft_id=draft_id, by=member().mark, at=request_at())
    return go_to(url_for("template_pages.index"))


def _list(
    *, problem: dict[str, object] | None = None, way: tuple[str, str] | None = None, status: int = 200
) -> Response:
    everybody = desk().whole and request.args.get("all") == "1"
    with tenant_session(member().tenant_id) as session:
        found = drafts.listed(session, desk=desk(), own=not everybody, before=_before(), limit=PER_PAGE + 1)
        rows = [_row(one) for one in found]
    more = ""
    if len(rows) > PER_PAGE:
        last = rows[PER_PAGE - 1].saved_at.isoformat()
        more = url_for("draft_pages.index", all="1" if everybody else None, before=last)
    return account_page(
        "drafts/index.html", status=status, rows=rows[:PER_PAGE], more=more, everybody=everybody, whole=desk().whole,
        deleted=_deleted(), problem=problem, way=way, at_once=SENT_AT_ONCE,
    )  # fmt: skip


def _chosen() -> list[tuple[Row, Begun]]:
    """The marked drafts that can be sent, with what they say. :raises InvalidRequest: too many, or no ids."""
    try:
        ids = [UUID(one) for one in request.form.getlist("id")]
    except ValueError as error:
        raise InvalidRequest("Taslaklar listeden seçilir.", "Drafts are chosen from the list.") from error
    if len(ids) > SENT_AT_ONCE:
        raise InvalidRequest(
            f"Bir seferde en çok {SENT_AT_ONCE} taslak. Hiçbiri gönderilmedi.",
            f"At most {SENT_AT_ONCE} drafts at once. None was sent.",
        )
    with tenant_session(member().tenant_id) as session:
        return [
            (
                _row(one),
                Begun(
                    content_body(one.content), draft_id=one.draft_id, tab=one.tab, revision=one.revision,
                    alias=str(one.content.get("receiver_alias", "")), corrects=one.corrects_id,
                ),
            )
            for one in drafts.of_ids(session, desk=desk(), draft_ids=ids)
        ]  # fmt: skip


def _checked(row: Row, begun: Begun) -> Result:
    live = look_of(Posted(begun.body), begun, asked=True)
    path = url_for("invoice_form.new", draft=row.draft_id)
    if live.checked is not None:
        words = ("Gönderilebilir", "Can be sent")[_side()]
        return Result(row, path, words, "good", live.kontor)
    first = next((one.message for one in live.findings if not one.warns), "")
    refusal = live.refusal
    told = first or (f"{refusal['title']}. {refusal.get('detail', '')}" if refusal else "")
    return Result(row, path, told, "bad")


def _sent(row: Row, begun: Begun) -> Result:
    """Send one draft; it stays a draft where it is refused."""
    live = look_of(Posted(begun.body), begun, asked=True)
    if live.checked is None:
        return _checked(row, begun)
    try:
        document_id = sending.send(
            live.tenant, live.checked, draft_id=begun.draft_id, tab=begun.tab, revision=begun.revision,
            corrects=begun.corrects, keep=None,
        )  # fmt: skip
    except DomainError as refusal:
        told = problem_of(refusal)
        return Result(
            row, url_for("invoice_form.new", draft=row.draft_id), f"{told['title']}. {told.get('detail', '')}", "bad"
        )
    path = url_for("portal_documents.one", document_id=document_id)
    return Result(row, path, ("Gönderildi", "Sent")[_side()], "good", live.kontor)


def _row(one: Draft) -> Row:
    kind = KIND_NAMES.get(one.kind, (one.kind, one.kind))[_side()]
    return Row(one.draft_id, kind, one.name, one.buyer, one.currency or "TRY", one.payable_kurus, one.saved_at)


def _deleted() -> UUID | None:
    try:
        return UUID(request.args.get("deleted", ""))
    except ValueError:
        return None


def _before() -> datetime | None:
    try:
        found = datetime.fromisoformat(request.args.get("before", "").replace(" ", "+"))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _side() -> int:
    return 0 if language() == "tr" else 1
