"""What every draft is made of: fields that refuse floats and unknown units, parties, discounts, references.

Amounts and quantities are decimal strings ("120.50"); JSON integers are taken, floats are refused (never exact).
"""

from datetime import date, time
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from ebelge.ubl import codes
from ebelge.ubl.types import Party


def no_float(value: object) -> object:
    """What a field of money, quantity or rate refuses: a figure that is never exact.

    :raises ValueError: it is a float or a truth value.
    """
    if isinstance(value, bool | float):
        raise ValueError('write the amount as a string, like "120.50"')
    return value


def _known_unit(value: object) -> object:
    if not isinstance(value, str) or codes.unit_code(value) is None:
        raise ValueError("unknown unit")
    return codes.unit_code(value)


# XML 1.0 cannot carry control characters: refused here, where the client's own path can be named.
_CLEAN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*$"
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=_CLEAN)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=_CLEAN)]
Amount = Annotated[Decimal, BeforeValidator(no_float), Field(ge=0, max_digits=15, decimal_places=2)]
Price = Annotated[Decimal, BeforeValidator(no_float), Field(ge=0, max_digits=20, decimal_places=8)]
Quantity = Annotated[Decimal, BeforeValidator(no_float), Field(gt=0, max_digits=18, decimal_places=8)]
Percent = Annotated[Decimal, BeforeValidator(no_float), Field(ge=0, le=100, max_digits=7, decimal_places=4)]
Rate = Annotated[Decimal, BeforeValidator(no_float), Field(gt=0, max_digits=17, decimal_places=6)]
Unit = Annotated[str, BeforeValidator(_known_unit)]
Vkn = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
Tckn = Annotated[str, StringConstraints(pattern=r"^[0-9]{11}$")]
Code = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Z_]{1,20}$")]
DocumentNumber = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{3}20[0-9]{2}[0-9]{9}$")]
Series = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{3}$")]


class DraftModel(BaseModel):
    """Unknown fields are refused: a misspelt field must not vanish from an invoice in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PartyDraft(DraftModel):
    """A buyer, farmer or carrier: `vkn` with `name`, or `tckn` with `first_name` and `family_name`."""

    vkn: Vkn | None = None
    tckn: Tckn | None = None
    name: Text = ""
    first_name: Text = ""
    family_name: Text = ""
    tax_office: Text = ""
    street: Text = ""
    building_number: Text = ""
    district: Word
    city: Word
    postal_zone: Text = ""
    country: Word = "Türkiye"
    email: Text = ""
    phone: Text = ""

    @model_validator(mode="after")
    def _one_identity(self) -> "PartyDraft":
        if (self.vkn is None) == (self.tckn is None):
            raise ValueError("exactly one of vkn and tckn")
        if self.vkn is not None and not self.name:
            raise ValueError("a party with vkn needs name")
        if self.tckn is not None and not (self.first_name and self.family_name):
            raise ValueError("a party with tckn needs first_name and family_name")
        return self

    def party(self) -> Party:
        """The draft as a party of the trade."""
        fields = self.model_dump(exclude={"vkn", "tckn"})
        return Party(vkn_tckn=self.vkn or self.tckn or "", **fields)


class DiscountDraft(DraftModel):
    """A discount: a percentage of what it stands on, or an amount."""

    percent: Percent | None = None
    amount: Amount | None = None
    reason: Text = ""

    @model_validator(mode="after")
    def _one_form(self) -> "DiscountDraft":
        if (self.percent is None) == (self.amount is None):
            raise ValueError("exactly one of percent and amount")
        return self


class ReferenceDraft(DraftModel):
    """Another document, by number and date."""

    number: Word
    date: date


class HeaderDraft(DraftModel):
    """What every draft has. `ettn`, `number`, `issue_date` and `issue_time` are chosen by us when absent."""

    ettn: UUID | None = None
    number: DocumentNumber | None = None
    series: Series | None = None
    issue_date: date | None = None
    issue_time: time | None = None
    notes: Annotated[list[Text], Field(max_length=50)] = Field(default_factory=list)
