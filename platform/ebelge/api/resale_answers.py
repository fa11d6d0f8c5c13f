"""Answers and bodies about resellers: transfers, take-backs, commission."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from billing.commissions.statement import Statement
from billing.models.resellers import CommissionEntry, TakeBack
from billing.resellers.passing import Part
from ebelge.api.answers import Answer, Instant, Money
from ebelge.api.cursors import PageQuery
from ebelge.api.pool_answers import Kontor

TRY = "TRY"
Month = Annotated[str, Field(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-11"])]


class PartBody(BaseModel):
    """Kontör of one expiry, as the preview showed it."""

    model_config = ConfigDict(extra="forbid")

    kontor: Kontor
    expires_at: AwareDatetime


class PassOnBody(BaseModel):
    """Kontör for a customer of the reseller."""

    model_config = ConfigDict(extra="forbid")

    customer_id: UUID
    kontor: Kontor
    shown: (
        Annotated[
            list[PartBody],
            Field(min_length=1, max_length=1000, description="`parts` of the preview: refused if changed"),
        ]
        | None
    ) = None


class TakeBackBody(BaseModel):
    """Kontör that a reseller wants back."""

    model_config = ConfigDict(extra="forbid")

    transfer_id: UUID
    kontor: Kontor


class PreviewQuery(BaseModel):
    """How much would be passed on."""

    model_config = ConfigDict(extra="forbid")

    kontor: Annotated[int, Field(ge=1, le=10**12)]


class TakeBackQuery(PageQuery):
    """Whose requests."""

    customer_id: Annotated[UUID, Field(description="As a reseller: requests to this customer")] | None = None


class CommissionQuery(BaseModel):
    """Which month."""

    model_config = ConfigDict(extra="forbid")

    month: Annotated[Month, Field(description="Istanbul month; absent: the running one")] | None = None


class SheetQuery(CommissionQuery):
    """Which month, as what."""

    form: Literal["xlsx", "csv"] = "xlsx"


class PartAnswer(Answer):
    """Kontör of one expiry, as the customer has it."""

    kontor: int
    expires_at: Instant


class PreviewAnswer(Answer):
    """What the customer would receive now; nothing was done."""

    kontor: int
    parts: list[PartAnswer]


class PassedOnAnswer(Answer):
    """Kontör that was passed on."""

    transfer_id: UUID
    customer_id: UUID
    kontor: int
    at: Instant
    parts: list[PartAnswer] = Field(default=[], description="Until when the customer has it")


class PassedOnPage(Answer):
    """Transfers, newest first."""

    items: list[PassedOnAnswer]
    next_cursor: str | None = None


class TakeBackAnswer(Answer):
    """A request to give kontör back."""

    take_back_id: UUID
    customer_id: UUID
    reseller_id: UUID
    reseller_title: str
    transfer_id: UUID
    state: Literal["asked", "done", "refused"]
    kontor: int = Field(description="What was asked for")
    taken_kontor: int = Field(description="What went back; less where some of it was spent meanwhile")
    asked_at: Instant
    ended_at: Instant | None = None


class TakeBackPage(Answer):
    """Requests, newest first."""

    items: list[TakeBackAnswer]
    next_cursor: str | None = None


class CommissionLine(Answer):
    """An entry of the commission account; amounts have a sign."""

    at: Instant
    kind: Literal["accrued", "reversed", "paid"]
    customer_title: str
    order_reference: str
    base_net: Money
    commission_bp: int = Field(description="Hundredths of a percent of the net amount")
    commission: Money
    payable_from: Instant | None = None
    note: str = ""


class CommissionAnswer(Answer):
    """The commission of a month: opening + accrued + reversed + paid = closing."""

    month: Month
    opening: Money
    accrued: Money
    reversed: Money
    paid: Money
    closing: Money
    pending: Money = Field(description="Now: waits for the end of the refund window")
    payable: Money = Field(description="Now: negative is carried into the next months")
    lines: list[CommissionLine]


def parts(found: Sequence[Part]) -> list[PartAnswer]:
    """Parts by expiry."""
    return [PartAnswer(kontor=part.kontor, expires_at=part.expires_at) for part in found]


def take_back(row: TakeBack) -> TakeBackAnswer:
    """A request."""
    names = ("take_back_id", "reseller_id", "reseller_title", "state", "kontor", "taken_kontor", "asked_at", "ended_at")
    return TakeBackAnswer(
        customer_id=row.tenant_id, transfer_id=row.draw_id, **{name: getattr(row, name) for name in names}
    )


def commission(found: Statement) -> CommissionAnswer:
    """A month's statement."""
    return CommissionAnswer(
        month=f"{found.month:%Y-%m}",
        opening=_money(found.opening_kurus),
        accrued=_money(found.accrued_kurus),
        reversed=_money(found.reversed_kurus),
        paid=_money(found.paid_kurus),
        closing=_money(found.closing_kurus),
        pending=_money(found.account.pending_kurus),
        payable=_money(found.account.payable_kurus),
        lines=[_line(entry) for entry in found.lines],
    )


def month_of(text: str) -> date:
    """The first day of a month written as 2026-11."""
    return date.fromisoformat(f"{text}-01")


def _line(entry: CommissionEntry) -> CommissionLine:
    kind: Literal["accrued", "reversed", "paid"] = (
        "accrued" if entry.kind == "accrued" else "reversed" if entry.kind == "reversed" else "paid"
    )
    return CommissionLine(
        at=entry.at,
        kind=kind,
        customer_title=entry.customer_title,
        order_reference=entry.order_reference,
        base_net=_money(entry.base_net_kurus),
        commission_bp=entry.commission_bp,
        commission=_money(entry.kurus),
        payable_from=entry.payable_from,
        note=entry.note,
    )


def _money(kurus: int) -> Money:
    return Money(amount_kurus=kurus, currency=TRY)
