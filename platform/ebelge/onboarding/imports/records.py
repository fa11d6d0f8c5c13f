"""What an import workbook holds, sheet by sheet: its columns and the record that a row becomes."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from ebelge.core import cells
from ebelge.core.cells import Column
from tenants.rights import ROLE_NAMES

_KIND = cells.choice(
    {
        "efatura": ("e-Fatura",),
        "earsiv": ("e-Arşiv", "e-Arşiv Fatura"),
        "eirsaliye": ("e-İrsaliye",),
        "emm": ("e-Müstahsil", "e-Müstahsil Makbuzu"),
    }
)
_OWNER = cells.choice({"ours": ("Ebelge", "bizim"), "erp": ("ERP", "müşteri")})
_ROLE = cells.choice({str(role): names for role, names in ROLE_NAMES.items()})
_ACCOUNT = Column("account", "Hesap VKN/TCKN", "Account tax number", cells.tax_number)


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account to open."""

    row: int
    vkn_tckn: str
    title: str
    first_name: str | None
    family_name: str | None
    tax_office: str | None
    street: str | None
    district: str
    city: str
    postal_zone: str | None
    email: str | None
    phone: str | None
    reseller: str | None
    services: tuple[str, ...] | None
    sender_alias: str | None


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """Somebody to invite into an account."""

    row: int
    account: str
    full_name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """A series and how far it has counted elsewhere."""

    row: int
    account: str
    kind: str
    prefix: str
    year: int | None
    last_used: int | None
    branch: str | None
    owner: str | None
    internet: bool | None
    default: bool | None


@dataclass(frozen=True, slots=True)
class LotRecord:
    """Kontör that were bought elsewhere. `last_day` is the last on which they can be spent."""

    row: int
    account: str
    reference: str
    kontor: int
    net_price_kurus: int
    last_day: date
    note: str | None


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """Somebody in an account's address book."""

    row: int
    account: str
    vkn_tckn: str
    title: str
    first_name: str | None
    family_name: str | None
    tax_office: str | None
    street: str | None
    district: str | None
    city: str | None
    country: str | None
    email: str | None
    phone: str | None


ACCOUNTS: Final = (
    Column("vkn_tckn", "VKN/TCKN", "Tax number", cells.tax_number),
    Column("title", "Unvan", "Title", cells.text),
    Column("first_name", "Ad", "First name", cells.text, required=False),
    Column("family_name", "Soyad", "Family name", cells.text, required=False),
    Column("tax_office", "Vergi dairesi", "Tax office", cells.text, required=False),
    Column("street", "Adres", "Street", cells.text, required=False),
    Column("district", "İlçe", "District", cells.text),
    Column("city", "İl", "City", cells.text),
    Column("postal_zone", "Posta kodu", "Postal code", cells.text, required=False),
    Column("email", "E-posta", "E-mail", cells.email, required=False),
    Column("phone", "Telefon", "Phone", cells.text, required=False),
    Column("reseller", "Bayi VKN", "Reseller tax number", cells.tax_number, required=False),
    Column("services", "Hizmetler", "Services", cells.several(_KIND), required=False),
    Column("sender_alias", "Gönderici birim etiketi", "Sender alias", cells.text, required=False),
)
PEOPLE: Final = (
    _ACCOUNT,
    Column("full_name", "Ad soyad", "Name", cells.text),
    Column("email", "E-posta", "E-mail", cells.email),
    Column("role", "Rol", "Role", _ROLE),
)
SERIES: Final = (
    _ACCOUNT,
    Column("kind", "Belge türü", "Kind", _KIND),
    Column("prefix", "Seri", "Series", cells.text),
    Column("year", "Yıl", "Year", cells.whole(2014, 2099), required=False),
    Column("last_used", "Son numara", "Last number", cells.whole(0, 999_999_999), required=False),
    Column("branch", "Şube", "Branch", cells.text, required=False),
    Column("owner", "Numarayı veren", "Numbered by", _OWNER, required=False),
    Column("internet", "İnternet satışı", "Internet sales", cells.yes, required=False),
    Column("default", "Varsayılan", "Default", cells.yes, required=False),
)
LOTS: Final = (
    _ACCOUNT,
    Column("reference", "Paket no", "Reference", cells.text),
    Column("kontor", "Kalan kontör", "Kontor left", cells.whole(1, cells.KONTOR_MAX)),
    Column("net_price_kurus", "Kalanın net bedeli (TL)", "Net price of what is left (TRY)", cells.kurus),
    Column("last_day", "Son kullanım günü", "Last day", cells.day),
    Column("note", "Açıklama", "Note", cells.text, required=False),
)
CONTACTS: Final = (
    _ACCOUNT,
    Column("vkn_tckn", "VKN/TCKN", "Tax number", cells.tax_number),
    Column("title", "Unvan", "Title", cells.text),
    Column("first_name", "Ad", "First name", cells.text, required=False),
    Column("family_name", "Soyad", "Family name", cells.text, required=False),
    Column("tax_office", "Vergi dairesi", "Tax office", cells.text, required=False),
    Column("street", "Adres", "Street", cells.text, required=False),
    Column("district", "İlçe", "District", cells.text, required=False),
    Column("city", "İl", "City", cells.text, required=False),
    Column("country", "Ülke", "Country", cells.text, required=False),
    Column("email", "E-posta", "E-mail", cells.email, required=False),
    Column("phone", "Telefon", "Phone", cells.text, required=False),
)
# The sheet's name in both languages -> its columns and its record.
SHEETS: Final = {
    "accounts": (("Hesaplar", "Accounts"), ACCOUNTS, AccountRecord),
    "people": (("Kişiler", "People"), PEOPLE, PersonRecord),
    "series": (("Seriler", "Series"), SERIES, SeriesRecord),
    "lots": (("Kontör", "Kontor"), LOTS, LotRecord),
    "contacts": (("Adres defteri", "Address book"), CONTACTS, ContactRecord),
}
CONTROL: Final = ("Kontrol", "Control")
