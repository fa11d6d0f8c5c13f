"""Refunds and chargebacks: the queue, one refund, and the deeds that let its money go or call it off."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.settlement import desk_lists, refund_release, refund_sending, refunds, return_invoices
from billing.settlement.bank_lines import words as needed_words
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import bell
from ebelge.web.finance import common, words
from ebelge.web.finance.common import FORM_BYTES, PAGE, finance_page
from ebelge.web.forms import day, field, problem_of

blueprint = Blueprint("finance_refunds", __name__, url_prefix="/finance/refunds")
LIST, ONE = "finance_refunds.index", "finance_refunds.one"


@blueprint.get("")
@right("finance:work")
def index() -> Response:
    """Refunds under way, or ended ones, and disputes that are not decided."""
    ended, state = request.args.get("ended") == "1", request.args.get("state", "")
    state = state if state in words.REFUNDS else ""
    with role_session("reader") as session:
        found = desk_lists.refunds(session, ended=ended, state=state, after=common.place(), limit=PAGE + 1)
        disputes = desk_lists.disputes(session, limit=PAGE)
        came = return_invoices.open_ones(session, limit=PAGE)
    shown = found[:PAGE]
    last = shown[-1] if len(found) > PAGE else None
    n = words.side()
    chips = [(("Durum", "State")[n], words.REFUNDS[state][n], common.here(LIST, state=""))] if state else []
    return finance_page(
        "refunds.html", rows=shown, disputes=disputes, came=came, ended=ended, chips=chips, here=common.here,
        at=request_at(),
        more=common.here(LIST, after=common.cursor(last.requested_at, last.refund_id)) if last else "",
    )  # fmt: skip


@blueprint.get("/<uuid:refund_id>")
@right("finance:work")
def one(refund_id: UUID) -> Response:
    """A refund, its lots, and what can be done."""
    return _page(refund_id)


@blueprint.post("/<uuid:refund_id>/confirm")
@right("finance:work")
@body_up_to(FORM_BYTES)
def confirm(refund_id: UUID) -> Response | WerkzeugResponse:
    """Enter the tax document: the money goes, or above the limit waits for a second person."""

    def work(session: Session, tenant_id: UUID) -> str:
        document, on = field("document", longest=500), day("on", at=request_at())
        if not document:
            came = return_invoices.fitting(session, tenant_id=tenant_id, refund_id=refund_id)
            document, on = came.number, came.issued_on
        gone = refund_release.confirm(
            session, tenant_id=tenant_id, refund_id=refund_id, document=document, on=on,
            to_iban=field("iban", longest=60), by=common.me(), at=request_at(),
            limit_kurus=settings().second_person_kurus,
        )  # fmt: skip
        return "released" if gone else "second_person"

    return _do(refund_id, work)


@blueprint.post("/<uuid:refund_id>/approve")
@right("finance:work")
@body_up_to(FORM_BYTES)
def approve(refund_id: UUID) -> Response | WerkzeugResponse:
    """Let the money go as a second person, or drop what the first one entered."""

    def work(session: Session, tenant_id: UUID) -> str:
        given = {"tenant_id": tenant_id, "refund_id": refund_id}
        if field("word", longest=10) == "drop":
            refund_release.drop(session, by=common.me(), note=field("note"), at=request_at(), **given)
            return "dropped"
        refund_release.approve(session, by=common.me(), name=member().full_name, at=request_at(), **given)
        return "released"

    return _do(refund_id, work)


@blueprint.post("/<uuid:refund_id>/cancel")
@right("finance:work")
@body_up_to(FORM_BYTES)
def cancel(refund_id: UUID) -> Response | WerkzeugResponse:
    """Reject it: its kontör thaw."""

    def work(session: Session, tenant_id: UUID) -> str:
        why = needed_words(field("note"), needed=True)
        refunds.cancel(
            session, tenant_id=tenant_id, refund_id=refund_id, by=common.me(), at=request_at(), why=why
        )  # fmt: skip
        return "cancelled"

    return _do(refund_id, work)


@blueprint.post("/<uuid:refund_id>/bounced")
@right("finance:work")
@body_up_to(FORM_BYTES)
def bounced(refund_id: UUID) -> Response | WerkzeugResponse:
    """The bank sent its transfer back: the kontör are credited anew."""

    def work(session: Session, tenant_id: UUID) -> str:
        reason = needed_words(field("note"), needed=True)
        refund_sending.bounced(
            session, tenant_id=tenant_id, refund_id=refund_id, reason=reason, by=common.me(), at=request_at()
        )
        return "bounced"

    return _do(refund_id, work)


@blueprint.post("/<uuid:refund_id>/returns/<uuid:document_id>")
@right("finance:work")
@body_up_to(FORM_BYTES)
def answer(refund_id: UUID, document_id: UUID) -> Response | WerkzeugResponse:
    """Confirm the refund by a return invoice that came, or say that it is about something else."""

    def work(session: Session, tenant_id: UUID) -> str:
        if field("word", longest=10) == "dismiss":
            return_invoices.dismiss(
                session, tenant_id=tenant_id, document_id=document_id, why=field("note"), **common.signed()
            )
            return "dismissed"
        came = return_invoices.one(session, tenant_id=tenant_id, refund_id=refund_id, document_id=document_id)
        gone = refund_release.confirm(
            session, tenant_id=tenant_id, refund_id=refund_id, document=came.number, on=came.issued_on,
            to_iban=field("iban", longest=60), limit_kurus=settings().second_person_kurus, **common.signed(),
        )  # fmt: skip
        return "released" if gone else "second_person"

    return _do(refund_id, work)


def _do(refund_id: UUID, work: Callable[[Session, UUID], str]) -> Response | WerkzeugResponse:
    """A deed in the books of whose refund it is; what is refused is told on the same page."""

    def inside() -> str:
        with role_session("reader") as session:
            tenant_id: UUID = desk_lists.refund(session, refund_id=refund_id)[0].tenant_id
        with tenant_session(tenant_id) as session:
            said = work(session, tenant_id)
        bell.ring()
        return said

    return common.deed(refund_id, inside, page=_page, there=url_for(ONE, refund_id=refund_id))


def _page(refund_id: UUID, *, problem: DomainError | None = None, status: int = 200) -> Response:
    with role_session("reader") as session:
        found, lots = desk_lists.refund(session, refund_id=refund_id)
        came = return_invoices.open_of_order(session, tenant_id=found.tenant_id, order_id=found.order_id)
    waiting = found.release if found.release and "approved_by" not in found.release else None
    marks = [found.requested_by, *(found.release[name] for name in ("by", "approved_by") if name in found.release)] \
        if found.release else [found.requested_by]  # fmt: skip
    return finance_page(
        "refund.html", status=status, row=found, lots=lots, waiting=waiting, came=came, at=request_at(),
        mine=common.me(),
        asked_on=date.fromisoformat(waiting["on"]) if waiting else None, people=common.names(marks),
        second=found.gross_kurus > settings().second_person_kurus, said=request.args.get("said", ""),
        problem=problem_of(problem) if problem else None, typed=request.form if problem else {},
    )  # fmt: skip
