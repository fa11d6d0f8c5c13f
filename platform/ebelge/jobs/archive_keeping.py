"""The clock's duties for the archive: its index, the checks of its files, e-Defter storage charged by the month."""

import logging
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import select, text

from billing.catalogue.prices import price_of
from billing.ledger import charges
from billing.ledger.errors import InsufficientKontor
from ebelge.archive.models import StorageMonth
from ebelge.archive.store import open_store
from ebelge.core.clock import add_months, istanbul_date, istanbul_midnight, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.documents.keeping import integrity
from ebelge.documents.keeping import sources as archive_sources

log = logging.getLogger(__name__)
FRESH_MAX: Final = 2000
# Transactions end within 30 s, so what began before this is committed or gone.
OVERLAP: Final = timedelta(seconds=60)
FIRST_LOOK: Final = timedelta(days=1)
UNIT_BYTES: Final = 100 * 1000 * 1000
KIND: Final = "storage.100mb_month"
_looked: dict[str, datetime] = {}
_TENANTS: Final = text("SELECT tenant_id FROM tenant WHERE kind <> 'pool' ORDER BY tenant_id")
_STORED: Final = text(
    "SELECT f.tenant_id, min(f.added_at) AS since FROM archive_file f WHERE f.kind = 'edefter' GROUP BY f.tenant_id"
)
_SIZE: Final = text(
    "SELECT coalesce(sum(size_bytes), 0) FROM archive_file "
    "WHERE tenant_id = :tenant_id AND kind = 'edefter' AND added_at < :until"
)


def enter_new(at: datetime) -> int:
    """Enter documents that came since the last look into the index; returns how many."""
    since = _looked.get("index", at - FIRST_LOOK)
    found = archive_sources.fresh(since=since - OVERLAP, limit=FRESH_MAX)
    count = archive_sources.enter_found(open_store(), found=found, at=utc_now())
    if len(found) < FRESH_MAX:
        _looked["index"] = at
    return count


def enter_missed(at: datetime) -> int:
    """Enter what no look has found: the clock stood, or documents came by another way. Returns how many."""
    return sum(
        archive_sources.reindex(open_store(), tenant_id=tenant_id, at=utc_now(), only_missing=True)
        for tenant_id in _tenants()
    )


def check_files(at: datetime) -> int:
    """Read this night's share of each tenant's files; returns how many are broken."""
    broken = 0
    for tenant_id in _tenants():
        with tenant_session(tenant_id) as session:
            due = integrity.is_due(session, tenant_id=tenant_id, at=at)
        if due:
            done = integrity.check(open_store(), tenant_id=tenant_id, now=utc_now)
            broken += done.broken
            if done.broken:
                log.error("archived files are broken", extra={"tenant_id": str(tenant_id), "count": done.broken})
    return broken


def charge_storage(at: datetime) -> int:
    """Charge e-Defter storage for every month that is over; returns how many months were entered.

    The size is that of the month's end: nothing is ever removed, so it is the month's peak. Each started 100 MB costs
    the price that held then. Who has too few kontör is asked again tomorrow: what is stored stays stored.
    """
    this_month, count = istanbul_date(at).replace(day=1), 0
    with role_session("reader") as session:
        stored = {row.tenant_id: istanbul_date(row.since).replace(day=1) for row in session.execute(_STORED)}
        entered: dict[UUID, set[date]] = defaultdict(set)
        for row in session.execute(select(StorageMonth.tenant_id, StorageMonth.month)):
            entered[row.tenant_id].add(row.month)
    for tenant_id, month in stored.items():
        while month < this_month:
            if month not in entered[tenant_id]:
                try:
                    _charge(tenant_id, month)
                except InsufficientKontor:
                    log.warning(
                        "e-Defter storage waits for kontör", extra={"tenant_id": str(tenant_id), "month": str(month)}
                    )
                    break
                count += 1
            month = add_months(month, 1)
    return count


def _charge(tenant_id: UUID, month: date) -> None:
    """One month of one tenant: size, price, charge and row in one transaction; repeated, nothing happens twice."""
    until = istanbul_midnight(add_months(month, 1))
    charge_id = uuid5(tenant_id, f"{KIND}:{month}")
    with tenant_session(tenant_id) as session:
        if session.get(StorageMonth, (tenant_id, month)) is not None:
            return
        at = utc_now()
        size = int(session.execute(_SIZE, {"tenant_id": tenant_id, "until": until}).scalar_one())
        price = price_of(session, kind=KIND, at=until - timedelta(seconds=1), tenant_id=tenant_id)
        units = -(-size // UNIT_BYTES)
        kontor = units * price.kontor
        if kontor:
            charges.reserve(
                session, tenant_id=tenant_id, charge_id=charge_id, kind=KIND, kontor=kontor, price_id=price.price_id,
                at=at, reference=f"e-Defter {month:%Y-%m}",
            )  # fmt: skip
            charges.capture(session, tenant_id=tenant_id, charge_ids=[charge_id], at=at)
        session.add(
            StorageMonth(
                tenant_id=tenant_id, month=month, size_bytes=size, units=units, kontor=kontor,
                charge_id=charge_id if kontor else None, charged_at=at,
            )
        )  # fmt: skip


def _tenants() -> list[UUID]:
    with role_session("reader") as session:
        return list(session.execute(_TENANTS).scalars())
