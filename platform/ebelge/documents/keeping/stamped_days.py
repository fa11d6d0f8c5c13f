"""Days of an archive that were stamped: which files belong to one, its manifest's and stamps' rows, what is due.

A day's manifest lists what came that day, and what of the week before stands in none: a row may be committed after its
day was closed. Files and time stamps are made by `jobs.stamping`, outside any transaction (ADR 0127).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.dialects.postgresql import TIMESTAMP, insert
from sqlalchemy.orm import Session, aliased

from ebelge.core.clock import istanbul_day
from ebelge.core.db import Base
from ebelge.documents.keeping.kept_files import KEPT, KeptFile
from ebelge.documents.keeping.manifests import MANIFEST_NAME, Line, object_of
from ebelge.documents.seals.models import DayStamp, StampedDay

LATE: Final = timedelta(days=7)
# The column that says when a file came, by preference; a table that has none of them names it here.
_TIMES: Final = ("signed_at", "received_at", "stored_at", "built_at", "created_at", "recorded_at", "added_at", "at")


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A day whose manifest lies in the archive."""

    tenant_id: UUID
    day: date
    object_id: UUID
    manifest_sha256: bytes


def time_column(kept: KeptFile) -> str | None:
    """The column by which a kind of file belongs to a day; None for our own manifests and stamps."""
    if "stamped_day" in kept.table:
        return None
    if kept.table.startswith("("):  # envelopes that were pushed: a view on incoming_zarf
        return ""
    columns = Base.metadata.tables[kept.table].columns
    timed = [name for name in _TIMES if name in columns and isinstance(columns[name].type, TIMESTAMP)]
    if not timed:
        raise LookupError(f"{kept.table} does not say when its file came")
    return timed[0]


def came(session: Session, *, since: datetime, until: datetime) -> Iterator[tuple[UUID, list[Line]]]:
    """Every tenant's files of a period, tenant by tenant; the session is the reader's.

    One pass over the tables a night: an index by time would be paid with every document that is signed.
    """
    parts = []
    for kept in KEPT:
        column = time_column(kept)
        if column is None:
            continue
        if column:
            parts.append(kept.select(f"{column} >= :since AND {column} < :until"))
        else:
            came_then = "SELECT zarf_id FROM incoming_zarf WHERE received_at >= :since AND received_at < :until"
            parts.append(kept.select(f"zarf_id IN ({came_then})"))
    files = " UNION ALL ".join(parts)
    statement = text(f"SELECT tenant_id, object_id, name, sha256 FROM ({files}) AS files ORDER BY tenant_id")
    found = session.execute(statement, {"since": since, "until": until})
    for tenant_id, rows in groupby(found, key=lambda row: row.tenant_id):
        yield tenant_id, [Line(row.object_id, row.name, bytes(row.sha256)) for row in rows]


def period(day: date) -> tuple[datetime, datetime]:
    """What a day's manifest looks at: the day in Istanbul, and the week before for what came late."""
    start, end = istanbul_day(day)
    return start - LATE, end


def enter(session: Session, *, tenant_id: UUID, day: date, files: int, manifest_sha256: bytes) -> None:
    """A day's manifest lies in the archive. Entered already: nothing changes."""
    row = {
        "tenant_id": tenant_id, "day": day, "object_id": object_of(tenant_id, day), "files": files,
        "manifest": MANIFEST_NAME, "manifest_sha256": manifest_sha256,
    }  # fmt: skip
    session.execute(insert(StampedDay).values(row).on_conflict_do_nothing())


def enter_stamp(session: Session, *, stamp: DayStamp, at: datetime) -> None:
    """A stamp lies in the archive. Entered already: nothing changes."""
    values = {column.name: getattr(stamp, column.name) for column in DayStamp.__table__.columns}
    session.execute(insert(DayStamp).values(values).on_conflict_do_nothing())
    day = session.get_one(StampedDay, (stamp.tenant_id, stamp.day))
    if day.stamped_at is None:
        day.stamped_at = at


def days_before(session: Session, *, tenant_id: UUID, day: date) -> list[StampedDay]:
    """A tenant's stamped days before one, the latest first, as far back as something may have come late."""
    return list(
        session.scalars(
            select(StampedDay)
            .where(StampedDay.tenant_id == tenant_id, StampedDay.day < day)
            .order_by(StampedDay.day.desc())
            .limit(LATE.days + 1)
        )
    )


def last_day(session: Session) -> date | None:
    """The latest day for which any manifest was made; the session is the reader's."""
    return session.scalar(select(func.max(StampedDay.day)))


def unstamped(session: Session, *, limit: int) -> list[OpenDay]:
    """Days without a stamp, the oldest first; the session is the reader's."""
    rows = session.scalars(
        select(StampedDay).where(StampedDay.stamped_at.is_(None)).order_by(StampedDay.day).limit(limit)
    )
    return [_open(row) for row in rows]


def ending(session: Session, *, before: datetime, digests: list[str], limit: int) -> list[OpenDay]:
    """Days whose last stamp ends before `before`, or rests on one of `digests`; the session is the reader's."""
    other = aliased(DayStamp)
    last = (
        select(func.max(other.number))
        .where(other.tenant_id == StampedDay.tenant_id, other.day == StampedDay.day)
        .correlate(StampedDay)
        .scalar_subquery()
    )
    rows = session.scalars(
        select(StampedDay)
        .join(DayStamp, (DayStamp.tenant_id == StampedDay.tenant_id) & (DayStamp.day == StampedDay.day))
        .where(
            or_(DayStamp.signer_ends_at < before, DayStamp.digest.in_(digests)),
            DayStamp.number == last,
        )
        .order_by(DayStamp.signer_ends_at)
        .limit(limit)
    )
    return [_open(row) for row in rows]


def of_tenant(session: Session, *, tenant_id: UUID) -> list[StampedDay]:
    """A tenant's days, the oldest first."""
    found = select(StampedDay).where(StampedDay.tenant_id == tenant_id).order_by(StampedDay.day)
    return list(session.scalars(found))


def of_day(session: Session, *, tenant_id: UUID, day: date) -> StampedDay | None:
    """A tenant's day, if its manifest was made."""
    return session.get(StampedDay, (tenant_id, day))


def stamps_of(session: Session, *, tenant_id: UUID, day: date) -> list[DayStamp]:
    """A day's stamps in their order."""
    return list(
        session.scalars(
            select(DayStamp).where(DayStamp.tenant_id == tenant_id, DayStamp.day == day).order_by(DayStamp.number)
        )
    )


def _open(row: StampedDay) -> OpenDay:
    return OpenDay(row.tenant_id, row.day, row.object_id, bytes(row.manifest_sha256))
