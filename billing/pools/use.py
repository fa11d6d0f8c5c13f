"""What a pool sees of its members' use: a sum per member and day, from each member's own journal."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.models.pools import PoolUse
from ebelge.core.clock import istanbul_midnight

_USED = text(
    """
    SELECT (j.at AT TIME ZONE 'Europe/Istanbul')::date AS day,
           sum(CASE j.kind WHEN 'captured' THEN j.kontor ELSE -j.kontor END)::bigint AS kontor
      FROM journal j
      JOIN lot l ON l.tenant_id = j.tenant_id AND l.lot_id = j.lot_id
     WHERE j.tenant_id = :member AND j.at >= :since AND j.at <= :until AND j.kind IN ('captured', 'restored')
       AND l.source = 'received' AND l.origin_tenant_id = :pool
     GROUP BY 1
    """
)


def used(session: Session, *, tenant_id: UUID, pool_id: UUID, since: date, at: datetime) -> dict[date, int]:
    """As the member: the pool's kontör spent per Istanbul day from `since` on, less what came back on that day."""
    rows = session.execute(
        _USED, {"member": tenant_id, "pool": pool_id, "since": istanbul_midnight(since), "until": at}
    )
    return {row.day: row.kontor for row in rows}


def note(session: Session, *, tenant_id: UUID, member_id: UUID, days: Mapping[date, int], at: datetime) -> None:
    """As the pool: keep a member's sums per day; a day that is told anew is replaced."""
    for day, kontor in sorted(days.items()):
        values = {"tenant_id": tenant_id, "member_id": member_id, "day": day, "used_kontor": kontor, "seen_at": at}
        kept = insert(PoolUse).values(values)
        session.execute(
            kept.on_conflict_do_update(
                index_elements=["tenant_id", "member_id", "day"],
                set_={"used_kontor": kept.excluded.used_kontor, "seen_at": kept.excluded.seen_at},
            )
        )


def last_day(session: Session, *, tenant_id: UUID, member_id: UUID) -> date | None:
    """As the pool: the newest day known of a member; days after it are to be told, and that day anew."""
    return session.execute(
        select(func.max(PoolUse.day)).where(PoolUse.tenant_id == tenant_id, PoolUse.member_id == member_id)
    ).scalar_one()


def days(session: Session, *, tenant_id: UUID, since: date) -> Sequence[PoolUse]:
    """As the pool: all members' days from `since` on, by member and day."""
    return session.scalars(
        select(PoolUse)
        .where(PoolUse.tenant_id == tenant_id, PoolUse.day >= since)
        .order_by(PoolUse.member_id, PoolUse.day)
    ).all()
