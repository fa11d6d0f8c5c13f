"""A package chosen before the account could buy: kept with the account, offered again once it can."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.catalogue import packages
from billing.catalogue.packages import Package, PackageOffSale, UnknownPackage
from billing.ledger.models import PUBLIC_SCOPE
from billing.models.orders import KontorOrder
from billing.models.proposals import OrderProposal
from billing.orders import place
from billing.orders.place import Method
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from tenants import accounts


@dataclass(frozen=True, slots=True)
class Standing:
    """What was chosen, and what can be had of it today.

    `package`: what is proposed now. `off_sale`: the chosen one is not sold (any more) and `package` is the nearest.
    `changed`: it is sold, at other terms than were seen. `package` None: nothing is on sale.
    """

    proposal: OrderProposal
    package: Package | None
    off_sale: bool
    changed: bool


def public(session: Session, *, at: datetime) -> list[Package]:
    """What everybody is offered, cheapest first: no account's own terms. In any session of the role app."""
    return packages.offered(session, tenant_id=PUBLIC_SCOPE, reseller_id=None, at=at)


def propose(session: Session, *, tenant_id: UUID, package_code: str, at: datetime) -> OrderProposal | None:
    """Keep a choice with the account, in place of an earlier one; None if there never was such a package."""
    reseller_id = accounts.get(session, tenant_id=tenant_id).reseller_id
    try:
        package = packages.offer(session, tenant_id=tenant_id, reseller_id=reseller_id, code=package_code, at=at)
    except (UnknownPackage, PackageOffSale):
        return None
    earlier = _open(session, tenant_id)
    if earlier is not None:
        if earlier.version_id == package.version_id:
            return earlier
        _end(session, earlier, "replaced", at)
    proposal = OrderProposal(
        tenant_id=tenant_id, proposal_id=new_id(), package_code=package.code, version_id=package.version_id,
        name_tr=package.name_tr, name_en=package.name_en, kontor=package.kontor + package.bonus_kontor,
        net_price_kurus=package.net_price_kurus, chosen_at=at,
    )  # fmt: skip
    session.add(proposal)
    session.flush()
    return proposal


def standing(session: Session, *, tenant_id: UUID, at: datetime) -> Standing | None:
    """The account's open choice at today's terms; None if there is none."""
    proposal = _open(session, tenant_id)
    if proposal is None:
        return None
    reseller_id = accounts.get(session, tenant_id=tenant_id).reseller_id
    offers = packages.offered(session, tenant_id=tenant_id, reseller_id=reseller_id, at=at)
    same = next((one for one in offers if one.code == proposal.package_code), None)
    if same is not None:
        terms = (same.kontor + same.bonus_kontor, same.net_price_kurus)
        return Standing(proposal, same, False, terms != (proposal.kontor, proposal.net_price_kurus))
    return Standing(proposal, nearest(offers, kontor=proposal.kontor), True, False)


def waits(session: Session, *, tenant_id: UUID) -> bool:
    """Whether a choice is open."""
    return bool(
        session.scalar(
            select(OrderProposal.proposal_id).where(OrderProposal.tenant_id == tenant_id, OrderProposal.ended.is_(None))
        )
    )


def nearest(offers: Sequence[Package], *, kontor: int) -> Package | None:
    """The offer whose kontör come nearest to a number; the larger one where two are as near."""
    return min(offers, key=lambda one: (abs(one.kontor + one.bonus_kontor - kontor), -one.kontor), default=None)


def order(
    session: Session, *, tenant_id: UUID, package_code: str, method: Method, placed_by: str, at: datetime
) -> KontorOrder:
    """Place the order that the proposal stands for; the proposal ends with it, so a second try finds none.

    :raises NotFound: no proposal is open, or it proposes another package than the page showed.
    :raises CannotBuy, BuysFromReseller, OrderRefused: see `orders.place`.
    """
    found = standing(session, tenant_id=tenant_id, at=at)
    if found is None or found.package is None or found.package.code != package_code:
        raise NotFound("Bekleyen paket seçimi yok.", "There is no package waiting to be ordered.")
    placed = place.place(
        session, tenant_id=tenant_id, package_code=package_code, method=method, placed_by=placed_by, at=at
    )
    found.proposal.order_id = placed.order_id
    _end(session, found.proposal, "ordered", at)
    return placed


def dismiss(session: Session, *, tenant_id: UUID, at: datetime) -> None:
    """Forget the choice."""
    proposal = _open(session, tenant_id)
    if proposal is not None:
        _end(session, proposal, "dismissed", at)


def _open(session: Session, tenant_id: UUID) -> OrderProposal | None:
    return session.scalars(
        select(OrderProposal)
        .where(OrderProposal.tenant_id == tenant_id, OrderProposal.ended.is_(None))
        .with_for_update()
    ).one_or_none()


def _end(session: Session, proposal: OrderProposal, how: str, at: datetime) -> None:
    proposal.ended, proposal.ended_at = how, at
    session.flush()
