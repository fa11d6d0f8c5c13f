"""The documents of a month one by one, each with its taxes, and the workbook that holds them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.sheets import Cell, Lira, Table
from ebelge.documents.incoming.models import IncomingDocument
from ebelge.documents.models import Document
from ebelge.documents.monthly import classes
from ebelge.documents.monthly.classes import CLASSES
from ebelge.documents.monthly.figures import (
    SIDES,
    Month,
    Side,
    incoming_documents,
    outgoing_documents,
)
from ebelge.documents.monthly.models import DocumentTax
from ebelge.ubl.received import KDV
from ebelge.ubl.taxes import rate_text
from ebelge.ubl.types import DocumentKind
from tenants.members.reach import Reach

_HEADS: Final = (
    ("Tarih", "Date"), ("Numara", "Number"), ("Tür", "Kind"), ("Senaryo", "Profile"), ("Tip", "Type"),
    ("Sınıf", "Class"), ("VKN/TCKN", "VKN/TCKN"), ("Unvan", "Title"), ("Para birimi", "Currency"),
    ("Matrah", "Base"),
)  # fmt: skip
_TAIL: Final = (
    ("Toplam KDV", "KDV in all"), ("Diğer vergiler", "Other taxes"), ("KDV tevkifatı", "Tevkifat"),
    ("Ödenecek", "Payable"),
)  # fmt: skip
_SUMS: Final = (
    ("Yön", "Side"), ("Sınıf", "Class"), ("Para birimi", "Currency"), ("Belge", "Documents"), ("Matrah", "Base"),
    *_TAIL,
)  # fmt: skip
_RATES: Final = (
    ("Yön", "Side"), ("Sınıf", "Class"), ("Para birimi", "Currency"), ("Vergi kodu", "Tax code"),
    ("Oran (%)", "Rate (%)"), ("Tevkifat", "Withheld"), ("Matrah", "Base"), ("Vergi", "Tax"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """A document of the month. `party_title`: the buyer of what went out, the seller of what came in."""

    document_id: UUID
    of: str
    number: str
    kind: str
    profile: str
    type_code: str
    issue_date: date
    party_vkn_tckn: str
    party_title: str
    currency: str
    base_kurus: int
    kdv_kurus: int
    other_tax_kurus: int
    tevkifat_kurus: int
    payable_kurus: int
    taxes: Sequence[dict[str, Any]]

    @property
    def kdv_by_rate(self) -> dict[str, tuple[int, int]]:
        """Rate -> base and KDV."""
        found: dict[str, tuple[int, int]] = {}
        for tax in self.taxes:
            if tax["code"] == KDV and not tax["withheld"]:
                base, kdv = found.get(rate_text(tax["rate"]), (0, 0))
                found[rate_text(tax["rate"])] = base + tax["base_kurus"], kdv + tax["tax_kurus"]
        return found


def documents(
    session: Session, *, tenant_id: UUID, first: date, side: str, reach: Reach, limit: int, of: str = "",
    after: UUID | None = None,
) -> list[Listed]:  # fmt: skip
    """The month's documents of a side, newest first; those of one class, those after a document."""
    row: Any = Document if side == "out" else IncomingDocument
    tax: Any = DocumentTax if side == "out" else IncomingDocument
    which = (classes.outgoing() if side == "out" else classes.incoming()).label("of")
    party = (
        (Document.buyer_vkn_tckn, Document.buyer_title)
        if side == "out"
        else (IncomingDocument.sender_vkn_tckn, IncomingDocument.sender_title)
    )
    columns = (
        row.document_id, which, row.number, row.kind, row.profile, row.type_code, row.issue_date, *party, row.currency,
        tax.base_kurus, tax.kdv_kurus, tax.other_tax_kurus, tax.tevkifat_kurus, row.payable_kurus, tax.taxes,
    )  # fmt: skip
    chosen = outgoing_documents if side == "out" else incoming_documents
    statement = chosen(tenant_id, first, reach, *columns)
    if of:
        statement = statement.where(which == of)
    if after is not None:
        statement = statement.where(row.document_id < after)
    rows = session.execute(statement.order_by(row.document_id.desc()).limit(limit))
    return [_listed(tuple(one)) for one in rows]


def _listed(row: tuple[Any, ...]) -> Listed:
    """A document without a tax row yet names no amounts but the payable one."""
    base, kdv, other, tevkifat, payable = (amount or 0 for amount in row[10:15])
    return Listed(*row[:10], base, kdv, other, tevkifat, payable, row[15] or ())  # type: ignore[call-arg]  # ten facts


def sheets(month: Month, lists: Mapping[str, Sequence[Listed]], *, turkish: bool) -> list[tuple[str, Table]]:
    """The workbook: sums by class, sums by rate, and each side's documents with base and KDV per rate."""
    at = 0 if turkish else 1
    found: list[tuple[str, Table]] = [
        (("Özet", "Summary")[at], _sums(month, at)),
        (("Oranlar", "Rates")[at], _rates(month, at)),
    ]
    return found + [(name[at], _documents(lists[side], at)) for side, name in SIDES.items()]


def _sums(month: Month, at: int) -> Table:
    rows: list[list[Cell]] = [[head[at] for head in _SUMS]]
    for side, name in SIDES.items():
        for (of, currency), one in _ordered(month.side(side)):
            rows.append([
                name[at], CLASSES[of][at], currency, one.count,
                *map(Lira, (one.base_kurus, one.kdv_kurus, one.other_tax_kurus, one.tevkifat_kurus,
                            one.payable_kurus)),
            ])  # fmt: skip
    return rows


def _rates(month: Month, at: int) -> Table:
    rows: list[list[Cell]] = [[head[at] for head in _RATES]]
    for side, name in SIDES.items():
        rows += [
            [
                name[at], CLASSES[one.of][at], one.currency, one.code, _rate(one.rate),
                (("evet", "yes") if one.withheld else ("hayır", "no"))[at], Lira(one.base_kurus), Lira(one.tax_kurus),
            ]
            for one in month.side(side).rates
        ]  # fmt: skip
    return rows


def _rate(text: str) -> Cell:
    """A rate as a number that sheets can filter and sort; a text where somebody's XML has one."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _percent(rate: str, at: int) -> str:
    return (f"%{rate.replace('.', ',')}", f"{rate}%")[at]


def _documents(found: Sequence[Listed], at: int) -> Table:
    rates = sorted({rate for one in found for rate in one.kdv_by_rate}, key=lambda rate: (len(rate), rate))
    per_rate = [f"{name[at]} {_percent(rate, at)}" for rate in rates for name in (("Matrah", "Base"), ("KDV", "KDV"))]
    rows: list[list[Cell]] = [[*(head[at] for head in _HEADS), *per_rate, *(head[at] for head in _TAIL)]]
    for one in found:
        by_rate = one.kdv_by_rate
        parts = [Lira(amount) if rate in by_rate else None for rate in rates for amount in by_rate.get(rate, (0, 0))]
        rows.append([
            one.issue_date, one.number, DocumentKind(one.kind).heading, one.profile, one.type_code,
            CLASSES[one.of][at], one.party_vkn_tckn, one.party_title, one.currency, Lira(one.base_kurus), *parts,
            *map(Lira, (one.kdv_kurus, one.other_tax_kurus, one.tevkifat_kurus, one.payable_kurus)),
        ])  # fmt: skip
    return rows


def _ordered(side: Side) -> list[Any]:
    order = list(CLASSES)
    return sorted(side.sums.items(), key=lambda one: (order.index(one[0][0]), one[0][1] != "TRY", one[0][1]))
