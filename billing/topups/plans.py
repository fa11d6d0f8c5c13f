"""Plans of automatic top-up: below which balance which package is bought by which card, and where it must stop."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.catalogue import packages
from billing.models.orders import SavedCard
from billing.models.returns import DisputeRow
from billing.models.upkeep import TopupPlan
from billing.orders import cards
from billing.orders.place import CannotBuy
from billing.orders.sellers import check_buys_here
from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.money import kdv_kurus, lira_text
from tenants import accounts
from tenants.audit.deeds import deed

FAILURE_LIMIT: Final = 3
FAILURE_LIMIT_MAX: Final = 10
CAP_MAX_KURUS: Final = 10**13
KONTOR_MAX: Final = 10**12
DISPUTE: Final = "dispute"


class CapTooLow(Conflict):
    """The monthly cap is below the price of one package: nothing could ever be bought."""

    code, http_status = "topup_cap_too_low", 422
    title_tr, title_en = "Aylık sınır paketin fiyatından düşük", "The monthly cap is below the package's price"


class NotSuspended(Conflict):
    """Only a suspended top-up is resumed."""

    code = "topup_not_suspended"
    title_tr, title_en = "Otomatik yükleme durdurulmuş değil", "Automatic top-up is not suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a person asks of automatic top-up. Cap in kuruş, KDV included, per Istanbul month."""

    package_code: str
    threshold_kontor: int
    monthly_cap_kurus: int
    card_id: UUID
    failure_limit: int = FAILURE_LIMIT
    on: bool = True


_TERMS: Final = ("package_code", "threshold_kontor", "monthly_cap_kurus", "card_id", "failure_limit")


@dataclass(frozen=True, slots=True)
class Suspended:
    """Top-up has just stopped until a person resumes it."""

    why: str
    at: datetime


def of(session: Session, *, tenant_id: UUID) -> TopupPlan | None:
    """The tenant's plan; None if it has none."""
    return session.get(TopupPlan, tenant_id)


def terms_of(session: Session, *, tenant_id: UUID, on: bool, said: Mapping[str, Any]) -> Terms:
    """Terms of which some are said (by the names of `Terms`; None: not said); the others are the plan's.

    :raises InvalidRequest: there is no plan yet, and one that has no default is not said.
    """
    plan = of(session, tenant_id=tenant_id)
    kept = {"failure_limit": FAILURE_LIMIT} if plan is None else {name: getattr(plan, name) for name in _TERMS}
    terms = kept | {name: value for name, value in said.items() if value is not None}
    if missing := [name.removesuffix("_code") for name in _TERMS if name not in terms]:
        raise InvalidRequest(
            f"Otomatik yükleme henüz kurulmamış; ilk kez kurarken bunlar da gerekir: {', '.join(missing)}.",
            f"There is no top-up yet; the first time these are needed, too: {', '.join(missing)}.",
        )
    return Terms(on=on, **terms)


def keep(session: Session, *, tenant_id: UUID, terms: Terms, by: str, at: datetime) -> TopupPlan:
    """Set up or change the plan. One that is suspended stays so (`resume`), unless it is switched off.

    :raises NotFound: no such card. :raises UnknownPackage, PackageOffSale: no such offer. :raises CapTooLow: see there.
    :raises CannotBuy, BuysFromReseller: the account buys nothing here. :raises InvalidRequest: amounts out of bounds.
    """
    if (
        not 0 < terms.threshold_kontor <= KONTOR_MAX
        or not 0 < terms.monthly_cap_kurus <= CAP_MAX_KURUS
        or not 1 <= terms.failure_limit <= FAILURE_LIMIT_MAX
    ):
        raise InvalidRequest(
            f"Eşik ve aylık sınır 0'dan büyük, hata sınırı 1-{FAILURE_LIMIT_MAX} olmalı.",
            f"Threshold and monthly cap are above 0, the failure limit is 1 to {FAILURE_LIMIT_MAX}.",
        )
    if terms.on:
        _check_can_run(session, tenant_id, terms, at)
    check_disputes(session, tenant_id=tenant_id, at=at)
    plan = locked(session, tenant_id=tenant_id)
    before = None if plan is None else _facts(plan)
    if plan is None:
        plan = TopupPlan(tenant_id=tenant_id, state="off", failures=0, suspended_why="")
        session.add(plan)
    if not terms.on:
        plan.state, plan.suspended_why = "off", ""
    elif plan.state == "off":
        plan.state, plan.failures = "on", 0
    plan.package_code, plan.threshold_kontor = terms.package_code, terms.threshold_kontor
    plan.monthly_cap_kurus, plan.card_id, plan.failure_limit = (
        terms.monthly_cap_kurus,
        terms.card_id,
        terms.failure_limit,
    )
    # The pause after a failure outlives a change of terms; that of a full month does not.
    plan.next_try_at = plan.next_try_at if plan.failures else None
    plan.changed_by, plan.changed_at = by, at
    session.flush()
    _note(session, plan, before, by, at)
    return plan


