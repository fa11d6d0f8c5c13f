"""The sheet of customers that a reseller fills in: its columns, its template, and every row read or explained."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stdnum.tr import tckimlik

from ebelge.core import cells
from ebelge.core.cells import BadCell, Column
from ebelge.core.errors import DomainError
from ebelge.core.findings import Finding
from ebelge.core.sheet_rows import read_rows, template, texts
from ebelge.core.sheets import Table, xlsx_bytes
from ebelge.core.workbooks import Cell, Sheet, TooManyRows, WorkbookUnreadable, read_workbook
from tenants.accounts import Identity, InvalidIdentity, check_identity
from tenants.people.persons import InvalidPerson, plain_email
from tenants.services import SERVICES

ROWS_MAX = 500
BYTES_MAX = 2 * 1024 * 1024
# A header and what people write above it come on top of the rows.
_SHEET_ROWS_MAX = ROWS_MAX + 20
_LIKE_A_FORMULA = ("=", "+", "-", "@")
TITLE_TR, TITLE_EN = "Müşteriler", "Customers"


class SheetRefused(DomainError):
    """The file is no workbook that we read; nothing of it was kept."""

    code, http_status = "sheet_refused", 422
    title_tr, title_en = "Dosya okunamadı", "The file cannot be read"
    advice_tr = "Hiçbir müşteri eklenmedi. Şablonu indirip doldurun ve .xlsx olarak kaydedin."
    advice_en = "No customer was added. Take the template, fill it in and save it as .xlsx."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """A customer as its reseller enters it, and the owner who is invited."""

    identity: Identity
    owner_email: str
    language: str = "tr"
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row: what stands in it, what is wrong with it, and (if nothing) the customer it names."""

    number: int
    cells: dict[str, str]
    findings: tuple[Finding, ...]
    customer: NewCustomer | None


def text(cell: Cell) -> str:
    """A text that no spreadsheet takes for a formula when it is exported again."""
    found = cells.text(cell)
    if found.startswith(_LIKE_A_FORMULA):
        raise BadCell("formül gibi başlayamaz", "must not begin like a formula")
    return found


def phone(cell: Cell) -> str:
    """Digits, blanks, brackets; a plus first if any."""
    found = cells.plain(cell)
    if not set(found.removeprefix("+")) <= set("0123456789 ()-/") or not 7 <= len(found) <= 30:
        raise BadCell("bir telefon numarası değil", "is no telephone number")
    return found


def address(cell: Cell) -> str:
    """An address as people sign in with it."""
    try:
        return plain_email(cells.plain(cell))
    except InvalidPerson as error:
        raise BadCell("bir e-posta adresi değil", "is no e-mail address") from error


_SERVICE = cells.choice(dict[str, tuple[str, ...]](SERVICES))
COLUMNS: tuple[Column, ...] = (
    Column("vkn_tckn", "VKN/TCKN", "VKN/TCKN", cells.tax_number),
    Column("title", "Unvan", "Title", text, required=False),
    Column("first_name", "Ad", "First name", text, required=False),
    Column("family_name", "Soyad", "Family name", text, required=False),
    Column("tax_office", "Vergi dairesi", "Tax office", text, required=False),
    Column("street", "Adres", "Address", text, required=False),
    Column("district", "İlçe", "District", text),
    Column("city", "İl", "City", text),
    Column("postal_zone", "Posta kodu", "Postal code", text, required=False),
    Column("phone", "Telefon", "Telephone", phone, required=False),
    Column("email", "Şirket e-postası", "Company e-mail", cells.email, required=False),
    Column("owner_email", "Yetkili e-postası", "Owner e-mail", address),
    Column("language", "Dil", "Language", cells.choice({"tr": ("Türkçe",), "en": ("İngilizce", "English")}),
           required=False),
    Column("services", "Hizmetler", "Services", cells.several(_SERVICE), required=False),
)  # fmt: skip
_MENDS: dict[str, tuple[str, str]] = {
    "vkn_tckn": (
        "Numarayı vergi levhasından alın; hücreyi metin olarak biçimlendirin ki baştaki sıfır kalsın.",
        "Take the number from the tax plate; format the cell as text so that a leading zero stays.",
    ),
    "title": ("Şirketin tam unvanını yazın.", "Write the company's full title."),
    "first_name": ("TCKN ile kayıtta ad ve soyad yazın.", "With a TCKN write first and family name."),
    "owner_email": (
        "Hesabı kullanacak yetkilinin adresini yazın; davet ona gider.",
        "Write the address of the owner who will use the account; the invitation goes there.",
    ),
    "services": (
        "Kodları virgülle ayırarak yazın ya da hücreyi boş bırakın.",
        "Write the codes with commas between, or leave the cell empty.",
    ),
    "language": ("tr ya da en yazın ya da boş bırakın.", "Write tr or en, or leave it empty."),
}
MEND = ("Hücreyi düzeltip dosyayı yeniden yükleyin.", "Mend the cell and upload the file again.")


def template_xlsx(*, turkish: bool) -> bytes:
    """An empty sheet: how a row is filled in (an invented company) above the headings, where nobody reads it as one."""
    example: dict[str, str] = {
        "vkn_tckn": "1234567890", "title": "Örnek Ltd. Şti.", "tax_office": "Çankaya", "street": "Atatürk Cad. 1",
        "district": "Çankaya", "city": "Ankara", "postal_zone": "06000", "phone": "0312 000 00 00",
        "owner_email": "yetkili@ornek.example", "language": "tr", "services": "efatura, earsiv",
    }  # fmt: skip
    title, how = (TITLE_TR, "Örnek satır:") if turkish else (TITLE_EN, "An example row:")
    rows: Table = [[how], [example.get(one.field) for one in COLUMNS], template(COLUMNS, turkish=turkish)]
    return xlsx_bytes(rows, title=title)


