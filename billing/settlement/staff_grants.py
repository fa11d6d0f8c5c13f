"""Kontör given by staff without a sale: goodwill and corrections, at price 0, always with a reason.

Above the limit a second person approves. What a tenant was given lately without one counts too, so that giving in parts
does not help. A refused one leaves its row and nothing else.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.ledger import lots
from billing.models.returns import StaffGrant
from billing.settlement.bank_lines import SecondPersonNeeded, person, same_person
from billing.settlement.terms import lock_tenant
from ebelge.core.clock import kontor_expiry
from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.ids import new_id
from tenants.audit.deeds import deed

GrantKind = Literal["goodwill", "correction"]
KINDS: tuple[GrantKind, ...] = ("goodwill", "correction")
KONTOR_MAX = 10_000_000
REASON_MAX = 1000
LATELY = timedelta(days=30)


class GrantEnded(Conflict):
    """The grant was decided before."""

    code = "grant_ended"
    title_tr, title_en = "Bu kontör talebi sonuçlanmış", "The grant is decided already"


def ask(
    session: Session,
    *,
    tenant_id: UUID,
    kind: GrantKind,
    kontor: int,
    reason: str,
    by: str,
    at: datetime,
    limit_kontor: int,
    validity_months: int = 6,
    cause_id: UUID | None = None,
) -> StaffGrant:
    """Give kontör, at once up to the limit; above it (with what was given alone in the last 30 days) it waits.

    `cause_id`: what it sets right (a break); asked again for the same, unless that was refused, the first one is
    returned.
    :raises InvalidRequest: no whole kontör above 0, no reason, no person, months out of bounds.
    """
    whole = isinstance(kontor, int) and not isinstance(kontor, bool) and 0 < kontor <= KONTOR_MAX
    if not whole or kind not in KINDS or not 1 <= validity_months <= 24:
        raise InvalidRequest(
            f"Kontör 1-{KONTOR_MAX} arası tam sayı, süre 1-24 ay, tür {' ya da '.join(KINDS)} olmalı.",
            f"Kontör are whole from 1 to {KONTOR_MAX}, for 1-24 months; the kind is {' or '.join(KINDS)}.",
        )
    words = reason.strip()
    if not words or len(words) > REASON_MAX:
        raise InvalidRequest("Gerekçe gerekli (en çok 1000 harf).", "A reason is needed (at most 1000 letters).")
    lock_tenant(session, tenant_id=tenant_id)
    if cause_id is not None and (given := of_cause(session, tenant_id=tenant_id, cause_id=cause_id)) is not None:
        return given
    second = kontor + _given_alone(session, tenant_id, at) > limit_kontor
    grant = StaffGrant(
        tenant_id=tenant_id, grant_id=new_id(), kind=kind, kontor=kontor, validity_months=validity_months,
        reason=words, state="asked", second_person=second, asked_by=person(by), asked_at=at,
        data={} if cause_id is None else {"cause": str(cause_id)},
    )  # fmt: skip
    session.add(grant)
    session.flush()
    facts = {"kind": kind, "kontor": kontor, "reason": words, "state": "asked" if second else "granted"}
    deed(
        session, tenant_id=tenant_id, action="grant.asked", object_kind="grant", object_id=grant.grant_id, after=facts,
        by=by, at=at,
    )  # fmt: skip
    return grant if second else _give(session, grant, at)


def approve(session: Session, *, tenant_id: UUID, grant_id: UUID, by: str, at: datetime) -> StaffGrant:
    """Approve what another person asked for; the kontör are credited now, their months counted from now.

    :raises SecondPersonNeeded: it is the same person. :raises GrantEnded: it was refused. Granted stays granted.
    """
    grant = _lock(session, tenant_id, grant_id)
    name = person(by)
    if grant.state == "granted" and grant.approved_by == name:
        return grant
    if grant.state != "asked":
        raise GrantEnded()
    if same_person(grant.asked_by, name):
        raise SecondPersonNeeded(
            "Bunu siz istediniz; başka biri onaylamalı.", "You asked for it; somebody else must approve."
        )
    grant.approved_by = name
    _note(session, grant, {"state": "granted"}, by, at)
    return _give(session, grant, at)


def refuse(session: Session, *, tenant_id: UUID, grant_id: UUID, by: str, note: str, at: datetime) -> StaffGrant:
    """Do not give it; whoever asked may withdraw it too. :raises GrantEnded: it is granted or refused."""
    grant = _lock(session, tenant_id, grant_id)
    if grant.state != "asked":
        raise GrantEnded()
    if not note.strip():
        raise InvalidRequest("Açıklama gerekli.", "A note is needed.")
    grant.state, grant.ended_at = "refused", at
    grant.data = grant.data | {"refused_by": person(by), "note": note.strip()[:REASON_MAX]}
    session.flush()
    _note(session, grant, {"state": "refused", "reason": note.strip()}, by, at)
    return grant


def of_cause(session: Session, *, tenant_id: UUID, cause_id: UUID) -> StaffGrant | None:
    """The grant that was asked for to set something right, unless it was refused."""
    query = select(StaffGrant).where(
        StaffGrant.tenant_id == tenant_id, StaffGrant.data["cause"].astext == str(cause_id),
        StaffGrant.state != "refused",
    )  # fmt: skip
    return session.scalars(query.order_by(StaffGrant.asked_at).limit(1)).first()


def waiting(session: Session) -> list[StaffGrant]:
    """Grants of all tenants that wait for a second person, oldest first (role finance)."""
    query = select(StaffGrant).where(StaffGrant.state == "asked").order_by(StaffGrant.asked_at)
    return list(session.scalars(query))


def _give(session: Session, grant: StaffGrant, at: datetime) -> StaffGrant:
    key = (grant.tenant_id, grant.grant_id)
    grant.state, grant.ended_at = "granted", at
    session.flush()
    lots.grant(
        session, tenant_id=grant.tenant_id, source="goodwill", source_id=grant.grant_id, kontor=grant.kontor,
        net_price_kurus=0, expires_at=kontor_expiry(at, months=grant.validity_months),
        reason=f"{grant.kind}: {grant.reason}", at=at,
    )  # fmt: skip
    return session.get_one(StaffGrant, key)


def _note(session: Session, grant: StaffGrant, after: dict[str, object], by: str, at: datetime) -> None:
    facts = {"kind": grant.kind, "kontor": grant.kontor} | after
    deed(
        session, tenant_id=grant.tenant_id, action="grant.decided", object_kind="grant", object_id=grant.grant_id,
        before={"state": "asked"}, after=facts, by=by, at=at,
    )  # fmt: skip


def _given_alone(session: Session, tenant_id: UUID, at: datetime) -> int:
    given = select(func.coalesce(func.sum(StaffGrant.kontor), 0)).where(
        StaffGrant.tenant_id == tenant_id, StaffGrant.kind.in_(KINDS), StaffGrant.state == "granted",
        StaffGrant.second_person.is_(False), StaffGrant.ended_at > at - LATELY,
    )  # fmt: skip
    return int(session.execute(given).scalar_one())


def _lock(session: Session, tenant_id: UUID, grant_id: UUID) -> StaffGrant:
    grant = session.scalars(
        select(StaffGrant)
        .where(StaffGrant.tenant_id == tenant_id, StaffGrant.grant_id == grant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if grant is None or grant.kind not in KINDS:
        raise NotFound("Böyle bir kontör talebi yok.", "There is no such grant.")
    return grant
