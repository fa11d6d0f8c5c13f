"""Series: set up, listed, and the report of numbers that are open (TRADE.md 3)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Literal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, DomainError, NotFound
from ebelge.core.ids import new_id
from ebelge.documents.models import KINDS, Series, SeriesYear

Owner = Literal["ours", "erp"]
SERIAL_MAX = 999_999_999


class InvalidSeries(DomainError):
    """The series cannot be set up like this."""

    code, http_status = "invalid_series", 422
    title_tr, title_en = "Seri bu biçimde tanımlanamaz", "The series cannot be set up like this"


class SeriesOutOfUse(Conflict):
    """The series numbers no more."""

    code = "series_out_of_use"
    title_tr, title_en = "Seri kullanım dışı", "The series is out of use"


class SeriesExists(Conflict):
    """The three letters number something already: no two kinds, nor internet sales, ever share a series."""

    code = "series_exists"
    title_tr, title_en = "Bu seri kullanımda", "The series is in use"


@dataclass(frozen=True, slots=True)
class OpenSerial:
    """A number that no document carries: given back (`reason` says why), or never received in an erp series."""

    number: str
    serial: int
    reason: str
    opened_at: datetime | None
    document_id: UUID | None


@dataclass(frozen=True, slots=True)
class SeriesReport:
    """How far a series has counted in a year, and its open numbers (at most the number asked for)."""

    prefix: str
    year: int
    first_serial: int
    last_serial: int
    open_numbers: tuple[OpenSerial, ...]


def create(
    session: Session,
    *,
    tenant_id: UUID,
    kind: str,
    prefix: str,
    owner: Owner = "ours",
    internet: bool = False,
    branch: str = "",
    default: bool | None = None,
    year: int | None = None,
    last_used: int = 0,
) -> Series:
    """Set up a series. `last_used` is the last number of `year` that was used elsewhere (a former integrator).

    The first series of a kind and internet flag becomes its default; `default` True takes the flag from another.
    :raises InvalidSeries: form of the letters, kind, or a last number without its year or out of range.
    :raises SeriesExists: another series has these letters.
    """
    _check(kind=kind, prefix=prefix, owner=owner, internet=internet, year=year, last_used=last_used)
    row = Series(
        tenant_id=tenant_id,
        series_id=new_id(),
        kind=kind,
        prefix=prefix,
        owner=owner,
        internet=internet,
        branch=branch,
        is_default=False,
        active=True,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if "series_tenant_id_prefix_key" not in str(error.orig):
            raise
        raise SeriesExists(
            f"{prefix} serisi zaten tanımlı; e-Fatura, e-Arşiv ve internet satışları ayrı seri ister.",
            f"Series {prefix} exists; e-Fatura, e-Arşiv and internet sales need series of their own.",
        ) from error
    if last_used and year is not None:
        session.add(
            SeriesYear(
                tenant_id=tenant_id,
                series_id=row.series_id,
                year=year,
                first_serial=last_used + 1,
                last_serial=last_used,
            )
        )
    if default is None:
        default = _default_of(session, tenant_id=tenant_id, kind=kind, internet=internet) is None
    if default:
        make_default(session, tenant_id=tenant_id, series_id=row.series_id)
    session.flush()
    return row


def make_default(session: Session, *, tenant_id: UUID, series_id: UUID) -> None:
    """Let this series number the documents of its kind (and internet flag) that name no series.

    :raises NotFound: no such series. :raises SeriesOutOfUse: it is retired.
    """
    row = get(session, tenant_id=tenant_id, series_id=series_id)
    if not row.active:
        raise SeriesOutOfUse()
    before = _default_of(session, tenant_id=tenant_id, kind=row.kind, internet=row.internet)
    if before is not None and before.series_id != series_id:
        before.is_default = False
        session.flush()  # the flag is unique: it is free before it is given
    row.is_default = True
    session.flush()


def retire(session: Session, *, tenant_id: UUID, series_id: UUID) -> None:
    """Take a series out of use: its documents stay, it numbers no more. :raises NotFound: no such series."""
    row = get(session, tenant_id=tenant_id, series_id=series_id)
    row.active = False
    row.is_default = False
    session.flush()


def list_series(session: Session, *, tenant_id: UUID) -> Sequence[Series]:
    """The tenant's series, by kind and letters."""
    return session.scalars(
        select(Series).where(Series.tenant_id == tenant_id).order_by(Series.kind, Series.prefix)
    ).all()


