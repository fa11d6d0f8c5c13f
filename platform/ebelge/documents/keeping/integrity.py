"""Is every archived file still what its row says? A share of each tenant's files is read every night, all in a round.

A file is missing, changed, unreadable, or nobody's (no row names it). What a later check finds whole again stays in the
table with the day on which it was mended.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ebelge.archive.models import IntegrityBreak, IntegrityCheck
from ebelge.archive.sealing import SealBroken
from ebelge.archive.store import ArchiveError, ArchiveStore, NotArchived
from ebelge.core.db import driver, tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.keeping.kept_files import KEPT, union
from ebelge.documents.keeping.leftovers import without_a_row

ROUND_DAYS: Final = 30
SHARE_MIN: Final = 500
BATCH: Final = 100
SHOWN_MAX: Final = 100
WORDS: Final = {
    "missing": ("arşivde yok", "missing"),
    "changed": ("içeriği değişmiş", "changed"),
    "unreadable": ("okunamıyor", "unreadable"),
    "without_row": ("kaydı yok", "without a row"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the account's people are shown. `round_days`: every file is read once in so many days."""

    last: IntegrityCheck | None
    last_round_ended_at: datetime | None
    broken: Sequence[IntegrityBreak]
    broken_count: int
    round_days: int = ROUND_DAYS


@dataclass(slots=True)
class _Seen:
    files: int = 0
    size: int = 0
    broken: list[tuple[UUID, str, str, str]] = field(default_factory=list)  # object, name, what, label
    whole: list[tuple[UUID, str]] = field(default_factory=list)


def is_due(session: Session, *, tenant_id: UUID, at: datetime) -> bool:
    """Whether this night's share has not been read."""
    last = _last(session, tenant_id)
    return last is None or at - last.ended_at >= timedelta(hours=20)


