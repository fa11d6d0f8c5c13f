"""What is on sale, the month's statement, and what kontör were used for."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from billing.catalogue import packages
from billing.catalogue.packages import Package
from billing.ledger.balance import PastBalance
from billing.statements import statement, table
from billing.statements.statement import Line
from billing.statements.usage import usage
from ebelge.api import cursors, sheets
from ebelge.api.account import NoQuery
from ebelge.api.answers import Answer, Instant, Money
from ebelge.api.cursors import PageQuery
from ebelge.api.described import described
from ebelge.api.reading import query
from ebelge.api.sheets import SHEETS
from ebelge.core.db import tenant_session
from ebelge.core.money import kdv_kurus
from ebelge.core.sheets import csv_bytes, xlsx_bytes
from ebelge.edge.access import bearer, needs
from ebelge.edge.idempotency import json_response, render
from ebelge.edge.languages import language
from ebelge.edge.requests import request_at
from tenants import accounts

blueprint = APIBlueprint("statements", __name__, tag="Kontör")
TRY = "TRY"
_MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
Month = Annotated[str, Field(pattern=_MONTH, description="Istanbul month", examples=["2026-11"])]


class OfferAnswer(Answer):
    """A package as it is offered to this account now."""

    code: str = Field(examples=["standart-1000"])
    name: str
    kontor: int
    bonus_kontor: int
    net: Money
    kdv_percent: int
    kdv: Money
    gross: Money = Field(description="What is paid, KDV included")
    validity_months: int = Field(description="Calendar months from the day of crediting")
    on_sale_until: Instant | None = None


class OffersAnswer(Answer):
    """Everything on sale to this account, cheapest first."""

    items: list[OfferAnswer]


class StatementQuery(PageQuery):
    """Which month, and up to when."""

    month: Month
    as_of: Annotated[AwareDatetime, Field(description="Not later than this instant")] | None = None


class StatementSheetQuery(BaseModel):
    """Which month, and in which form."""

    model_config = ConfigDict(extra="forbid")

    month: Month
    as_of: Annotated[AwareDatetime, Field(description="Not later than this instant")] | None = None
    form: Annotated[Literal["csv", "xlsx"], Field(description="XLSX, or CSV as Turkish Excel opens it")] = "xlsx"


class StandingAnswer(Answer):
    """The balances at an end of the statement."""

    at: Instant
    available: int
    held: int
    frozen: int
    version: int


class LineAnswer(Answer):
    """One movement: what for, from which lot, and what could be spent after it."""

    version: int
    at: Instant
    kind: str = Field(examples=["captured"])
    kontor: int
    change: int = Field(description="By how much the spendable kontör moved")
    available: int
    reference: str = Field(description="The document's number, where it was charged for one")
    charge_kind: str
    lot_id: str
    lot_source: str = Field(examples=["payment"])
    lot_reference: str = Field(description="The order's reference, or why the lot was given")
    payment: str = Field(description="The payment behind the lot, as gateway:id")
    net: Money


class StatementAnswer(Answer):
    """A page of the statement, oldest line first; opening and closing are those of the whole statement."""

    opening: StandingAnswer
    closing: StandingAnswer
    items: list[LineAnswer]
    next_cursor: str | None = None


class UsageQuery(BaseModel):
    """Which days, and how they are told apart."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    first: Annotated[date, Field(alias="from", description="First Istanbul day")]
    last: Annotated[date, Field(alias="to", description="Last Istanbul day; at most 366 days")]
    by: Annotated[Literal["day", "kind", "user", "api_key"], Field(description="What a row is about")] = "day"


class UsedAnswer(Answer):
    """Kontör used by a day, kind, person or key; an empty key: by none of these."""

    key: str = Field(examples=["2026-11-23"])
    kontor: int
    charges: int = Field(description="Documents and services")


class UsageAnswer(Answer):
    """Used is what was charged for good, less what came back."""

    items: list[UsedAnswer]
    kontor: int


