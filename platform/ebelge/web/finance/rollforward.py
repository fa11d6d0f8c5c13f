"""The month's roll-forward: opening, every term, closing; it opens to days, accounts and entries."""

from datetime import date, datetime
from uuid import UUID

from flask import Blueprint, Response, request

from billing.reconciliation import movements
from billing.reconciliation.flow import TERMS
from billing.statements.statement import month as period
from ebelge.core.clock import add_months, istanbul_day
from ebelge.core.db import role_session
from ebelge.core.errors import InvalidRequest
from ebelge.edge.people import right
from ebelge.edge.requests import request_at
from ebelge.web.finance import common, words
from ebelge.web.finance.common import PAGE, finance_page
from tenants import directory
from tenants.directory import Account

ENTRIES = "finance_rollforward.entries"
blueprint = Blueprint("finance_rollforward", __name__, url_prefix="/finance/rollforward")


@blueprint.get("")
@right("finance:work")
def index() -> Response:
    """A month, by days and by accounts."""
    first, tenant_id = common.month(request_at()), common.uuid("tenant")
    start, end = period(first)
    with role_session("reader") as session:
        account = directory.get(session, tenant_id=tenant_id) if tenant_id else None
        found = movements.roll_forward(session, start=start, end=end, tenant_id=tenant_id)
        accounts = [] if tenant_id else movements.by_tenant(session, start=start, end=end)
    used = [term for term in TERMS if found.terms[term]]
    return finance_page(
        "rollforward.html", first=first, found=found, account=account, accounts=accounts, terms=TERMS, used=used,
        before=add_months(first, -1), later=add_months(first, 1), here=common.here,
    )  # fmt: skip


@blueprint.get("/entries")
@right("finance:work")
def entries() -> Response:
    """The entries of a day, or of a month, that moved kontör in or out."""
    start, end, day = _period()
    tenant_id, term = common.uuid("tenant"), _term()
    place = common.after(parts=3)
    with role_session("reader") as session:
        account = directory.get(session, tenant_id=tenant_id) if tenant_id else None
        found = movements.entries(
            session, start=start, end=end, tenant_id=tenant_id, term=term, limit=PAGE + 1,
            after=_after(place) if place else None,
        )  # fmt: skip
    shown = found[:PAGE]
    last = shown[-1] if len(found) > PAGE else None
    return finance_page(
        "entries.html", rows=shown, day=day, term=term, terms=TERMS,
        month=common.month(request_at()) if day is None else day.replace(day=1),
        account=account, here=common.here, chips=_chips(day, term, account),
        more=common.here("finance_rollforward.entries", after=common.cursor(last.at, last.tenant_id, last.version))
        if last else "",
    )  # fmt: skip


def _period() -> tuple[datetime, datetime, date | None]:
    day = common.day("day")
    if day is None:
        start, end = period(common.month(request_at()))
        return start, end, None
    if not 2020 <= day.year <= 2100:
        raise InvalidRequest("Gün 2020 ile 2100 arasında olmalı.", "The day is between 2020 and 2100.")
    start, end = istanbul_day(day)
    return start, end, day


def _term() -> str:
    given = request.args.get("term", "")
    return given if given in TERMS else ""


def _chips(day: date | None, term: str, account: Account | None) -> list[tuple[str, str, str]]:
    turkish = words.side() == 0
    on: list[tuple[str, str, str]] = []
    if day is not None:
        month = f"{day:%Y-%m}"
        on.append(("Gün" if turkish else "Day", f"{day:%d.%m.%Y}", common.here(ENTRIES, day="", month=month)))
    if term:
        on.append(("Hareket" if turkish else "Term", words.TERMS[term][words.side()], common.here(ENTRIES, term="")))
    if account is not None:
        on.append(("Hesap" if turkish else "Account", account.title, common.here(ENTRIES, tenant="")))
    return on


def _after(parts: list[str]) -> tuple[datetime, UUID, int]:
    try:
        return datetime.fromisoformat(parts[0]), UUID(parts[1]), int(parts[2][:18])
    except ValueError as error:
        raise InvalidRequest("Adres eksik ya da bozuk.", "The address is incomplete or damaged.") from error
