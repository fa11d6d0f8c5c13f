"""The states of a tenant: which moves there are, who may make each, and what each state still allows.

Suspension stops sending and nothing else: never reading, never the archive, never a legal answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, DomainError, InvalidRequest, NotFound
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.models import Tenant

TenantState = Literal["applied", "active", "suspended", "closing", "closed"]
# staff: the operator's people. reseller: the people of the tenant's reseller. tenant: its own people.
Mover = Literal["staff", "reseller", "tenant"]
REASON_CHARACTERS_MAX: Final = 500

STATE_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "applied": ("Başvurdu", "Applied"),
    "active": ("Aktif", "Active"),
    "suspended": ("Askıda", "Suspended"),
    "closing": ("Kapanıyor", "Closing"),
    "closed": ("Kapandı", "Closed"),
}
# What a state still allows. Reading and answering are in every row on purpose (TRADE.md 4).
SENDS: Final = frozenset({"active", "closing"})
SETS_UP: Final = frozenset({"applied", "active", "suspended", "closing"})


@dataclass(frozen=True, slots=True)
class Move:
    """Who may make a move, what for, and whether a reason has to be given."""

    movers: frozenset[Mover]
    why_tr: str
    why_en: str
    reason: bool = False


def _by(*movers: Mover) -> frozenset[Mover]:
    return frozenset(movers)


MOVES: Final[Mapping[tuple[str, str], Move]] = {
    ("applied", "active"): Move(
        _by("staff", "reseller"), "Başvuru kabul edilir", "The application is accepted"
    ),
    ("applied", "closed"): Move(
        _by("staff", "reseller", "tenant"), "Başvuru reddedilir ya da geri çekilir",
        "The application is refused or withdrawn", reason=True,
    ),
    ("active", "suspended"): Move(
        _by("staff"), "Gönderim durdurulur: borç, sözleşme, güvenlik", "Sending is stopped: debt, contract, security",
        reason=True,
    ),
    ("suspended", "active"): Move(
        _by("staff"), "Askının nedeni ortadan kalktı", "What it was suspended for is settled"
    ),
    ("active", "closing"): Move(
        _by("staff", "tenant"), "Hesap kapanmak üzere; son güne kadar belge gönderilir",
        "The account is about to close; documents are sent until its last day", reason=True,
    ),
    ("suspended", "closing"): Move(
        _by("staff"), "Askıdaki hesap kapatılır", "A suspended account is closed", reason=True
    ),
    ("closing", "active"): Move(_by("staff", "tenant"), "Kapatmadan vazgeçildi", "The closing is called off"),
    ("closing", "suspended"): Move(
        _by("staff"), "Kapanan hesabın gönderimi durdurulur", "Sending of a closing account is stopped", reason=True
    ),
    ("closing", "closed"): Move(
        _by("staff"), "Kapanış listesi tamamlandı; arşiv okunur kalır",
        "The closing checklist is done; the archive stays readable",
    ),
    ("closed", "active"): Move(
        _by("staff"), "Mükellef geri döndü", "The taxpayer has come back", reason=True
    ),
}  # fmt: skip


class UnlawfulTenantMove(Conflict):
    """The account cannot go from its present state to that one."""

    code = "unlawful_tenant_move"
    title_tr, title_en = "Hesap bu duruma geçemez", "The account cannot become that"


class NotTheirMove(DomainError):
    """The move exists, but not for those who ask for it."""

    code, http_status = "not_their_move", 403
    title_tr, title_en = "Bu işlemi siz yapamazsınız", "This is not for you to do"


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move changed."""

    tenant_id: UUID
    before: str
    after: str
    reason: str


def may_become(state: str, mover: Mover) -> tuple[str, ...]:
    """The states that `mover` can put a tenant of `state` into."""
    return tuple(new for (old, new), move in MOVES.items() if old == state and mover in move.movers)


def move(
    session: Session, *, tenant_id: UUID, to: TenantState, mover: Mover, reason: str = "", actor: Actor, at: datetime
) -> Moved:
    """Put the session's tenant into another state; it is there already: nothing changes.

    :raises NotFound: no such tenant in this session. :raises UnlawfulTenantMove, NotTheirMove: see `MOVES`.
    :raises InvalidRequest: the move wants a reason and none is given, or it is too long.
    """
    tenant = session.scalars(select(Tenant).where(Tenant.tenant_id == tenant_id).with_for_update()).one_or_none()
    if tenant is None:
        raise NotFound()
    before, said = tenant.state, reason.strip()
    if before == to:
        return Moved(tenant_id, before, to, tenant.state_reason or "")
    known = MOVES.get((before, to))
    if known is None:
        raise UnlawfulTenantMove(
            f"'{STATE_NAMES[before][0]}' durumundaki hesap '{STATE_NAMES[to][0]}' durumuna geçemez.",
            f"An account that is {before} cannot become {to}.",
        )
    if mover not in known.movers:
        raise NotTheirMove(
            f"Bu işlem için destek ekibimize yazın: {known.why_tr}.",
            f"Please ask our support for this: {known.why_en}.",
        )
    if (known.reason and not said) or len(said) > REASON_CHARACTERS_MAX:
        raise InvalidRequest(
            f"Nedeni yazın (en çok {REASON_CHARACTERS_MAX} karakter).",
            f"Give the reason (at most {REASON_CHARACTERS_MAX} characters).",
        )
    tenant.state, tenant.state_since, tenant.state_reason = to, at, said or None
    session.flush()
    entries.note(
        session, tenant_id=tenant_id, actor=actor, action="company.state_changed", object_kind="company",
        object_id=tenant_id, before={"state": before}, after={"state": to, "reason": said or None}, at=at,
    )  # fmt: skip
    return Moved(tenant_id, before, to, said)
