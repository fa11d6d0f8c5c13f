"""A reseller's customers: who runs dry first, searched, filtered and sorted, page by page, and as a sheet."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, cast
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for

from billing.expiry.at_a_glance import Glance
from billing.resellers import overview
from billing.resellers.overview import Order, Seen
from ebelge.core.clock import istanbul_date
from ebelge.core.db import reseller_session
from ebelge.core.sheets import Table, csv_bytes, xlsx_bytes
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web.frame import account_page
from ebelge.web.reseller import glances
from tenants.services import SERVICES
from tenants.states import STATE_NAMES

blueprint = Blueprint("reseller_customers", __name__, url_prefix="/reseller/customers")
PAGE_ROWS: Final = 50
SHEET_ROWS_MAX: Final = 20_000
# Up to so many customers are sorted by how long their kontör lasts and filtered; more are listed by their balance.
SORTED_MAX: Final = 500
LOW_KONTOR: Final = 100
ORDERS: Final[dict[str, tuple[str, str]]] = {
    "dry": ("Önce bitecek olan", "Runs dry first"),
    "low": ("Bakiyesi az olan önce", "Lowest balance first"),
    "expiry": ("Süresi yakın olan önce", "Next expiry first"),
    "title": ("Unvana göre", "By title"),
}
FILTERS: Final[dict[str, tuple[str, str]]] = {
    "dry": ("Bitmek üzere", "About to run dry"),
    "applied": ("Daveti bekleyen", "Invitation open"),
    "suspended": ("Askıda", "Suspended"),
}
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Row:
    """A customer and how long its kontör lasts."""

    seen: Seen
    glance: Glance

    @property
    def dry(self) -> bool:
        """Whether it is about to run dry. Who never had kontör is not: he has not begun."""
        return self.seen.last_activity is not None and (
            self.seen.available < LOW_KONTOR or (self.glance.used_kontor > 0 and self.glance.low)
        )

    @property
    def last_day(self) -> tuple[int, int]:
        """Less is drier."""
        days = self.glance.days_left
        return (0 if self.dry else 1), (-1 if self.seen.available == 0 else days if days is not None else 10**6)


@blueprint.get("")
@right("customers:read")
def index() -> Response:
    """The customers, first who is about to run dry."""
    search, order, shown = request.args.get("q", "")[:80], _order(), request.args.get("show", "")
    shown = shown if shown in FILTERS else ""
    cursor = request.args.get("cursor")
    overview.after(cursor)
    found = _read(search, _by(order), limit=SORTED_MAX + 1, cursor=None)
    counts: dict[str, int] = {}
    if len(found) <= SORTED_MAX:
        everybody = _rows(found)
        counts = {name: sum(_fits(row, name) for row in everybody) for name in FILTERS}
        rows = [row for row in everybody if not shown or _fits(row, shown)]
        if order == "dry":
            rows.sort(key=lambda row: (*row.last_day, row.seen.title))
        first = _first()
        page = rows[first : first + PAGE_ROWS]
        more = _path(search, order, shown, start=str(first + PAGE_ROWS)) if len(rows) > first + PAGE_ROWS else ""
    else:
        found = _read(search, _by(order), limit=PAGE_ROWS + 1, cursor=cursor)
        page = _rows(found[:PAGE_ROWS])
        more = _path(search, order, "", cursor=page[-1].seen.cursor) if len(found) > PAGE_ROWS else ""
    return account_page(
        "reseller/customers.html",
        rows=page,
        more=more,
        search=search,
        order=order,
        show=shown,
        orders=ORDERS,
        filters=FILTERS,
        counts=counts,
        path=_path,
        states=STATE_NAMES,
        services=SERVICES,
    )


@blueprint.get("/sheet")
@right("customers:read")
def sheet() -> Response:
    """The same list, whole, as XLSX or CSV."""
    found = _read(request.args.get("q", "")[:80], _by(_order()), limit=SHEET_ROWS_MAX, cursor=None)
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


def _rows(found: list[Seen]) -> list[Row]:
    lasting = glances.read([one.tenant_id for one in found], at=request_at())
    return [Row(one, lasting[one.tenant_id]) for one in found]


def _fits(row: Row, shown: str) -> bool:
    return row.dry if shown == "dry" else row.seen.state == shown


def _order() -> str:
    asked = request.args.get("order", "dry")
    return asked if asked in ORDERS else "dry"


def _by(order: str) -> Order:
    """The order in which the database reads."""
    return cast(Order, "low" if order == "dry" else order)


def _first() -> int:
    asked = request.args.get("from", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 0


def _path(search: str, order: str, shown: str, *, start: str = "", cursor: str = "", form: str = "") -> str:
    asked = {
        "q": search, "order": "" if order == "dry" else order, "show": shown, "from": start, "cursor": cursor,
        "form": form,
    }  # fmt: skip
    kept = urlencode({name: value for name, value in asked.items() if value})
    path = url_for("reseller_customers.sheet" if form else "reseller_customers.index")
    return f"{path}?{kept}" if kept else path


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
            istanbul_date(one.next_expiry - timedelta(seconds=1)) if one.next_expiry else None, one.expiring,
            one.last_activity, ", ".join(SERVICES[name][said] for name in one.services),
        ])  # fmt: skip
    return table


@blueprint.app_template_filter("last_day")
def last_day(until: datetime) -> str:
    """The last whole day (Istanbul) before an expiry."""
    return istanbul_date(until - timedelta(microseconds=1)).strftime("%d.%m.%Y")
