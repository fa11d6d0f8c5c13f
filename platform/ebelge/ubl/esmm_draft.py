"""The JSON of an e-SMM (e-Serbest Meslek Makbuzu): fees gross, KDV, stopaj, KDV tevkifat."""

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from ebelge.ubl.draft_parts import Amount, DraftModel, HeaderDraft, PartyDraft, Percent, Rate, Word


class FeeDraft(DraftModel):
    """A service and its gross fee (brüt ücret), without KDV."""

    name: Word
    gross: Amount
    kdv_rate: Percent


class KdvWithholdingDraft(DraftModel):
    """KDV that the client withholds (tevkifat): GİB's code, and how much of the KDV in percent (9/10 is 90)."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
    percent: Percent


class ProfessionalReceiptDraft(HeaderDraft):
    """An e-SMM: a professional issues it to the client. Payable = gross + KDV - stopaj - KDV tevkifat.

    `stopaj_rate` 0: the client withholds no income tax (private persons). Its form has no place for notes.
    """

    kind: Literal["esmm"] = "esmm"
    buyer: PartyDraft
    lines: Annotated[list[FeeDraft], Field(min_length=1, max_length=1000)]
    stopaj_rate: Percent
    kdv_withholding: KdvWithholdingDraft | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "TRY"
    exchange_rate: Rate | None = None
    sending: Literal["KAGIT", "ELEKTRONIK"] | None = None

    @model_validator(mode="after")
    def _whole(self) -> "ProfessionalReceiptDraft":
        if self.currency != "TRY" and self.exchange_rate is None:
            raise ValueError("a currency other than TRY needs exchange_rate")
        if self.notes:
            raise ValueError("an e-SMM has no place for notes")
        if self.buyer.country != "Türkiye" and not re.fullmatch(r"[A-Z]{2}", self.buyer.country):
            raise ValueError("the country of an e-SMM's buyer is Türkiye or a code of two letters")
        if sum((line.gross for line in self.lines), Decimal(0)) <= 0:
            raise ValueError("the gross fee must be above 0")
        return self