def read(data: bytes) -> list[SheetRow]:
    """Every row of the workbook's first sheet, in its order.

    :raises SheetRefused: too large, no workbook, macros or links inside, no header, no rows, or too many.
    """
    if len(data) > BYTES_MAX:
        raise SheetRefused(f"Dosya {BYTES_MAX // 1024 // 1024} MB'tan büyük.", "The file is too large.")
    try:
        sheets = read_workbook(data, rows_max=_SHEET_ROWS_MAX, inert=True)
    except TooManyRows as error:
        raise _too_many() from error
    except WorkbookUnreadable as error:
        raise SheetRefused(
            f"Dosya bir Excel çalışma kitabı olarak okunamadı: {error.tr}.", f"Not a workbook that we read: {error}."
        ) from error
    if not sheets:
        raise SheetRefused("Çalışma kitabında sayfa yok.", "The workbook has no sheet.")
    return rows_of(sheets[0])


def rows_of(sheet: Sheet) -> list[SheetRow]:
    """The rows of a sheet. :raises SheetRefused: without header or rows, or with too many."""
    good, findings = read_rows(sheet, COLUMNS)
    header = [one for one in findings if one.rule == "sheet.header"]
    if header:
        raise SheetRefused(header[0].message_tr, header[0].message_en)
    written = texts(sheet, COLUMNS)
    if not written:
        raise SheetRefused("Başlığın altında dolu satır yok.", "There is no filled row below the heading.")
    if len(written) > ROWS_MAX:
        raise _too_many()
    wrong: dict[int, list[Finding]] = {}
    for one in findings:
        wrong.setdefault(one.line or 0, []).append(_mended(one))
    fields = {row.number: row.fields for row in good}
    found = []
    for number, shown in written:
        told, customer = wrong.get(number, []), None
        if not told:
            customer, told = _customer(sheet.title, number, fields[number], shown)
        found.append(SheetRow(number, shown, tuple(told), customer))
    return _once_each(sheet.title, found)


def wrong(sheet: str, number: int, field: str, value: str, tr: str, en: str) -> Finding:
    """What is wrong with a cell of a row, as the sheet's reader tells it."""
    column = next(one for one in COLUMNS if one.field == field)
    return _mended(
        Finding(
            rule=f"sheet.{field}",
            message_tr=f"{sheet}, satır {number}: {column.name_tr} {tr} ('{value}').",
            message_en=f"{sheet}, row {number}: {column.name_en} {en} ('{value}').",
            line=number,
            path=f"{sheet}!{column.name_tr}",
        )
    )


def _customer(title: str, number: int, fields: Any, shown: dict[str, str]) -> tuple[NewCustomer | None, list[Finding]]:
    person = tckimlik.is_valid(fields["vkn_tckn"])
    names = (fields["first_name"], fields["family_name"])
    if person and not all(names):
        return None, [wrong(title, number, "first_name", shown["first_name"], "TCKN ile gerekir", "is needed (TCKN)")]
    if not person and not fields["title"]:
        return None, [wrong(title, number, "title", "", "VKN ile gerekir", "is needed with a VKN")]
    identity = Identity(
        vkn_tckn=fields["vkn_tckn"],
        title=fields["title"] or " ".join(names),
        first_name=names[0] if person else None,
        family_name=names[1] if person else None,
        **{name: fields[name] for name in ("tax_office", "street", "district", "city", "postal_zone", "phone")},
        email=fields["email"] or fields["owner_email"],
    )
    try:
        check_identity(identity)
    except InvalidIdentity as error:
        shown_value = shown["vkn_tckn"]
        return None, [wrong(title, number, "vkn_tckn", shown_value, error.detail_tr, error.detail_en)]
    customer = NewCustomer(
        identity=identity,
        owner_email=fields["owner_email"],
        language=fields["language"] or "tr",
        services=fields["services"] or (),
    )
    return customer, []


def _once_each(title: str, rows: Sequence[SheetRow]) -> list[SheetRow]:
    """A taxpayer that stands in the sheet twice is wrong from the second time on."""
    seen: dict[str, int] = {}
    found = []
    for row in rows:
        if row.customer is not None:
            vkn = row.customer.identity.vkn_tckn
            if vkn in seen:
                told = wrong(
                    title, row.number, "vkn_tckn", vkn, f"{seen[vkn]}. satırda da var", f"stands in row {seen[vkn]} too"
                )
                row = SheetRow(row.number, row.cells, (told,), None)
            else:
                seen[vkn] = row.number
        found.append(row)
    return found


def _mended(finding: Finding) -> Finding:
    tr, en = _MENDS.get(finding.rule.removeprefix("sheet."), MEND)
    return Finding(
        rule=finding.rule,
        message_tr=finding.message_tr,
        message_en=finding.message_en,
        mend_tr=finding.mend_tr or tr,
        mend_en=finding.mend_en or en,
        line=finding.line,
        path=finding.path,
    )


def _too_many() -> SheetRefused:
    return SheetRefused(
        f"Bir dosyada en çok {ROWS_MAX} müşteri olabilir; dosyayı bölün.",
        f"A file may name at most {ROWS_MAX} customers; split it.",
    )
