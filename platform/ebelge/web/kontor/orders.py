"""Orders of the company: the list, one with its payment, its lots and its steps; paying it again, calling it off."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.models.orders import KontorOrder, PaymentAttempt
from billing.orders import attempts, cards, place, queries
from billing.orders.states import PAYABLE, OrderState
from billing.payments.gateway import Buyer
from billing.settlement import quote
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest
from ebelge.edge import checkout
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.payers import bank_accounts
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs.asking import ask_once_more
from ebelge.jobs.gateways import gateway, gateways
from ebelge.web import forms
from ebelge.web.frame import account_page
from ebelge.web.kontor import paying, words
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, refused
from tenants import accounts

blueprint = Blueprint("kontor_orders", __name__, url_prefix="/kontor/orders")
PER_PAGE: Final = 50
# A payment about which somebody is being asked: the page looks again by itself.
ASKED: Final = frozenset({"started", "unknown"})
SAID: Final = {
    "placed": ("Sipariş verildi.", "The order is placed."),
    "silent": (
        "Ödeme kuruluşu yanıt vermedi. Siparişiniz duruyor, para çekilmedi. Birkaç dakika sonra yeniden ödeyin.",
        "The payment provider did not answer. Your order stands and nothing was taken. Pay again in a few minutes.",
    ),
    "refused": (
        "Ödeme sayfası açılamadı. Siparişiniz duruyor, para çekilmedi. Bilgileri düzeltip yeniden ödeyin.",
        "The payment page was not opened. Your order stands and nothing was taken. Correct the details and pay again.",
    ),
    "cancelled": ("Sipariş iptal edildi.", "The order was called off."),
}  # fmt: skip


@blueprint.get("")
@right("kontor:read")
def index() -> Response:
    """Orders, the newest first."""
    try:
        before = UUID(request.args["before"]) if request.args.get("before") else None
    except ValueError as error:
        raise InvalidRequest("Sayfayı yenileyin.", "Reload the page.") from error
    tenant_id = member().tenant_id
    with tenant_session(tenant_id) as session:
        found = queries.orders(session, tenant_id=tenant_id, limit=PER_PAGE + 1, before=before)
    rows = [_row(one) for one in found[:PER_PAGE]]
    more = url_for("kontor_orders.index", before=found[PER_PAGE - 1].order_id) if len(found) > PER_PAGE else ""
    return account_page("kontor/orders.html", rows=rows, more=more, may_buy="kontor:buy" in member().rights)


@blueprint.get("/<uuid:order_id>")
@right("kontor:read")
def one(order_id: UUID) -> Response:
    """One order: where it stands, how to pay it, the lots it made, everything that happened to it."""
    return _page(order_id, EMPTY)


@blueprint.get("/<uuid:order_id>/leave")
@right("kontor:read")
def leave(order_id: UUID) -> Response | WerkzeugResponse:
    """Lead to the gateway's page of the payment that is under way."""
    with tenant_session(member().tenant_id) as session:
        queries.get(session, tenant_id=member().tenant_id, order_id=order_id)
        tries = queries.attempts(session, tenant_id=member().tenant_id, order_id=order_id)
        to = _page_of(tries[-1] if tries else None, request_at())
    if not to:
        return forms.go_to(url_for("kontor_orders.one", order_id=order_id))
    return account_page("kontor/leave.html", to=to, back=url_for("kontor_orders.one", order_id=order_id))


@blueprint.post("/<uuid:order_id>/pay")
@right("kontor:buy", suspended_too=True)
@body_up_to(FORM_BYTES_MAX)
def pay(order_id: UUID) -> Response | WerkzeugResponse:
    """Pay the order by card, (again)."""
    tenant_id, way = member().tenant_id, forms.field("way", longest=60)
    with tenant_session(tenant_id) as session:
        queries.get(session, tenant_id=tenant_id, order_id=order_id)
        tenant = accounts.get(session, tenant_id=tenant_id)
    try:
        if way.startswith("card:"):
            with tenant_session(tenant_id) as session:
                order = queries.get(session, tenant_id=tenant_id, order_id=order_id)
                card = paying.saved_card(session, tenant_id, way)
                attempts.by_card(session, order=order, card=card, by=member().mark, at=request_at())
            return forms.go_to(url_for("kontor_orders.one", order_id=order_id))
        name = way if way in attempts.CARD_METHODS else "iyzico"
        gateway(name)
        payer = paying.buyer(tenant, name)
        with tenant_session(tenant_id) as session:
            attempt_id = _begin(session, order_id, name, payer, request_at())
    except DomainError as refusal:
        answer = _page(order_id, refused(refusal))
        answer.status_code = refusal.http_status
        return answer
    return paying.open_page(order_id, attempt_id, payer)


