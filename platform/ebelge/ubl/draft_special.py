"""Parts of drafts that only some profiles and types use: export, charging, investment, künye and other labels."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, field_validator

from ebelge.ubl.draft_parts import Code, DraftModel, Quantity, Tckn, Text, Vkn, Word

Profile = Literal[
    "TEMELFATURA", "TICARIFATURA", "IHRACAT", "YOLCUBERABERFATURA", "OZELFATURA", "KAMU", "HKS", "ENERJI",
    "ILAC_TIBBICIHAZ", "YATIRIMTESVIK", "IDIS",
]  # fmt: skip
TypeCode = Literal[
    "SATIS", "IADE", "TEVKIFAT", "TEVKIFATIADE", "ISTISNA", "OZELMATRAH", "IHRACKAYITLI", "SGK", "KOMISYONCU",
    "HKSSATIS", "HKSKOMISYONCU", "KONAKLAMAVERGISI", "SARJ", "SARJANLIK", "TEKNOLOJIDESTEK", "YTBSATIS", "YTBIADE",
    "YTBISTISNA", "YTBTEVKIFAT", "YTBTEVKIFATIADE",
]  # fmt: skip
DespatchProfile = Literal["TEMELIRSALIYE", "HKSIRSALIYE", "IDISIRSALIYE"]
Scheme = Literal[
    "KUNYENO", "ILAC", "TIBBICIHAZ", "TELEFON", "TABLET_PC", "DIGER", "ETIKETNO", "MALSAHIBIADSOYADUNVAN",
    "MALSAHIBIVKNTCKN",
]  # fmt: skip

# Export invoices are addressed to customs (gib/FACTS 2.3); the buyer abroad stands beside it.
CUSTOMS_VKN: Final = "1460415308"
CUSTOMS_PROFILES: Final = frozenset({"IHRACAT", "YOLCUBERABERFATURA", "OZELFATURA"})
CUSTOMS: Final[dict[str, Any]] = {
    "vkn": CUSTOMS_VKN,
    "name": "Gümrük ve Ticaret Bakanlığı Bilgi İşlem Dairesi Başkanlığı",
    "tax_office": "Ulus",
    "district": "Çankaya",
    "city": "Ankara",
}
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Gtip = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
ExportCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{11}$")]
ShipmentNumber = Annotated[str, StringConstraints(pattern=r"^(SE|ES)-[0-9]{7}$")]
HomePlate = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|[1-7][0-9]|8[01])[A-Z]+[0-9]+$", max_length=20)]
ForeignPlate = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_-]{1,50}$")]


class IdentifierDraft(DraftModel):
    """A further number of the goods: künye of the hal, drug or device, label of the iron tracking system (IDIS)."""

    scheme: Scheme
    value: Word


class PackageDraft(DraftModel):
    """How the goods of a line are packed. `type_code` is UN/ECE Rec. 21: CT carton, PF pallet, CN container."""

    number: Text = ""
    count: Quantity
    type_code: Code


class MachineDraft(DraftModel):
    """A machine on the list of an investment incentive certificate: its name, its place in the list, its own number."""

    name: Word
    list_number: Word
    serial: Word


class ForeignBuyerDraft(DraftModel):
    """The buyer abroad: a firm with `legal_name`, or a traveller with name, nationality and passport."""

    legal_name: Text = ""
    tax_number: Text = ""
    first_name: Text = ""
    family_name: Text = ""
    nationality: Country | None = None
    passport_number: Text = ""
    passport_date: date | None = None
    street: Text = ""
    district: Word
    city: Word
    postal_zone: Text = ""
    country: Word


class TaxRepresentativeDraft(DraftModel):
    """The intermediary that pays the KDV back to a traveller, with its mailbox at GİB."""

    vkn: Vkn
    alias: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{3,255}$")]
    name: Word
    district: Word
    city: Word


class PlaceDraft(DraftModel):
    """Where exported goods are delivered."""

    street: Text = ""
    building_number: Text = ""
    district: Word
    city: Word
    postal_zone: Text = ""
    country: Word


class DeliveryDraft(DraftModel):
    """Delivery of an export: Incoterms, way of transport (1 sea, 2 rail, 3 road, 4 air, 5 post), place."""

    terms: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    transport_mode: Annotated[str, StringConstraints(pattern=r"^[0-9]$")]
    address: PlaceDraft


class InvestmentDraft(DraftModel):
    """The buyer's investment incentive certificate (yatırım teşvik belgesi)."""

    number: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    date: date


class ChargingDraft(DraftModel):
    """What was charged when and for which vehicle; a collected invoice (SARJ) also names its ESÜ report."""

    start: datetime
    end: datetime
    plate: ForeignPlate
    vehicle_id: Text = ""
    report_id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")] = ""
    report_date: date | None = None

    @field_validator("start", "end")
    @classmethod
    def _local(cls, value: datetime) -> datetime:
        if value.tzinfo is not None:
            raise ValueError("write the time as on the clock in Turkey, without a zone")
        return value


class PeriodDraft(DraftModel):
    """First and last day of what is invoiced."""

    start: date
    end: date


class OtherDocumentDraft(DraftModel):
    """Another paper the invoice names, like the taxpayer code of an SGK invoice (`type_code` MUKELLEF_KODU)."""

    number: Word
    date: date
    type_code: Code
    name: Text = ""


class DriverDraft(DraftModel):
    """The driver of the vehicle."""

    first_name: Word
    family_name: Word
    tckn: Tckn


class DeliveryAddressDraft(DraftModel):
    """Where the goods go. GİB demands the five digits of the postal zone."""

    street: Text = ""
    building_number: Text = ""
    district: Word
    city: Word
    postal_zone: Annotated[str, StringConstraints(pattern=r"^(0[1-9]|[1-7][0-9]|8[01])[0-9]{3}$")]
    country: Word = "Türkiye"


Identifiers = Annotated[list[IdentifierDraft], Field(max_length=20)]
