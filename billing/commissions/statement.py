"""The commission statement of a month: what came in, what went back, what was paid; as CSV and XLSX."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.commissions import entries
from billing.commissions.entries import Account
from billing.models.resellers import CommissionEntry
from ebelge.core.clock import istanbul_date
from ebelge.core.errors import InvalidRequest
from ebelge.core.sheets import Cell, Lira, csv_bytes, xlsx_bytes

KINDS = {
    "accrued": ("Hakediş", "Accrued"),
    "reversed": ("İptal (iade)", "Reversed (refund)"),
    "paid": ("Ödeme", "Paid"),
}
HEADER = (
    ("Tarih", "Date"), ("İşlem", "Entry"), ("Müşteri", "Customer"), ("Sipariş", "Order"),
    ("Matrah (TL, KDV hariç)", "Base (TL, without KDV)"), ("Oran (%)", "Rate (%)"),
    ("Komisyon (TL, KDV hariç)", "Commission (TL, without KDV)"), ("Ödenebilir olduğu gün", "Payable from"),
    ("Not", "Note"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """A month of a reseller's commission, in kuruş. opening + accrued + reversed + paid = closing, each with its sign.

    `account` says what of all that is pending and payable at the instant of the statement.
    """

    month: date
    opening_kurus: int
    accrued_kurus: int
    reversed_kurus: int
    paid_kurus: int
    closing_kurus: int
    lines: Sequence[CommissionEntry]
    account: Account


def statement(session: Session, *, tenant_id: UUID, month: date, at: datetime) -> Statement:
    """The statement of an Istanbul month (any day of it), as the reseller; the running month as far as it has come.

    :raises InvalidRequest: the month has not begun.
    """
    first = month.replace(day=1)
    if first > istanbul_date(at):
        raise InvalidRequest("O ay henüz başlamadı.", "That month has not begun.")
    entry = CommissionEntry
    opening = session.execute(
        select(func.coalesce(func.sum(entry.kurus), 0)).where(entry.tenant_id == tenant_id, entry.month < first)
    ).scalar_one()
    lines = session.scalars(
        select(entry).where(entry.tenant_id == tenant_id, entry.month == first).order_by(entry.at, entry.entry_id)
    ).all()
    sums = {kind: sum(line.kurus for line in lines if line.kind == kind) for kind in KINDS}
    return Statement(
        month=first,
        opening_kurus=int(opening),
        accrued_kurus=sums["accrued"],
        reversed_kurus=sums["reversed"],
        paid_kurus=sums["paid"],
        closing_kurus=int(opening) + sum(sums.values()),
        lines=lines,
        account=entries.account(session, tenant_id=tenant_id, at=at),
    )


def table(found: Statement, *, turkish: bool = True) -> list[list[Cell]]:
    """The statement as rows of cells: header, opening, lines, closing, what is payable."""
    n = 0 if turkish else 1
    rows: list[list[Cell]] = [[head[n] for head in HEADER]]
    rows.append(_sum(found.month, ("Devreden", "Brought forward")[n], found.opening_kurus))
    rows += [_line(line, n) for line in found.lines]
    rows.append(_sum(None, ("Ay sonu", "End of the month")[n], found.closing_kurus))
    pending = ("Bekleyen (iade süresi dolmamış)", "Pending (may still be refunded)")[n]
    rows.append(_sum(None, pending, found.account.pending_kurus))
    rows.append(_sum(None, ("Ödenebilir", "Payable")[n], found.account.payable_kurus))
    return rows


def as_csv(found: Statement, *, turkish: bool = True) -> bytes:
    """The sheet as CSV."""
    return csv_bytes(table(found, turkish=turkish))


def as_xlsx(found: Statement, *, turkish: bool = True) -> bytes:
    """The sheet as XLSX."""
    title = f"{'Komisyon' if turkish else 'Commission'} {found.month:%Y-%m}"
    return xlsx_bytes(table(found, turkish=turkish), title=title)


def file_name(found: Statement, *, suffix: str) -> str:
    """Name of the downloaded sheet."""
    return f"komisyon-{found.month:%Y-%m}.{suffix}"


def _sum(day: date | None, name: str, kurus: int) -> list[Cell]:
    return [day, name, None, None, None, None, Lira(kurus), None, None]


def _line(line: CommissionEntry, n: int) -> list[Cell]:
    paid = line.kind == "paid"
    return [
        line.at,
        KINDS[line.kind][n],
        line.customer_title,
        line.order_reference,
        None if paid else Lira(-line.base_net_kurus if line.kind == "reversed" else line.base_net_kurus),
        None if paid else Decimal(line.commission_bp).scaleb(-2),
        Lira(line.kurus),
        None if line.payable_from is None else istanbul_date(line.payable_from),
        line.note,
    ]
