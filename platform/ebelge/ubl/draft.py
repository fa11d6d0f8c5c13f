"""The JSON a client posts instead of XML, as models; a bad draft becomes findings with JSON paths."""

from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError, model_validator

from ebelge.ubl import draft_findings
from ebelge.ubl.draft_line import LineDraft
from ebelge.ubl.draft_parts import (
    Code,
    DiscountDraft,
    DraftModel,
    HeaderDraft,
    PartyDraft,
    Percent,
    Price,
    Quantity,
    Rate,
    ReferenceDraft,
    Text,
    Unit,
    Word,
)
from ebelge.ubl.draft_special import (
    CUSTOMS,
    CUSTOMS_PROFILES,
    ChargingDraft,
    DeliveryAddressDraft,
    DeliveryDraft,
    DespatchProfile,
    DriverDraft,
    ForeignBuyerDraft,
    ForeignPlate,
    HomePlate,
    Identifiers,
    InvestmentDraft,
    OtherDocumentDraft,
    PeriodDraft,
    Profile,
    ShipmentNumber,
    TaxRepresentativeDraft,
    TypeCode,
)
from ebelge.ubl.errors import InvalidDraft
from ebelge.ubl.esmm_draft import ProfessionalReceiptDraft


class PaymentDraft(DraftModel):
    """How and until when to pay. `means_code` is UN/ECE 4461: 10 cash, 42 bank transfer, 48 card."""

    means_code: Code = "42"
    due_date: date | None = None
    iban: Text = ""
    note: Text = ""


class InternetSaleDraft(DraftModel):
    """A sale over the internet, as an e-Arşiv invoice must state it (VUK 509): where, how and when it was paid.

    `payment_way` is the word of the e-Arşiv report; `payment_agent` names the payment institution, `payment_text` says
    what DIGER is. Without `carrier` the seller hands it over himself; `despatch_date`: else the issue date.
    """

    web_address: Word
    payment_way: Literal["KREDIKARTI/BANKAKARTI", "EFT/HAVALE", "KAPIDAODEME", "ODEMEARACISI", "DIGER"]
    payment_agent: Text = ""
    payment_text: Text = ""
    payment_date: date | None = None
    carrier: PartyDraft | None = None
    despatch_date: date | None = None

    @model_validator(mode="after")
    def _dated(self) -> "InternetSaleDraft":
        if self.payment_date is None and self.payment_way not in ("KAPIDAODEME", "DIGER"):
            raise ValueError("payment_date is needed for this payment_way")
        if self.payment_way == "ODEMEARACISI" and not self.payment_agent:
            raise ValueError("payment_agent is needed for ODEMEARACISI")
        return self

    @property
    def report_word(self) -> str:
        """How it was paid, as the invoice carries it for the report."""
        if self.payment_way == "DIGER":
            return f"DIGER - {self.payment_text or 'belirtilmedi'}"
        return self.payment_way + (f": {self.payment_agent}" if self.payment_agent else "")

    def sentences(self) -> list[str]:
        """What the invoice says about it, in the words its reader must find."""
        how = self.payment_way + (f" ({self.payment_agent})" if self.payment_agent else "")
        said = [
            "Bu satış internet üzerinden yapılmıştır.", f"Satışın yapıldığı web adresi: {self.web_address}",
            f"Ödeme şekli: {how}",
        ]  # fmt: skip
        return said + ([f"Ödeme tarihi: {self.payment_date:%d.%m.%Y}"] if self.payment_date else [])


class InvoiceDraft(HeaderDraft):
    """An e-Fatura or e-Arşiv invoice; `auto` asks GİB's list of registered users which of the two.

    `type_code` follows from the fields when absent. The buyer of an export may be left out: it is customs.
    """

    kind: Literal["auto", "efatura", "earsiv"] = "auto"
    profile: Profile = "TEMELFATURA"
    type_code: TypeCode | None = None
    buyer: PartyDraft
    lines: Annotated[list[LineDraft], Field(min_length=1, max_length=5000)]
    discounts: Annotated[list[DiscountDraft], Field(max_length=10)] = Field(default_factory=list)
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "TRY"
    exchange_rate: Rate | None = None
    order: ReferenceDraft | None = None
    despatches: Annotated[list[ReferenceDraft], Field(max_length=100)] = Field(default_factory=list)
    returned_invoices: Annotated[list[ReferenceDraft], Field(max_length=100)] = Field(default_factory=list)
    payment: PaymentDraft | None = None
    internet_sale: InternetSaleDraft | None = None
    sending: Literal["KAGIT", "ELEKTRONIK"] | None = None  # e-Arşiv; without it the buyer's e-mail decides
    foreign_buyer: ForeignBuyerDraft | None = None
    tax_representative: TaxRepresentativeDraft | None = None
    delivery: DeliveryDraft | None = None
    investment: InvestmentDraft | None = None
    charging: ChargingDraft | None = None
    shipment_number: ShipmentNumber | None = None
    accounting_cost: Code | None = None
    period: PeriodDraft | None = None
    other_documents: Annotated[list[OtherDocumentDraft], Field(max_length=20)] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _to_customs(cls, data: Any) -> Any:
        profile = data.get("profile") if isinstance(data, dict) else None
        if isinstance(profile, str) and profile in CUSTOMS_PROFILES and "buyer" not in data:
            return {**data, "buyer": CUSTOMS}
        return data

    @model_validator(mode="after")
    def _whole(self) -> "InvoiceDraft":
        if self.currency != "TRY" and self.exchange_rate is None:
            raise ValueError("a currency other than TRY needs exchange_rate")
        return self


