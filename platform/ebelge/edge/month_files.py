"""A month as a file, the workbook or the XML of every document; recorded when all of it has been handed over."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from ebelge.core.db import tenant_session
from ebelge.core.sheets import xlsx_sheets
from ebelge.documents import bundle
from ebelge.documents.bundle import TooManyDocuments
from ebelge.documents.incoming import queries as incoming_queries
from ebelge.documents.monthly import exports, figures, listed, taxes
from ebelge.documents.monthly.figures import SIDES, Month
from ebelge.documents.monthly.listed import Listed
from ebelge.documents.readable import Readable
from ebelge.edge import came_in, originals
from ebelge.ubl.types import DocumentKind
from tenants import accounts
from tenants.members.reach import Reach

# A side of a month with more than that is taken by the API, day by day.
ROWS_MAX: Final = 20_000
FILES_MAX: Final = 5_000
FOLDERS: Final = {"out": "giden/", "in": "gelen/"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose month, as far as whom; who takes it."""

    tenant_id: UUID
    first: date
    reach: Reach
    made_by: str
    made_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Read:
    month: Month
    lists: dict[str, list[Listed]]
    facts: dict[str, Any]


def workbook(wanted: Wanted, *, turkish: bool) -> bytes:
    """The month as XLSX. :raises TooManyDocuments: more than `ROWS_MAX` on a side; nothing is recorded then."""
    read = _read(wanted, ROWS_MAX)
    data = xlsx_sheets(listed.sheets(read.month, read.lists, turkish=turkish))
    _record(wanted, read.month, "xlsx", hashlib.sha256(data).digest())
    return data


def archive(wanted: Wanted) -> Iterator[bytes]:
    """The month's XML as ZIP in parts, what went out and what came in in folders of their own.

    :raises TooManyDocuments: more than `FILES_MAX`, before anything is sent.
    """
    read = _read(wanted, FILES_MAX)
    came = {one.document_id for one in read.lists["in"]}
    ids = [one.document_id for side in SIDES for one in read.lists[side]]

    def load(document_id: UUID) -> tuple[Readable, bytes]:
        if document_id in came:
            return _came_in(wanted, document_id)
        return originals.readable_of(wanted.tenant_id, document_id, reach=wanted.reach)

    parts = bundle.stream(
        ids, load=load, forms=("xml",), at=wanted.at, facts=read.facts | {"totals": read.month.totals()},
        folder=lambda one: FOLDERS["in" if one in came else "out"],
    )  # fmt: skip
    return _recorded(wanted, read.month, parts)


def _read(wanted: Wanted, limit: int) -> _Read:
    while _untold(wanted):
        with tenant_session(wanted.tenant_id) as session:
            if not taxes.fill(session, tenant_id=wanted.tenant_id):
                break
    with tenant_session(wanted.tenant_id) as session:
        # sums and lists say the same only if both see the same instant
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        tenant = accounts.get(session, tenant_id=wanted.tenant_id)
        facts: dict[str, Any] = {
            "vkn_tckn": tenant.vkn_tckn, "title": tenant.title, "mode": tenant.mode, "month": f"{wanted.first:%Y-%m}",
        }  # fmt: skip
        month = figures.month(session, tenant_id=wanted.tenant_id, first=wanted.first, reach=wanted.reach)
        if max(month.outgoing.count, month.incoming.count) > limit:
            raise TooManyDocuments(f"En çok {limit} belge.", f"At most {limit} documents.", limit=limit)
        lists = {
            side: listed.documents(
                session, tenant_id=wanted.tenant_id, first=wanted.first, side=side, reach=wanted.reach, limit=limit
            )
            for side in SIDES
        }
    return _Read(month, lists, facts)


def _untold(wanted: Wanted) -> int:
    with tenant_session(wanted.tenant_id) as session:
        return figures.month(
            session, tenant_id=wanted.tenant_id, first=wanted.first, reach=wanted.reach
        ).outgoing.untold


def _recorded(wanted: Wanted, month: Month, parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same parts; after the last one is out, the export is recorded."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
        yield part
    _record(wanted, month, "zip", digest.digest())


def _record(wanted: Wanted, month: Month, form: str, sha256: bytes) -> None:
    with tenant_session(wanted.tenant_id) as session:
        exports.record(
            session, tenant_id=wanted.tenant_id, month=month, form=form, sha256=sha256, reach=wanted.reach,
            made_by=wanted.made_by, made_name=wanted.made_name, at=wanted.at,
        )  # fmt: skip


def _came_in(wanted: Wanted, document_id: UUID) -> tuple[Readable, bytes]:
    with tenant_session(wanted.tenant_id) as session:
        row = incoming_queries.get(session, tenant_id=wanted.tenant_id, document_id=document_id, reach=wanted.reach)
        found = Readable(
            tenant_id=wanted.tenant_id, document_id=document_id, ettn=row.ettn, kind=DocumentKind(row.kind),
            number=row.number, state=row.answer, issue_date=row.issue_date, accepted_at=row.received_at,
            seller=row.sender_title, buyer=row.sender_title, signed=True, sandbox=False, look=None, stylesheet=None,
        )  # fmt: skip
    _, xml = came_in.xml_of(wanted.tenant_id, document_id, reach=wanted.reach)
    return found, xml
