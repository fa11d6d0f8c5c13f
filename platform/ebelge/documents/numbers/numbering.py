"""Numbers: gapless per series and year, given out under the lock of the series' year (TRADE.md 3)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.db import later, together
from ebelge.core.errors import Conflict, DomainError
from ebelge.core.transaction import Call, Prepared
from ebelge.documents.facts import SeriesFacts
from ebelge.documents.models import Document
from ebelge.documents.numbers.series import SERIAL_MAX

NUMBER_FORM = re.compile(r"([A-Z0-9]{3})(20[0-9]{2})([0-9]{9})")


class IssueDateGoesBack(DomainError):
    """The issue date lies before that of a document with a lower number in the series."""

    code, http_status = "issue_date_goes_back", 422
    title_tr, title_en = "Düzenleme tarihi serinin son tarihinden eski", "The issue date lies before the series' last"


class DuplicateNumber(Conflict):
    """Another document of the tenant carries this number, or it was used before the series came to us."""

    code = "duplicate_number"
    title_tr, title_en = "Belge numarası daha önce kullanılmış", "The number is used already"
    advice_tr = "Hiçbir şey kaydedilmedi. Belgeyi daha önce göndermediyseniz sıradaki numarayı verin."
    advice_en = "Nothing was stored. If you did not send this document before, give it the next number."


class SeriesIsFull(Conflict):
    """Nine digits are used up."""

    code = "series_is_full"
    title_tr, title_en = "Serinin dokuz hanesi doldu", "The series has no numbers left"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A number that is asked for: for which document, of which day, and (erp series) which one."""

    document_id: UUID
    issue_date: date
    serial: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A number that is given: it belongs to the document when the transaction commits."""

    serial: int
    number: str


def number_text(prefix: str, year: int, serial: int) -> str:
    """The sixteen characters of a number."""
    return f"{prefix}{year}{serial:09d}"


def looking(*, tenant_id: UUID, series: SeriesFacts, year: int, count: int) -> tuple[Call, Call]:
    """The statements that lock a series' year for `take`, for a round trip together with others."""
    key = (tenant_id, series.series_id, year)
    return (_LOCK, key), (_OPEN, (*key, 0 if series.owner == "erp" else count))


def begin_year(session: Session, *, tenant_id: UUID, series: SeriesFacts, year: int) -> None:
    """Let a series' year be there before it is locked; travels with the next statements.

    For whoever locks several: one that is begun after another was locked would be locked out of order.
    """
    later(session, _BEGIN_YEAR, tenant_id, series.series_id, year)


def take(
    session: Session,
    *,
    tenant_id: UUID,
    series: SeriesFacts,
    year: int,
    wanted: Sequence[Wanted],
    at: datetime,
    seen: tuple[Sequence[Any], Sequence[Any]] | None = None,
) -> list[Taken]:
    """Give numbers of a series and year to documents, in one step; answers stand in the order of `wanted`.

    `seen`: the rows of `looking`, if it was asked already in this transaction.

    Locks the series' year until the transaction ends, so numbers are given out one transaction after another and
    a rollback leaves no gap. Ours: open numbers first, then the next; earlier issue dates get lower numbers.
    Erp: the given numbers are checked. :raises IssueDateGoesBack, DuplicateNumber, SeriesIsFull: nothing was taken.
    """
    key = (tenant_id, series.series_id, year)
    calls = looking(tenant_id=tenant_id, series=series, year=year, count=len(wanted))
    year_row, opened = _lock(session, calls, seen)
    if series.owner == "erp":
        serials = [want.serial or 0 for want in wanted]
        numbers = [number_text(series.prefix, year, serial) for serial in serials]
        _check_unused(session, tenant_id, numbers, serials, year_row.first_serial)
        _check_places(session, tenant_id, numbers, wanted)
    else:
        earliest = min(want.issue_date for want in wanted)
        if year_row.last_issue_date is not None and earliest < year_row.last_issue_date:
            raise _goes_back(series.prefix, earliest, year_row.last_issue_date)
        further = len(wanted) - len(opened)
        if year_row.last_serial + further > SERIAL_MAX:
            raise SeriesIsFull()
        rising = opened + list(range(year_row.last_serial + 1, year_row.last_serial + further + 1))
        by_day = sorted(range(len(wanted)), key=lambda n: wanted[n].issue_date)
        serials = [0] * len(wanted)
        for position, serial in zip(by_day, rising, strict=True):
            serials[position] = serial
    if opened:
        later(session, _TAKE_OPEN, at, serials, [want.document_id for want in wanted], *key)
    later(session, _COUNT_ON, max(serials), max(want.issue_date for want in wanted), *key)
    return [Taken(serial, number_text(series.prefix, year, serial)) for serial in serials]


