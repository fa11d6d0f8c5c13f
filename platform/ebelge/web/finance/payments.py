"""Orders and payments: the list with its filters, one order from its placing to its last lot; what is owed to us."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from billing.settlement import desk_lists
from billing.settlement.desk_lists import GROUPS, Wanted
from ebelge.core.clock import istanbul_day
from ebelge.core.db import role_session
from ebelge.core.errors import InvalidRequest
from ebelge.edge.people import right
from ebelge.edge.requests import request_at
from ebelge.web.finance import common, words
from ebelge.web.finance.common import PAGE, finance_page
from tenants import directory

blueprint = Blueprint("finance_payments", __name__, url_prefix="/finance/payments")
LIST: Final = "finance_payments.index"
TENANTS_MAX: Final = 100
GROUP_NAMES: Final[dict[str, words.Pair]] = {
    "open": ("ödeme bekleyenler", "not paid yet"),
    "paid": ("ödenenler", "paid"),
    "ended": ("bitenler", "ended unpaid"),
}


@blueprint.get("")
@right("finance:work")
def index() -> Response:
    """Orders of all live accounts, the newest first."""
    with role_session("reader") as session:
        wanted = _wanted(session)
        found = desk_lists.orders(session, wanted, limit=PAGE + 1)
    shown = found[:PAGE]
    last = shown[-1] if len(found) > PAGE else None
    return finance_page(
        "payments.html", rows=shown, q=common.said_words(), state=_choice("state", {**GROUPS, **words.ORDERS}),
        method=wanted.method, invoice=wanted.invoice, chips=_chips(wanted), groups=GROUP_NAMES,
        first_day=request.args.get("from", ""), last_day=request.args.get("to", ""),
        more=common.here(LIST, after=common.cursor(last.created_at, last.order_id)) if last else "",
    )  # fmt: skip


@blueprint.get("/<uuid:tenant_id>/<uuid:order_id>")
@right("finance:work")
def one(tenant_id: UUID, order_id: UUID) -> Response:
    """An order: attempts, payments with their evidence, invoice, lots, refunds, disputes, bank lines, history."""
    with role_session("reader") as session:
        order, parts = desk_lists.order(session, tenant_id=tenant_id, order_id=order_id)
    marks = [*(one.by for one in parts["events"]), order.placed_by]
    marks += [mark for line in parts["bank_lines"] for mark in (line.asked_by, line.approved_by)]
    return finance_page("order.html", order=order, parts=parts, people=common.names(marks))


@blueprint.get("/debts")
@right("finance:work")
def debts() -> Response:
    """Receivables: open accounts, what chargebacks left owing, kontör that were lent."""
    at = request_at()
    with role_session("reader") as session:
        found = desk_lists.debts(session, after=common.place(), limit=PAGE + 1)
        owed = desk_lists.owed(session, at=at)
    shown = found[:PAGE]
    last = shown[-1] if len(found) > PAGE else None
    return finance_page(
        "debts.html", rows=shown, owed=owed, at=at,
        more=common.here("finance_payments.debts", after=common.cursor(last.due_at, last.receivable_id))
        if last else "",
    )  # fmt: skip


def _wanted(session: Session) -> Wanted:
    start, end = period()
    said = common.said_words()
    tenants = [one.tenant_id for one in directory.search(session, words=said, limit=TENANTS_MAX)] if said else []
    state = _choice("state", {**GROUPS, **words.ORDERS})
    return Wanted(
        states=GROUPS.get(state, (state,)) if state else None, method=_choice("method", words.METHODS),
        invoice=_choice("invoice", words.INVOICES), words=said, tenants=tenants, start=start, end=end,
        after=common.place(),
    )  # fmt: skip


def period() -> tuple[datetime | None, datetime | None]:
    """[start, end) of the days in the address; None: open. :raises InvalidRequest: beyond the calendar."""
    first, last = common.day("from"), common.day("to")
    if any(one is not None and not 2000 <= one.year <= 2100 for one in (first, last)):
        raise InvalidRequest("Gün 2000 ile 2100 arasında olmalı.", "The day is between 2000 and 2100.")
    return istanbul_day(first)[0] if first else None, istanbul_day(last)[1] if last else None


def _choice(name: str, known: dict[str, Any]) -> str:
    given = request.args.get(name, "")
    return given if given in known else ""


def _chips(wanted: Wanted) -> list[tuple[str, str, str]]:
    n, on = words.side(), list[tuple[str, str, str]]()
    state = _choice("state", {**GROUPS, **words.ORDERS})
    if state:
        name = GROUP_NAMES[state][n] if state in GROUP_NAMES else words.ORDERS[state][n]
        on.append((("Durum", "State")[n], name, common.here(LIST, state="")))
    if wanted.method:
        on.append((("Yol", "Method")[n], words.METHODS[wanted.method][n], common.here(LIST, method="")))
    if wanted.invoice:
        on.append((("Fatura", "Invoice")[n], words.INVOICES[wanted.invoice][n], common.here(LIST, invoice="")))
    if wanted.words:
        on.append((("Aranan", "Words")[n], wanted.words, common.here(LIST, q="")))
    for name, title in (("from", ("İlk gün", "From")), ("to", ("Son gün", "To"))):
        if day := common.day(name):
            on.append((title[n], f"{day:%d.%m.%Y}", common.here(LIST, **{name: ""})))
    return on