def resume(session: Session, *, tenant_id: UUID, by: str, at: datetime) -> TopupPlan:
    """A person starts a suspended plan again. :raises NotFound: no plan. :raises NotSuspended: it is not suspended."""
    plan = locked(session, tenant_id=tenant_id)
    if plan is None:
        raise NotFound()
    if plan.state != "suspended":
        raise NotSuspended()
    terms = Terms(
        package_code=plan.package_code,
        threshold_kontor=plan.threshold_kontor,
        monthly_cap_kurus=plan.monthly_cap_kurus,
        card_id=plan.card_id,
    )
    _check_can_run(session, tenant_id, terms, at)
    before = _facts(plan)
    plan.state, plan.failures, plan.suspended_why, plan.next_try_at = "on", 0, "", None
    plan.changed_by, plan.changed_at = by, at
    session.flush()
    _note(session, plan, before, by, at)
    return plan


def _facts(plan: TopupPlan) -> dict[str, object]:
    return {
        "threshold_kontor": plan.threshold_kontor, "package_code": plan.package_code,
        "monthly_cap_kurus": plan.monthly_cap_kurus, "failure_limit": plan.failure_limit, "state": plan.state,
    }  # fmt: skip


def _note(session: Session, plan: TopupPlan, before: dict[str, object] | None, by: str, at: datetime) -> None:
    deed(
        session, tenant_id=plan.tenant_id, action="topup.set", object_kind="topup", object_id=plan.tenant_id,
        before=before, after=_facts(plan), by=by, at=at,
    )  # fmt: skip


def suspend(session: Session, *, tenant_id: UUID, why: str, at: datetime) -> Suspended | None:
    """Stop a plan until a person resumes it; None if there is none that is on."""
    plan = locked(session, tenant_id=tenant_id)
    if plan is None or plan.state != "on":
        return None
    plan.state, plan.suspended_why, plan.next_try_at = "suspended", why[:100], None
    plan.changed_by, plan.changed_at = "system", at
    session.flush()
    return Suspended(plan.suspended_why, at)


def check_disputes(session: Session, *, tenant_id: UUID, at: datetime) -> Suspended | None:
    """Suspend the plan if a payment of the tenant was disputed since a person last looked at the plan."""
    plan = locked(session, tenant_id=tenant_id)
    if plan is None or plan.state != "on":
        return None
    newest = session.scalar(select(func.max(DisputeRow.opened_at)).where(DisputeRow.tenant_id == tenant_id))
    if newest is None or newest < plan.changed_at:
        return None
    return suspend(session, tenant_id=tenant_id, why=DISPUTE, at=at)


def locked(session: Session, *, tenant_id: UUID) -> TopupPlan | None:
    """The plan, locked and freshly read: whoever starts or ends a run holds it."""
    return session.scalars(
        select(TopupPlan)
        .where(TopupPlan.tenant_id == tenant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def card_of(session: Session, *, tenant_id: UUID, card_id: UUID) -> SavedCard:
    """A saved card of the tenant. :raises NotFound: none, or removed."""
    for card in cards.listed(session, tenant_id=tenant_id):
        if card.card_id == card_id:
            return card
    raise NotFound("Böyle bir kayıtlı kart yok.", "There is no such saved card.")


def gross_kurus(session: Session, *, tenant_id: UUID, package_code: str, at: datetime) -> int:
    """What one package costs the tenant now, KDV included. :raises UnknownPackage, PackageOffSale: no such offer."""
    reseller_id = accounts.get(session, tenant_id=tenant_id).reseller_id
    offer = packages.offer(session, tenant_id=tenant_id, reseller_id=reseller_id, code=package_code, at=at)
    return offer.net_price_kurus + kdv_kurus(offer.net_price_kurus, Decimal(offer.kdv_percent))


def _check_can_run(session: Session, tenant_id: UUID, terms: Terms, at: datetime) -> None:
    tenant = accounts.get(session, tenant_id=tenant_id)
    if tenant.mode != "live" or tenant.state != "active":
        raise CannotBuy("Otomatik yükleme etkin, canlı hesaplar içindir.", "Top-up is for active live accounts.")
    check_buys_here(session, tenant_id=tenant_id, reseller_id=tenant.reseller_id, at=at)
    card_of(session, tenant_id=tenant_id, card_id=terms.card_id)
    gross = gross_kurus(session, tenant_id=tenant_id, package_code=terms.package_code, at=at)
    if gross > terms.monthly_cap_kurus:
        raise CapTooLow(
            f"Paket KDV dahil {lira_text(gross)} TL; aylık sınır bundan düşük olamaz.",
            f"The package costs {lira_text(gross)} TRY with KDV; the monthly cap cannot be below that.",
        )
