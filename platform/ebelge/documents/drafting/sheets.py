"""Contacts and products as sheets: taken in whole or not at all, and given out as they can be taken in again."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core import cells
from ebelge.core.cells import BadCell, Column, plain
from ebelge.core.errors import DomainError
from ebelge.core.findings import Finding
from ebelge.core.sheet_rows import Row, read_rows, template
from ebelge.core.sheets import Table
from ebelge.core.workbooks import Cell, Sheet, WorkbookUnreadable, old_or_sealed, read_workbook
from ebelge.documents.drafting import contacts, products
from ebelge.documents.drafting.contacts import ContactData
from ebelge.documents.drafting.models import Contact, Product
from ebelge.documents.drafting.products import ProductData
from ebelge.ubl import codes
from tenants.audit.deeds import deed
from tenants.fields import InvalidFields

ROWS_MAX: Final = 5000
BYTES_MAX: Final = 5 * 1024 * 1024
FINDINGS_MAX: Final = 50
What = Literal["contacts", "products"]


class SheetRefused(DomainError):
    """The sheet cannot be taken in; nothing of it was."""

    code, http_status = "sheet_refused", 422
    title_tr, title_en = "Dosya alınmadı", "The file was not taken"
    advice_tr = "Hiçbir şey kaydedilmedi. Dosyayı düzeltip yeniden yükleyin."
    advice_en = "Nothing was stored. Correct the file and upload it again."


def _number(cell: Cell) -> str:
    return f"{cells.number(plain(cell).strip('% ') if isinstance(cell, str) else cell):f}"


def _unit(cell: Cell) -> str:
    found = codes.unit_code(plain(cell))
    if found is None:
        raise BadCell("bilinen bir ölçü birimi değil", "is no known unit")
    return found


def _column(field: str, tr: str, en: str) -> Column:
    return Column(field, tr, en, cells.text, required=False)


COLUMNS: Final[dict[What, tuple[Column, ...]]] = {
    "contacts": (
        Column("vkn_tckn", "VKN/TCKN", "Tax number", cells.tax_number),
        Column("title", "Unvan", "Title", cells.text),
        _column("first_name", "Ad", "First name"),
        _column("family_name", "Soyad", "Family name"),
        _column("tax_office", "Vergi dairesi", "Tax office"),
        _column("street", "Adres", "Street"),
        _column("building_number", "Bina no", "Building number"),
        _column("district", "İlçe", "District"),
        _column("city", "İl", "City"),
        _column("postal_zone", "Posta kodu", "Postal code"),
        _column("country", "Ülke", "Country"),
        Column("email", "E-posta", "E-mail", cells.email, required=False),
        _column("phone", "Telefon", "Phone"),
        _column("alias", "Posta kutusu", "Mailbox"),
        _column("note", "Not", "Note"),
    ),
    "products": (
        _column("code", "Kod", "Code"),
        Column("name", "Ad", "Name", cells.text),
        Column("unit", "Birim", "Unit", _unit, required=False),
        Column("unit_price", "Birim fiyat", "Unit price", _number, required=False),
        Column("currency", "Para birimi", "Currency", cells.currency, required=False),
        Column("kdv_rate", "KDV oranı", "KDV rate", _number, required=False),
        _column("gtip", "GTİP", "GTIP"),
        _column("withholding_code", "Tevkifat kodu", "Withholding code"),
        _column("exemption_code", "İstisna kodu", "Exemption code"),
    ),
}


def take_in(session: Session, *, tenant_id: UUID, what: What, name: str, data: bytes, by: str, at: datetime) -> int:
    """Enter the rows of an XLSX or CSV; who or what is there already (by number, code, name) gets the file's words.

    Returns how many rows. :raises SheetRefused: with a finding for each wrong cell.
    """
    rows, findings = read_rows(_sheet(name, data), COLUMNS[what])
    if findings or not rows:
        raise _refused(findings)
    enter = _contact if what == "contacts" else _product
    wrong: list[Finding] = []
    for row in rows:
        try:
            enter(session, tenant_id, {key: value for key, value in row.fields.items() if value is not None}, by, at)
        except InvalidFields as error:
            wrong += _told(row, what, error)
        except DomainError as error:
            words = (f"satır {row.number}: {error.title_tr}", f"row {row.number}: {error.title_en}")
            wrong.append(Finding("sheet.row", *words, line=row.number))
    if wrong:
        raise _refused(wrong)
    action, noun = ("contact.imported", "contact") if what == "contacts" else ("product.imported", "product")
    deed(
        session, tenant_id=tenant_id, action=action, object_kind=noun, object_id="",
        after={"rows": len(rows), "file": name[:100]}, by=by, at=at,
    )  # fmt: skip
    return len(rows)


def _refused(findings: Sequence[Finding]) -> SheetRefused:
    count = len(findings)
    return SheetRefused(
        f"{count} hata bulundu." if count else "Dosyada satır yok.",
        f"{count} faults were found." if count else "There is no row in the file.",
        findings=findings[:FINDINGS_MAX],
    )


def table(session: Session, *, tenant_id: UUID, what: What, turkish: bool) -> Table:
    """All of them under the headings that `take_in` knows."""
    columns = COLUMNS[what]
    head = [heading.removesuffix(" *") for heading in template(columns, turkish=turkish)]
    model = Contact if what == "contacts" else Product
    order = Contact.folded_title if what == "contacts" else Product.folded_name
    rows = session.scalars(select(model).where(model.tenant_id == tenant_id).order_by(order))
    return [head, *([_cell(getattr(row, column.field)) for column in columns] for row in rows)]


def _cell(value: object) -> str | None:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}".replace(".", ",")
    return None if value is None else str(value)


def _contact(session: Session, tenant_id: UUID, fields: dict[str, str], by: str, at: datetime) -> None:
    data = ContactData(**fields)
    there = contacts.of_number(session, tenant_id=tenant_id, vkn_tckn=data.vkn_tckn)
    if there is None:
        contacts.add(session, tenant_id=tenant_id, data=data, by=by, at=at, alone=False)
    else:
        contacts.change(session, tenant_id=tenant_id, contact_id=there.contact_id, data=data, by=by, at=at)


def _product(session: Session, tenant_id: UUID, fields: dict[str, str], by: str, at: datetime) -> None:
    data = ProductData(**fields)
    found = products.named(session, tenant_id=tenant_id, names=[data.code or data.name])
    there = next(iter(found.values()), None)
    if there is None or (data.code and there.code != data.code):
        products.add(session, tenant_id=tenant_id, data=data, by=by, at=at, alone=False)
    else:
        products.change(session, tenant_id=tenant_id, product_id=there.product_id, data=data, by=by, at=at)


def _told(row: Row, what: What, error: InvalidFields) -> list[Finding]:
    names = {column.field: column for column in COLUMNS[what]}
    return [
        Finding(
            f"sheet.{field}",
            f"satır {row.number}, {names[field].name_tr if field in names else field}: {tr}",
            f"row {row.number}, {names[field].name_en if field in names else field}: {en}",
            line=row.number,
        )
        for field, (tr, en) in error.wrong.items()
    ]


def _sheet(name: str, data: bytes) -> Sheet:
    """The first sheet of a workbook, or a CSV with `;`, `,` or tabs. :raises SheetRefused: neither, or too long."""
    if (told := old_or_sealed(data)) is not None:
        raise SheetRefused(*told)
    if data.startswith(b"PK"):
        try:
            sheets = read_workbook(data, rows_max=ROWS_MAX + 20, inert=True)
        except WorkbookUnreadable as error:
            raise SheetRefused(
                f"Excel dosyası okunamadı: {error.tr}. En çok {ROWS_MAX} satır alınır.",
                f"The Excel file cannot be read: {error}. At most {ROWS_MAX} rows are taken.",
            ) from error
        found = next((sheet for sheet in sheets if sheet.rows), None)
        if found is None:
            raise SheetRefused("Dosyada satır yok.", "There is no row in the file.")
        return found
    return Sheet(name[:40], _csv(data))


def _csv(data: bytes) -> list[list[Cell]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1254", errors="replace")
    first = text.partition("\n")[0]
    delimiter = max(";\t,", key=first.count)
    try:
        rows: list[Sequence[str]] = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise SheetRefused("CSV okunamadı.", "The CSV cannot be read.") from error
    if len(rows) > ROWS_MAX + 20 or not any(rows):
        raise SheetRefused(f"En çok {ROWS_MAX} satır, en az bir satır.", f"1 to {ROWS_MAX} rows.")
    return [[cell.removeprefix("'") or None for cell in row] for row in rows]
