"""Runs of automatic top-up: one order by a saved card at a time, never above the month's cap.

Whoever starts or ends a run holds the plan's row, and all of a run begins in one transaction: order, attempt, run and
the message that has the card charged. What became of the charge is the order's state, and only that ends the run.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.ledger import balance
from billing.models.orders import KontorOrder, PaymentAttempt
from billing.models.upkeep import TopupPlan, TopupRun
from billing.orders import attempts, place, queries
from billing.orders.expire import CARD_ORDER_LIFE
from billing.orders.states import CREDITED, OrderState
from billing.topups import plans
from billing.topups.plans import Suspended
from ebelge.core.clock import add_months, istanbul_date, istanbul_midnight
from ebelge.core.errors import DomainError
from ebelge.core.ids import new_id

BY: Final = "topup"
# After the first, second, … failure in a row nothing is tried for so long.
PAUSES: Final = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
# The bank wants the card's owner: he has as long as the order stands (orders.expire), and nothing is bought meanwhile.
OWNER_TIME: Final = CARD_ORDER_LIFE
OWNER_PAUSE: Final = CARD_ORDER_LIFE + timedelta(hours=1)
NEEDS_OWNER: Final = "authentication_required"
# A card that is expired, lost or gone will not get better: Stripe's words, iyzico's numbers, our own.
HOPELESS: Final = frozenset(
    {"expired_card", "10054", "lost_card", "10041", "stolen_card", "10043", "pickup_card", "card_gone", "buyer_unknown"}
)


@dataclass(frozen=True, slots=True)
class Started:
    """A run that has begun; the card will be charged."""

    run_id: UUID
    order_id: UUID
    gross_kurus: int


@dataclass(frozen=True, slots=True)
class Capped:
    """The month's cap leaves no room for another package before `until`."""

    cap_kurus: int
    spent_kurus: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Credited:
    """A run that ended as it should."""

    run_id: UUID
    order_id: UUID
    gross_kurus: int
    kontor: int
    bonus_kontor: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A run that bought nothing. `needs_owner`: its order waits for the card's owner to confirm it himself."""

    run_id: UUID
    order_id: UUID
    gross_kurus: int
    code: str
    text_tr: str
    text_en: str
    needs_owner: bool
    next_try_at: datetime | None
    suspended: Suspended | None


def start(session: Session, *, tenant_id: UUID, at: datetime) -> Started | Capped | Suspended | None:
    """Begin a run if plan and balance ask for one; None if there is nothing to do (now).

    What cannot be ordered any more (package off sale, card removed, account closed) suspends the plan.
    """
    plan = plans.locked(session, tenant_id=tenant_id)
    if plan is None or plan.state != "on" or (plan.next_try_at is not None and at < plan.next_try_at):
        return None
    stopped = plans.check_disputes(session, tenant_id=tenant_id, at=at)
    if stopped is not None:
        return stopped
    if balance.balance(session, tenant_id=tenant_id, at=at).spendable >= plan.threshold_kontor:
        return None
    if under_way(session, tenant_id=tenant_id) is not None:
        return None
    try:
        with session.begin_nested():
            return _within_cap(session, plan, at)
    except DomainError as error:
        return plans.suspend(session, tenant_id=tenant_id, why=error.code, at=at)


def credited(session: Session, *, tenant_id: UUID, order_id: UUID, at: datetime) -> Credited | None:
    """End the run of an order that was credited; None if it is no run's, or has ended before."""
    plan = plans.locked(session, tenant_id=tenant_id)
    run = _run_of(session, tenant_id, order_id)
    if run is None or run.state != "started":
        return None
    order = queries.get(session, tenant_id=tenant_id, order_id=order_id)
    if OrderState(order.state) not in CREDITED:
        return None
    run.state, run.ended_at = "credited", at
    if plan is not None:
        plan.failures, plan.next_try_at = 0, None
    session.flush()
    return Credited(run.run_id, order_id, run.gross_kurus, order.kontor, order.bonus_kontor)


def failed(session: Session, *, tenant_id: UUID, order_id: UUID, at: datetime) -> Failed | None:
    """End the run of an order whose charge came to nothing; None while that is not certain, or if it has ended before.

    Counts the failure, sets the pause, suspends the plan at its limit; calls the order off unless its owner may pay it.
    """
    plan = plans.locked(session, tenant_id=tenant_id)
    run = _run_of(session, tenant_id, order_id)
    if run is None or run.state != "started":
        return None
    tries = queries.lock_attempts(session, tenant_id=tenant_id, order_id=order_id)
    order = queries.lock(session, tenant_id=tenant_id, order_id=order_id)
    if OrderState(order.state) in CREDITED or any(attempt.ended_at is None for attempt in tries):
        return None
    code, text_tr, text_en = _reason(tries[-1] if tries else None, order)
    needs_owner = code == NEEDS_OWNER
    run.state, run.ended_at, run.why = "failed", at, code
    if not needs_owner and OrderState(order.state) in (OrderState.DRAFT, OrderState.PENDING, OrderState.FAILED):
        place.cancel(session, tenant_id=tenant_id, order_id=order_id, by=BY, at=at)
    suspended = None if plan is None else _count(session, plan, code, needs_owner=needs_owner, at=at)
    session.flush()
    return Failed(
        run.run_id,
        order_id,
        run.gross_kurus,
        code,
        text_tr,
        text_en,
        needs_owner,
        None if plan is None else plan.next_try_at,
        suspended,
    )