def report(session: Session, *, tenant_id: UUID, series_id: UUID, year: int, limit: int = 1000) -> SeriesReport:
    """The gap report of a series in a year; nothing is open where it has not counted. :raises NotFound: no series."""
    row = get(session, tenant_id=tenant_id, series_id=series_id)
    counted = session.get(SeriesYear, (tenant_id, series_id, year))
    if counted is None:
        return SeriesReport(row.prefix, year, 1, 0, ())
    values = {
        "tenant_id": tenant_id,
        "series_id": series_id,
        "year": year,
        "limit": limit,
        "low": f"{row.prefix}{year}000000000",
        "high": f"{row.prefix}{year}999999999",
        "first": counted.first_serial,
    }
    returned = session.execute(_RETURNED, values).all()
    open_serials = {
        found.serial: OpenSerial(
            f"{row.prefix}{year}{found.serial:09d}", found.serial, found.reason, found.opened_at, found.document_id
        )
        for found in returned
    }
    if row.owner == "erp":
        holes = (range(hole.low, hole.high + 1) for hole in session.execute(_NEVER_RECEIVED, values))
        for serial in islice(chain.from_iterable(holes), limit):
            missing = OpenSerial(f"{row.prefix}{year}{serial:09d}", serial, "not_received", None, None)
            open_serials.setdefault(serial, missing)
    shown = tuple(open_serials[serial] for serial in sorted(open_serials)[:limit])
    return SeriesReport(row.prefix, year, counted.first_serial, counted.last_serial, shown)


_RETURNED = text(
    "SELECT serial, reason, opened_at, document_id FROM open_number WHERE tenant_id = :tenant_id "
    "AND series_id = :series_id AND year = :year AND taken_at IS NULL ORDER BY serial LIMIT :limit"
)
# Holes between the numbers that documents hold, in the order of the index on numbers.
_NEVER_RECEIVED = text(
    "SELECT before + 1 AS low, serial - 1 AS high FROM ("
    "  SELECT serial, coalesce(lag(serial) OVER (ORDER BY number), CAST(:first AS bigint) - 1) AS before"
    "  FROM document WHERE tenant_id = :tenant_id AND number_held AND number BETWEEN :low AND :high"
    ") AS held WHERE serial > before + 1 ORDER BY serial LIMIT :limit"
)


def _check(*, kind: str, prefix: str, owner: str, internet: bool, year: int | None, last_used: int) -> None:
    if kind not in KINDS or owner not in ("ours", "erp"):
        raise InvalidSeries("Belge türü ya da seri sahibi tanınmıyor.", "Unknown kind of document or owner.")
    if not re.fullmatch(r"[A-Z0-9]{3}", prefix):
        raise InvalidSeries(
            "Seri üç karakterdir: A-Z (Türkçe harf olmadan) ve 0-9.",
            "A series is three characters: A-Z (no Turkish letters) and 0-9.",
        )
    if internet and kind not in ("efatura", "earsiv"):
        raise InvalidSeries("İnternet satışı yalnız faturalar içindir.", "Internet sales are for invoices only.")
    if last_used and (year is None or not 2000 <= year <= 2099 or not 0 < last_used < SERIAL_MAX):
        raise InvalidSeries(
            "Son kullanılan numara, yılıyla birlikte ve 1 ile 999999998 arasında verilir.",
            "The last number used is given with its year, between 1 and 999999998.",
        )


def get(session: Session, *, tenant_id: UUID, series_id: UUID) -> Series:
    """A series of the tenant. :raises NotFound: there is none."""
    row = session.get(Series, (tenant_id, series_id))
    if row is None:
        raise NotFound()
    return row


def _default_of(session: Session, *, tenant_id: UUID, kind: str, internet: bool) -> Series | None:
    return session.scalars(
        select(Series).where(
            Series.tenant_id == tenant_id, Series.kind == kind, Series.internet == internet, Series.is_default
        )
    ).one_or_none()
