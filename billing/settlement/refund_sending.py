"""A refund at its gateway: what to call, and what came of it. The intent is committed before the call, never after.

An outcome that is not known stays unknown and is asked again after the quiet time; only what the gateway does not have
is sent again. A refund that was done can still fail days later: then everything goes back, to the kuruş.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from billing.breaks import open_break
from billing.models.orders import Payment
from billing.models.returns import Refund
from billing.payments.gateway import QUIET_BEFORE_REPEAT_S, RefundRequest, RefundResult, RefundState
from billing.settlement import holds
from billing.settlement.refund_rows import (
    NEVER,
    REVERSED,
    RefundStateConflict,
    answered,
    held_by,
    instruct,
    lock_order,
    lock_refund,
    note_decision,
    stand,
    tell,
)
from ebelge.core.money import lira_text
from ebelge.outbox import messages
from tenants import locator

QUIET = timedelta(seconds=QUIET_BEFORE_REPEAT_S)
BUSY_PAUSE = timedelta(seconds=60)
PENDING_PAUSE = timedelta(minutes=30)
UNKNOWN_TOO_LONG = timedelta(hours=1)
# A refund that was done is looked at again so many days later: banks send money back, notices get lost.
LOOKS = tuple(timedelta(days=days) for days in (1, 3, 7, 14, 30))
TRANSFER_LOCATOR = "refund.transfer"
UNKNOWN = "refund_unknown"


@dataclass(frozen=True, slots=True)
class Call:
    """What to say to the gateway. `only_read`: it has the refund, so nothing may be sent."""

    tenant_id: UUID
    refund_id: UUID
    gateway: str
    request: RefundRequest
    may_have_happened: bool
    only_read: bool
    gateway_refund_id: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: a call may still be at work."""

    at: datetime


def begin(
    session: Session, *, tenant_id: UUID, refund_id: UUID, at: datetime, noticed: bool = False
) -> Call | Later | None:
    """The next call for a refund, or when to come back, or None if there is nothing to do. Commit before calling.

    :param noticed: the gateway says that something changed: a refund that is done is read now.
    """
    refund = lock_refund(session, tenant_id=tenant_id, refund_id=refund_id)
    payment = session.get_one(Payment, (tenant_id, refund.payment_id))
    happened, only_read = refund.may_have_happened, bool(refund.gateway_refund_id)
    if refund.state == "ready":
        refund.state, refund.called_at, refund.may_have_happened = "sent", at, True
    elif refund.state in ("sent", "unknown"):
        if at < refund.check_at and not (noticed and only_read):
            return Later(refund.check_at)
    elif refund.state == "done" and refund.check_at < NEVER:
        if at < refund.check_at and not noticed:
            return Later(refund.check_at)
        only_read = True
    else:
        return None
    refund.check_at = at + QUIET
    request = RefundRequest(
        refund_ref=refund_id.hex, payment_id=payment.gateway_payment_id, amount_kurus=refund.gross_kurus,
        currency=refund.currency, item_ref=payment.item_ref,
    )  # fmt: skip
    session.flush()
    return Call(tenant_id, refund_id, refund.gateway, request, happened, only_read, refund.gateway_refund_id)


def entered(session: Session, *, call: Call, result: RefundResult, at: datetime) -> str:
    """Enter what the gateway said; returns the refund's state. Repeating it changes nothing."""
    refund = lock_refund(session, tenant_id=call.tenant_id, refund_id=call.refund_id)
    said = (result.refund_ref, result.amount_kurus, result.currency, result.payment_id)
    asked = (call.request.refund_ref, refund.gross_kurus, refund.currency, call.request.payment_id)
    if said != asked or result.state is RefundState.UNKNOWN:
        return _unknown(session, refund, f"{result.gateway}: {result.reason or result.state}", at)
    refund.gateway_refund_id = result.refund_id or refund.gateway_refund_id
    if refund.state in ("failed", "cancelled"):
        if result.state is RefundState.DONE:
            _wrong(session, refund, "refund_done_after_all", at)
        return refund.state
    if result.state is RefundState.PENDING:
        if refund.state != "done":
            refund.state = "sent"
        refund.check_at = at + PENDING_PAUSE
    elif result.state is RefundState.FAILED:
        fail(session, refund=refund, reason=result.reason or "failed", by=result.gateway, at=at)
    elif refund.state == "done":
        refund.check_at = _next_look(refund, at)
    else:
        finish(session, refund=refund, by=result.gateway, at=at)
    session.flush()
    return refund.state


def refused(session: Session, *, call: Call, code: str, reason: str, at: datetime) -> str:
    """The gateway said no and has no such refund: nothing was moved. The lots thaw, a person looks at it."""
    refund = lock_refund(session, tenant_id=call.tenant_id, refund_id=call.refund_id)
    if refund.state in ("sent", "unknown", "ready"):
        fail(session, refund=refund, reason=f"{code} {reason}".strip(), by=refund.gateway, at=at)
    return refund.state


def unanswered(session: Session, *, call: Call, reason: str, sent: bool, at: datetime) -> str:
    """No usable answer. `sent` False: the call certainly did not arrive, so it is as if it had never been made."""
    refund = lock_refund(session, tenant_id=call.tenant_id, refund_id=call.refund_id)
    if refund.state == "done":
        refund.check_at = at + PENDING_PAUSE
    elif refund.state in ("sent", "unknown"):
        if not sent and not call.may_have_happened:
            refund.state, refund.called_at, refund.may_have_happened = "ready", None, False
            refund.check_at = at + BUSY_PAUSE
        else:
            _unknown(session, refund, reason, at)
    session.flush()
    return refund.state


