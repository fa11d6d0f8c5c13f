"""Refunds as the API shows them: what unused kontör are worth, and how far a refund has come."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from billing.models.returns import Refund
from billing.settlement.quote import LotQuote, Quote
from billing.settlement.refund_rows import STATE_TEXTS, TAX_WAY_TEXTS
from ebelge.api.answers import Answer, Instant, Money
from ebelge.core.findings import Language


class RefundBody(BaseModel):
    """What a client says when it asks for a refund."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: Annotated[str, Field(min_length=1, max_length=500)]
    gross_kurus: Annotated[
        int | None, Field(strict=True, gt=0, description="The value that was shown; if it is another by now, 409")
    ] = None
    iban: Annotated[str, Field(max_length=40, repr=False, description="For orders paid by bank transfer")] = ""


class LotQuoteAnswer(Answer):
    """One lot of the order and why it is worth no more."""

    lot_id: UUID
    source: str = Field(examples=["payment", "bonus"])
    granted_kontor: int
    kontor: int = Field(description="Would be taken back")
    held_kontor: int = Field(description="Held by documents under way: not refundable now")
    net: Money
    expires_at: Instant
    why: str = Field(description="A word for programs; empty if there is nothing to explain")
    text: str = Field(description="The same in the reader's language")


class QuoteAnswer(Answer):
    """What an order's unused kontör are worth now. Nothing is promised: asking decides."""

    order_id: UUID
    refundable: bool
    why: str = Field(description="Why nothing is refundable; empty if something is")
    text: str
    kontor: int = Field(description="Would be taken back, bonus included")
    net: Money
    kdv: Money
    gross: Money = Field(description="Would be paid out")
    until: Instant | None = Field(default=None, description="Refunds end here; null: with the kontör")
    lots: list[LotQuoteAnswer]


class RefundAnswer(Answer):
    """One refund and where it stands."""

    refund_id: UUID
    order_id: UUID
    state: str = Field(examples=["awaiting_return_invoice"])
    state_text: str
    tax_way: str = Field(description="iade_faturasi, cancel_invoice or gider_pusulasi")
    tax_way_text: str
    tax_document: str
    tax_document_on: date | None = None
    kontor: int
    net: Money
    kdv: Money
    gross: Money
    requested_at: Instant
    ended_at: Instant | None = None
    failure: str


class RefundList(Answer):
    """Refunds of an order, newest first."""

    items: list[RefundAnswer]


def quote(worth: Quote, language: Language) -> QuoteAnswer:
    """A quote in the reader's language."""
    n = 0 if language == "tr" else 1
    return QuoteAnswer(
        order_id=worth.order_id, refundable=not worth.why, why=worth.why, text=worth.words[n], kontor=worth.kontor,
        net=_money(worth.net_kurus, worth.currency), kdv=_money(worth.kdv_kurus, worth.currency),
        gross=_money(worth.gross_kurus, worth.currency), until=worth.until,
        lots=[_lot(lot, worth.currency, n) for lot in worth.lots],
    )  # fmt: skip


def refund(row: Refund, language: Language) -> RefundAnswer:
    """A refund in the reader's language."""
    n = 0 if language == "tr" else 1
    return RefundAnswer(
        refund_id=row.refund_id, order_id=row.order_id, state=row.state, state_text=STATE_TEXTS[row.state][n],
        tax_way=row.tax_way, tax_way_text=TAX_WAY_TEXTS[row.tax_way][n], tax_document=row.tax_document,
        tax_document_on=row.tax_document_on, kontor=row.kontor, net=_money(row.net_kurus, row.currency),
        kdv=_money(row.kdv_kurus, row.currency), gross=_money(row.gross_kurus, row.currency),
        requested_at=row.requested_at, ended_at=row.ended_at, failure=row.failure,
    )  # fmt: skip


def _lot(lot: LotQuote, currency: str, n: int) -> LotQuoteAnswer:
    return LotQuoteAnswer(
        lot_id=lot.lot_id, source=lot.source, granted_kontor=lot.granted, kontor=lot.kontor, held_kontor=lot.held,
        net=_money(lot.net_kurus, currency), expires_at=lot.expires_at, why=lot.why, text=lot.words[n],
    )  # fmt: skip


def _money(kurus: int, currency: str) -> Money:
    return Money(amount_kurus=kurus, currency=currency)
