"""Contracts of a reseller: how it sells, by date. Versions that never overlap and never change but for their end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from billing.models.resellers import ResellerContract
from ebelge.core.errors import Conflict, InvalidRequest
from ebelge.core.ids import new_id
from tenants import accounts
from tenants.audit.deeds import deed

Model = Literal["commission", "resale"]
Passing = Literal["inherit", "fresh"]
Onboarding = Literal["applied", "active"]
REFUND_WINDOW_DAYS = 14
# What was typed in a moment ago begins now.
TYPING = timedelta(seconds=60)


class NoContract(Conflict):
    """The reseller has no contract on that day."""

    code = "no_reseller_contract"
    title_tr, title_en = "Geçerli bayi sözleşmesi yok", "There is no reseller contract in force"


class ContractsOverlap(Conflict):
    """Another contract is in force, or agreed, for a part of that period."""

    code = "reseller_contracts_overlap"
    title_tr, title_en = "Bu dönem için başka bir bayi sözleşmesi var", "Another reseller contract covers that period"


def conclude(
    session: Session,
    *,
    tenant_id: UUID,
    model: Model,
    valid_from: datetime,
    created_by: str,
    at: datetime,
    valid_until: datetime | None = None,
    commission_bp: int = 0,
    refund_window_days: int = REFUND_WINDOW_DAYS,
    passing: Passing = "inherit",
    onboarding: Onboarding = "applied",
) -> UUID:
    """Enter a contract (as the reseller); one that is open-ended ends where this one begins. Returns its id.

    :param commission_bp: hundredths of a percent of the net price (1500 = 15 %). :param passing: expiry of kontör
        passed on: `inherit` that of the stock, `fresh` six months from passing. :param onboarding: the state in which
        customers begin whom the reseller onboards; `applied` ends when their owner has accepted the texts.
    :raises InvalidRequest: it would begin in the past, end before it begins, or pay commission on resale.
    :raises ContractsOverlap: a contract of a fixed term lies in that period.
    """
    if accounts.get(session, tenant_id=tenant_id).kind != "reseller":
        raise InvalidRequest("Bu hesap bayi değil.", "This account is no reseller.")
    if valid_from < at - TYPING:
        raise InvalidRequest(
            "Sözleşme geçmişte başlayamaz.", "A contract cannot begin in the past: what was sold stays explained."
        )
    if valid_until is not None and valid_until <= valid_from:
        raise InvalidRequest("Sözleşme başlamadan bitiyor.", "The contract ends before it begins.")
    if not 0 <= commission_bp <= 10_000 or not 0 <= refund_window_days <= 365:
        raise InvalidRequest(
            "Komisyon % 0-100, iade süresi 0-365 gün olabilir.", "Commission is 0-100 %, the refund window 0-365 days."
        )
    if model == "resale" and commission_bp:
        raise InvalidRequest("Alıp satan bayi komisyon almaz.", "A reseller who buys and resells earns no commission.")
    before = _until_then(session, tenant_id, valid_from)
    if before is not None:
        before.valid = Range(before.valid.lower, valid_from)
        session.flush()
    wanted: Range[datetime] = Range(valid_from, valid_until)
    taken = session.scalars(
        select(ResellerContract.contract_id).where(
            ResellerContract.tenant_id == tenant_id, ResellerContract.valid.op("&&")(wanted)
        )
    ).first()
    if taken is not None:
        raise ContractsOverlap(
            "Önce o sözleşmenin süresini bitirin ya da başka bir gün seçin.",
            "End that contract first, or choose another day.",
        )
    contract = ResellerContract(
        tenant_id=tenant_id,
        contract_id=new_id(),
        model=model,
        commission_bp=commission_bp,
        refund_window_days=refund_window_days,
        passing=passing,
        onboarding=onboarding,
        valid=wanted,
        created_by=created_by,
        created_at=at,
    )
    session.add(contract)
    session.flush()
    deed(
        session, tenant_id=tenant_id, action="contract.agreed", object_kind="contract", object_id=contract.contract_id,
        after={
            "model": model, "basis_points": commission_bp, "refund_window_days": refund_window_days,
            "passing": passing, "onboarding": onboarding, "valid_from": valid_from, "valid_until": valid_until,
        },
        by=created_by, at=at,
    )  # fmt: skip
    return contract.contract_id


def end(session: Session, *, tenant_id: UUID, ends_at: datetime, at: datetime) -> None:
    """Let the contract in force at `at` end at `ends_at`, without another. :raises NoContract, InvalidRequest."""
    contract = in_force(session, tenant_id=tenant_id, at=at)
    later = contract.valid.upper is not None and ends_at > contract.valid.upper
    if ends_at < at - TYPING or later:
        raise InvalidRequest(
            "Bitiş geçmişte ya da süresinden sonra olamaz.", "It can only end earlier, and not before now."
        )
    before = {"valid_until": contract.valid.upper}
    contract.valid = Range(contract.valid.lower, ends_at)
    session.flush()
    deed(
        session, tenant_id=tenant_id, action="contract.ended", object_kind="contract", object_id=contract.contract_id,
        before=before, after={"valid_until": ends_at}, at=at,
    )  # fmt: skip


def in_force(session: Session, *, tenant_id: UUID, at: datetime) -> ResellerContract:
    """The contract at an instant. :raises NoContract: there is none."""
    found = at_instant(session, tenant_id=tenant_id, at=at)
    if found is None:
        raise NoContract(
            "Bayi sözleşmesi olmadan kontör aktarılamaz; operatörle görüşün.",
            "Without a reseller contract nothing can be passed on; speak to the operator.",
        )
    return found


def at_instant(session: Session, *, tenant_id: UUID, at: datetime) -> ResellerContract | None:
    """The contract at an instant, if there is one."""
    return session.scalars(
        select(ResellerContract).where(ResellerContract.tenant_id == tenant_id, ResellerContract.valid.op("@>")(at))
    ).one_or_none()


def contracts(session: Session, *, tenant_id: UUID) -> Sequence[ResellerContract]:
    """All contracts of the reseller, the newest first."""
    return session.scalars(
        select(ResellerContract)
        .where(ResellerContract.tenant_id == tenant_id)
        .order_by(func.lower(ResellerContract.valid).desc())
    ).all()


def _until_then(session: Session, tenant_id: UUID, instant: datetime) -> ResellerContract | None:
    """The open-ended contract that runs when another is to begin."""
    return session.scalars(
        select(ResellerContract)
        .where(
            ResellerContract.tenant_id == tenant_id,
            func.lower(ResellerContract.valid) < instant,
            func.upper_inf(ResellerContract.valid),
        )
        .with_for_update()
    ).one_or_none()
