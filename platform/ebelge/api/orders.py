"""Buying kontör: place an order, pay it, follow it, call it off."""

from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models.bank import BankAccount
from billing.models.orders import PaymentAttempt
from billing.orders import place, queries
from billing.payments.gateway import Buyer
from billing.settlement import on_account
from ebelge.api import cursors, order_answers
from ebelge.api.account import NoQuery
from ebelge.api.cursors import PageQuery
from ebelge.api.described import described
from ebelge.api.order_answers import OrderAnswer, OrderDetailAnswer, OrderPage
from ebelge.api.order_requests import OrderBody, PayBody, buyer, wish
from ebelge.api.reading import UnsupportedMediaType, json_body, query, validated
from ebelge.core.db import tenant_session
from ebelge.core.errors import Conflict
from ebelge.edge import checkout
from ebelge.edge.access import bearer, needs
from ebelge.edge.idempotency import json_response, perform, perform_calling, render
from ebelge.edge.languages import language
from ebelge.edge.payers import bank_accounts
from ebelge.jobs.asking import ask_once_more
from ebelge.jobs.gateways import gateway
from tenants import accounts

blueprint = APIBlueprint("orders", __name__, tag="Orders")
_CARDS = ("iyzico", "stripe")


class MethodNotOffered(Conflict):
    """This way to pay is not offered to this account."""

    code = "method_not_offered"
    title_tr, title_en = "Bu ödeme yolu sunulmuyor", "This way to pay is not offered"


@blueprint.post("/orders")
@described(OrderAnswer, status=HTTPStatus.CREATED, body=OrderBody, idempotent=True, refusals=(402, 404, 409, 422))
@needs("billing:write")
def create() -> Response:
    """Order kontör

    By card (`iyzico`, `stripe`) the answer's `payment.redirect_url` is where the payer goes; by `bank` its `transfer`
    says what to transfer, where and by when; on `open_account`, by contract, the kontör are there at once.

    Send an Idempotency-Key: should a call to the gateway get lost, the same request goes on with the same order.
    """
    body = validated(OrderBody, _json())
    if body.method in _CARDS:
        return _create_and_pay(body)
    transfer_to = bank_accounts()
    if body.method == "bank" and not transfer_to:
        raise MethodNotOffered("Havale için tanımlı hesap yok.", "No account for transfers is set up.")

    def work(session: Session, at: datetime) -> OrderAnswer:
        if body.method == "open_account":
            order = on_account.buy(
                session, tenant_id=bearer().tenant_id, package_code=body.package, quantity=body.quantity,
                placed_by=_by(), at=at,
            )  # fmt: skip
            return order_answers.order(order, (), transfer_to, language())
        order = place.place(
            session, tenant_id=bearer().tenant_id, package_code=body.package, quantity=body.quantity,
            method="bank", placed_by=_by(), at=at,
        )  # fmt: skip
        return order_answers.order(order, (), transfer_to, language())

    return perform(work, status=HTTPStatus.CREATED)


@blueprint.get("/orders")
@described(OrderPage, query=PageQuery)
@needs("billing:read")
def list_orders() -> Response:
    """Orders

    Every order of the account with its last payment attempt, newest first.
    """
    asked, tenant_id = query(PageQuery), bearer().tenant_id
    transfer_to = bank_accounts()
    with tenant_session(tenant_id) as session:
        before = cursors.unpack_uuid(asked.cursor)
        found = queries.orders(session, tenant_id=tenant_id, limit=asked.limit + 1, before=before)
        tries: dict[UUID, list[PaymentAttempt]] = {}
        wanted = [one.order_id for one in found[: asked.limit]]
        for attempt in session.scalars(
            select(PaymentAttempt)
            .where(PaymentAttempt.tenant_id == tenant_id, PaymentAttempt.order_id.in_(wanted))
            .order_by(PaymentAttempt.attempt_id)
        ):
            tries.setdefault(attempt.order_id, []).append(attempt)
        page = OrderPage(
            items=[
                order_answers.order(one, tries.get(one.order_id, ()), transfer_to, language())
                for one in found[: asked.limit]
            ],
            next_cursor=cursors.pack(found[asked.limit - 1].order_id) if len(found) > asked.limit else None,
        )
        return json_response(render(page))


@blueprint.get("/orders/<uuid:order_id>")
@described(OrderDetailAnswer, query=NoQuery, refusals=(404,))
@needs("billing:read")
def get_order(order_id: UUID) -> Response:
    """One order

    With its last payment attempt, where to transfer to, and everything that happened to it.
    """
    query(NoQuery)
    transfer_to = bank_accounts()
    with tenant_session(bearer().tenant_id) as session:
        return json_response(render(_detail(session, order_id, transfer_to)))


