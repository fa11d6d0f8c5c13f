"""Charging a saved card without its owner: at most once per attempt, whatever dies or falls silent in between.

That the call may happen is committed before it is made. Who finds that noted waits until nothing of the first call can
be at work any more, and then has the gateway read before anything is sent again.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from billing import breaks
from billing.models.orders import PaymentAttempt
from billing.orders import attempts, cards, queries
from billing.orders.states import PAYABLE, OrderState
from billing.payments.errors import GatewayBusy, GatewayRefused, GatewayUnavailable, UntrustedAnswer
from billing.payments.gateway import QUIET_BEFORE_REPEAT_S, Buyer, PaymentEvidence, SavedCard, SavedCardCharge
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.core.vault import VaultError
from ebelge.jobs import intents
from ebelge.jobs.database import patiently
from ebelge.jobs.gateways import gateway, gateways
from ebelge.jobs.payments import SILENCE_PAUSE_MAX, distrust, enter, reason_of, silence_pause
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim

log = logging.getLogger(__name__)
QUIET = timedelta(seconds=QUIET_BEFORE_REPEAT_S)


@dataclass(frozen=True, slots=True)
class Call:
    """A charge that was noted and is to be made now."""

    gateway: str
    order_id: UUID
    charge: SavedCardCharge
    may_have_happened: bool


def charge(claim: Claim) -> None:
    """Handle `payment.charge`: charge the attempt's saved card, or find out whether that has happened."""
    call = patiently(partial(_begin, claim))
    if call is None:
        return
    try:
        evidence = gateway(call.gateway).charge_saved_card(call.charge, may_have_happened=call.may_have_happened)
    except (GatewayUnavailable, GatewayBusy, UntrustedAnswer) as error:
        patiently(partial(_unknown, claim, error))
    except GatewayRefused as refusal:
        # After an earlier call a refusal may be that of the reading back, which says nothing about the money; only
        # one about the card comes from the charge itself.
        conclusive = not call.may_have_happened or refusal.payer_may_retry
        patiently(partial(_refused, claim, refusal) if conclusive else partial(_unknown, claim, refusal))
    else:
        outcome = patiently(partial(_take, claim, call, evidence))
        log.info("card charged", extra={"attempt_id": str(claim.key), "outcome": outcome})


def _begin(claim: Claim) -> Call | None:
    """Note that the call may happen and say what it is; None if it is not to be made (now)."""
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        if not messages.still_mine(session, claim):
            return None
        try:
            attempt = attempts.locked(session, tenant_id=claim.tenant_id, attempt_id=claim.key)
        except NotFound:
            messages.done(session, [claim], at=at)
            return None
        if attempt.ended_at is not None or attempt.kind != "saved_card":
            messages.done(session, [claim], at=at)
            return None
        if attempt.called_at is not None and at < attempt.called_at + QUIET:
            _look_again(session, claim, attempt, attempt.called_at + QUIET)
            return None
        if attempt.gateway not in gateways():
            _look_again(session, claim, attempt, at + SILENCE_PAUSE_MAX)
            return None
        order = queries.get(session, tenant_id=claim.tenant_id, order_id=attempt.order_id)
        # Whatever was said of an earlier call (that it disagrees, for instance): it was made, so the gateway is read.
        called = attempt.called_at is not None
        if not called and OrderState(order.state) not in PAYABLE:
            attempts.ended(session, tenant_id=claim.tenant_id, attempt_id=claim.key, state="expired", at=at)
            messages.done(session, [claim], at=at)
            return None
        found = _card_and_buyer(session, claim, attempt, at)
        if found is None:
            return None
        card, buyer = found
        request = intents.request_of(attempt, order, buyer, return_url="https://invalid.example/")
        attempts.calling(session, tenant_id=claim.tenant_id, attempt_id=claim.key, at=at)
        # If we die in the call, the sweeper brings the question back after the silence.
        attempt.check_at = at + QUIET
        return Call(attempt.gateway, order.order_id, SavedCardCharge(request, card), called)


