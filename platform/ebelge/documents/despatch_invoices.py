"""Invoices from despatch notes: one buyer's despatches become the lines of one draft, and are invoiced once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lxml import etree
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, InvalidRequest
from ebelge.core.findings import Finding
from ebelge.documents import queries
from ebelge.documents.despatch_models import DespatchInvoice
from ebelge.documents.models import Document
from ebelge.documents.sheets import SOURCE
from ebelge.documents.states import State
from ebelge.ubl.errors import InvalidDraft
from ebelge.ubl.examples import party_json
from ebelge.ubl.names import LINE, tag
from ebelge.ubl.parse import ParsedDocument, parse
from tenants.members.reach import WHOLE, Reach

DESPATCHES_MAX = 100
# A document that came to nothing: its despatches may be invoiced anew. What a correction took over still counts.
GONE = frozenset({State.REFUSED, State.GIVEN_UP, State.WITHDRAWN, State.FAILED})


class DespatchAlreadyInvoiced(Conflict):
    """One of the despatches is on an invoice that stands."""

    code = "despatch_already_invoiced"
    title_tr, title_en = "İrsaliye daha önce faturalanmış", "The despatch is invoiced already"
    advice_tr = "Hiçbir şey kaydedilmedi. Yine de faturalamak için again: true gönderin."
    advice_en = "Nothing was stored. To invoice it all the same, send again: true."


@dataclass(frozen=True, slots=True)
class Price:
    """What an item costs: `item` is the seller's code of the goods, or their name; `fields` go onto the line."""

    item: str
    fields: dict[str, Any]


def draft_from(
    session: Session, *, tenant_id: UUID, despatch_ids: Sequence[UUID], prices: Sequence[Price],
    invoice: dict[str, Any], again: bool, reach: Reach = WHOLE,
) -> dict[str, Any]:  # fmt: skip
    """The JSON of an invoice of these despatches: their buyer, a reference to each, a line for each of their lines.

    `invoice` holds further fields of the draft (notes, profile, payment …) and never the lines.
    :raises NotFound: one is not there. :raises InvalidRequest: no despatch, twice, of different buyers, or gone.
    :raises DespatchAlreadyInvoiced: without `again`. :raises InvalidDraft: goods without a price.
    """
    if len(set(despatch_ids)) != len(despatch_ids):
        raise InvalidRequest("Bir irsaliye iki kez yazılmış.", "A despatch is named twice.")
    found = [_despatch(session, tenant_id, one, reach) for one in despatch_ids]
    if not again:
        _must_be_free(session, tenant_id=tenant_id, rows=[row for row, _ in found])
    buyers = {row.buyer_vkn_tckn for row, _ in found}
    given = invoice.get("buyer")
    asked = (given.get("vkn") or given.get("tckn")) if isinstance(given, dict) else None
    if len(buyers) > 1 or (given is not None and asked not in buyers):
        raise InvalidRequest(
            "İrsaliyelerin alıcıları aynı değil; bir faturada tek alıcının irsaliyeleri olur.",
            "The despatches have different buyers; an invoice takes those of one buyer.",
            buyers=sorted(buyers),
        )
    taken = [name for name in ("lines", "despatches") if name in invoice]
    if taken:
        raise InvalidRequest(
            f"Bu alan irsaliyeden gelir: {taken[0]}.", f"This field comes from the despatches: {taken[0]}."
        )
    of_item = {price.item: price.fields for price in prices}
    lines, missing = [], []
    for row, parsed in found:
        for line in parsed.tree.iterchildren(LINE["DespatchAdvice"]):
            made = _line(line, row.number)
            price = of_item.get(made.get("seller_code", "")) or of_item.get(made["name"])
            if price is None:
                missing.append(made["name"])
            else:
                lines.append(made | price)
    if missing:
        raise InvalidDraft(findings=[_no_price(name) for name in dict.fromkeys(missing)])
    references = [{"number": row.number, "date": row.issue_date.isoformat()} for row, _ in found]
    return {"buyer": party_json(found[0][1].customer)} | invoice | {"despatches": references, "lines": lines}


