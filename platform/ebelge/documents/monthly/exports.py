"""What was handed out for a month, and what changed since: counted by class, so nothing moves unseen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.ids import new_id
from ebelge.documents.monthly import figures
from ebelge.documents.monthly.classes import CLASSES, STANDING
from ebelge.documents.monthly.figures import Month
from ebelge.documents.monthly.models import MonthExport
from tenants.audit.deeds import deed
from tenants.members.reach import Reach


@dataclass(frozen=True, slots=True)
class Since:
    """What happened to a month after an export. `moved`: class -> how many that had been handed out went there;
    `gone`: how many count in no class any more (refused by GİB, given up)."""

    outgoing: int
    incoming: int
    moved: dict[str, int]
    gone: int

    @property
    def arrived(self) -> int:
        """Documents that were not in the export."""
        return self.outgoing + self.incoming

    @property
    def nothing(self) -> bool:
        """Whether the export still says what the month says."""
        return not (self.arrived or self.moved or self.gone)


def record(
    session: Session, *, tenant_id: UUID, month: Month, form: str, sha256: bytes, reach: Reach, made_by: str,
    made_name: str, at: datetime,
) -> MonthExport:  # fmt: skip
    """Record what was handed out: the totals of `month` as they were read at `at`, and the bytes' hash."""
    row = MonthExport(
        tenant_id=tenant_id, export_id=new_id(), month=month.first, form=form, whole=reach.whole, made_by=made_by,
        made_name=made_name, made_at=at, document_count=month.count, totals=month.totals(), sha256=sha256,
    )  # fmt: skip
    session.add(row)
    session.flush()
    deed(
        session, tenant_id=tenant_id, action="month.exported", object_kind="month_export", object_id=row.export_id,
        after={"month": month.first, "form": form, "documents": month.count, "sha256": sha256.hex()}, by=made_by,
        at=at,
    )  # fmt: skip
    return row


def of_month(
    session: Session, *, tenant_id: UUID, first: date, reach: Reach, made_by: str, limit: int = 20
) -> Sequence[MonthExport]:
    """Exports of the month, the newest first: those of the whole; for who is narrowed his own."""
    wanted = select(MonthExport).where(MonthExport.tenant_id == tenant_id, MonthExport.month == first)
    if reach.whole:
        wanted = wanted.where(MonthExport.whole)
    else:
        wanted = wanted.where(~MonthExport.whole, MonthExport.made_by == made_by)
    return session.scalars(wanted.order_by(MonthExport.made_at.desc(), MonthExport.export_id.desc()).limit(limit)).all()


def since(session: Session, *, tenant_id: UUID, export: MonthExport, now: Month, reach: Reach) -> Since:
    """What changed after an export: what is dated in the month and came later, and what changed its class."""
    known = figures.month(session, tenant_id=tenant_id, first=now.first, reach=reach, until=export.made_at)
    then = {side: _by_class(export.totals.get(side, {})) for side in figures.SIDES}
    moved: dict[str, int] = {}
    gone = 0
    late = {}
    for side in figures.SIDES:
        handed, old = sum(then[side].values()), known.side(side).count
        # what was committed at the very instant of the export counts as late, too
        late[side] = now.side(side).count - old + max(0, old - handed)
        gone += max(0, handed - old)
        for name in CLASSES:
            more = known.side(side).of(name) - then[side].get(name, 0)
            if name not in STANDING and more > 0:
                moved[name] = moved.get(name, 0) + more
    return Since(late["out"], late["in"], moved, gone)


def _by_class(totals: dict[str, list[int]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, amounts in totals.items():
        of = name.partition(" ")[0]
        counts[of] = counts.get(of, 0) + amounts[0]
    return counts
