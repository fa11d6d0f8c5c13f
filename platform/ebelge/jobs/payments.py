"""Asking a gateway what became of an attempt, and settling what it says. Only this and `charges` bring evidence.

The question is asked outside any transaction; whatever it answers, the next look at the attempt is planned in the
transaction that takes the answer, so an attempt without an end is never forgotten.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from billing import breaks
from billing.models.orders import PaymentAttempt
from billing.orders import attempts, cards
from billing.payments.errors import (
    GatewayBusy,
    GatewayNotConfigured,
    GatewayRefused,
    GatewayUnavailable,
    PaymentUnknown,
    UntrustedAnswer,
)
from billing.payments.gateway import PaymentEvidence, PaymentState
from billing.settlement.disagreements import DISAGREED_CHECK
from billing.settlement.settle import settle
from billing.settlement.settled import Outcome
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.jobs.asking import ask_once_more
from ebelge.jobs.database import patiently
from ebelge.jobs.gateways import gateway
from ebelge.jobs.intents import CLOSED_BUYER, forget_buyer, vault
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim

log = logging.getLogger(__name__)
# Looks at an attempt: often while the payer is at it, seldom where somebody else's decision is awaited.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=20), timedelta(minutes=5)
REVIEW_PAUSE_MAX, SILENCE_PAUSE_MAX = timedelta(hours=1), timedelta(minutes=15)
# The gateway's clock and ours: a checkout is held to be over this long after its end.
GRACE = timedelta(minutes=1)
# A page that was never opened (the call was lost) is given up: nobody was ever sent there.
NEVER_OPENED = timedelta(minutes=15)
# Who cannot be read for so long after his end needs a person.
UNREADABLE_AFTER = timedelta(hours=24)
TRIES_AFTER_END = 12
# A gateway that let us wait so long in vain is spared for the rest of the job: the others' questions wait behind it.
SLOW_S = 3.0
silent: set[str] = set()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about: an attempt, and by which of the gateway's names."""

    tenant_id: UUID
    attempt_id: UUID
    order_id: UUID
    gateway: str
    kind: str
    gateway_ref: str
    payment_id: str


def read(claim: Claim) -> None:
    """Handle `payment.read`: ask about an attempt, settle the answer, plan the next look."""
    question = patiently(partial(_question, claim))
    if question is None:
        return
    try:
        evidence = _ask(question)
    except (GatewayUnavailable, GatewayRefused, GatewayNotConfigured, UntrustedAnswer) as error:
        patiently(partial(_unanswered, claim, question, error))
        return
    outcome = patiently(partial(_take, claim, question, evidence))
    log.info("payment read", extra={"attempt_id": str(question.attempt_id), "outcome": outcome})


def enter(
    session: Session, *, tenant_id: UUID, attempt_id: UUID, order_id: UUID, evidence: PaymentEvidence, at: datetime
) -> Outcome:
    """Settle evidence in the caller's transaction, keep a card that came with it, and plan the next look."""
    settled = settle(session, tenant_id=tenant_id, order_id=order_id, attempt_id=attempt_id, evidence=evidence, at=at)
    attempt = attempts.locked(session, tenant_id=tenant_id, attempt_id=attempt_id)
    # Only a card that was to be kept: without its owner, who was kept closed then, it could not be charged.
    wanted = settled.outcome in ("credited", "paid_on_account") and CLOSED_BUYER in attempt.intent
    if wanted and evidence.saved_card is not None:
        cards.save(
            session, tenant_id=tenant_id, gateway=evidence.gateway, card=evidence.saved_card, vault=vault(), at=at
        )
    if attempt.state == "disagreed":
        _later(session, attempt, at + DISAGREED_CHECK)  # a person is at it; only he ends it
    elif attempt.ended_at is None and settled.outcome in ("pending", "failed", "in_review", "unknown"):
        _plan(session, attempt, evidence, at)
    if attempt.state in ("failed", "expired") or (wanted and evidence.saved_card is None):
        forget_buyer(attempt)
    return settled.outcome


def _question(claim: Claim) -> Question | None:
    """What to ask; None (and the message has ended) if there is nothing to ask about."""
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        attempt = session.get(PaymentAttempt, (claim.tenant_id, claim.key))
        if attempt is not None:
            question = Question(
                tenant_id=claim.tenant_id,
                attempt_id=attempt.attempt_id,
                order_id=attempt.order_id,
                gateway=attempt.gateway,
                kind=attempt.kind,
                gateway_ref=str(claim.payload.get("gateway_ref") or attempt.gateway_ref or ""),
                payment_id=str(claim.payload.get("payment_id") or ""),
            )
            if attempt.kind == "saved_card" and question.payment_id:
                return question
            if attempt.kind == "checkout" and question.gateway_ref:
                return question
            if attempt.kind == "checkout":
                _not_opened(session, attempt, at)
        messages.done(session, [claim], at=at)
    return None


def _not_opened(session: Session, attempt: PaymentAttempt, at: datetime) -> None:
    if attempt.created_at + NEVER_OPENED > at:
        _later(session, attempt, attempt.created_at + NEVER_OPENED)
        return
    forget_buyer(attempt)
    attempts.ended(
        session,
        tenant_id=attempt.tenant_id,
        attempt_id=attempt.attempt_id,
        state="expired",
        code="not_opened",
        text_tr="Ödeme sayfası açılamadı; siparişi yeniden ödeyin.",
        text_en="The payment page was not opened; pay the order again.",
        at=at,
    )


def _ask(question: Question) -> PaymentEvidence:
    if question.gateway in silent:
        raise GatewayUnavailable("", "it did not answer a moment ago")
    began = time.monotonic()
    try:
        return _answer(question)
    except GatewayUnavailable:
        if time.monotonic() - began > SLOW_S:
            silent.add(question.gateway)
        raise