def mark(
    session: Session, *, tenant_id: UUID, despatch_ids: Sequence[UUID], invoice_id: UUID, again: bool, at: datetime
) -> None:
    """Note in the invoice's own transaction that these despatches are on it.

    :raises DespatchAlreadyInvoiced: somebody else was faster; the caller's rollback leaves nothing.
    """
    counted = select(Document.document_id).where(
        Document.tenant_id == tenant_id, Document.state.in_(GONE), Document.superseded.is_(False)
    )
    session.execute(
        update(DespatchInvoice)
        .where(
            DespatchInvoice.tenant_id == tenant_id, DespatchInvoice.despatch_id.in_(despatch_ids),
            DespatchInvoice.counts, DespatchInvoice.invoice_id.in_(counted),
        )
        .values(counts=False)
    )  # fmt: skip
    rows = [
        {"tenant_id": tenant_id, "despatch_id": one, "invoice_id": invoice_id, "counts": not again, "created_at": at}
        for one in sorted(despatch_ids)
    ]
    entered = session.execute(
        insert(DespatchInvoice).values(rows).on_conflict_do_nothing().returning(DespatchInvoice.despatch_id)
    ).all()
    if len(entered) < len(rows):
        raise DespatchAlreadyInvoiced()


def _despatch(session: Session, tenant_id: UUID, despatch_id: UUID, reach: Reach) -> tuple[Document, ParsedDocument]:
    row = queries.get(session, tenant_id=tenant_id, document_id=despatch_id, reach=reach)
    if row.kind != "eirsaliye" or State(row.state) in GONE:
        raise InvalidRequest(
            f"{row.number} faturalanabilecek bir irsaliye değil.", f"{row.number} is no despatch that can be invoiced."
        )
    source = session.scalars(
        select(SOURCE.c.source).where(SOURCE.c.tenant_id == tenant_id, SOURCE.c.document_id == despatch_id)
    ).one()
    return row, parse(source)


def _must_be_free(session: Session, *, tenant_id: UUID, rows: Sequence[Document]) -> None:
    numbers = {row.document_id: row.number for row in rows}
    taken = session.execute(
        select(DespatchInvoice.despatch_id, Document.number)
        .join(
            Document,
            (Document.tenant_id == DespatchInvoice.tenant_id) & (Document.document_id == DespatchInvoice.invoice_id),
        )
        .where(
            DespatchInvoice.tenant_id == tenant_id, DespatchInvoice.despatch_id.in_(numbers), DespatchInvoice.counts,
            Document.state.not_in(GONE) | Document.superseded,
        )
    ).all()  # fmt: skip
    if taken:
        pairs = [f"{numbers[despatch_id]} -> {number}" for despatch_id, number in taken]
        raise DespatchAlreadyInvoiced(
            f"Faturası var: {', '.join(pairs[:10])}.", f"Invoiced already: {', '.join(pairs[:10])}.",
            invoiced=sorted(numbers[despatch_id] for despatch_id, _ in taken),
        )  # fmt: skip


def _line(line: etree._Element, number: str) -> dict[str, Any]:
    quantity = line.find(tag("cbc:DeliveredQuantity"))
    item = line.find(tag("cac:Item"))
    made: dict[str, Any] = {"note": f"İrsaliye {number}"}
    if quantity is not None:
        made |= {"quantity": (quantity.text or "").strip(), "unit": quantity.get("unitCode", "C62")}
    if item is None:
        return made
    made["name"] = (item.findtext(tag("cbc:Name")) or "").strip()
    for field, path in (
        ("description", "cbc:Description"),
        ("seller_code", "cac:SellersItemIdentification/cbc:ID"),
        ("buyer_code", "cac:BuyersItemIdentification/cbc:ID"),
    ):
        value = (item.findtext("/".join(map(tag, path.split("/")))) or "").strip()
        made |= {field: value} if value else {}
    identifiers = [
        {"scheme": one.get("schemeID"), "value": (one.text or "").strip()}
        for one in item.iterfind(f"{tag('cac:AdditionalItemIdentification')}/{tag('cbc:ID')}")
    ]
    return made | ({"identifiers": identifiers} if identifiers else {})


def _no_price(name: str) -> Finding:
    return Finding(
        "EB-DESPATCH-PRICE",
        f"İrsaliyedeki '{name}' için fiyat verilmemiş.",
        f"There is no price for '{name}' of the despatch.",
        "prices listesine item (satıcı kodu ya da ad), unit_price ve kdv_rate ekleyin.",
        "Add item (the seller's code or the name), unit_price and kdv_rate to prices.",
        path="prices",
    )