@blueprint.get("/packages")
@described(OffersAnswer, query=NoQuery)
@needs("billing:read")
def list_packages() -> Response:
    """Packages on sale

    At this account's terms: its own, else its reseller's, else the public ones. Cheapest first.
    """
    query(NoQuery)
    tenant_id, at = bearer().tenant_id, request_at()
    with tenant_session(tenant_id) as session:
        reseller_id = accounts.get(session, tenant_id=tenant_id).reseller_id
        found = packages.offered(session, tenant_id=tenant_id, reseller_id=reseller_id, at=at)
    return json_response(render(OffersAnswer(items=[_offer(one) for one in found])))


@blueprint.get("/statement")
@described(StatementAnswer, query=StatementQuery)
@needs("billing:read")
def get_statement() -> Response:
    """The statement of a month

    Every movement of kontör with its document, lot, order and payment. Of a month that is under way, what is final:
    up to 90 seconds ago.
    """
    asked = query(StatementQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        found = _frame(session, asked.month, asked.as_of)
        after = cursors.unpack_int(asked.cursor)
        first = found.opening.version if after is None else max(after, found.opening.version)
        lines = statement.page(session, found, after=first, limit=asked.limit)
    more = bool(lines) and lines[-1].version < found.closing.version
    answer = StatementAnswer(
        opening=_standing(found.start, found.opening), closing=_standing(found.end, found.closing),
        items=[_line(line) for line in lines], next_cursor=cursors.pack(lines[-1].version) if more else None,
    )  # fmt: skip
    return json_response(render(answer))


@blueprint.get("/statement/sheet")
@described(None, query=StatementSheetQuery, media_types=SHEETS)
@needs("billing:read")
def get_statement_sheet() -> Response:
    """The statement of a month as a sheet

    XLSX, or CSV as Turkish Excel opens it: all lines, and what was left of which lot.
    """
    asked = query(StatementSheetQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        title = accounts.get(session, tenant_id=tenant_id).title
        found = _frame(session, asked.month, asked.as_of)
        rows = table.rows(
            title, found, statement.lines(session, found), statement.lots_left(session, found), language=language()
        )
    data = csv_bytes(rows) if asked.form == "csv" else xlsx_bytes(rows, title=asked.month)
    return sheets.sheet(data, form=asked.form, name=f"kontor-{asked.month}.{asked.form}")


@blueprint.get("/usage")
@described(UsageAnswer, query=UsageQuery)
@needs("billing:read")
def get_usage() -> Response:
    """What kontör were used for

    By Istanbul day, kind of document or service, person or API key.
    """
    asked = query(UsageQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        found = usage(session, tenant_id=tenant_id, first=asked.first, last=asked.last, by=asked.by)
    items = [UsedAnswer(key=one.key, kontor=one.kontor, charges=one.charges) for one in found]
    return json_response(render(UsageAnswer(items=items, kontor=sum(one.kontor for one in found))))


def _frame(session: Session, month: str, as_of: datetime | None) -> statement.Frame:
    start, end = statement.month(date.fromisoformat(f"{month}-01"))
    return statement.frame(
        session, tenant_id=bearer().tenant_id, start=start, end=end if as_of is None else min(end, as_of),
        now=request_at(),
    )  # fmt: skip


def _offer(found: Package) -> OfferAnswer:
    kdv = kdv_kurus(found.net_price_kurus, Decimal(found.kdv_percent))
    return OfferAnswer(
        code=found.code, name=found.name_tr if language() == "tr" else found.name_en, kontor=found.kontor,
        bonus_kontor=found.bonus_kontor, net=_money(found.net_price_kurus), kdv_percent=found.kdv_percent,
        kdv=_money(kdv), gross=_money(found.net_price_kurus + kdv), validity_months=found.validity_months,
        on_sale_until=found.valid.upper,
    )  # fmt: skip


def _standing(at: datetime, found: PastBalance) -> StandingAnswer:
    return StandingAnswer(at=at, available=found.available, held=found.held, frozen=found.frozen, version=found.version)


def _line(line: Line) -> LineAnswer:
    return LineAnswer(
        version=line.version, at=line.at, kind=line.kind, kontor=line.kontor, change=line.change,
        available=line.available, reference=line.reference, charge_kind=line.charge_kind, lot_id=str(line.lot_id),
        lot_source=line.source, lot_reference=line.lot_reference, payment=line.payment, net=_money(line.net_kurus),
    )  # fmt: skip


def _money(kurus: int) -> Money:
    return Money(amount_kurus=kurus, currency=TRY)
