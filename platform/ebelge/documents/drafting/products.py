"""Products: goods and services that are sold often, with unit, price and KDV, found by code or name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, NotFound
from ebelge.core.folding import fold
from ebelge.core.ids import new_id
from ebelge.documents.drafting.book import ENTRIES_MAX, Book
from ebelge.documents.drafting.models import Product
from ebelge.ubl import codes
from tenants.fields import Checks

_PRICE_MAX: Final = Decimal(10) ** 12
_GTIP: Final = re.compile(r"[0-9]{12}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


class ProductExists(Conflict):
    """The code is another product's."""

    code = "product_exists"
    title_tr, title_en = "Bu ürün kodu kullanımda", "The product code is in use"
    advice_tr = "Hiçbir şey kaydedilmedi. Başka bir kod yazın ya da var olan ürünü değiştirin."
    advice_en = "Nothing was stored. Write another code, or change the product that is there."


class TooManyProducts(Conflict):
    """There are as many products as there can be."""

    code = "too_many_products"
    title_tr, title_en = "Ürün sayısı sınırına ulaşıldı", "There can be no more products"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductData:
    """A product as people fill it in; figures are decimal strings with a point."""

    name: str
    code: str = ""
    unit: str = "C62"
    unit_price: str = "0"
    currency: str = "TRY"
    kdv_rate: str = "20"
    gtip: str | None = None
    withholding_code: str | None = None
    exemption_code: str | None = None


def get(session: Session, *, tenant_id: UUID, product_id: UUID) -> Product:
    """A product. :raises NotFound: there is none."""
    row = session.get(Product, (tenant_id, product_id))
    if row is None:
        raise NotFound("Ürün bulunamadı.", "There is no such product.")
    return row


def listed(
    session: Session, *, tenant_id: UUID, wanted: str = "", after: tuple[str, UUID] | None = None, limit: int = 50
) -> Sequence[Product]:
    """Products by name; `wanted`: words of name or code, without Turkish dots."""
    return session.scalars(page_statement(tenant_id, wanted, after).limit(limit)).all()


def page_statement(tenant_id: UUID, wanted: str, after: tuple[str, UUID] | None) -> Select[Product]:
    """The statement of `listed`, without its limit."""
    found = select(Product).where(Product.tenant_id == tenant_id)
    for word in fold(wanted).split():
        here = Product.folded_name.contains(word, autoescape=True)
        found = found.where(or_(here, func.upper(Product.code).contains(word, autoescape=True)))
    return BOOK.begun(found, after)


def named(session: Session, *, tenant_id: UUID, names: Sequence[str]) -> Mapping[str, Product]:
    """The products that these names or codes mean, by the folded text; one statement for all."""
    wanted = {name: fold(name) for name in names if fold(name)}
    if not wanted:
        return {}
    by_code = [name.strip() for name in wanted]
    found = select(Product).where(
        Product.tenant_id == tenant_id,
        or_(Product.folded_name.in_(set(wanted.values())), and_(Product.code != "", Product.code.in_(by_code))),
    )
    rows = session.scalars(found.limit(len(wanted) * 2)).all()
    by_name = {row.folded_name: row for row in rows}
    return by_name | {fold(row.code): row for row in rows if row.code}


def add(session: Session, *, tenant_id: UUID, data: ProductData, by: str, at: datetime, alone: bool = True) -> Product:
    """Enter a product; not `alone`: one of a file, which is counted and noted as a whole.

    :raises InvalidFields: 422. :raises ProductExists, TooManyProducts: 409.
    """
    clean = checked(data)
    if alone and BOOK.is_full(session, tenant_id=tenant_id):
        raise TooManyProducts(f"En çok {ENTRIES_MAX} ürün.", f"At most {ENTRIES_MAX} products.")
    row = Product(tenant_id=tenant_id, product_id=new_id(), created_at=at, changed_at=at, **clean)
    BOOK.store(session, row)
    if alone:
        BOOK.note(session, row, BOOK.added, {}, by=by, at=at)
    return row


def change(session: Session, *, tenant_id: UUID, product_id: UUID, data: ProductData, by: str, at: datetime) -> Product:
    """Change a product. :raises NotFound: 404. :raises InvalidFields: 422. :raises ProductExists: 409."""
    row = get(session, tenant_id=tenant_id, product_id=product_id)
    BOOK.alter(session, row, checked(data), by=by, at=at)
    return row


def delete_one(session: Session, *, tenant_id: UUID, product_id: UUID, by: str, at: datetime) -> None:
    """Take a product away. Documents keep what they say. :raises NotFound: there is none."""
    BOOK.take_out(session, get(session, tenant_id=tenant_id, product_id=product_id), by=by, at=at)


def checked(data: ProductData) -> dict[str, Any]:
    """The columns of a product. :raises InvalidFields: one or more fields are wrong."""
    check = Checks()
    name = check.text("name", data.name, longest=300, needed=True) or ""
    unit = codes.unit_code(data.unit)
    if unit is None:
        check.refuse("unit", "Ölçü birimini listeden seçin.", "Choose the unit from the list.")
    price = _figure(check, "unit_price", data.unit_price, most=_PRICE_MAX, places=8)
    rate = _figure(check, "kdv_rate", data.kdv_rate, most=Decimal(100), places=4)
    currency = data.currency.strip() or "TRY"
    if not _CURRENCY.fullmatch(currency):
        check.refuse("currency", "Üç harfli para birimi yazın: TRY.", "Write a currency of three letters: TRY.")
    gtip = "".join((data.gtip or "").replace(".", "").split()) or None
    if gtip is not None and not _GTIP.fullmatch(gtip):
        check.refuse("gtip", "GTİP 12 rakamdır.", "A GTİP has 12 digits.")
    held = (data.withholding_code or "").strip() or None
    if held is not None and not codes.withholding_percents(held):
        check.refuse(
            "withholding_code", "Tevkifat kodunu listeden seçin.", "Choose the withholding code from the list."
        )
    exempt = (data.exemption_code or "").strip() or None
    if exempt is not None and codes.exemption_group(exempt) is None:
        check.refuse("exemption_code", "İstisna kodunu listeden seçin.", "Choose the exemption code from the list.")
    code = check.text("code", data.code, longest=50) or ""
    check.done()
    return {
        "code": code, "name": name, "folded_name": fold(name), "unit": unit, "unit_price": price, "currency": currency,
        "kdv_rate": rate, "gtip": gtip, "withholding_code": held, "exemption_code": exempt,
    }  # fmt: skip


def _figure(check: Checks, field: str, said: str, *, most: Decimal, places: int) -> Decimal:
    try:
        figure = Decimal(said.strip() or "0")
    except InvalidOperation:
        figure = Decimal(-1)
    exponent = figure.as_tuple().exponent
    if not figure.is_finite() or not 0 <= figure <= most or (isinstance(exponent, int) and exponent < -places):
        check.refuse(field, "0 ya da artı bir sayı yazın: 1.234,56.", "Write a number, 0 or more: 1.234,56.")
        return Decimal(0)
    return figure


def _noted(row: Product) -> dict[str, object]:
    return {"code": row.code, "name": row.name, "percent": f"{row.kdv_rate:f}", "currency": row.currency}


BOOK: Final = Book(
    "product", Product, Product.product_id, Product.folded_name, ProductExists, _noted,
    added="product.added", changed="product.changed", deleted="product.deleted",
)  # fmt: skip
