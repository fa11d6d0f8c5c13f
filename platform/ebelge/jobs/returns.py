"""Money and kontör that go back: refunds sent and asked about, disputes read, holds that follow passed-on kontör."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, func, select, text

from billing.ledger import transfers
from billing.models.returns import LotHold
from billing.payments.disputes import ReadsDisputes
from billing.payments.errors import (
    GatewayBusy,
    GatewayNotConfigured,
    GatewayRefused,
    GatewayUnavailable,
    UntrustedAnswer,
)
from billing.payments.gateway import PaymentGateway, RefundResult
from billing.settlement import disputes, holds, refund_sending
from billing.settlement.holds import Sum
from billing.settlement.refund_rows import SEND
from billing.settlement.refund_sending import Call
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.jobs import bell, ledger, passed_on, refund_reminders, telling
from ebelge.jobs.asking import ask
from ebelge.jobs.database import patiently
from ebelge.jobs.gateways import gateway
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim

log = logging.getLogger(__name__)
BATCH = 500
# A batch after the other by the row's key: what stays where it is must not hide what comes after it.
_DUE = text(
    "SELECT tenant_id, refund_id AS row_id, state FROM refund WHERE (ended_at IS NULL OR state = 'done') "
    "AND check_at <= :at AND (tenant_id, refund_id) > (:tenant, :after) ORDER BY tenant_id, refund_id LIMIT :limit"
)
_OPEN = text(
    "SELECT tenant_id, dispute_id AS row_id, step FROM dispute WHERE ended_at IS NULL "
    "AND (tenant_id, dispute_id) > (:tenant, :after) ORDER BY tenant_id, dispute_id LIMIT :limit"
)
_REMINDED = ("awaiting_return_invoice", "to_transfer")


def send(claim: Claim) -> None:
    """Handle `refund.send`: call the gateway if it is time to, and enter what it says. The duty comes back to it."""
    call = patiently(partial(_begin, claim))
    if call is None:
        return
    state = patiently(partial(_enter, claim, call, _call(call)))
    log.info("refund", extra={"refund_id": str(call.refund_id), "state": state})


def _begin(claim: Claim) -> Call | None:
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        if not messages.still_mine(session, claim):
            return None
        call = refund_sending.begin(
            session, tenant_id=claim.tenant_id, refund_id=claim.key, at=at, noticed="noticed" in claim.payload
        )
        if isinstance(call, Call):
            return call
        messages.done(session, [claim], at=at)
        return None


@dataclass(frozen=True, slots=True)
class Refused:
    """The gateway said no, and nothing was moved."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Silence:
    """No usable answer; `sent` False: the call certainly did not arrive."""

    sent: bool
    reason: str


Outcome = RefundResult | Refused | Silence


def _call(call: Call) -> Outcome:
    try:
        counter = gateway(call.gateway)
        if call.only_read:
            found = counter.find_refund(call.request, refund_id=call.gateway_refund_id)
            return found or Silence(sent=True, reason="the gateway does not have it")
        return counter.refund(call.request, may_have_happened=call.may_have_happened)
    except (GatewayBusy, GatewayNotConfigured) as error:
        return Silence(sent=False, reason=str(error))
    except GatewayUnavailable as error:
        return Silence(sent=error.sent, reason=str(error))
    except UntrustedAnswer as error:
        log.error("refund: an answer that cannot be believed", extra={"refund_id": str(call.refund_id)})
        return Silence(sent=True, reason=str(error))
    except GatewayRefused as error:
        return _refused(counter, call, error)


def _refused(counter: PaymentGateway, call: Call, error: GatewayRefused) -> Outcome:
    """A refusal means that nothing was moved, unless an earlier call was: then only a look at the gateway proves it."""
    if call.only_read:
        return Silence(sent=True, reason=str(error))
    if call.may_have_happened:
        try:
            found = counter.find_refund(call.request, refund_id=call.gateway_refund_id)
        except (GatewayUnavailable, GatewayRefused, UntrustedAnswer) as unread:
            return Silence(sent=True, reason=f"{error}; {unread}")
        if found is not None:
            return found
    return Refused(error.gateway_code, str(error))


def _enter(claim: Claim, call: Call, outcome: Outcome) -> str:
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        # Whoever called enters it, claim or no claim: the row tells what was entered before.
        if isinstance(outcome, RefundResult):
            state = refund_sending.entered(session, call=call, result=outcome, at=at)
        elif isinstance(outcome, Silence):
            state = refund_sending.unanswered(session, call=call, reason=outcome.reason, sent=outcome.sent, at=at)
        else:
            state = refund_sending.refused(session, call=call, code=outcome.code, reason=outcome.reason, at=at)
        messages.done(session, [claim], at=at)
        return state