def check(
    archive: ArchiveStore, *, tenant_id: UUID, now: Callable[[], datetime], whole: bool = False,
    round_days: int = ROUND_DAYS, progress: Callable[[int], None] = lambda _count: None,
) -> IntegrityCheck:  # fmt: skip
    """Read the next share of the tenant's files (`whole`: all of them) and enter what was found."""
    started = now()
    with tenant_session(tenant_id) as session:
        last = None if whole else _last(session, tenant_id)
        total = count(session, tenant_id=tenant_id)
    going_on = last is not None and not last.round_ended and not last.whole
    place = last.place if going_on and last is not None else ""
    began = last.round_began_at if going_on and last is not None else started
    share = total if whole else max(SHARE_MIN, -(-total // round_days))
    seen = _Seen()
    ended = True
    for place_of_row, row in _rows(tenant_id, place):
        if not whole and seen.files >= share:
            ended = False
            break
        place = place_of_row
        _look(archive, tenant_id, row, seen)
        progress(1)
    if ended:
        for key in without_a_row(archive.keys(tenant_id), tenant_id=tenant_id):
            seen.broken.append((key.object_id, key.name, "without_row", ""))
    with tenant_session(tenant_id) as session:
        at = now()
        _enter(session, tenant_id, seen, at, round_ended=ended, round_began=began)
        done = IntegrityCheck(
            tenant_id=tenant_id, check_id=new_id(), whole=whole, started_at=started, ended_at=at, files=seen.files,
            size_bytes=seen.size, broken=len(seen.broken), round_began_at=began, round_ended=ended,
            place="" if ended else place,
        )  # fmt: skip
        session.add(done)
        session.flush()
        session.expunge(done)
    return done


def standing(session: Session, *, tenant_id: UUID) -> Standing:
    """The last check, when all files had been read last, and what is broken now."""
    mine = IntegrityBreak.tenant_id == tenant_id, IntegrityBreak.gone_at.is_(None)
    broken = session.scalars(
        select(IntegrityBreak).where(*mine).order_by(IntegrityBreak.found_at.desc()).limit(SHOWN_MAX)
    ).all()
    how_many = session.scalar(select(func.count()).select_from(IntegrityBreak).where(*mine)) or 0
    rounds = session.scalar(
        select(func.max(IntegrityCheck.ended_at)).where(
            IntegrityCheck.tenant_id == tenant_id, IntegrityCheck.round_ended
        )
    )
    return Standing(_last(session, tenant_id, also_whole=True), rounds, broken, how_many)


def count(session: Session, *, tenant_id: UUID) -> int:
    """How many files the rows name."""
    statement = text(f"SELECT count(*) FROM ({union(KEPT, 'tenant_id = :tenant_id')}) AS files")
    return int(session.execute(statement, {"tenant_id": tenant_id}).scalar_one())


def _last(session: Session, tenant_id: UUID, *, also_whole: bool = False) -> IntegrityCheck | None:
    wanted = select(IntegrityCheck).where(IntegrityCheck.tenant_id == tenant_id)
    if not also_whole:
        wanted = wanted.where(IntegrityCheck.whole.is_(False))
    return session.scalars(
        wanted.order_by(IntegrityCheck.ended_at.desc(), IntegrityCheck.check_id.desc()).limit(1)
    ).first()


def _rows(tenant_id: UUID, place: str) -> Iterator[tuple[str, Any]]:
    """The rows that name files, after a place, each with its own; a short transaction for each batch."""
    mark, _, rest = place.rpartition("|")[0].rpartition("|")
    after_name_at_first = place.rpartition("|")[2]
    marks = [f"{one.table}/{one.name}" for one in KEPT]
    first = marks.index(mark) if mark in marks else 0
    for number, kept in enumerate(KEPT[first:]):
        going_on = number == 0 and mark in marks
        after_id, after_name = (rest, after_name_at_first) if going_on else ("", "")
        after = UUID(after_id) if after_id else UUID(int=0)
        statement = text(
            kept.select(f"tenant_id = :tenant_id AND ({kept.key}, {kept.file}::text) > (:after, :name)")
            + f" ORDER BY {kept.key}, {kept.file}::text LIMIT {BATCH}"
        )
        while True:
            with tenant_session(tenant_id) as session:
                rows = session.execute(statement, {"tenant_id": tenant_id, "after": after, "name": after_name}).all()
            for row in rows:
                after, after_name = row.row_id, row.name
                yield f"{kept.table}/{kept.name}|{after}|{after_name}", row
            if len(rows) < BATCH:
                break


def _look(archive: ArchiveStore, tenant_id: UUID, row: Any, seen: _Seen) -> None:
    digest, what = hashlib.sha256(), ""
    seen.files += 1
    try:
        for chunk in archive.read(tenant_id, row.object_id, row.name):
            digest.update(chunk)
            seen.size += len(chunk)
    except NotArchived:
        what = "missing"
    except SealBroken:
        what = "changed"
    except ArchiveError:
        what = "unreadable"
    if not what and digest.digest() != bytes(row.sha256):
        what = "changed"
    if what:
        seen.broken.append((row.object_id, row.name, what, str(row.label)[:200]))
    else:
        seen.whole.append((row.object_id, row.name))


def _enter(
    session: Session, tenant_id: UUID, seen: _Seen, at: datetime, *, round_ended: bool, round_began: datetime
) -> None:  # fmt: skip
    run = driver(session)
    if seen.broken:
        with run.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO integrity_break (tenant_id, object_id, name, what, label, found_at, seen_at) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (tenant_id, object_id, name) DO UPDATE "
                "SET what = excluded.what, label = excluded.label, seen_at = excluded.seen_at, gone_at = NULL, "
                "found_at = CASE WHEN integrity_break.gone_at IS NULL THEN integrity_break.found_at "
                "ELSE excluded.found_at END",
                [(tenant_id, *one, at, at) for one in seen.broken],
            )
    run.execute(
        "UPDATE integrity_break b SET gone_at = %s FROM unnest(%s::uuid[], %s::text[]) AS w(object_id, name) "
        "WHERE b.tenant_id = %s AND b.object_id = w.object_id AND b.name = w.name AND b.gone_at IS NULL",
        (at, [one[0] for one in seen.whole], [one[1] for one in seen.whole], tenant_id),
    )
    if round_ended:
        # What no round sees any more: a file without a row that went, or got one and was found whole.
        run.execute(
            "UPDATE integrity_break SET gone_at = %s WHERE tenant_id = %s AND gone_at IS NULL AND seen_at < %s "
            "AND what = 'without_row'",
            (at, tenant_id, at),
        )
