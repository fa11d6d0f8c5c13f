"""The figures of an account's month: per side, class and currency, and per tax and rate. Four statements, always.

A document counts in the month of its issue date. Amounts are hundredths of the document's currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Select, Text, column, func, select, true
from sqlalchemy.orm import Session

from ebelge.documents import reached
from ebelge.documents.incoming import queries as incoming_queries
from ebelge.documents.incoming.models import IncomingDocument
from ebelge.documents.models import Document
from ebelge.documents.monthly import classes
from ebelge.documents.monthly.models import DocumentTax
from ebelge.documents.monthly.taxes import WITHOUT_MONEY
from ebelge.ubl.received import KDV
from ebelge.ubl.taxes import rate_text
from tenants.members.reach import WHOLE, Reach

SIDES: Final[dict[str, tuple[str, str]]] = {"out": ("Giden", "Outgoing"), "in": ("Gelen", "Incoming")}


@dataclass(frozen=True, slots=True)
class Sum:
    """Documents of one class and currency, added up."""

    count: int = 0
    base_kurus: int = 0
    kdv_kurus: int = 0
    other_tax_kurus: int = 0
    tevkifat_kurus: int = 0
    payable_kurus: int = 0


@dataclass(frozen=True, slots=True)
class RateSum:
    """One tax at one rate in a class and currency. `withheld`: tevkifat; its base is the KDV it is a part of."""

    of: str
    currency: str
    code: str
    rate: str
    withheld: bool
    base_kurus: int
    tax_kurus: int

    @property
    def is_kdv(self) -> bool:
        """Whether it is KDV itself."""
        return self.code == KDV and not self.withheld


@dataclass(frozen=True, slots=True)
class Side:
    """What went out, or what came in. `untold`: documents whose taxes are not written down yet (`taxes.fill`)."""

    sums: Mapping[tuple[str, str], Sum]
    rates: tuple[RateSum, ...]
    untold: int

    @property
    def count(self) -> int:
        """All documents of the side."""
        return sum(one.count for one in self.sums.values())

    @property
    def currencies(self) -> tuple[str, ...]:
        """Which currencies there are, lira first."""
        return tuple(sorted({currency for _, currency in self.sums}, key=lambda one: (one != "TRY", one)))

    def of(self, name: str) -> int:
        """Documents of one class."""
        return sum(one.count for (which, _), one in self.sums.items() if which == name)


@dataclass(frozen=True, slots=True)
class Month:
    """Both sides of a month."""

    first: date
    outgoing: Side
    incoming: Side

    @property
    def count(self) -> int:
        """All documents of the month."""
        return self.outgoing.count + self.incoming.count

    def side(self, name: str) -> Side:
        """`out` or `in`."""
        return self.outgoing if name == "out" else self.incoming

    def totals(self) -> dict[str, dict[str, list[int]]]:
        """The control totals: side -> "class currency" -> count, base, KDV, other taxes, tevkifat, payable."""
        return {
            name: {
                f"{of} {currency}": [
                    one.count, one.base_kurus, one.kdv_kurus, one.other_tax_kurus, one.tevkifat_kurus,
                    one.payable_kurus,
                ]
                for (of, currency), one in sorted(self.side(name).sums.items())
            }
            for name in SIDES
        }  # fmt: skip


def month_end(first: date) -> date:
    """The last day of the month."""
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def month(
    session: Session, *, tenant_id: UUID, first: date, reach: Reach = WHOLE, until: datetime | None = None
) -> Month:
    """The figures of the month that begins on `first`; `until`: of what was accepted or had come by then."""
    return Month(
        first,
        _side(session, outgoing_statement(tenant_id, first, reach, until), outgoing_rates(tenant_id, first, reach)),
        _side(session, incoming_statement(tenant_id, first, reach, until), incoming_rates(tenant_id, first, reach)),
    )


def outgoing_documents(tenant_id: UUID, first: date, reach: Reach, *columns: Any) -> Select[Any]:
    """Columns of the month's outgoing documents with money, and of their tax rows."""
    statement = (
        select(*columns)
        .select_from(Document)
        .outerjoin(
            DocumentTax,
            (DocumentTax.tenant_id == Document.tenant_id) & (DocumentTax.document_id == Document.document_id),
        )
        .where(
            Document.tenant_id == tenant_id,
            Document.issue_date >= first,
            Document.issue_date <= month_end(first),
            Document.kind != WITHOUT_MONEY,
            Document.state.not_in(classes.NOT_ISSUED),
        )
    )
    return reached.narrowed(statement, tenant_id=tenant_id, reach=reach)