def lock_year(session: Session, *, tenant_id: UUID, series_id: UUID, year: int) -> None:
    """Lock how far a series has counted in a year; the first document of a year begins it at 000000001."""
    key = (tenant_id, series_id, year)
    _lock(session, ((_LOCK, key), (_OPEN, (*key, 0))))


def _lock(
    session: Session, calls: tuple[Call, Call], seen: tuple[Sequence[Any], Sequence[Any]] | None = None
) -> tuple[Any, list[int]]:
    """The locked row of a series' year, and open numbers, locked after it, in one round trip."""
    found, opened = seen or together(session, *calls)
    if not found:
        later(session, _BEGIN_YEAR, *calls[0][1])
        found, opened = together(session, *calls)
    return found[0], [row.serial for row in opened]


def check_place(session: Session, *, document: Document, issue_date: date) -> None:
    """A correction keeps its number's place: its date lies between those of its neighbours in the series.

    The date of the document it replaces always fits (an open number that was used late may stand out of order).
    :raises IssueDateGoesBack: it does not.
    """
    ((before, after),) = _neighbours(session, document.tenant_id, [document.number])
    low = min(before or document.issue_date, document.issue_date)
    high = max(after, document.issue_date) if after is not None else None
    if issue_date < low or (high is not None and issue_date > high):
        limit_tr = f"{low.isoformat()} ve sonrası" if high is None else f"{low.isoformat()} - {high.isoformat()}"
        limit_en = f"{low.isoformat()} or later" if high is None else f"{low.isoformat()} to {high.isoformat()}"
        raise IssueDateGoesBack(
            f"{document.number} numarasının yeri korunur; bu yerde tarih {limit_tr} olabilir.",
            f"{document.number} keeps its place in the series; the date there can be {limit_en}.",
            earliest=low.isoformat(),
            latest=high.isoformat() if high is not None else None,
        )


