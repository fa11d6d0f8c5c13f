"""What waits in an account's documents, for whoever works for several: counts and deadlines in one statement.

Made to travel with those of other accounts in one round trip (`core.db.each`): `asked` is the statement, `told` reads
its row. Who is narrowed counts what he reaches, by the same rules as `reached` and `incoming.queries`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from ebelge.core.clock import istanbul_midnight
from ebelge.core.transaction import Call, Prepared
from tenants.members.reach import Reach

# Nobody reads beyond: a count that reaches it means "so many and more".
COUNT_MAX: Final = 1000
# A day's report is with GİB until the end of the next day (TRADE.md 6).
_REPORT_DAYS: Final = 2


@dataclass(frozen=True, slots=True)
class Waiting:
    """What an account's documents wait for. Counts go up to `COUNT_MAX`.

    `refused`: refused by GİB and not corrected, or not delivered and undecided. `answer_until`: of the answers due, the
    first instant that is too late. `report_until`: the same of the oldest day whose e-Arşiv report GİB has not
    accepted. `report_state`: of the newest report; "" where there never was one.
    """

    unsent: int
    refused: int
    answers: int
    answer_until: datetime | None
    report_until: datetime | None
    report_state: str
    last_activity: datetime | None


def asked(*, tenant_id: UUID, reach: Reach, at: datetime) -> Call:
    """The statement, with its values."""
    if reach.whole:
        narrow: tuple[Any, ...] = ()
    else:
        prefixes, branches = sorted(reach.series_prefixes), sorted(reach.branch_ids)
        narrow = (tenant_id, prefixes, prefixes, branches, tenant_id, branches)
    values: list[Any] = []
    for part in _PARTS:
        values += [tenant_id, *((at,) if part.timed else ()), *(narrow if part.within else ())]
    return _statement(reach.whole), values


def told(rows: Sequence[Any]) -> Waiting:
    """The row of `asked`."""
    (row,) = rows
    count, until = row.answers or (0, None)
    days: list[date] = [day for day in (row.unreported, row.report_open) if day]
    return Waiting(
        unsent=row.unsent,
        refused=row.refused,
        answers=count,
        answer_until=datetime.fromisoformat(until) if until else None,
        report_until=istanbul_midnight(min(days) + timedelta(days=_REPORT_DAYS)) if days else None,
        report_state=row.report_state or "",
        last_activity=max((one for one in (row.sent_at, row.came_at) if one), default=None),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A column of the answer. `within`: the condition of who is narrowed; `timed`: the instant is its second value."""

    name: str
    sql: str
    within: str = ""
    timed: bool = False


_SERIES: Final = (
    "SELECT s.{column} FROM series s WHERE s.tenant_id = %s "
    "AND (cardinality(%s::text[]) = 0 OR s.prefix = ANY (%s::text[])) "
    "AND (cardinality(%s::uuid[]) = 0 OR s.branch IN "
    "(SELECT b.code FROM branch b WHERE b.tenant_id = %s AND b.branch_id = ANY (%s::uuid[])))"
)
_OUT: Final = f"AND d.series_id = ANY (ARRAY({_SERIES.format(column='series_id')}))"
# The mailboxes of the branches that are reached; the whole company's are none of those.
_IN: Final = (
    "AND i.receiver_alias IN (SELECT o.alias FROM own_alias o WHERE o.tenant_id = i.tenant_id AND o.role = 'PK' "
    f"AND o.branch <> '' AND o.branch IN ({_SERIES.format(column='branch')}))"
)
_PARTS: Final = (
    _Part(
        "unsent",
        "SELECT count(*) FROM (SELECT 1 FROM document d WHERE d.tenant_id = %s "
        f"AND d.state IN ('accepted', 'signed', 'unknown') {{}} LIMIT {COUNT_MAX}) x",
        _OUT,
    ),
    _Part(
        "refused",
        "SELECT count(*) FROM (SELECT 1 FROM document d WHERE d.tenant_id = %s "
        f"AND d.state IN ('refused', 'undelivered') AND NOT d.superseded {{}} LIMIT {COUNT_MAX}) x",
        _OUT,
    ),
    _Part(
        "answers",
        "SELECT jsonb_build_array(count(*), min(x.answerable_until)) FROM (SELECT i.answerable_until "
        "FROM incoming_document i WHERE i.tenant_id = %s AND i.answer = 'none' AND i.answerable_until > %s {} "
        f"ORDER BY i.answerable_until LIMIT {COUNT_MAX}) x",
        _IN,
        timed=True,
    ),
    _Part(
        "unreported",
        "SELECT min(l.issue_date) FROM report_line l WHERE l.tenant_id = %s AND l.state = 'pending'",
    ),
    _Part(
        "report_open",
        "SELECT min(r.day) FROM report r WHERE r.tenant_id = %s "
        "AND r.state IN ('building', 'ready', 'sent', 'unknown')",
    ),
    _Part(
        "report_state",
        "SELECT r.state FROM report r WHERE r.tenant_id = %s ORDER BY r.report_id DESC LIMIT 1",
    ),
    _Part(
        "sent_at",
        "SELECT d.created_at FROM document d WHERE d.tenant_id = %s {} ORDER BY d.document_id DESC LIMIT 1",
        _OUT,
    ),
    _Part(
        "came_at",
        "SELECT i.received_at FROM incoming_document i WHERE i.tenant_id = %s {} ORDER BY i.document_id DESC LIMIT 1",
        _IN,
    ),
)  # fmt: skip


@cache
def _statement(whole: bool) -> Prepared:
    columns = (f"({part.sql.format('' if whole else part.within)}) AS {part.name}" for part in _PARTS)
    return Prepared(f"SELECT {', '.join(columns)}")
