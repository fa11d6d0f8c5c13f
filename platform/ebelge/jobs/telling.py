"""What is told of the trade: a letter to people, an event to the customer's own systems, both in the transaction of
what happened. Every occasion is told once, so all of it bears repetition."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.expiry.notices import Ending
from billing.ledger.lots import ExpiredLot
from billing.models.returns import DisputeRow, Refund
from billing.orders import queries
from billing.topups import plans, runs, watch
from billing.topups.plans import Suspended
from billing.topups.runs import Capped, Credited, Failed
from billing.topups.watch import Low
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.notify import post
from ebelge.notify.webhooks import events
from ebelge.outbox.messages import Claim

# A dispute is told of when it is read; older ones were.
DISPUTES_TOLD = timedelta(days=2)


def balance_low(session: Session, tenant_id: UUID, low: Low, at: datetime) -> None:
    """The balance has fallen below the watch's threshold."""
    said = {"spendable": low.spendable, "low_kontor": low.low_kontor}
    occasion = low.since.isoformat()
    post.write(session, tenant_id=tenant_id, kind="kontor_low", occasion=f"kontor.low {occasion}", facts=said, at=at)
    events.tell(session, tenant_id=tenant_id, type="kontor.low", occasion=occasion, data=said, at=at)


def lots_ending(session: Session, tenant_id: UUID, endings: Sequence[Ending], at: datetime) -> None:
    """Lots have come to a step before their expiry: one letter for all, one event each."""
    if not endings:
        return
    lots = [
        {"lot_id": str(one.lot_id), "kontor": one.kontor, "expires_at": one.expires_at.isoformat(), "days": one.days}
        for one in endings
    ]
    facts: dict[str, Any] = {
        "lots": lots,
        "kontor": sum(one.kontor for one in endings),
        "days": max(one.days for one in endings),
    }
    first = endings[0]
    post.write(
        session, tenant_id=tenant_id, kind="lots_expiring", occasion=f"lots.expiring {first.lot_id} {first.days}",
        facts=facts, at=at,
    )  # fmt: skip
    for lot in lots:
        occasion = f"{lot['lot_id']} {lot['days']}"
        events.tell(session, tenant_id=tenant_id, type="lot.expiring", occasion=occasion, data=lot, at=at)


def lots_expired(session: Session, tenant_id: UUID, lots: Sequence[ExpiredLot], at: datetime) -> None:
    """The expiry of lots was posted."""
    for lot in lots:
        said = {"lot_id": str(lot.lot_id), "kontor": lot.kontor}
        events.tell(session, tenant_id=tenant_id, type="lot.expired", occasion=str(lot.lot_id), data=said, at=at)


def disputed(session: Session, tenant_id: UUID, at: datetime) -> None:
    """A dispute was read: its event, and automatic top-up stops."""
    opened = select(DisputeRow).where(DisputeRow.tenant_id == tenant_id, DisputeRow.opened_at > at - DISPUTES_TOLD)
    for dispute in session.scalars(opened).all():
        said = {
            "dispute_id": str(dispute.dispute_id),
            "order_id": str(dispute.order_id),
            "amount": {"amount_kurus": dispute.amount_kurus, "currency": "TRY"},
        }
        events.tell(
            session, tenant_id=tenant_id, type="payment.disputed", occasion=str(dispute.dispute_id), data=said, at=at
        )
    plans.check_disputes(session, tenant_id=tenant_id, at=at)
    plan = plans.of(session, tenant_id=tenant_id)
    # Whoever took the dispute in has suspended it already; that it stopped at this instant is told once.
    if plan is not None and (plan.state, plan.suspended_why) == ("suspended", plans.DISPUTE):
        topup_suspended(session, tenant_id, Suspended(plan.suspended_why, plan.changed_at), at)