def transferred(session: Session, *, tenant_id: UUID, refund_id: UUID, bank_ref: str, by: str, at: datetime) -> None:
    """Staff paid a refund by bank transfer; `bank_ref` is the line of the statement that shows it, used once.

    :raises RefundStateConflict: it does not wait for a transfer. :raises AlreadyTaken: the line paid another refund.
    """
    refund = lock_refund(session, tenant_id=tenant_id, refund_id=refund_id)
    if refund.state == "done" and refund.gateway_refund_id == bank_ref:
        return
    if refund.state != "to_transfer":
        raise RefundStateConflict(state=refund.state)
    locator.put(session, tenant_id=tenant_id, kind=TRANSFER_LOCATOR, key=bank_ref, object_id=refund_id)
    refund.gateway_refund_id = bank_ref
    finish(session, refund=refund, by=by, at=at)
    note_decision(session, refund=refund, was="to_transfer", why=bank_ref, by=by, at=at)


def bounced(session: Session, *, tenant_id: UUID, refund_id: UUID, reason: str, by: str, at: datetime) -> None:
    """The bank sent a transfer back: the refund has failed after all. :raises RefundStateConflict: it was not done."""
    refund = lock_refund(session, tenant_id=tenant_id, refund_id=refund_id)
    if refund.state != "done" or refund.gateway != "bank":
        raise RefundStateConflict(state=refund.state)
    fail(session, refund=refund, reason=reason, by=by, at=at)
    note_decision(session, refund=refund, was="done", why=reason, by=by, at=at)


def finish(session: Session, *, refund: Refund, by: str, at: datetime) -> None:
    """The money has gone: void the lots, count it, and let commission follow. The refund and its order are locked."""
    refund_id, tenant_id = refund.refund_id, refund.tenant_id
    answered(session, tenant_id=tenant_id, kind=UNKNOWN, subject=refund_id, by=by, at=at)
    instruct(session, refund=refund, action="void", lot_ids=held_by(session, refund=refund), at=at)
    refund.state, refund.ended_at, refund.may_have_happened = "done", at, True
    refund.check_at = NEVER if refund.gateway == "bank" else at + LOOKS[0]
    _count(session, refund, refund.gross_kurus, at)
    messages.put(
        session, tenant_id=tenant_id, topic=REVERSED, key=refund_id, at=at,
        payload={"order_id": str(refund.order_id), "cause": "refund", "net_kurus": refund.net_kurus},
    )  # fmt: skip
    amount = lira_text(refund.gross_kurus)
    tell(session, refund=refund, kind="refunded", by=by, at=at,
         words=(f"{amount} TL iade edildi.", f"{amount} TL refunded."))  # fmt: skip


def fail(session: Session, *, refund: Refund, reason: str, by: str, at: datetime) -> None:
    """The money did not go, or came back: kontör return, with the time they were away added to their expiry."""
    later = refund.state == "done"
    answered(session, tenant_id=refund.tenant_id, kind=UNKNOWN, subject=refund.refund_id, by=by, at=at)
    refund.failure = reason[:500]
    if later:
        holds.give_back(
            session, tenant_id=refund.tenant_id, cause_id=refund.refund_id, at=at,
            payment_id=refund.payment_id, reason=f"refund {refund.refund_id} failed later",
        )  # fmt: skip
        refund.state = "failed"
        _count(session, refund, -refund.gross_kurus, at)
        messages.put(
            session, tenant_id=refund.tenant_id, topic=REVERSED, key=refund.refund_id, at=at,
            payload={"order_id": str(refund.order_id), "cause": "refund", "undone": True},
        )  # fmt: skip
    else:
        instruct(session, refund=refund, action="thaw", lot_ids=held_by(session, refund=refund), at=at)
    refund.state, refund.ended_at, refund.check_at = "failed", at, NEVER
    _wrong(session, refund, "refund_failed_later" if later else "refund_failed", at)
    words = (
        f"İade gerçekleşmedi ({reason}); kontörler geri geldi.",
        f"The refund did not go through ({reason}); the kontör are back.",
    )
    tell(session, refund=refund, kind="refund_failed", words=words, by=by, at=at)


def _unknown(session: Session, refund: Refund, reason: str, at: datetime) -> str:
    if refund.state == "done":
        refund.check_at = at + PENDING_PAUSE
        return refund.state
    if refund.state not in ("failed", "cancelled"):
        refund.state, refund.failure, refund.check_at = "unknown", reason[:500], at + QUIET
        if refund.called_at is not None and at - refund.called_at >= UNKNOWN_TOO_LONG:
            _wrong(session, refund, UNKNOWN, at)
    session.flush()
    return refund.state


def _count(session: Session, refund: Refund, kurus: int, at: datetime) -> None:
    payment = session.get_one(Payment, (refund.tenant_id, refund.payment_id))
    order = lock_order(session, tenant_id=refund.tenant_id, order_id=refund.order_id)
    payment.refunded_kurus += kurus
    order.refunded_kurus += kurus
    stand(session, order=order, at=at)
    session.flush()
    if kurus > 0 and order.state == "charged_back":  # both ran at once: the payer has it twice
        _wrong(session, refund, "refunded_and_charged_back", at)


def _wrong(session: Session, refund: Refund, kind: str, at: datetime) -> None:
    open_break(
        session, tenant_id=refund.tenant_id, kind=kind, subject=str(refund.refund_id), at=at,
        amount_kurus=refund.gross_kurus, kontor=refund.kontor,
        data={"order_id": str(refund.order_id), "gateway": refund.gateway, "failure": refund.failure},
    )  # fmt: skip


def _next_look(refund: Refund, at: datetime) -> datetime:
    ended = refund.ended_at or at
    return next((ended + pause for pause in LOOKS if ended + pause > at), NEVER)