@blueprint.post("/orders/<uuid:order_id>/cancel")
@described(OrderDetailAnswer, query=NoQuery, idempotent=True, refusals=(404, 409))
@needs("billing:write")
def cancel(order_id: UUID) -> Response:
    """Call an unpaid order off

    Refused while a payment is under review or unclear. Money that comes all the same is not credited; a person returns
    it.
    """
    transfer_to = bank_accounts()

    def work(session: Session, at: datetime) -> OrderDetailAnswer:
        tenant_id = bearer().tenant_id
        live = queries.live_attempts(session, tenant_id=tenant_id, order_id=order_id)
        place.cancel(session, tenant_id=tenant_id, order_id=order_id, by=_by(), at=at)
        for attempt in live:
            ask_once_more(session, attempt=attempt, at=at)
        return _detail(session, order_id, transfer_to)

    return perform(work)


@blueprint.post("/orders/<uuid:order_id>/pay")
@described(OrderDetailAnswer, body=PayBody, idempotent=True, refusals=(402, 404, 409, 422))
@needs("billing:write", suspended_too=True)
def pay(order_id: UUID) -> Response:
    """Pay an order by card (again)

    After a failed attempt, or to get the page of the present one again. The order's amount stays what it was. What is
    owed on open account can be paid by a suspended account, too.
    """
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        order = queries.get(session, tenant_id=tenant_id, order_id=order_id)
        tenant = accounts.get(session, tenant_id=tenant_id)
    body = validated(PayBody, _json())
    name = body.method or order.method
    if name not in _CARDS:
        raise MethodNotOffered("Bu sipariş kartla ödenmez.", "This order is not paid by card.")
    payer = buyer(body.buyer, tenant=tenant, gateway=name, ip=_ip())
    wanted = wish(body)
    gateway(name)

    def begin(session: Session, at: datetime) -> UUID:
        locked = queries.lock_attempts(session, tenant_id=tenant_id, order_id=order_id)
        live = [one for one in locked if one.ended_at is None and one.kind == "checkout" and one.gateway == name]
        if live and live[-1].state in ("started", "pending", "unknown"):
            return live[-1].attempt_id
        order = queries.get(session, tenant_id=tenant_id, order_id=order_id)
        return checkout.begin(
            session, order=order, gateway=name, wish=wanted, buyer=payer, by=_by(), at=at
        ).attempt_id  # fmt: skip

    def finish(session: Session, at: datetime, attempt_id: UUID) -> OrderDetailAnswer:
        return _detail(session, order_id, ())

    return perform_calling(begin, _calling(payer), finish)


def _create_and_pay(body: OrderBody) -> Response:
    tenant_id, name, asked = bearer().tenant_id, body.method, body.payment()
    wanted = wish(asked)
    gateway(name)  # 404 where it is not set up, before anything is written
    with tenant_session(tenant_id) as session:
        tenant = accounts.get(session, tenant_id=tenant_id)
        payer = buyer(asked.buyer, tenant=tenant, gateway=name, ip=_ip())

    def begin(session: Session, at: datetime) -> UUID:
        order = place.place(
            session, tenant_id=tenant_id, package_code=body.package, quantity=body.quantity, method=name,
            placed_by=_by(), at=at,
        )  # fmt: skip
        return checkout.begin(
            session, order=order, gateway=name, wish=wanted, buyer=payer, by=_by(), at=at
        ).attempt_id  # fmt: skip

    def finish(session: Session, at: datetime, attempt_id: UUID) -> OrderAnswer:
        attempt = queries.attempt(session, tenant_id=tenant_id, attempt_id=attempt_id)
        order = queries.get(session, tenant_id=tenant_id, order_id=attempt.order_id)
        return order_answers.order(order, (attempt,), (), language())

    return perform_calling(begin, _calling(payer), finish, status=HTTPStatus.CREATED)


def _calling(payer: Buyer) -> Callable[[UUID], None]:
    tenant_id = bearer().tenant_id

    def call(attempt_id: UUID) -> None:
        checkout.open_checkout(tenant_id=tenant_id, attempt_id=attempt_id, buyer=payer)

    return call


def _detail(session: Session, order_id: UUID, transfer_to: Sequence[BankAccount]) -> OrderDetailAnswer:
    key = {"tenant_id": bearer().tenant_id, "order_id": order_id}
    return order_answers.detail(
        queries.get(session, **key),
        queries.attempts(session, **key),
        transfer_to,
        queries.timeline(session, **key),
        language(),
    )


def _json() -> object:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType(
            "application/json gönderin.", "Send application/json.", accepted=["application/json"]
        )
    return json_body()


def _by() -> str:
    return f"key:{bearer().key_id}"


def _ip() -> str:
    return request.remote_addr or ""