def under_way(session: Session, *, tenant_id: UUID) -> TopupRun | None:
    """The run whose outcome is not known yet; a unique index allows one."""
    return session.scalars(
        select(TopupRun).where(TopupRun.tenant_id == tenant_id, TopupRun.state == "started")
    ).one_or_none()


def spent_kurus(session: Session, *, tenant_id: UUID, at: datetime) -> int:
    """What runs of the Istanbul month of `at` cost, KDV included: those credited and the one under way."""
    spent = session.scalar(
        select(func.coalesce(func.sum(TopupRun.gross_kurus), 0)).where(
            TopupRun.tenant_id == tenant_id,
            TopupRun.started_at >= istanbul_midnight(_month(at)),
            TopupRun.state.in_(("started", "credited")),
        )
    )
    return int(spent or 0)


def next_month(at: datetime) -> datetime:
    """The first instant of the Istanbul month after that of `at`."""
    return istanbul_midnight(add_months(_month(at), 1))


def newest(session: Session, *, tenant_id: UUID, limit: int) -> list[TopupRun]:
    """The tenant's runs, newest first."""
    return list(
        session.scalars(
            select(TopupRun)
            .where(TopupRun.tenant_id == tenant_id)
            .order_by(TopupRun.started_at.desc(), TopupRun.run_id.desc())
            .limit(limit)
        )
    )


def _within_cap(session: Session, plan: TopupPlan, at: datetime) -> Started | Capped:
    gross = plans.gross_kurus(session, tenant_id=plan.tenant_id, package_code=plan.package_code, at=at)
    spent = spent_kurus(session, tenant_id=plan.tenant_id, at=at)
    if spent + gross > plan.monthly_cap_kurus:
        plan.next_try_at = next_month(at)
        session.flush()
        return Capped(plan.monthly_cap_kurus, spent, plan.next_try_at)
    started = _order(session, plan, at)
    if spent + started.gross_kurus > plan.monthly_cap_kurus:
        raise RuntimeError("the order costs more than its package a moment before")  # undoes the order
    return started


def _order(session: Session, plan: TopupPlan, at: datetime) -> Started:
    tenant_id = plan.tenant_id
    card = plans.card_of(session, tenant_id=tenant_id, card_id=plan.card_id)
    method: place.Method = "stripe" if card.gateway == "stripe" else "iyzico"
    order = place.place(
        session, tenant_id=tenant_id, package_code=plan.package_code, method=method, placed_by=BY, at=at
    )  # fmt: skip
    attempts.by_card(session, order=order, card=card, by=BY, at=at)
    run = TopupRun(
        tenant_id=tenant_id,
        run_id=new_id(),
        order_id=order.order_id,
        gross_kurus=order.gross_kurus,
        state="started",
        why="",
        started_at=at,
    )
    session.add(run)
    session.flush()
    return Started(run.run_id, order.order_id, order.gross_kurus)


def _count(session: Session, plan: TopupPlan, code: str, *, needs_owner: bool, at: datetime) -> Suspended | None:
    plan.failures += 1
    if plan.state == "on" and (code in HOPELESS or plan.failures >= plan.failure_limit):
        return plans.suspend(session, tenant_id=plan.tenant_id, why=code if code in HOPELESS else "failures", at=at)
    if plan.state == "on":
        pause = PAUSES[min(plan.failures, len(PAUSES)) - 1]
        plan.next_try_at = at + (max(pause, OWNER_PAUSE) if needs_owner else pause)
    return None


def _reason(attempt: PaymentAttempt | None, order: KontorOrder) -> tuple[str, str, str]:
    if attempt is None or attempt.state != "failed":
        return f"order_{order.state}", "Sipariş ödenmeden kapandı.", "The order ended without payment."
    return (
        attempt.code or "declined",
        attempt.text_tr or "Banka ödemeyi kabul etmedi.",
        attempt.text_en or "The bank did not accept the payment.",
    )


def _run_of(session: Session, tenant_id: UUID, order_id: UUID) -> TopupRun | None:
    return session.scalars(
        select(TopupRun)
        .where(TopupRun.tenant_id == tenant_id, TopupRun.order_id == order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _month(at: datetime) -> date:
    return istanbul_date(at).replace(day=1)
