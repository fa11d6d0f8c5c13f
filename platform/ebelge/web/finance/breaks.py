"""One break: both sides opened, what is proposed, and the deeds of whoever looks after it."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from billing import breaks
from billing.reconciliation import queue
from billing.reconciliation.evidence import evidence
from billing.settlement import return_invoices
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.edge import break_desk
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web.finance import break_words, common
from ebelge.web.finance.common import FORM_BYTES, finance_page
from ebelge.web.forms import field, problem_of
from tenants.audit import queries
from tenants.audit.queries import Asked

blueprint = Blueprint("finance_breaks", __name__, url_prefix="/finance/breaks")
HISTORY = 50


@blueprint.get("/<uuid:break_id>")
@right("finance:work")
def one(break_id: UUID) -> Response:
    """A break with what lies on both sides of it."""
    return _page(break_id)


@blueprint.post("/<uuid:break_id>/take")
@right("finance:work")
@body_up_to(FORM_BYTES)
def take(break_id: UUID) -> Response | WerkzeugResponse:
    """Look after it."""

    def work() -> str:
        found = _found(break_id)
        with role_session("finance") as session:
            breaks.take_on(session, tenant_id=found.tenant_id, break_id=break_id, owner=common.me(), at=request_at())
        return "taken"

    return _do(break_id, work)


@blueprint.post("/<uuid:break_id>/note")
@right("finance:work")
@body_up_to(FORM_BYTES)
def note(break_id: UUID) -> Response | WerkzeugResponse:
    """Keep a note in its history."""

    def work() -> str:
        found, words = _found(break_id), field("note")
        with role_session("finance") as session:
            breaks.remark(
                session, tenant_id=found.tenant_id, break_id=break_id, note=words, by=common.me(), at=request_at()
            )  # fmt: skip
        return "noted"

    return _do(break_id, work)


@blueprint.post("/<uuid:break_id>/settle")
@right("finance:work")
@body_up_to(FORM_BYTES)
def settle(break_id: UUID) -> Response | WerkzeugResponse:
    """Make the proposed entry and end the break by it."""

    def work() -> str:
        done = break_desk.settle(break_id, note=field("note"), by=common.me(), at=request_at())
        return done.waits_for or "settled"

    return _do(break_id, work)


@blueprint.post("/<uuid:break_id>/approve")
@right("finance:work")
@body_up_to(FORM_BYTES)
def approve(break_id: UUID) -> Response | WerkzeugResponse:
    """Approve, as a second person, what another asked for; or refuse it."""

    def work() -> str:
        if field("word", longest=10) == "refuse":
            break_desk.refuse(break_id, note=field("note"), by=common.me(), at=request_at())
            return "refused"
        break_desk.approve(break_id, by=common.me(), name=member().full_name, at=request_at())
        return "settled"

    return _do(break_id, work)


@blueprint.post("/<uuid:break_id>/end")
@right("finance:work")
@body_up_to(FORM_BYTES)
def end(break_id: UUID) -> Response | WerkzeugResponse:
    """End it by a person's own entry, or explain why nothing was wrong."""

    def work() -> str:
        found, state = _found(break_id), field("state", longest=10)
        if state not in ("explained", "resolved"):
            raise InvalidRequest("Nasıl kapandığını seçin.", "Choose how it ended.")
        with role_session("finance") as session:
            breaks.end_break(
                session, tenant_id=found.tenant_id, break_id=break_id, by=common.me(), at=request_at(),
                state="resolved" if state == "resolved" else "explained", note=field("note"),
                resolved_by=field("entry", longest=200) if state == "resolved" else "",
            )  # fmt: skip
        return "settled"

    return _do(break_id, work)


@blueprint.post("/<uuid:break_id>/dismiss")
@right("finance:work")
@body_up_to(FORM_BYTES)
def dismiss(break_id: UUID) -> Response | WerkzeugResponse:
    """Say that the return invoice that came is about no refund of kontör; the break ends with the reason."""

    def work() -> str:
        found = _found(break_id)
        document_id = UUID(found.subject) if found.kind == return_invoices.CAME else None
        if document_id is None:
            raise NotFound()
        with tenant_session(found.tenant_id) as session:
            return_invoices.dismiss(
                session, tenant_id=found.tenant_id, document_id=document_id, why=field("note"), **common.signed()
            )
        return "settled"

    return _do(break_id, work)


def _do(break_id: UUID, work: Callable[[], str]) -> Response | WerkzeugResponse:
    """A deed, and the page that tells of it; what is refused is told on the same page."""
    return common.deed(break_id, work, page=_page, there=url_for("finance_breaks.one", break_id=break_id))


def _returns(session: Session, found: queue.BreakRow) -> Sequence[Any]:
    """What came about the order that the break names; nothing for other kinds."""
    order_id = found.data.get("order_id")
    if found.kind != return_invoices.CAME or not order_id:
        return []
    return return_invoices.open_of_order(session, tenant_id=found.tenant_id, order_id=UUID(str(order_id)))


def _found(break_id: UUID) -> queue.BreakRow:
    with role_session("finance") as session:
        return queue.one_break(session, break_id=break_id)


def _page(break_id: UUID, *, problem: DomainError | None = None, status: int = 200) -> Response:
    with role_session("reader") as session:
        found = queue.one_break(session, break_id=break_id)
        both = evidence(session, found)
        came = next((one for one in _returns(session, found) if str(one.document_id) == found.subject), None)
        grant = break_desk.grant_of(session, found)
        waiting = grant if grant is not None and grant.state == "asked" and found.state == "open" else None
        if waiting is not None:
            session.expunge(waiting)
        asked = Asked(tenant_id=found.tenant_id, object_kind="break", object_id=str(break_id))
        history = queries.page(session, asked, limit=HISTORY)
    proposed = break_desk.proposal(found)
    second = proposed == "grant" and (found.kontor or 0) > settings().second_person_kontor
    return finance_page(
        "break.html", status=status, row=found, both=both, came=came, waiting=waiting, second=second, at=request_at(),
        proposed=break_words.ENTRIES[proposed] if proposed and waiting is None else None, words=break_words,
        history=[(entry, queries.action_text(entry.action, language())) for entry in history],
        people=common.names([found.owner, waiting.asked_by if waiting else None]), mine=common.me(),
        problem=problem_of(problem) if problem else None, said=request.args.get("said", ""),
        typed=request.form.get("note", "") if problem else "",
    )  # fmt: skip