class DespatchLineDraft(DraftModel):
    """A line of an e-İrsaliye: what is carried, how much."""

    name: Word
    quantity: Quantity
    unit: Unit = "C62"
    description: Text = ""
    note: Text = ""
    seller_code: Text = ""
    buyer_code: Text = ""
    order_line: Text = ""
    identifiers: Identifiers = Field(default_factory=list)


class DespatchDraft(HeaderDraft):
    """An e-İrsaliye. A driver with the plate, or a carrier, must be named; `paper` makes it MATBUDAN."""

    kind: Literal["eirsaliye"] = "eirsaliye"
    profile: DespatchProfile = "TEMELIRSALIYE"
    type_code: Literal["SEVK", "MATBUDAN"] | None = None
    buyer: PartyDraft
    lines: Annotated[list[DespatchLineDraft], Field(min_length=1, max_length=5000)]
    delivery_address: DeliveryAddressDraft
    despatch_date: date | None = None
    despatch_time: time | None = None
    drivers: Annotated[list[DriverDraft], Field(max_length=5)] = Field(default_factory=list)
    plate: HomePlate | None = None
    foreign_plate: ForeignPlate | None = None
    trailer_plates: Annotated[list[HomePlate], Field(max_length=5)] = Field(default_factory=list)
    foreign_trailer_plates: Annotated[list[ForeignPlate], Field(max_length=5)] = Field(default_factory=list)
    shipment_number: ShipmentNumber | None = None
    carrier: PartyDraft | None = None
    order: ReferenceDraft | None = None
    paper: ReferenceDraft | None = None

    @model_validator(mode="after")
    def _carried(self) -> "DespatchDraft":
        if not self.drivers and self.carrier is None:
            raise ValueError("a driver or a carrier is needed")
        if self.drivers and self.plate is None and self.foreign_plate is None:
            raise ValueError("a driver needs a plate")
        if self.plate is not None and self.foreign_plate is not None:
            raise ValueError("either plate or foreign_plate")
        return self


class ProducerLineDraft(DraftModel):
    """A product bought from a farmer."""

    name: Word
    quantity: Quantity
    unit: Unit = "KGM"
    unit_price: Price
    description: Text = ""


class DeductionDraft(DraftModel):
    """A deduction of the whole receipt: stopaj 0003, tescil 8001, mera fonu 9040, SGK_PRIM."""

    code: Literal["0003", "8001", "9040", "SGK_PRIM"]
    percent: Percent


class FarmerDraft(PartyDraft):
    """The farmer: a natural person, by TCKN."""

    @model_validator(mode="after")
    def _person(self) -> "FarmerDraft":
        if self.tckn is None:
            raise ValueError("the farmer is named by tckn")
        return self


class ProducerReceiptDraft(HeaderDraft):
    """An e-Müstahsil Makbuzu: the buyer issues it to the farmer."""

    kind: Literal["emm"] = "emm"
    farmer: FarmerDraft
    lines: Annotated[list[ProducerLineDraft], Field(min_length=1, max_length=1000)]
    deductions: Annotated[list[DeductionDraft], Field(max_length=4)] = Field(default_factory=list)
    delivery_date: date | None = None


Draft = InvoiceDraft | DespatchDraft | ProducerReceiptDraft | ProfessionalReceiptDraft
MODELS: dict[str, type[Draft]] = {
    "auto": InvoiceDraft,
    "efatura": InvoiceDraft,
    "earsiv": InvoiceDraft,
    "eirsaliye": DespatchDraft,
    "emm": ProducerReceiptDraft,
    "esmm": ProfessionalReceiptDraft,
}


def read_draft(data: Any) -> Draft:
    """The draft in a decoded JSON body; its `kind` chooses the model, `auto` when absent.

    :raises InvalidDraft: with a finding per wrong field, `path` being its JSON path.
    """
    kind = data.get("kind", "auto") if isinstance(data, dict) else None
    model = MODELS.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise InvalidDraft(findings=[draft_findings.unknown_kind()])
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InvalidDraft(findings=draft_findings.findings(error)) from error
