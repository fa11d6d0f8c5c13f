"""A reseller's customers: searched, sorted, page by page, and as a sheet."""

from datetime import date, datetime, timedelta
from typing import cast

from flask import Blueprint, Response, request

from billing.resellers import overview
from billing.resellers.overview import Order, Seen
from ebelge.core.clock import istanbul_date
from ebelge.core.db import reseller_session
from ebelge.core.sheets import Table, csv_bytes, xlsx_bytes
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web.frame import account_page
from tenants.services import SERVICES
from tenants.states import STATE_NAMES

blueprint = Blueprint("reseller_customers", __name__, url_prefix="/reseller/customers")
PAGE_ROWS = 50
SHEET_ROWS_MAX = 20_000
LOW_KONTOR = 100
ORDERS: dict[str, tuple[str, str]] = {
    "low": ("Bakiyesi az olan önce", "Lowest balance first"),
    "expiry": ("Süresi yakın olan önce", "Next expiry first"),
    "title": ("Unvana göre", "By title"),
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("")
@right("customers:read")
def index() -> Response:
    """The customers, the lowest balance first."""
    search, order = request.args.get("q", "")[:80], _order()
    found = _read(search, order, limit=PAGE_ROWS + 1, cursor=request.args.get("cursor"))
    shown = found[:PAGE_ROWS]
    return account_page(
        "reseller/customers.html",
        customers=shown,
        more=shown[-1].cursor if len(found) > PAGE_ROWS else None,
        search=search,
        order=order,
        orders=ORDERS,
        states=STATE_NAMES,
        services=SERVICES,
        low=LOW_KONTOR,
        today=istanbul_date(request_at()),
    )


@blueprint.get("/sheet")
@right("customers:read")
def sheet() -> Response:
    """The same list, whole, as XLSX or CSV."""
    found = _read(request.args.get("q", "")[:80], _order(), limit=SHEET_ROWS_MAX, cursor=None)
    table, csv = _table(found), request.args.get("form") == "csv"
    data = csv_bytes(table) if csv else xlsx_bytes(table, title="Müşteriler" if language() == "tr" else "Customers")
    response = Response(data, content_type="text/csv; charset=utf-8" if csv else XLSX)
    name = f"musteriler-{istanbul_date(request_at()):%Y-%m-%d}.{'csv' if csv else 'xlsx'}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _read(search: str, order: Order, *, limit: int, cursor: str | None) -> list[Seen]:
    with reseller_session(member().tenant_id) as session:
        return list(
            overview.customers(
                session,
                reseller_id=member().tenant_id,
                at=request_at(),
                limit=limit,
                search=search,
                order=order,
                after=overview.after(cursor),
            )
        )


def _order() -> Order:
    asked = request.args.get("order", "low")
    return cast(Order, asked if asked in ORDERS else "low")


def _table(found: list[Seen]) -> Table:
    said = 0 if language() == "tr" else 1
    heads = [
        ("VKN/TCKN", "VKN/TCKN"), ("Unvan", "Title"), ("Durum", "State"), ("İl", "City"), ("Kontör", "Kontör"),
        ("Son gün", "Last day"), ("O gün biten", "Ending then"), ("Son hareket", "Last activity"),
        ("Etkin hizmetler", "Active services"),
    ]  # fmt: skip
    table: list[list[str | int | date | None]] = [[head[said] for head in heads]]
    for one in found:
        table.append([
            one.vkn_tckn, one.title, STATE_NAMES[one.state][said], one.city, one.available,
            istanbul_date(one.next_expiry) if one.next_expiry else None, one.expiring, one.last_activity,
            ", ".join(SERVICES[name][said] for name in one.services),
        ])  # fmt: skip
    return table


@blueprint.app_template_filter("last_day")
def last_day(until: datetime) -> str:
    """The last whole day (Istanbul) before an expiry."""
    return istanbul_date(until - timedelta(microseconds=1)).strftime("%d.%m.%Y")
