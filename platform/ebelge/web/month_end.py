"""Ay sonu: a month's documents of both sides with their taxes, handed out as XLSX or ZIP, and what came after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest
from ebelge.documents.monthly import exports, figures, listed
from ebelge.documents.monthly.classes import CLASSES, STANDING
from ebelge.documents.monthly.figures import SIDES, RateSum, Side, Sum
from ebelge.documents.states import STATE_TEXTS
from ebelge.edge import month_files
from ebelge.edge.access import reach
from ebelge.edge.languages import language
from ebelge.edge.month_files import Wanted
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.ubl import withholding
from ebelge.web.forms import field, problem_of
from ebelge.web.frame import account_page

blueprint = Blueprint("month_end", __name__, url_prefix="/month-end")
PER_PAGE: Final = 100
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MONTHS: Final = (
    ("Ocak", "January"), ("Şubat", "February"), ("Mart", "March"), ("Nisan", "April"), ("Mayıs", "May"),
    ("Haziran", "June"), ("Temmuz", "July"), ("Ağustos", "August"), ("Eylül", "September"), ("Ekim", "October"),
    ("Kasım", "November"), ("Aralık", "December"),
)  # fmt: skip
FORMS: Final = {"xlsx": ("Excel", "Excel"), "zip": ("XML (ZIP)", "XML (ZIP)")}


@dataclass(frozen=True, slots=True)
class Block:
    """One class of a side in one currency, as the page shows it: its sum, its KDV by rate, its other taxes."""

    of: str
    currency: str
    sum: Sum
    kdv: Sequence[RateSum]
    other: Sequence[RateSum]


@blueprint.get("")
@right("documents:read")
def index() -> Response:
    """A month: sums by class and rate, the documents of one side, what was handed out and what came since."""
    try:
        first, after = _month(request.args.get("month", "")), _after()
    except InvalidRequest as refusal:
        return _page(_this_month(), refusal=refusal)
    return _page(first, after=after)


@blueprint.post("/export")
@right("documents:read")
def export() -> WerkzeugResponse:
    """Hand the month out, and record it with its control totals and its hash."""
    me, form, month = member(), field("file", longest=4), field("month", longest=7)
    if form not in FORMS or not month:
        raise InvalidRequest("Ayı ve biçimi seçin.", "Choose the month and the form.")
    first = _month(month)
    wanted = Wanted(me.tenant_id, first, reach(), me.mark, me.full_name, request_at())
    try:
        if form == "zip":
            return _file(Response(month_files.archive(wanted), content_type="application/zip"), first, form)
        data = month_files.workbook(wanted, turkish=language() == "tr")
    except DomainError as refusal:
        return _page(first, refusal=refusal)
    return _file(Response(data, content_type=XLSX), first, "xlsx")


def _file(response: Response, first: date, suffix: str) -> Response:
    name = f"ay-sonu-{first:%Y-%m}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _page(first: date, *, after: UUID | None = None, refusal: DomainError | None = None) -> Response:
    me, side, of = member(), _side(), _of()
    with tenant_session(me.tenant_id) as session:
        month = figures.month(session, tenant_id=me.tenant_id, first=first, reach=reach())
        rows = listed.documents(
            session, tenant_id=me.tenant_id, first=first, side=side, reach=reach(), of=of, after=after,
            limit=PER_PAGE + 1,
        )  # fmt: skip
        made = exports.of_month(session, tenant_id=me.tenant_id, first=first, reach=reach(), made_by=me.mark)
        news = (
            exports.since(session, tenant_id=me.tenant_id, export=made[0], now=month, reach=reach()) if made else None
        )
        session.expunge_all()
    return account_page(
        "month_end/index.html",
        status=refusal.http_status if refusal else 200,
        problem=problem_of(refusal) if refusal else None,
        month=month,
        name=f"{MONTHS[first.month - 1][0 if language() == 'tr' else 1]} {first.year}",
        months=_months(first),
        sides={name: (SIDES[name], month.side(name), _blocks(month.side(name))) for name in SIDES},
        side=side,
        of=of,
        classes=CLASSES,
        standing=STANDING,
        rows=rows[:PER_PAGE],
        more=_path(first, side, of, rows[PER_PAGE - 1].document_id) if len(rows) > PER_PAGE else "",
        path=_path,
        exports=made,
        since=news,
        forms=FORMS,
        states=STATE_TEXTS,
        withholding=withholding.name,
        narrowed=not reach().whole,
        before=_path(_previous(first), side, ""),
        after=_path(_following(first), side, "") if _following(first) <= _this_month() else "",
    )


def _blocks(side: Side) -> list[Block]:
    order = list(CLASSES)
    keys = sorted(side.sums, key=lambda key: (order.index(key[0]), key[1] != "TRY", key[1]))
    return [
        Block(
            of, currency, side.sums[of, currency],
            [one for one in side.rates if (one.of, one.currency) == (of, currency) and one.is_kdv],
            [one for one in side.rates if (one.of, one.currency) == (of, currency) and not one.is_kdv],
        )
        for of, currency in keys
    ]  # fmt: skip


def _path(first: date, side: str, of: str, after: UUID | None = None) -> str:
    asked = {"month": f"{first:%Y-%m}", "side": side, "of": of, "after": str(after or "")}
    return f"{url_for('month_end.index')}?{urlencode({name: value for name, value in asked.items() if value})}"


def _month(text: str) -> date:
    """:raises InvalidRequest: it is no month of documents."""
    if not text:
        return _this_month()
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise InvalidRequest("Ayı listeden seçin.", "Choose the month from the list.") from error
    if not 2005 <= first.year <= 2100:
        raise InvalidRequest("Ayı listeden seçin.", "Choose the month from the list.")
    return first


def _this_month() -> date:
    return istanbul_date(request_at()).replace(day=1)


def _previous(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def _following(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _months(shown: date) -> list[tuple[str, str, bool]]:
    """The last eighteen months, newest first, and the one that is shown."""
    months, one = [], _this_month()
    for _ in range(18):
        months.append(one)
        one = _previous(one)
    if shown not in months:
        months.append(shown)
    tongue = 0 if language() == "tr" else 1
    return [(f"{one:%Y-%m}", f"{MONTHS[one.month - 1][tongue]} {one.year}", one == shown) for one in months]


def _side() -> str:
    asked = request.args.get("side", "out")
    return asked if asked in SIDES else "out"


def _of() -> str:
    asked = request.args.get("of", "")
    return asked if asked in CLASSES else ""


def _after() -> UUID | None:
    try:
        return UUID(request.args["after"]) if request.args.get("after") else None
    except ValueError as error:
        raise InvalidRequest("Sayfayı yenileyin.", "Reload the page.") from error
