"""The queue of breaks and the runs, as the desk reads them. Roles finance and reader; nothing is changed here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.reconciliation.sides import column_of
from ebelge.core.errors import NotFound

_COLUMNS = """
    SELECT b.break_id, b.tenant_id, t.title, t.vkn_tckn, b.kind, b.subject, b.amount_kurus, b.kontor, b.data, b.state,
           b.owner, b.note, b.resolved_by, b.found_at, b.seen_at, b.ended_at
      FROM finance_break b JOIN tenant t ON t.tenant_id = b.tenant_id
"""
_LIST = text(
    f"""{_COLUMNS}
     WHERE b.state = ANY(:states) AND (CAST(:kind AS text) = '' OR b.kind = :kind)
       AND (CAST(:tenant_id AS uuid) IS NULL OR b.tenant_id = :tenant_id)
       AND (CAST(:after_at AS timestamptz) IS NULL
            OR (b.found_at, b.break_id) > (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
     ORDER BY b.found_at, b.break_id LIMIT :limit"""
)
_ENDED = text(
    f"""{_COLUMNS}
     WHERE b.state <> 'open' AND (CAST(:kind AS text) = '' OR b.kind = :kind)
       AND (CAST(:tenant_id AS uuid) IS NULL OR b.tenant_id = :tenant_id)
       AND (CAST(:after_at AS timestamptz) IS NULL
            OR (b.ended_at, b.break_id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
     ORDER BY b.ended_at DESC, b.break_id DESC LIMIT :limit"""
)
_ONE = text(f"{_COLUMNS} WHERE b.break_id = :break_id")
_COUNTS = text("SELECT kind, count(*) AS n FROM finance_break WHERE state = 'open' GROUP BY kind ORDER BY n DESC, kind")
_RUN = "SELECT run_id, started_at, ended_at, asked_by, counts, breaks_found, breaks_open FROM reconciliation_run"
_NEWEST = text(f"{_RUN} ORDER BY started_at DESC, run_id DESC LIMIT :limit")


@dataclass(frozen=True, slots=True)
class BreakRow:
    """A break with whose it is."""

    break_id: UUID
    tenant_id: UUID
    title: str
    vkn_tckn: str
    kind: str
    subject: str
    amount_kurus: int | None
    kontor: int | None
    data: dict[str, Any]
    state: str
    owner: str | None
    note: str
    resolved_by: str
    found_at: datetime
    seen_at: datetime
    ended_at: datetime | None

    @property
    def column(self) -> str:
        """Money, kontor or documents."""
        return column_of(self.kind)


@dataclass(frozen=True, slots=True)
class RunRow:
    """A comparison. Without `ended_at` it is under way, or its process died; `counts` then says how far it came."""

    run_id: UUID
    started_at: datetime
    ended_at: datetime | None
    asked_by: str
    counts: dict[str, int]
    breaks_found: int
    breaks_open: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which breaks. `after`: instant and id of the last one shown."""

    ended: bool = False
    kind: str = ""
    tenant_id: UUID | None = None
    after: tuple[datetime, UUID] | None = None


def breaks(session: Session, wanted: Wanted, *, limit: int) -> list[BreakRow]:
    """Open ones, the oldest first; ended ones, the newest first."""
    values: dict[str, Any] = {
        "kind": wanted.kind, "tenant_id": wanted.tenant_id, "limit": limit, "states": ["open"],
        "after_at": wanted.after and wanted.after[0], "after_id": wanted.after and wanted.after[1],
    }  # fmt: skip
    if wanted.ended:
        del values["states"]
    rows = session.execute(_ENDED if wanted.ended else _LIST, values)
    return [BreakRow(**row._mapping) for row in rows]


def one_break(session: Session, *, break_id: UUID) -> BreakRow:
    """One, open or ended. :raises NotFound: there is none."""
    row = session.execute(_ONE, {"break_id": break_id}).first()
    if row is None:
        raise NotFound()
    return BreakRow(**row._mapping)


def open_by_kind(session: Session) -> dict[str, int]:
    """How many are open, by kind, the most first."""
    return {row.kind: int(row.n) for row in session.execute(_COUNTS)}


def runs(session: Session, *, limit: int) -> Sequence[RunRow]:
    """The newest runs first."""
    return [RunRow(**row._mapping) for row in session.execute(_NEWEST, {"limit": limit})]