def _card_and_buyer(
    session: Session, claim: Claim, attempt: PaymentAttempt, at: datetime
) -> tuple[SavedCard, Buyer] | None:
    """What a charge needs; without it the attempt fails, or (if it may have happened) waits for a person."""
    try:
        card_id = UUID(str(claim.payload.get("card_id") or attempt.intent["card_id"]))
        card = cards.open(session, tenant_id=claim.tenant_id, card_id=card_id, vault=intents.vault())
    except (KeyError, ValueError, NotFound, VaultError):
        _cannot(session, claim, attempt, at, "card_gone", "Kayıtlı kart artık yok.", "The saved card is gone.")
        return None
    buyer = intents.kept_buyer(session, tenant_id=claim.tenant_id, gateway=attempt.gateway)
    if buyer is None and attempt.gateway == "iyzico":
        _cannot(
            session, claim, attempt, at, "buyer_unknown",
            "Kart sahibinin bilgileri yok; kartı yeniden kaydedin.",
            "The card owner's details are missing; save the card again.",
        )  # fmt: skip
        return None
    return card, buyer or _NOBODY


# Stripe charges its customer and asks for nobody's details.
_NOBODY = Buyer("", "", "", "", "", "", "", "")


def _cannot(
    session: Session, claim: Claim, attempt: PaymentAttempt, at: datetime, code: str, text_tr: str, text_en: str
) -> None:
    if attempt.called_at is None:
        _end_failed(session, claim, code, text_tr, text_en, at)
        return
    breaks.open_break(
        session, tenant_id=claim.tenant_id, kind="payment_unreadable",
        subject=f"{attempt.gateway}:attempt:{attempt.attempt_id.hex}", at=at, amount_kurus=attempt.amount_kurus,
        data={"reason": f"the charge may have happened and cannot be asked about: {text_en}"},
    )  # fmt: skip
    _look_again(session, claim, attempt, at + timedelta(days=1))


def _take(claim: Claim, call: Call, evidence: PaymentEvidence) -> str:
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        outcome = enter(
            session, tenant_id=claim.tenant_id, attempt_id=claim.key, order_id=call.order_id, evidence=evidence, at=at
        )
        messages.done(session, [claim], at=at)
    return outcome


def _unknown(claim: Claim, error: Exception) -> None:
    """Money may have moved: ask again after the silence."""
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        attempt = attempts.locked(session, tenant_id=claim.tenant_id, attempt_id=claim.key)
        if isinstance(error, UntrustedAnswer):
            distrust(session, attempt, error, at)
        due_at = at + max(QUIET, silence_pause(attempt.checks))
        attempts.later(session, tenant_id=claim.tenant_id, attempt_id=claim.key, check_at=due_at, unknown=True)
        messages.again(session, claim, at=at, due_at=due_at, error=reason_of(error))
    log.warning("charge unknown", extra={"attempt_id": str(claim.key), "reason": reason_of(error)})


def _refused(claim: Claim, refusal: GatewayRefused) -> None:
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        _end_failed(session, claim, refusal.gateway_code, refusal.text_tr, refusal.text_en, at)
    log.info("charge refused", extra={"attempt_id": str(claim.key), "code": refusal.gateway_code})


def _end_failed(session: Session, claim: Claim, code: str, text_tr: str, text_en: str, at: datetime) -> None:
    attempts.ended(
        session, tenant_id=claim.tenant_id, attempt_id=claim.key, state="failed", code=code, text_tr=text_tr,
        text_en=text_en, at=at,
    )  # fmt: skip
    messages.done(session, [claim], at=at)


def _look_again(session: Session, claim: Claim, attempt: PaymentAttempt, due_at: datetime) -> None:
    attempt.check_at = due_at
    messages.again(session, claim, at=utc_now(), due_at=due_at)
