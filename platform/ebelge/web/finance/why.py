""" "Neden bu bakiye?": an account, its balance at an instant, the lots it lies in, their entries, what made them."""

from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from billing.ledger.balance import PastBalance
from billing.statements import why as told
from ebelge.core.db import role_session
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.edge.people import right
from ebelge.edge.requests import request_at
from ebelge.web.finance import common
from ebelge.web.finance.common import PAGE, finance_page
from tenants import directory
from tenants.directory import Account

blueprint = Blueprint("finance_why", __name__, url_prefix="/finance/why")
FOUND_MAX = 25


@blueprint.get("")
@right("finance:work")
def index() -> Response:
    """Find an account by title or number."""
    words = common.said_words()
    with role_session("reader") as session:
        found = directory.search(session, words=words, limit=FOUND_MAX) if words else []
    return finance_page("why.html", q=words, found=found)


@blueprint.get("/<uuid:tenant_id>")
@right("finance:work")
def balance(tenant_id: UUID) -> Response:
    """A balance and the lots it lies in, now or as of an instant."""
    now = request_at()
    at = common.instant("at") or now
    with role_session("reader") as session:
        account = _account(session, tenant_id)
        found = told.why(session, tenant_id=tenant_id, at=at, now=now)
    return finance_page(
        "balance.html", account=account, found=found, at=request.args.get("at", ""), upto=found.balance.version
    )


@blueprint.get("/<uuid:tenant_id>/lots/<uuid:lot_id>")
@right("finance:work")
def lot(tenant_id: UUID, lot_id: UUID) -> Response:
    """A lot: what it came from, and every movement of it."""
    now, at = request_at(), common.instant("at")
    with role_session("reader") as session:
        account = _account(session, tenant_id)
        found = told.lot(session, tenant_id=tenant_id, lot_id=lot_id)
        past: PastBalance = told.why(session, tenant_id=tenant_id, at=at or now, now=now).balance
        rows, left = told.entries(
            session, tenant_id=tenant_id, lot_id=lot_id, upto=past.version, after=_after(), limit=PAGE + 1
        )
    shown = rows[:PAGE]
    return finance_page(
        "lot.html", account=account, lot=found, rows=shown, left=left, at=request.args.get("at", ""),
        people=common.names([found.asked_by, found.approved_by]), more=shown[-1].version if len(rows) > PAGE else None,
    )  # fmt: skip


@blueprint.get("/<uuid:tenant_id>/charges/<uuid:charge_id>")
@right("finance:work")
def charge(tenant_id: UUID, charge_id: UUID) -> Response:
    """A charge: the document it was for, the lots that paid it, and every movement of it."""
    with role_session("reader") as session:
        account = _account(session, tenant_id)
        found, lots, entries = told.charge(session, tenant_id=tenant_id, charge_id=charge_id)
    return finance_page("charge.html", account=account, charge=found, lots=lots, entries=entries)


def _account(session: Session, tenant_id: UUID) -> Account:
    """A live account: a sandbox has no balance that anybody paid for."""
    found = directory.get(session, tenant_id=tenant_id)
    if found.mode != "live":
        raise NotFound()
    return found


def _after() -> int:
    given = request.args.get("after", "0")
    if not (given.isascii() and given.isdecimal() and len(given) < 18):
        raise InvalidRequest("Adres eksik ya da bozuk.", "The address is incomplete or damaged.")
    return int(given)
