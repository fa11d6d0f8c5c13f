"""Giving unused kontör back: what each order is worth lot by lot, asking for the money, calling it off."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.models.orders import KontorOrder
from billing.models.returns import Refund
from billing.orders import queries
from billing.orders.states import CREDITED
from billing.settlement import quote as worth
from billing.settlement import refunds, return_invoices
from billing.settlement.quote import Quote
from billing.settlement.refund_rows import STATE_TEXTS, TAX_WAY_TEXTS, RefundStateConflict
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest
from ebelge.edge import refunds as desk
from ebelge.edge import sellers
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web import forms
from ebelge.web.frame import account_page
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, refused

blueprint = Blueprint("kontor_refunds", __name__, url_prefix="/kontor/refund")
ORDERS_SHOWN = 50
REFUNDS_SHOWN = 20
TONES = {"done": "good", "failed": "bad", "cancelled": "quiet"}


@blueprint.get("")
@right("kontor:read")
def index() -> Response:
    """Orders that could be given back, one of them with its worth, and refunds under way."""
    try:
        order_id = UUID(request.args["order"]) if request.args.get("order") else None
    except ValueError as error:
        raise InvalidRequest("Siparişi listeden seçin.", "Choose the order from the list.") from error
    return _page(order_id, EMPTY)


@blueprint.post("/<uuid:order_id>")
@right("kontor:buy")
@body_up_to(FORM_BYTES_MAX)
def ask(order_id: UUID) -> Response | WerkzeugResponse:
    """Ask for the refund that was shown: its kontör are frozen at once."""
    tenant_id = member().tenant_id
    home = desk.home_lots(tenant_id, order_id)
    try:
        with tenant_session(tenant_id) as session:
            desk.ask_in(
                session, tenant_id=tenant_id, order_id=order_id, home=home, reason=forms.field("reason", longest=500),
                by=member().mark, to_iban=forms.field("iban", longest=40), shown_gross_kurus=forms.number("shown"),
                at=request_at(),
            )  # fmt: skip
    except DomainError as refusal:
        answer = _page(order_id, refused(refusal))
        answer.status_code = refusal.http_status
        return answer
    return forms.go_to(url_for("kontor_refunds.index", said="asked"))


@blueprint.post("/<uuid:refund_id>/cancel")
@right("kontor:buy")
@body_up_to(FORM_BYTES_MAX)
def cancel(refund_id: UUID) -> Response | WerkzeugResponse:
    """Call a refund off: its kontör thaw."""
    tenant_id = member().tenant_id
    try:
        with tenant_session(tenant_id) as session:
            refunds.cancel(session, tenant_id=tenant_id, refund_id=refund_id, by=member().mark, at=request_at())
    except RefundStateConflict as refusal:
        answer = _page(None, refused(refusal))
        answer.status_code = refusal.http_status
        return answer
    return forms.go_to(url_for("kontor_refunds.index", said="cancelled"))


def _page(order_id: UUID | None, form: Form) -> Response:
    who, at, side = member(), request_at(), 0 if language() == "tr" else 1
    asked = desk.quoted(who.tenant_id, order_id, at=at) if order_id is not None else None
    with tenant_session(who.tenant_id) as session:
        order = queries.get(session, tenant_id=who.tenant_id, order_id=order_id) if order_id is not None else None
        orders = _orders(session, who.tenant_id)
        rows = _refunds(session, who.tenant_id, side)
        given = worth.received(session, tenant_id=who.tenant_id, at=at) if who.tenant_kind == "customer" else []
    names = sellers.names(one.sold_by for one in given)
    return account_page(
        "kontor/refund.html",
        form=form,
        order=order,
        quote=asked and _shown(asked, side),
        orders=orders,
        refunds=rows,
        given=[(one, names.get(one.sold_by, "") if one.sold_by else "") for one in given],
        may_ask="kontor:buy" in who.rights,
        said=request.args.get("said", ""),
    )


def _orders(session: Session, tenant_id: UUID) -> list[KontorOrder]:
    """Credited orders, the newest first."""
    wanted = select(KontorOrder).where(
        KontorOrder.tenant_id == tenant_id, KontorOrder.state.in_([state.value for state in CREDITED])
    )
    return list(session.scalars(wanted.order_by(KontorOrder.order_id.desc()).limit(ORDERS_SHOWN)))


def _refunds(session: Session, tenant_id: UUID, side: int) -> list[dict[str, Any]]:
    wanted = select(Refund).where(Refund.tenant_id == tenant_id).order_by(Refund.refund_id.desc()).limit(REFUNDS_SHOWN)
    rows = list(session.scalars(wanted))
    came = return_invoices.numbers_proposed(session, tenant_id=tenant_id, refund_ids=[row.refund_id for row in rows])
    return [
        {
            "at": row.requested_at,
            "kontor": row.kontor,
            "gross_kurus": row.gross_kurus,
            "tone": TONES.get(row.state, "wait"),
            "state": STATE_TEXTS[row.state][side],
            "way": _waits_for(row, came.get(row.refund_id), side),
            "order": url_for("kontor_orders.one", order_id=row.order_id),
            "cancel": url_for("kontor_refunds.cancel", refund_id=row.refund_id) if row.ended_at is None else "",
        }
        for row in rows
    ]


def _waits_for(refund: Refund, came: str | None, side: int) -> str:
    """The buyer's return invoice, or our look at the one that came."""
    if refund.state != "awaiting_return_invoice":
        return ""
    if came is not None:
        return f"{('İade faturanız geldi, inceleniyor', 'Your return invoice came, we look at it')[side]}: {came}"
    return TAX_WAY_TEXTS.get(refund.tax_way, ("", ""))[side]


def _shown(found: Quote, side: int) -> dict[str, Any]:
    return {
        "why": found.words[side] if found.why else "",
        "kontor": found.kontor,
        "net_kurus": found.net_kurus,
        "kdv_kurus": found.kdv_kurus,
        "gross_kurus": found.gross_kurus,
        "until": found.until,
        "by_transfer": found.gateway == "bank",
        "lots": [
            (one, url_for("kontor_pages.lot", lot_id=one.lot_id), one.words[side]) for one in found.lots
        ],
    }  # fmt: skip
