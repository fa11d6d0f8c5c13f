"""A reseller's commission: what is pending, payable and paid, month by month, each entry with its order; as a sheet."""

from datetime import date
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for

from billing.commissions import entries, months, statement
from billing.resellers import contracts
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web.forms import problem_of
from ebelge.web.frame import account_page

blueprint = Blueprint("commission_pages", __name__, url_prefix="/reseller/commission")
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES: Final[dict[str, tuple[str, tuple[str, str]]]] = {
    "pending": ("wait", ("Bekliyor", "Pending")),
    "payable": ("good", ("Ödenebilir", "Payable")),
    "paid": ("quiet", ("Ödendi", "Paid")),
    "reversed": ("bad", ("Geri alındı", "Reversed")),
    "payout": ("calm", ("Ödeme", "Payout")),
}


@blueprint.get("")
@right("commission:read")
def index() -> Response:
    """A month's statement, and all months; `state` shows only entries that stand so."""
    wrong = None
    try:
        month = _month()
    except InvalidRequest as refusal:
        month, wrong = istanbul_date(request_at()).replace(day=1), refusal
    me, at, state = member().tenant_id, request_at(), request.args.get("state", "")
    with tenant_session(me) as session:
        contract = contracts.at_instant(session, tenant_id=me, at=at)
        model = contract.model if contract else None
        found = statement.statement(session, tenant_id=me, month=month, at=at)
        account = entries.account(session, tenant_id=me, at=at)
        paid_until = months.paid_until(session, tenant_id=me)
        rows = [(one, months.state_of(one, paid_until=paid_until, at=at)) for one in found.lines]
        all_months = months.months(session, tenant_id=me)
        session.expunge_all()
    return account_page(
        "reseller/commission.html",
        status=wrong.http_status if wrong else 200,
        problem=problem_of(wrong) if wrong else None,
        found=found,
        account=account,
        model=model,
        months=all_months,
        rows=[(one, stands) for one, stands in rows if state not in STATES or stands == state],
        counts={name: sum(stands == name for _, stands in rows) for name in STATES},
        states=STATES,
        state=state if state in STATES else "",
        path=_path,
    )


@blueprint.get("/sheet")
@right("commission:read")
def sheet() -> Response:
    """A month's statement as XLSX or CSV."""
    me, csv = member().tenant_id, request.args.get("form") == "csv"
    with tenant_session(me) as session:
        found = statement.statement(session, tenant_id=me, month=_month(), at=request_at())
        write = statement.as_csv if csv else statement.as_xlsx
        data = write(found, turkish=language() == "tr")
    response = Response(data, content_type="text/csv; charset=utf-8" if csv else XLSX)
    name = statement.file_name(found, suffix="csv" if csv else "xlsx")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _month() -> date:
    """:raises InvalidRequest: it is no month, or has not begun."""
    asked, this = request.args.get("month", ""), istanbul_date(request_at()).replace(day=1)
    if not asked:
        return this
    try:
        first = date.fromisoformat(f"{asked}-01")
    except ValueError as error:
        raise InvalidRequest("Ayı listeden seçin.", "Choose the month from the list.") from error
    if not first.year >= 2005 or first > this:
        raise InvalidRequest("O ay henüz başlamadı.", "That month has not begun.")
    return first


def _path(month: date, state: str = "", *, form: str = "") -> str:
    endpoint = "commission_pages.sheet" if form else "commission_pages.index"
    asked = {"month": f"{month:%Y-%m}", "state": state, "form": form}
    return f"{url_for(endpoint)}?{urlencode({name: value for name, value in asked.items() if value})}"
