"""A line of an invoice draft, with the taxes it bears beside KDV."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from ebelge.ubl.codes import ACCOMMODATION
from ebelge.ubl.draft_parts import (
    Amount,
    Code,
    DiscountDraft,
    DraftModel,
    Percent,
    Price,
    Quantity,
    Text,
    Unit,
    Word,
    no_float,
)
from ebelge.ubl.draft_special import ExportCode, Gtip, Identifiers, MachineDraft, PackageDraft
from ebelge.ubl.other_taxes import OTHER_TAXES


def _known_tax(code: str) -> str:
    if code not in OTHER_TAXES:
        raise ValueError("unknown tax code")
    return code


# The e-Arşiv report carries three decimals of a rate (FACTS 4.2).
TaxRate = Annotated[Decimal, BeforeValidator(no_float), Field(gt=0, le=300, max_digits=6, decimal_places=3)]
TaxCode = Annotated[Code, AfterValidator(_known_tax), Field(examples=["0071"])]


class OtherTaxDraft(DraftModel):
    """A tax of a line beside KDV: a percentage of the line's net, or an amount (ÖTV by the litre, by the packet).

    `code`: 0071, 9077, 0073, 0075, 0076, 0077, 0074 ÖTV; 4080, 4081 ÖİV; 0059 konaklama; 4071, 8005 electricity. KDV is
    reckoned on ÖTV and on the taxes of electricity, too, and not on the others.
    """

    code: TaxCode
    rate: TaxRate | None = None
    amount: Annotated[Amount, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "OtherTaxDraft":
        if self.rate is None and self.amount is None:
            raise ValueError("neither rate nor amount")
        if self.rate is not None and self.amount is not None:
            raise ValueError("both rate and amount")
        if self.rate is not None and self.rate > OTHER_TAXES[self.code].rate_max:
            raise ValueError("no rate of this tax")
        return self


OtherTaxes = Annotated[list[OtherTaxDraft], Field(max_length=5)]


class LineDraft(DraftModel):
    """A line of an invoice. `kdv_rate` 0 needs an exemption code; `withholding_code` is the tevkifat code.

    The fields from `identifiers` on belong to some types only: GET /document-types says to which.
    `other_taxes` are ÖTV, ÖİV and their like; `accommodation_tax_rate` is short for their 0059.
    """

    name: Word
    quantity: Quantity
    unit: Unit = "C62"
    unit_price: Price
    discounts: Annotated[list[DiscountDraft], Field(max_length=10)] = Field(default_factory=list)
    kdv_rate: Percent
    exemption_code: Code | None = None
    exemption_reason: Text = ""
    withholding_code: Code | None = None
    withholding_rate: Percent | None = None
    description: Text = ""
    note: Text = ""
    seller_code: Text = ""
    buyer_code: Text = ""
    identifiers: Identifiers = Field(default_factory=list)
    gtip: Gtip | None = None
    package: PackageDraft | None = None
    buyer_export_code: ExportCode | None = None
    seller_export_code: ExportCode | None = None
    expense_type: Literal["01", "02", "03", "04"] | None = None
    machine: MachineDraft | None = None
    serial: Text = ""
    special_base: Amount | None = None
    accommodation_tax_rate: Percent | None = None
    other_taxes: OtherTaxes = Field(default_factory=list)

    @field_validator("other_taxes")
    @classmethod
    def _each_once(cls, taxes: OtherTaxes, info: ValidationInfo) -> OtherTaxes:
        if len({(tax.code, tax.rate is None) for tax in taxes}) < len(taxes):
            raise ValueError("the same tax twice")
        stays = [tax for tax in taxes if tax.code == ACCOMMODATION]
        twice = len(stays) > 1 or (stays and info.data.get("accommodation_tax_rate") is not None)
        if twice or any(tax.rate is None for tax in stays):
            raise ValueError("the accommodation tax once, as a rate")
        return taxes

    @model_validator(mode="after")
    def _stay(self) -> "LineDraft":
        """The accommodation tax stands in one place, wherever it was written."""
        stay = next((tax for tax in self.other_taxes if tax.code == ACCOMMODATION), None)
        if stay is None:
            return self
        others = [tax for tax in self.other_taxes if tax is not stay]
        return self.model_copy(update={"accommodation_tax_rate": stay.rate, "other_taxes": others})

    @property
    def taxes(self) -> list[tuple[str, Decimal | None, Decimal | None]]:
        """Code, rate and amount of every tax beside KDV."""
        found = [(tax.code, tax.rate, tax.amount) for tax in self.other_taxes]
        if self.accommodation_tax_rate is not None:
            found.append((ACCOMMODATION, self.accommodation_tax_rate, None))
        return found