# These run for every document.
_LOCK = Prepared(
    "SELECT first_serial, last_serial, last_issue_date FROM series_year "
    "WHERE tenant_id = %s AND series_id = %s AND year = %s FOR UPDATE"
)
_BEGIN_YEAR = Prepared(
    "INSERT INTO series_year (tenant_id, series_id, year, first_serial, last_serial) "
    "VALUES (%s, %s, %s, 1, 0) ON CONFLICT DO NOTHING"
)
_COUNT_ON = Prepared(
    "UPDATE series_year SET last_serial = greatest(last_serial, %s), "
    "last_issue_date = greatest(last_issue_date, %s::date) "
    "WHERE tenant_id = %s AND series_id = %s AND year = %s"
)
_OPEN = Prepared(
    "SELECT serial FROM open_number WHERE tenant_id = %s AND series_id = %s AND year = %s "
    "AND taken_at IS NULL ORDER BY serial LIMIT %s FOR UPDATE"
)
_TAKE_OPEN = Prepared(
    "UPDATE open_number o SET taken_at = %s, taken_by = u.id "
    "FROM unnest(%s::bigint[], %s::uuid[]) AS u(serial, id) "
    "WHERE o.tenant_id = %s AND o.series_id = %s AND o.year = %s AND o.serial = u.serial "
    "AND o.taken_at IS NULL"
)
_HELD = text(
    "SELECT number FROM document WHERE tenant_id = :tenant_id AND number = ANY(:numbers) AND number_held LIMIT 1"
)
_NEIGHBOURS = text(
    "SELECT b.issue_date AS before, a.issue_date AS after "
    "FROM unnest(CAST(:numbers AS text[])) WITH ORDINALITY AS w(number, n) "
    "LEFT JOIN LATERAL (SELECT issue_date FROM document WHERE tenant_id = :tenant_id AND number_held "
    "  AND number >= left(w.number, 7) || '000000000' AND number < w.number ORDER BY number DESC LIMIT 1) b ON true "
    "LEFT JOIN LATERAL (SELECT issue_date FROM document WHERE tenant_id = :tenant_id AND number_held "
    "  AND number > w.number AND number <= left(w.number, 7) || '999999999' ORDER BY number LIMIT 1) a ON true "
    "ORDER BY w.n"
)


def _goes_back(prefix: str, day: date, last: date) -> IssueDateGoesBack:
    return IssueDateGoesBack(
        f"{prefix} serisinde önceki belge {last.isoformat()} tarihli; {day.isoformat()} tarihli belge onu izleyemez. "
        "Tarihi ilerletin ya da başka bir seri seçin.",
        f"The document before it in series {prefix} is dated {last.isoformat()}; one of {day.isoformat()} cannot "
        "follow. Use a later date or another series.",
        earliest=last.isoformat(),
    )


def _check_unused(
    session: Session, tenant_id: UUID, numbers: Sequence[str], serials: Sequence[int], first_serial: int
) -> None:
    """No number twice: not in the call, not on another document, not from before the series came to us."""
    used: str | None = session.execute(_HELD, {"tenant_id": tenant_id, "numbers": list(numbers)}).scalar()
    seen: set[str] = set()
    for number, serial in zip(numbers, serials, strict=True):
        if used is None and (number in seen or serial < first_serial):
            used = number
        seen.add(number)
    if used is not None:
        raise DuplicateNumber(
            f"{used} numarası daha önce kullanılmış.", f"The number {used} is used already.", number=used
        )


def _check_places(session: Session, tenant_id: UUID, numbers: Sequence[str], wanted: Sequence[Wanted]) -> None:
    """Numbers of an erp may arrive out of order; by number, dates never go backwards."""
    neighbours = dict(zip(numbers, _neighbours(session, tenant_id, numbers), strict=True))
    newest: date | None = None
    for number, want in sorted(zip(numbers, wanted, strict=True), key=lambda pair: pair[0]):
        before, after = neighbours[number]
        low = max((day for day in (before, newest) if day is not None), default=None)
        if low is not None and want.issue_date < low:
            raise _goes_back(number[:3], want.issue_date, low)
        if after is not None and want.issue_date > after:
            raise IssueDateGoesBack(
                f"{number} numarasından sonraki belge {after.isoformat()} tarihli; {want.issue_date.isoformat()} "
                "ondan yeni. Tarihi geri alın ya da sıradaki numarayı verin.",
                f"The document after {number} is dated {after.isoformat()}, and {want.issue_date.isoformat()} is "
                "later. Use an earlier date or the next number.",
                latest=after.isoformat(),
            )
        newest = want.issue_date


def _neighbours(session: Session, tenant_id: UUID, numbers: Sequence[str]) -> list[tuple[date | None, date | None]]:
    """Issue dates of the documents that hold the next lower and the next higher number, for each of `numbers`."""
    rows = session.execute(_NEIGHBOURS, {"tenant_id": tenant_id, "numbers": list(numbers)})
    return [(row.before, row.after) for row in rows]
