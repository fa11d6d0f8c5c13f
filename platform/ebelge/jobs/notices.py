"""From the webhook inbox to whom it concerns: find the attempt or payment, have the gateway asked, tick the notice off.

Three books, never two at once in one transaction: the inbox as finance, the locator as app, the outbox as the tenant.
Whoever dies between leaves a notice that is placed again; the question is put twice then, and answered the same.
"""

import logging
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from billing import breaks
from billing.models.orders import PaymentNotice
from billing.models.returns import Refund
from billing.orders.attempts import ATTEMPT_KIND, CHECKOUT_KIND, checkout_key
from billing.payments import inbox
from billing.settlement.settle import PAYMENT_KIND
from billing.settlement.settled import payment_key
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import bell
from ebelge.jobs.asking import ask, ask_attempt
from tenants import locator
from tenants.locator import Located

log = logging.getLogger(__name__)
BATCH = 200


def place(at: datetime) -> int:
    """Look at every notice that waits; returns how many found their place."""
    with role_session("finance") as session:
        waiting = inbox.waiting(session, at=at, limit=BATCH)
    placed = sum([_tried(notice) for notice in waiting])
    if placed:
        bell.ring()
    return placed


def _tried(notice: PaymentNotice) -> bool:
    """One that cannot be placed holds up no other: it is looked at again later, at last by a person."""
    try:
        return _place(notice)
    except Exception:
        log.exception("notice not placed", extra={"gateway": notice.gateway, "notice_id": notice.notice_id})
    if notice.tries + 1 >= inbox.TRIES_MAX:
        _open_break(notice)
    with role_session("finance") as session:
        inbox.looked(session, gateway=notice.gateway, notice_id=notice.notice_id, at=utc_now())
    return False


def _place(notice: PaymentNotice) -> bool:
    key = {"gateway": notice.gateway, "notice_id": notice.notice_id}
    if notice.about == "other":
        with role_session("finance") as session:
            inbox.ignored(session, **key, at=utc_now())
        return False
    tenant_id = _pass_on(notice)
    if tenant_id is None and notice.tries + 1 >= inbox.TRIES_MAX:
        _open_break(notice)
    with role_session("finance") as session:
        if tenant_id is not None:
            inbox.passed_on(session, **key, tenant_id=tenant_id, at=utc_now())
        else:
            inbox.looked(session, **key, at=utc_now())
    return tenant_id is not None


def _pass_on(notice: PaymentNotice) -> UUID | None:
    """Put the question in the outbox of whom the notice concerns; None if that is nobody yet."""
    attempt, payment = _locate(notice)
    found = payment if notice.about in ("dispute", "refund") else attempt
    if found is None:
        return None
    at = utc_now()
    with tenant_session(found.tenant_id) as session:
        if notice.about == "dispute":
            said = {"gateway": notice.gateway, "gateway_dispute_id": notice.gateway_ref}
            key = found.object_id
            ask(session, tenant_id=found.tenant_id, topic="dispute.read", key=key, at=at, payload=said)
        elif notice.about == "refund":
            _about_refund(session, found, notice, at)
        else:
            said = _said(notice)
            ask_attempt(session, tenant_id=found.tenant_id, attempt_id=found.object_id, at=at, payload=said)
    return found.tenant_id


def _about_refund(session: Session, payment: Located, notice: PaymentNotice, at: datetime) -> None:
    """A refund of ours is asked about; one that was made past us (at the gateway's own desk) needs a person."""
    refund_id = _refund(session, payment, notice)
    if refund_id is not None:
        said = {"noticed": notice.gateway_ref}
        ask(session, tenant_id=payment.tenant_id, topic="refund.send", key=refund_id, at=at, payload=said)
        return
    breaks.open_break(
        session,
        tenant_id=payment.tenant_id,
        kind="refund_outside",
        subject=f"{notice.gateway}:{notice.gateway_ref}",
        at=at,
        data={"payment": notice.gateway_payment_id, "claimed": notice.claimed},
    )


def _locate(notice: PaymentNotice) -> tuple[Located | None, Located | None]:
    """The attempt and the payment that a notice speaks of. Its own words come first: our attempt's id is in it."""
    gateway = notice.gateway
    with role_session("app") as session:

        def at_key(kind: str, key: str) -> Located | None:
            return locator.locate(session, kind=kind, key=key) if key else None

        attempt = at_key(ATTEMPT_KIND, notice.attempt_ref)
        if notice.about == "checkout" and notice.gateway_ref:
            attempt = attempt or at_key(CHECKOUT_KIND, checkout_key(gateway, notice.gateway_ref))
        payment = None
        if notice.gateway_payment_id:
            payment = at_key(PAYMENT_KIND, payment_key(gateway, notice.gateway_payment_id))
    if attempt is None and payment is not None and notice.about == "payment":
        attempt = _attempt_of(payment)
    return attempt, payment


def _attempt_of(payment: Located) -> Located | None:
    with tenant_session(payment.tenant_id) as session:
        row = session.execute(
            text("SELECT attempt_id FROM payment WHERE tenant_id = :tenant_id AND payment_id = :payment_id"),
            {"tenant_id": payment.tenant_id, "payment_id": payment.object_id},
        ).first()
    return None if row is None or row.attempt_id is None else Located(payment.tenant_id, row.attempt_id)


def _refund(session: Session, payment: Located, notice: PaymentNotice) -> UUID | None:
    """Our refund that a notice speaks of: by the gateway's id, or by ours in its metadata."""
    ours = [Refund.gateway_refund_id == notice.gateway_ref]
    about = (notice.raw.get("data") or {}).get("object") or {}
    said = (about.get("metadata") or {}).get("refund_ref", "")
    with suppress(ValueError):
        ours.append(Refund.refund_id == UUID(hex=str(said)))
    for condition in ours:
        found = session.scalars(
            select(Refund.refund_id).where(
                Refund.tenant_id == payment.tenant_id, Refund.payment_id == payment.object_id, condition
            )
        ).first()
        if found is not None:
            return found
    return None


def _said(notice: PaymentNotice) -> dict[str, str]:
    """What the notice names beside the attempt: the signature says that these belong together."""
    said = {"payment_id": notice.gateway_payment_id}
    if notice.about == "checkout":
        said["gateway_ref"] = notice.gateway_ref
    return {name: value for name, value in said.items() if value}


def _open_break(notice: PaymentNotice) -> None:
    """Nobody's notice lies with the operator, where a person looks at it."""
    at = utc_now()
    operator_id = operator()
    log.error("notice of nobody", extra={"gateway": notice.gateway, "notice_id": notice.notice_id})
    if operator_id is None:
        return
    with tenant_session(operator_id) as session:
        breaks.open_break(
            session,
            tenant_id=operator_id,
            kind="notice_unplaced",
            subject=f"{notice.gateway}:{notice.notice_id}",
            at=at,
            data={
                "kind": notice.kind,
                "about": notice.about,
                "gateway_ref": notice.gateway_ref,
                "gateway_payment_id": notice.gateway_payment_id,
                "attempt_ref": notice.attempt_ref,
                "claimed": notice.claimed,
            },
        )


def operator() -> UUID | None:
    """The operator's own live tenant, where what belongs to nobody lies."""
    with role_session("app") as session:
        return session.execute(text("SELECT tenant_id FROM operator_of('live')")).scalar_one_or_none()
