"""The columns of each form of sheet: what they are called, how a cell is read, and where in the draft it goes.

A row is a line. Rows with the same reference are one document; without that column each row is a document. What is of
the document (`line` False) may stand in its first row only, or in all its rows alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from ebelge.bulk import cells
from ebelge.core.cells import Column, currency, email, text
from ebelge.core.workbooks import Cell
from ebelge.ubl.types import DocumentKind

Form = Literal["invoices", "despatches", "producer_receipts"]
REFERENCE: Final = "reference"


@dataclass(frozen=True, slots=True)
class BulkColumn:
    """A column, the place in the draft that it fills (empty: none), and other names under which ERPs export it."""

    column: Column
    target: str
    line: bool
    also: tuple[str, ...]

    @property
    def field(self) -> str:
        """The name of its field, as mappings name it."""
        return self.column.field


def _column(
    field: str, names: tuple[str, str], read: Callable[[Cell], Any], target: str, *also: str,
    line: bool = False, required: bool = False,
) -> BulkColumn:  # fmt: skip
    return BulkColumn(Column(field, *names, read, required), target, line, also)


def _party(at: str, who: tuple[str, str]) -> tuple[BulkColumn, ...]:
    tr, en = who

    def one(field: str, word: tuple[str, str], read: Callable[[Cell], Any], *also: str, required: bool = False):  # type: ignore[no-untyped-def]  # returns what _column does, used here only
        names = (f"{tr} {word[0]}", f"{en} {word[1]}")
        return _column(f"{at}_{field}", names, read, f"{at}.{field}", *also, required=required)

    return (
        one("vkn_tckn", ("VKN/TCKN", "VKN/TCKN"), cells.vkn_tckn, "VKN", "TCKN", "VKN TCKN", "Vergi No",
            "Vergi Numarası", "Vergi Kimlik No", "TC Kimlik No", "Vergi TC No", "Vergi No TC Kimlik No", "TCKN VKN",
            "Tax Number", required=True),
        one("name", ("unvanı", "title"), text, "Unvan", "Unvanı", "Cari Unvan", "Cari Unvanı", "Cari Adı", "Cari",
            "Firma", "Firma Adı", "Firma Unvanı", "Müşteri", "Müşteri Adı", "Müşteri Unvanı", "Title"),
        one("first_name", ("adı", "first name"), text, "Ad", "Adı", "İsim", "First name"),
        one("family_name", ("soyadı", "family name"), text, "Soyad", "Soyadı", "Family name", "Surname"),
        one("tax_office", ("vergi dairesi", "tax office"), text, "Vergi Dairesi", "VD", "V D", "Tax office"),
        one("street", ("adresi", "address"), text, "Adres", "Cadde Sokak", "Address"),
        one("district", ("ilçesi", "district"), text, "İlçe", "Semt", "District"),
        one("city", ("ili", "city"), text, "İl", "Şehir", "City"),
        one("postal_zone", ("posta kodu", "postal code"), text, "Posta Kodu", "PK", "Postal code"),
        one("country", ("ülkesi", "country"), text, "Ülke", "Country"),
        one("email", ("e-postası", "e-mail"), email, "E-posta", "Eposta", "E-mail", "Email", "Mail"),
        one("phone", ("telefonu", "phone"), text, "Telefon", "Tel", "Phone"),
    )  # fmt: skip


_HEAD: Final = (
    _column(REFERENCE, ("Belge referansı", "Document reference"), text, "", "Referans", "Fiş No", "Evrak No",
            "Belge No", "Sıra No", "Grup", "Reference"),
    _column("series", ("Seri", "Series"), cells.code, "series", "Ön ek"),
    _column("number", ("Belge numarası", "Document number"), cells.code, "number", "Fatura No", "Fatura Numarası"),
    _column("issue_date", ("Düzenleme tarihi", "Issue date"), cells.iso_day, "issue_date", "Tarih", "Fatura Tarihi",
            "Belge Tarihi", "Date"),
)  # fmt: skip
_ORDER: Final = (
    _column("order_number", ("Sipariş no", "Order number"), text, "order.number"),
    _column("order_date", ("Sipariş tarihi", "Order date"), cells.iso_day, "order.date"),
)
_NOTE: Final = _column("note", ("Not", "Note"), cells.long_text, "notes", "Açıklama", "Notlar", "Fatura Notu")
_GOODS: Final = (
    _column("name", ("Mal/hizmet", "Goods or service"), text, "name", "Ürün", "Ürün Adı", "Mal Hizmet", "Stok Adı",
            "Hizmet", "Mal Hizmet Adı", "Stok İsmi", "Malzeme Adı", "Malın Cinsi", "Item", line=True, required=True),
    _column("quantity", ("Miktar", "Quantity"), cells.decimal, "quantity", "Miktarı", "Adet", "Mik", line=True,
            required=True),
    _column("unit", ("Birim", "Unit"), cells.unit, "unit", "Ölçü Birimi", "Br", line=True),
)  # fmt: skip
_PRICE: Final = _column(
    "unit_price", ("Birim fiyat", "Unit price"), cells.decimal, "unit_price", "Fiyat", "Birim Fiyatı", "Price",
    line=True, required=True,
)  # fmt: skip
_LINE_TEXTS: Final = (
    _column("description", ("Satır açıklaması", "Line description"), cells.long_text, "description", line=True),
    _column("seller_code", ("Ürün kodu", "Product code"), text, "seller_code", "Stok Kodu", "SKU", line=True),
    _column("buyer_code", ("Alıcının ürün kodu", "Buyer's product code"), text, "buyer_code", line=True),
)

COLUMNS: Final[dict[Form, tuple[BulkColumn, ...]]] = {
    "invoices": (
        *_HEAD,
        _column("kind", ("Belge türü", "Kind"), cells.kind, "kind", "Tür"),
        _column("profile", ("Senaryo", "Scenario"), cells.code, "profile", "Profil", "Fatura Senaryosu"),
        _column("type_code", ("Fatura tipi", "Invoice type"), cells.code, "type_code", "Tip"),
        *_party("buyer", ("Alıcı", "Buyer")),
        _column("receiver_alias", ("Alıcı etiketi", "Buyer's alias"), cells.alias, "", "Posta Kutusu", "Etiket"),
        *_GOODS,
        _PRICE,
        _column("discount", ("İskonto %", "Discount %"), cells.percent, "discounts", "İndirim %", "İskonto", line=True),
        _column("kdv_rate", ("KDV %", "VAT %"), cells.percent, "kdv_rate", "KDV", "KDV Oranı", "VAT", line=True,
                required=True),
        _column("exemption_code", ("İstisna kodu", "Exemption code"), cells.code, "exemption_code", "Muafiyet Kodu",
                line=True),
        _column("withholding_code", ("Tevkifat kodu", "Withholding code"), cells.code, "withholding_code", line=True),
        *_LINE_TEXTS,
        _column("currency", ("Para birimi", "Currency"), currency, "currency", "Döviz", "PB"),
        _column("exchange_rate", ("Kur", "Exchange rate"), cells.decimal, "exchange_rate", "Döviz Kuru"),
        _column("due_date", ("Vade", "Due date"), cells.iso_day, "payment.due_date", "Vade Tarihi"),
        _column("iban", ("IBAN", "IBAN"), text, "payment.iban"),
        *_ORDER,
        _column("despatch_number", ("İrsaliye no", "Despatch number"), text, "despatches.number"),
        _column("despatch_date", ("İrsaliye tarihi", "Despatch date"), cells.iso_day, "despatches.date"),
        _column("returned_number", ("İade edilen fatura no", "Returned invoice"), text, "returned_invoices.number"),
        _column("returned_date", ("İade edilen fatura tarihi", "Its date"), cells.iso_day, "returned_invoices.date"),
        _NOTE,
    ),
    "despatches": (
        *_HEAD,
        *_party("buyer", ("Alıcı", "Buyer")),
        *_GOODS,
        *_LINE_TEXTS,
        _column("to_street", ("Teslim adresi", "Delivery address"), text, "delivery_address.street"),
        _column("to_district", ("Teslim ilçesi", "Delivery district"), text, "delivery_address.district",
                required=True),
        _column("to_city", ("Teslim ili", "Delivery city"), text, "delivery_address.city", required=True),
        _column("to_zone", ("Teslim posta kodu", "Delivery postal code"), cells.zone, "delivery_address.postal_zone",
                required=True),
        _column("despatch_date", ("Sevk tarihi", "Despatch date"), cells.iso_day, "despatch_date"),
        _column("despatch_time", ("Sevk saati", "Despatch time"), cells.clock, "despatch_time"),
        _column("driver_first_name", ("Şoför adı", "Driver's first name"), text, "drivers.first_name"),
        _column("driver_family_name", ("Şoför soyadı", "Driver's family name"), text, "drivers.family_name"),
        _column("driver_tckn", ("Şoför TCKN", "Driver's TCKN"), cells.vkn_tckn, "drivers.tckn"),
        _column("plate", ("Plaka", "Plate"), cells.plate, "plate", "Araç Plakası"),
        _column("trailer_plate", ("Dorse plakası", "Trailer's plate"), cells.plate, "trailer_plates"),
        *_ORDER,
        _NOTE,
    ),
    "producer_receipts": (
        *_HEAD,
        *_party("farmer", ("Müstahsil", "Farmer")),
        *_GOODS,
        _PRICE,
        _column("description", ("Satır açıklaması", "Line description"), cells.long_text, "description", line=True),
        _column("stopaj", ("Stopaj %", "Income tax %"), cells.small_percent, "deductions.0003"),
        _column("tescil", ("Borsa tescil %", "Exchange fee %"), cells.small_percent, "deductions.8001"),
        _column("mera", ("Mera fonu %", "Pasture fund %"), cells.small_percent, "deductions.9040"),
        _column("sgk", ("SGK prim %", "Social security %"), cells.small_percent, "deductions.SGK_PRIM"),
        _NOTE,
    ),
}  # fmt: skip
# What a draft of the form is.
KINDS: Final[dict[Form, DocumentKind | None]] = {
    "invoices": None,
    "despatches": DocumentKind.EIRSALIYE,
    "producer_receipts": DocumentKind.EMM,
}
FORM_NAMES: Final[dict[str, tuple[str, str]]] = {
    "zip": ("ZIP (UBL-TR XML)", "ZIP (UBL-TR XML)"),
    "invoices": ("e-Fatura ve e-Arşiv", "e-Fatura and e-Arşiv"),
    "despatches": ("e-İrsaliye", "e-İrsaliye"),
    "producer_receipts": ("e-Müstahsil Makbuzu", "e-Müstahsil Makbuzu"),
}
