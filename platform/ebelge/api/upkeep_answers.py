"""Answers and bodies about keeping a wallet filled: forecast, watch, automatic top-up."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from billing.expiry.forecast import Forecast
from billing.models.orders import SavedCard
from billing.models.upkeep import KontorWatch, TopupPlan, TopupRun
from ebelge.api.answers import Answer, Instant, Money
from ebelge.api.reading import Email

TRY = "TRY"
Kontor = Annotated[int, Field(strict=True, ge=0, le=10**12)]


class LotForecastAnswer(Answer):
    """What will become of what a lot has left, in the order of burning."""

    lot_id: UUID
    expires_at: Instant
    kontor: int
    will_use: int
    will_expire: int


class ForecastAnswer(Answer):
    """If kontör are used on as in the last four weeks. Held and frozen kontör are left out."""

    at: Instant
    used_kontor: int = Field(description="Used (less what came back) since `pace_since`")
    pace_since: Instant = Field(description="28 days ago, or the wallet's first entry")
    spendable: int
    will_use: int
    will_expire: int
    empty_at: Instant = Field(description="When nothing is left to spend")
    empty_because: Literal["used", "expired", "empty_now"]
    lots: list[LotForecastAnswer]


class WatchBody(BaseModel):
    """Whom to tell, and below which balance."""

    model_config = ConfigDict(extra="forbid")

    low_kontor: Annotated[Kontor, Field(description="Below it a mail and `kontor.low` are sent, once; 0: never")]
    emails: Annotated[list[Email], Field(max_length=10, description="Empty: the account's own address")] = []
    language: Literal["tr", "en"] = "tr"


class WatchAnswer(Answer):
    """The watch as it is set."""

    low_kontor: int
    emails: list[str]
    language: str
    low_since: Instant | None = Field(default=None, description="Told, and not risen above it since")


class TopupBody(BaseModel):
    """Automatic top-up: below the threshold buy this package by this card, never above the monthly cap.

    Terms that are left out stay as they were, so that `{"on": false}` switches off and `{"on": true}` on again. The
    first plan needs all of them but `failure_limit`.
    """

    model_config = ConfigDict(extra="forbid")

    on: bool = True
    package: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$")] | None = None
    threshold_kontor: Annotated[int, Field(strict=True, ge=1, le=10**12)] | None = None
    monthly_cap_kurus: (
        Annotated[int, Field(strict=True, ge=1, le=10**13, description="KDV included, per Istanbul month")] | None
    ) = None
    card_id: Annotated[UUID, Field(description="A saved card (`cards` of GET /topup)")] | None = None
    failure_limit: (
        Annotated[
            int, Field(strict=True, ge=1, le=10, description="Failures in a row before it is suspended; 3 at first")
        ]
        | None
    ) = None


class CardAnswer(Answer):
    """A card that the gateway keeps."""

    card_id: UUID
    gateway: str
    brand: str
    last_four: str


class RunAnswer(Answer):
    """One automatic purchase."""

    run_id: UUID
    order_id: UUID
    gross: Money
    state: Literal["started", "credited", "failed"]
    why: str = Field(description="Of a failed one: the bank's or our code")
    started_at: Instant
    ended_at: Instant | None = None


class TopupAnswer(Answer):
    """Automatic top-up as it stands. Without a plan `state` is off and the terms are absent."""

    state: Literal["on", "off", "suspended"]
    suspended_why: str = ""
    package: str | None = None
    threshold_kontor: int | None = None
    monthly_cap: Money | None = None
    card_id: UUID | None = None
    failures: int = 0
    failure_limit: int = 3
    next_try_at: Instant | None = Field(default=None, description="Nothing is bought before")
    spent_this_month: Money
    cards: list[CardAnswer]
    runs: list[RunAnswer] = Field(description="The newest 20")


def forecast(told: Forecast) -> ForecastAnswer:
    """A forecast."""
    return ForecastAnswer(
        at=told.at,
        used_kontor=told.pace.used_kontor,
        pace_since=told.pace.since,
        spendable=told.spendable,
        will_use=told.will_use,
        will_expire=told.will_expire,
        empty_at=told.empty_at,
        empty_because=told.empty_because,
        lots=[
            LotForecastAnswer(
                lot_id=lot.lot_id,
                expires_at=lot.expires_at,
                kontor=lot.kontor,
                will_use=lot.will_use,
                will_expire=lot.will_expire,
            )
            for lot in told.lots
        ],
    )


def watch(row: KontorWatch | None) -> WatchAnswer:
    """A watch; None: never set."""
    if row is None:
        return WatchAnswer(low_kontor=0, emails=[], language="tr")
    return WatchAnswer(
        low_kontor=row.low_kontor, emails=list(row.emails), language=row.language, low_since=row.low_since
    )


def topup(
    plan: TopupPlan | None, *, spent_kurus: int, cards: list[SavedCard], runs: list[TopupRun]
) -> TopupAnswer:  # fmt: skip
    """Automatic top-up; None: no plan."""
    spent = Money(amount_kurus=spent_kurus, currency=TRY)
    shown = [
        CardAnswer(card_id=one.card_id, gateway=one.gateway, brand=one.brand, last_four=one.last_four) for one in cards
    ]
    newest = [_run(one) for one in runs]
    if plan is None:
        return TopupAnswer(state="off", spent_this_month=spent, cards=shown, runs=newest)
    return TopupAnswer.model_validate(
        {
            "state": plan.state,
            "suspended_why": plan.suspended_why,
            "package": plan.package_code,
            "threshold_kontor": plan.threshold_kontor,
            "monthly_cap": Money(amount_kurus=plan.monthly_cap_kurus, currency=TRY),
            "card_id": plan.card_id,
            "failures": plan.failures,
            "failure_limit": plan.failure_limit,
            "next_try_at": plan.next_try_at,
            "spent_this_month": spent,
            "cards": shown,
            "runs": newest,
        }
    )


def _run(row: TopupRun) -> RunAnswer:
    return RunAnswer.model_validate(
        {
            "run_id": row.run_id,
            "order_id": row.order_id,
            "gross": Money(amount_kurus=row.gross_kurus, currency=TRY),
            "state": row.state,
            "why": row.why,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
        }
    )