@blueprint.post("/<uuid:order_id>/cancel")
@right("kontor:buy")
@body_up_to(FORM_BYTES_MAX)
def cancel(order_id: UUID) -> Response | WerkzeugResponse:
    """Call an unpaid order off."""
    tenant_id, at = member().tenant_id, request_at()
    try:
        with tenant_session(tenant_id) as session:
            live = queries.live_attempts(session, tenant_id=tenant_id, order_id=order_id)
            place.cancel(session, tenant_id=tenant_id, order_id=order_id, by=member().mark, at=at)
            for attempt in live:
                ask_once_more(session, attempt=attempt, at=at)
    except place.PaymentUnderWay as refusal:
        answer = _page(order_id, refused(refusal))
        answer.status_code = refusal.http_status
        return answer
    return forms.go_to(url_for("kontor_orders.one", order_id=order_id, said="cancelled"))


def _begin(session: Session, order_id: UUID, name: str, payer: Buyer, at: datetime) -> UUID:
    """A new attempt, or the one whose page is still open."""
    tenant_id = member().tenant_id
    locked = queries.lock_attempts(session, tenant_id=tenant_id, order_id=order_id)
    live = [one for one in locked if one.ended_at is None and one.kind == "checkout" and one.gateway == name]
    if live and live[-1].state in ("started", "pending", "unknown"):
        return live[-1].attempt_id
    order = queries.get(session, tenant_id=tenant_id, order_id=order_id)
    return checkout.begin(
        session, order=order, gateway=name, wish=paying.wish(order_id), buyer=payer, by=member().mark, at=at
    ).attempt_id


def _page(order_id: UUID, form: Form) -> Response:
    who, side, at = member(), 0 if language() == "tr" else 1, request_at()
    transfer_to = bank_accounts()
    with tenant_session(who.tenant_id) as session:
        order = queries.get(session, tenant_id=who.tenant_id, order_id=order_id)
        tries = queries.attempts(session, tenant_id=who.tenant_id, order_id=order_id)
        steps = queries.timeline(session, tenant_id=who.tenant_id, order_id=order_id)
        payment = quote.payment_of(session, order=order)
        lots = quote.lots_of(session, order=order, payment=payment) if order.credited_at else []
        kept = [one for one in cards.listed(session, tenant_id=who.tenant_id) if one.gateway in gateways()]
        tenant = accounts.get(session, tenant_id=who.tenant_id)
    last = tries[-1] if tries else None
    payable = OrderState(order.state) in PAYABLE or attempts.is_debt(order)
    under_way = last is not None and last.ended_at is None
    return account_page(
        "kontor/order.html",
        order=order,
        row=_row(order),
        form=form,
        said=SAID.get(request.args.get("said", ""), ("", ""))[side],
        last=last,
        go=_page_of(last, at),
        look_again=last is not None and last.ended_at is None and (last.kind == "saved_card" or last.state in ASKED),
        payable=payable and not under_way,
        cancellable=OrderState(order.state) in PAYABLE and "kontor:buy" in who.rights,
        may_buy="kontor:buy" in who.rights,
        transfer_to=transfer_to if order.method in ("bank", "open_account") and payable else [],
        steps=[(step.at, step.text_tr if side == 0 else step.text_en) for step in steps],
        payment=payment,
        lots=lots,
        ways=_card_ways(kept, side),
        asked=paying.asked(tenant),
        names=paying.names(who.full_name),
    )


def _card_ways(kept: list[Any], side: int) -> list[tuple[str, str, str]]:
    saved = ("Kayıtlı kart", "Saved card")[side]
    card = ("Kart", "Card")[side]
    return [(f"card:{one.card_id}", words.card(one.brand, one.last_four), saved) for one in kept] + [
        (name, f"{card} ({title})", "") for name, title in paying.GATEWAY_NAMES.items() if name in gateways()
    ]


def _page_of(attempt: PaymentAttempt | None, at: datetime) -> str:
    """Where the payer pays now; empty if no page is open."""
    if attempt is None or attempt.state not in ("pending", "unknown") or attempt.redirect_url is None:
        return ""
    return attempt.redirect_url if attempt.expires_at is None or at < attempt.expires_at else ""


def _row(order: KontorOrder) -> dict[str, object]:
    side = 0 if language() == "tr" else 1
    tone, state = words.order_state(order, side)
    return {
        "path": url_for("kontor_orders.one", order_id=order.order_id),
        "reference": order.reference,
        "at": order.created_at,
        "name": order.package_name_tr if side == 0 else order.package_name_en,
        "kontor": order.kontor,
        "bonus": order.bonus_kontor,
        "gross_kurus": order.gross_kurus,
        "refunded_kurus": order.refunded_kurus,
        "method": words.METHODS[order.method][side],
        "tone": tone,
        "state": state,
    }