def read_dispute(claim: Claim) -> None:
    """Handle `dispute.read`: read the dispute by its id and do what its present state asks."""
    counter, read_at = gateway(str(claim.payload["gateway"])), utc_now()
    if not isinstance(counter, ReadsDisputes):
        patiently(partial(_end, claim))
        return
    dispute = counter.read_dispute(str(claim.payload["gateway_dispute_id"]))

    def enter() -> None:
        at = utc_now()
        with tenant_session(claim.tenant_id) as session:
            if messages.still_mine(session, claim):
                disputes.take(
                    session, tenant_id=claim.tenant_id, dispute=dispute, by=dispute.gateway, at=at, read_at=read_at
                )
                telling.disputed(session, claim.tenant_id, at)
                messages.done(session, [claim], at=at)

    patiently(enter)


def follow(claim: Claim) -> None:
    """Handle `kontor.follow`: hold what a draw brought to its receiver. What is still on its way arrives first."""
    instruction, origin_lot_id = holds.instruction_of(claim.payload)
    ledger.finish(claim.tenant_id, claim.key)
    with tenant_session(claim.tenant_id) as session:
        passage = transfers.passage(session, tenant_id=claim.tenant_id, draw_id=claim.key)
    with tenant_session(passage.to_tenant_id) as session:
        moved = holds.follow(
            session, tenant_id=passage.to_tenant_id, passage=passage, instruction=instruction,
            origin_lot_id=origin_lot_id, at=utc_now(),
        )  # fmt: skip
    _end(claim)
    log.info("passed-on kontör follow", extra={"action": instruction.action, "kontor": moved.kontor})


def look_after_refunds(at: datetime) -> int:
    """Have every refund whose time has come asked about or reminded of; returns how many."""
    count = 0
    for row in _walk(_DUE, at=at):
        with bind(tenant_id=row.tenant_id), tenant_session(row.tenant_id) as session:
            if row.state in _REMINDED:
                count += refund_reminders.remind(session, tenant_id=row.tenant_id, refund_id=row.row_id)
            else:
                count += ask(session, tenant_id=row.tenant_id, topic=SEND, key=row.row_id, at=utc_now())
    if count:
        bell.ring()
    return count


def end_disputes(at: datetime) -> int:
    """Book lost disputes whose passed-on kontör are all void by now; returns how many."""
    count = 0
    for row in _walk(_OPEN):
        if row.step != "void":
            continue
        with bind(tenant_id=row.tenant_id):
            void = tally(row.tenant_id, row.row_id)
            if void is not None:
                with tenant_session(row.tenant_id) as session:
                    disputes.booked(
                        session, tenant_id=row.tenant_id, dispute_id=row.row_id, passed_on=void, at=utc_now()
                    )
                count += 1
    return count


def repeat_disputes(at: datetime) -> int:
    """Take every open dispute's step again where it was missed: new grace lots, messages that became dead letters."""
    count = 0
    for row in _walk(_OPEN):
        with bind(tenant_id=row.tenant_id), tenant_session(row.tenant_id) as session:
            disputes.again(session, tenant_id=row.tenant_id, dispute_id=row.row_id, at=utc_now())
        count += 1
    if count:
        bell.ring()
    return count


def tally(tenant_id: UUID, dispute_id: UUID) -> Sum | None:
    """What a dispute voided in other tenants, each read by itself; None while a lot of the chain is not done yet."""
    with tenant_session(tenant_id) as session:
        roots = disputes.roots(session, tenant_id=tenant_id, dispute_id=dispute_id)
    others: set[UUID] = set()
    for reached in passed_on.walk(tenant_id, roots):
        with tenant_session(reached.tenant_id) as session:
            held = holds.held(session, tenant_id=reached.tenant_id, cause_id=dispute_id, lot_ids=reached.lot_ids)
            done = all(lot_id in held and held[lot_id].state != "frozen" for lot_id in reached.lot_ids)
        if not reached.lot_ids or not done:
            return None
        others.add(reached.tenant_id)
    return sum((_voided(other, dispute_id) for other in others - {tenant_id}), Sum())


def _voided(tenant_id: UUID, dispute_id: UUID) -> Sum:
    sums = select(func.coalesce(func.sum(LotHold.kontor), 0), func.coalesce(func.sum(LotHold.net_kurus), 0))
    with tenant_session(tenant_id) as session:
        row = session.execute(
            sums.where(LotHold.tenant_id == tenant_id, LotHold.cause_id == dispute_id, LotHold.state == "voided")
        ).one()
    return Sum(int(row[0]), int(row[1]))


def _walk(statement: TextClause, **given: datetime) -> Iterator[Row[Any]]:
    """Rows of all tenants, a batch at a time, each read when the one before is done."""
    tenant_id, after = UUID(int=0), UUID(int=0)
    while True:
        with role_session("reader") as session:
            begun = {"tenant": tenant_id, "after": after, "limit": BATCH}
            rows = session.execute(statement, begun | given).all()
        yield from rows
        if len(rows) < BATCH:
            return
        tenant_id, after = rows[-1].tenant_id, rows[-1].row_id


def _end(claim: Claim) -> None:
    with tenant_session(claim.tenant_id) as session:
        messages.done(session, [claim], at=utc_now())