def _answer(question: Question) -> PaymentEvidence:
    asked = gateway(question.gateway)
    ref = question.attempt_id.hex
    if question.kind == "checkout":
        return asked.read(question.gateway_ref, attempt_ref=ref)
    evidence = asked.read_payment(question.payment_id)
    if evidence.attempt_ref != ref:
        raise UntrustedAnswer("", "the payment is another attempt's")
    return evidence


def _take(claim: Claim, question: Question, evidence: PaymentEvidence) -> Outcome:
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        outcome = enter(
            session,
            tenant_id=question.tenant_id,
            attempt_id=question.attempt_id,
            order_id=question.order_id,
            evidence=evidence,
            at=at,
        )
        messages.done(session, [claim], at=at)
    return outcome


def _plan(session: Session, attempt: PaymentAttempt, evidence: PaymentEvidence, at: datetime) -> None:
    """When to look again; a checkout that is over, or will never be more than failed, ends here."""
    over_at = None if attempt.expires_at is None else attempt.expires_at + GRACE
    over = over_at is not None and at >= over_at
    if evidence.state is PaymentState.FAILED and (over or not evidence.checkout_open):
        attempts.ended(
            session,
            tenant_id=attempt.tenant_id,
            attempt_id=attempt.attempt_id,
            state="failed",
            code=evidence.code,
            text_tr=evidence.text_tr,
            text_en=evidence.text_en,
            at=at,
        )
        if evidence.checkout_open:
            ask_once_more(session, attempt=attempt, at=at)
        return
    if evidence.state is PaymentState.PENDING and evidence.checkout_open and over:
        _expired(session, attempt, at)
        return
    if evidence.checkout_open:
        check_at = at + min(growing(attempt.checks), LONGEST_PAUSE)
        _later(session, attempt, check_at if over_at is None else min(check_at, over_at))
    else:
        _later(session, attempt, at + min(growing(attempt.checks), REVIEW_PAUSE_MAX))


def _later(session: Session, attempt: PaymentAttempt, check_at: datetime, *, unknown: bool = False) -> None:
    attempts.later(
        session, tenant_id=attempt.tenant_id, attempt_id=attempt.attempt_id, check_at=check_at, unknown=unknown
    )


def _expired(session: Session, attempt: PaymentAttempt, at: datetime) -> None:
    attempts.ended(session, tenant_id=attempt.tenant_id, attempt_id=attempt.attempt_id, state="expired", at=at)
    forget_buyer(attempt)
    ask_once_more(session, attempt=attempt, at=at)


def _unanswered(claim: Claim, question: Question, error: Exception) -> None:
    """The gateway did not answer, would not, or somebody else did: look again, and tell a person where that is due."""
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        attempt = attempts.locked(session, tenant_id=question.tenant_id, attempt_id=question.attempt_id)
        messages.done(session, [claim], at=at)
        log.warning("payment not read", extra={"attempt_id": str(question.attempt_id), "reason": reason_of(error)})
        if isinstance(error, UntrustedAnswer):
            distrust(session, attempt, error, at)
        if attempt.ended_at is not None:
            if not isinstance(error, PaymentUnknown):
                _ask_again(session, claim, at)
            return
        _look_later(session, attempt, error, at)


def _ask_again(session: Session, claim: Claim, at: datetime) -> None:
    """A notice came after the attempt's end, where no deadline brings the question back: it waits by itself."""
    tries = int(claim.payload.get("tries", 0))
    if tries < TRIES_AFTER_END:
        payload = dict(claim.payload) | {"tries": tries + 1}
        due_at = at + silence_pause(tries)
        messages.put(
            session, tenant_id=claim.tenant_id, topic=claim.topic, key=claim.key, at=at, payload=payload, due_at=due_at
        )


def _look_later(session: Session, attempt: PaymentAttempt, error: Exception, at: datetime) -> None:
    ends_at = attempt.expires_at or attempt.created_at
    nothing_came = attempt.state in ("started", "pending", "unknown") and at >= ends_at + GRACE
    if isinstance(error, PaymentUnknown) and nothing_came:
        _expired(session, attempt, at)
        return
    if at >= ends_at + UNREADABLE_AFTER:
        breaks.open_break(
            session,
            tenant_id=attempt.tenant_id,
            kind="payment_unreadable",
            subject=f"{attempt.gateway}:attempt:{attempt.attempt_id.hex}",
            at=at,
            amount_kurus=attempt.amount_kurus,
            data={"reason": reason_of(error)},
        )
    silent = not isinstance(error, GatewayBusy | PaymentUnknown)
    _later(session, attempt, at + silence_pause(attempt.checks), unknown=silent)


def reason_of(error: Exception) -> str:
    """An error in a few words, for the log and for breaks."""
    return f"{type(error).__name__}: {error}"[:500]


def silence_pause(checks: int) -> timedelta:
    """How long to wait before a gateway that gave no usable answer is asked again."""
    return min(growing(checks), SILENCE_PAUSE_MAX)


def growing(checks: int) -> timedelta:
    """A pause that doubles with every second look."""
    doublings: int = 2 ** min(checks // 2, 12)
    return FIRST_PAUSE * doublings


def distrust(session: Session, attempt: PaymentAttempt, error: UntrustedAnswer, at: datetime) -> None:
    """Keep an answer that cannot be believed as a break; nothing is credited by it."""
    breaks.open_break(
        session,
        tenant_id=attempt.tenant_id,
        kind="payment_untrusted",
        subject=f"{attempt.gateway}:attempt:{attempt.attempt_id.hex}",
        at=at,
        amount_kurus=attempt.amount_kurus,
        data={"reason": str(error)},
    )
