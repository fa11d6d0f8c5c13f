"""Revenue: deferred, earned and broken by months as chart and table, a month's terms, and the lots that make them."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, request

from billing.reconciliation import revenue as books
from billing.reconciliation import revenue_months
from billing.reconciliation.revenue_months import TERMS, Month
from billing.statements.statement import month as period
from ebelge.core.clock import add_months
from ebelge.core.db import engine
from ebelge.core.errors import InvalidRequest
from ebelge.edge.people import right
from ebelge.edge.requests import request_at
from ebelge.web.finance import common, words
from ebelge.web.finance.common import PAGE, finance_page

blueprint = Blueprint("finance_revenue", __name__, url_prefix="/finance/revenue")
MONTHS: Final = 12
TERM_NAMES: Final[dict[str, words.Pair]] = {
    "sold": ("Satılan", "Sold"),
    "earned": ("Kazanılan", "Earned"),
    "breakage": ("Süresi dolan", "Expired (breakage)"),
    "voided": ("İptal edilen", "Voided"),
    "in_transit": ("Yolda (aktarım)", "In transit"),
}


@blueprint.get("")
@right("finance:work")
def index() -> Response:
    """A year of months up to the one in the address, and that month's terms."""
    month = common.month(request_at())
    start, end = period(month)
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection, connection.begin():
        found = books.revenue(connection, start=start, end=end)
        year = revenue_months.months(connection, first=add_months(month, 1 - MONTHS), count=MONTHS)
    return finance_page(
        "revenue.html", month=month, found=found, year=year, chart=_chart(year), names=TERM_NAMES,
        before=add_months(month, -1), later=add_months(month, 1),
    )  # fmt: skip


@blueprint.get("/lots")
@right("finance:work")
def lots() -> Response:
    """The lots that moved in a month, with each term: what the month's figures are made of."""
    month, term = common.month(request_at()), request.args.get("term", "")
    term = term if term in TERMS else ""
    start, end = period(month)
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection, connection.begin():
        found = revenue_months.lots_of(
            connection, start=start, end=end, term=term, after=_after(), limit=PAGE + 1
        )  # fmt: skip
    shown = found[:PAGE]
    last = shown[-1] if len(found) > PAGE else None
    n = words.side()
    here = "finance_revenue.lots"
    chips = [(("Kalem", "Term")[n], TERM_NAMES[term][n], common.here(here, term=""))] if term else []
    return finance_page(
        "revenue_lots.html", month=month, rows=shown, names=TERM_NAMES, chips=chips,
        more=common.here(here, after=f"{last.tenant_id}~{last.lot_id}") if last else "",
    )  # fmt: skip


def _chart(year: list[Month]) -> dict[str, Any]:
    """Lira, for the eye; the table beneath has the kuruş."""
    n = words.side()

    def series(name: str, pair: words.Pair, colour: str, **more: object) -> dict[str, Any]:
        values = [getattr(month, name) / 100 for month in year]
        return {"name": pair[n], "values": values, "colour": colour, **more}

    return {
        "type": "bar",
        "labels": [f"{month.month:%m.%Y}" for month in year],
        "series": [
            series("earned", TERM_NAMES["earned"], "good"),
            series("breakage", TERM_NAMES["breakage"], "wait"),
            series("deferred_closing", ("Ertelenmiş", "Deferred"), "calm", type="line"),
        ],
        "unit": "₺",
    }


def _after() -> tuple[UUID, UUID] | None:
    tenant_id, _, lot_id = request.args.get("after", "").partition("~")
    try:
        return (UUID(tenant_id), UUID(lot_id)) if tenant_id else None
    except ValueError as error:
        raise InvalidRequest("Adres eksik ya da bozuk.", "The address is incomplete or damaged.") from error