def incoming_documents(tenant_id: UUID, first: date, reach: Reach, *columns: Any) -> Select[Any]:
    """Columns of the invoices that came in and were issued in the month."""
    filters = incoming_queries.Filters(kind="efatura", day_from=first, day_to=month_end(first))
    return incoming_queries.page_statement(tenant_id, filters, None, reach).with_only_columns(*columns).order_by(None)


def outgoing_statement(tenant_id: UUID, first: date, reach: Reach, until: datetime | None) -> Select[Any]:
    """Sums of what went out."""
    of, tax = classes.outgoing().label("of"), DocumentTax
    untold = func.count().filter(tax.document_id.is_(None))
    amounts = (tax.base_kurus, tax.kdv_kurus, tax.other_tax_kurus, tax.tevkifat_kurus, Document.payable_kurus)
    statement = outgoing_documents(
        tenant_id, first, reach, of, Document.currency, func.count(), *map(_sum, amounts), untold
    )
    if until is not None:
        statement = statement.where(Document.created_at <= until)
    return statement.group_by(of, Document.currency)


def incoming_statement(tenant_id: UUID, first: date, reach: Reach, until: datetime | None) -> Select[Any]:
    """Sums of what came in."""
    of, one = classes.incoming().label("of"), IncomingDocument
    amounts = (one.base_kurus, one.kdv_kurus, one.other_tax_kurus, one.tevkifat_kurus, one.payable_kurus)
    statement = incoming_documents(
        tenant_id, first, reach, of, one.currency, func.count(), *map(_sum, amounts), func.count().filter(~true())
    )
    if until is not None:
        statement = statement.where(one.received_at <= until)
    return statement.group_by(of, one.currency)


def outgoing_rates(tenant_id: UUID, first: date, reach: Reach) -> Select[Any]:
    """Sums of what went out, per tax and rate."""
    of, tax = classes.outgoing().label("of"), _exploded(DocumentTax.taxes)
    statement = outgoing_documents(tenant_id, first, reach, of, Document.currency, *_per_rate(tax)).join(tax, true())
    return statement.group_by(of, Document.currency, tax.c.code, tax.c.rate, tax.c.withheld)


def incoming_rates(tenant_id: UUID, first: date, reach: Reach) -> Select[Any]:
    """Sums of what came in, per tax and rate."""
    of, tax = classes.incoming().label("of"), _exploded(IncomingDocument.taxes)
    columns = (of, IncomingDocument.currency, *_per_rate(tax))
    statement = incoming_documents(tenant_id, first, reach, *columns).join(tax, true())
    return statement.group_by(of, IncomingDocument.currency, tax.c.code, tax.c.rate, tax.c.withheld)


def _exploded(taxes: Any) -> Any:
    """The taxes of a document as rows."""
    return (
        func.jsonb_to_recordset(taxes)
        .table_valued(
            column("code", Text), column("rate", Text), column("withheld", Boolean),
            column("base_kurus", BigInteger), column("tax_kurus", BigInteger), name="tax",
        )
        .render_derived(with_types=True)
    )  # fmt: skip


def _per_rate(tax: Any) -> tuple[Any, ...]:
    return tax.c.code, tax.c.rate, tax.c.withheld, _sum(tax.c.base_kurus), _sum(tax.c.tax_kurus)


def _sum(amount: Any) -> Any:
    return func.coalesce(func.sum(amount), 0)


def _side(session: Session, sums: Select[Any], rates: Select[Any]) -> Side:
    found: dict[tuple[str, str], Sum] = {}
    untold = 0
    for of, currency, count, *amounts, missing in session.execute(sums):
        found[of, currency] = Sum(count, *(int(one) for one in amounts))
        untold += missing
    by_rate: dict[tuple[str, str, str, str, bool], tuple[int, int]] = {}
    for of, currency, code, rate, withheld, base, tax in session.execute(rates):
        key = (of, currency, code, rate_text(rate), bool(withheld))
        known = by_rate.get(key, (0, 0))
        by_rate[key] = known[0] + int(base), known[1] + int(tax)
    order = list(classes.CLASSES)
    rows = [RateSum(*key, *amounts) for key, amounts in by_rate.items()]
    rows.sort(key=lambda one: (order.index(one.of), one.currency, one.withheld, not one.is_kdv, one.code, _rank(one)))
    return Side(found, tuple(rows), untold)


def _rank(one: RateSum) -> tuple[int, str]:
    whole = one.rate.partition(".")[0]
    return (int(whole) if whole.isdecimal() else 10**6), one.rate