def order_credited(claim: Claim) -> None:
    """Of `order.credited` and `order.paid`: the order is paid; a run of top-up ends with it; the balance has risen."""
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        order = queries.get(session, tenant_id=claim.tenant_id, order_id=claim.key)
        if order.paid_at is not None:
            said = {
                "order_id": str(order.order_id),
                "reference": order.reference,
                "package": order.package_code,
                "kontor": order.kontor,
                "bonus_kontor": order.bonus_kontor,
                "gross": {"amount_kurus": order.gross_kurus, "currency": order.currency},
            }
            events.tell(
                session, tenant_id=claim.tenant_id, type="order.paid", occasion=str(order.order_id), data=said, at=at
            )
        run = runs.credited(session, tenant_id=claim.tenant_id, order_id=claim.key, at=at)
        if run is not None:
            topup_done(session, claim.tenant_id, run, at)
        watch.look(session, tenant_id=claim.tenant_id, at=at)


def order_reversed(claim: Claim) -> None:
    """Of `order.reversed`: a refund was paid (a lost dispute was told of when it was opened)."""
    if claim.payload.get("cause") != "refund":
        return
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        refund = session.get(Refund, (claim.tenant_id, claim.key))
        if refund is None:
            return
        said = {
            "order_id": str(refund.order_id),
            "refund_id": str(refund.refund_id),
            "kontor": refund.kontor,
            "gross": {"amount_kurus": refund.gross_kurus, "currency": refund.currency},
        }
        events.tell(
            session, tenant_id=claim.tenant_id, type="order.refunded", occasion=str(claim.key), data=said, at=at
        )


def topup_done(session: Session, tenant_id: UUID, run: Credited, at: datetime) -> None:
    """A run has bought kontör."""
    facts = {
        "gross_kurus": run.gross_kurus,
        "kontor": run.kontor,
        "bonus_kontor": run.bonus_kontor,
        "reference": queries.get(session, tenant_id=tenant_id, order_id=run.order_id).reference,
    }
    post.write(session, tenant_id=tenant_id, kind="topup_done", occasion=f"topup {run.run_id}", facts=facts, at=at)


def topup_failed(session: Session, tenant_id: UUID, run: Failed, *, confirm_link: str, at: datetime) -> None:
    """A run has bought nothing; `confirm_link`: where the card's owner can confirm it to his bank."""
    order = queries.get(session, tenant_id=tenant_id, order_id=run.order_id)
    facts: dict[str, Any] = {
        "gross_kurus": run.gross_kurus,
        "reference": order.reference,
        "text_tr": run.text_tr,
        "text_en": run.text_en,
        "next_try_at": None if run.next_try_at is None else run.next_try_at.isoformat(),
    }
    kind = "topup_failed"
    if confirm_link:
        kind = "topup_confirm"
        facts |= {"link": confirm_link, "until": (order.created_at + runs.OWNER_TIME).isoformat()}
    post.write(session, tenant_id=tenant_id, kind=kind, occasion=f"topup {run.run_id}", facts=facts, at=at)
    if run.suspended is not None:
        topup_suspended(session, tenant_id, run.suspended, at)


def topup_suspended(session: Session, tenant_id: UUID, stopped: Suspended, at: datetime) -> None:
    """Automatic top-up has stopped until a person starts it again."""
    said, occasion = {"why": stopped.why}, stopped.at.isoformat()
    post.write(
        session, tenant_id=tenant_id, kind="topup_suspended", occasion=f"topup.suspended {occasion}", facts=said, at=at
    )
    events.tell(session, tenant_id=tenant_id, type="topup.suspended", occasion=occasion, data=said, at=at)


def topup_capped(session: Session, tenant_id: UUID, capped: Capped, at: datetime) -> None:
    """The month's cap leaves no room for another package: told once a month and cap."""
    facts = {
        "cap_kurus": capped.cap_kurus,
        "spent_kurus": capped.spent_kurus,
        "until": capped.until.isoformat(),
    }
    occasion = f"topup.capped {capped.until.date()} {capped.cap_kurus}"
    post.write(session, tenant_id=tenant_id, kind="topup_capped", occasion=occasion, facts=facts, at=at)


def endpoint_paused(session: Session, tenant_id: UUID, *, endpoint_id: UUID, url: str, answer: str) -> None:
    """A webhook endpoint takes nothing any more."""
    post.write(
        session, tenant_id=tenant_id, kind="webhook_paused", occasion=f"webhook.paused {endpoint_id} {new_id()}",
        facts={"url": url, "answer": answer}, at=utc_now(),
    )  # fmt: skip
