"""Giving unused kontör back: what they are worth, asking for the money, calling it off."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models.returns import Refund
from billing.orders import queries
from billing.settlement import refunds
from ebelge.api import refund_answers
from ebelge.api.account import NoQuery
from ebelge.api.described import described
from ebelge.api.reading import json_body, query, validated
from ebelge.api.refund_answers import QuoteAnswer, RefundAnswer, RefundBody, RefundList
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.edge import refunds as desk
from ebelge.edge.access import bearer, needs
from ebelge.edge.idempotency import json_response, perform, render
from ebelge.edge.languages import language

blueprint = APIBlueprint("refunds", __name__, tag="Orders")


@blueprint.get("/orders/<uuid:order_id>/refund-quote")
@described(QuoteAnswer, query=NoQuery, refusals=(404,))
@needs("billing:read")
def get_quote(order_id: UUID) -> Response:
    """What an order's unused kontör are worth

    Lot by lot, to the kuruş. Bonus kontör are worth nothing and go back with the rest; expired, frozen and held kontör
    are not refundable, and each lot says why.
    """
    query(NoQuery)
    worth = desk.quoted(bearer().tenant_id, order_id, at=utc_now())
    return json_response(render(refund_answers.quote(worth, language())))


@blueprint.post("/orders/<uuid:order_id>/refunds")
@described(RefundAnswer, status=HTTPStatus.CREATED, body=RefundBody, idempotent=True, refusals=(404, 409, 422))
@needs("billing:write")
def create(order_id: UUID) -> Response:
    """Ask for a refund

    The unused kontör are frozen at once. The money goes back to the original payment when the tax side is in order:
    `tax_way` says what that is. Until it has gone, the refund can be called off.
    """
    tenant_id = bearer().tenant_id
    home = desk.home_lots(tenant_id, order_id)
    body = validated(RefundBody, json_body())

    def work(session: Session, at: datetime) -> RefundAnswer:
        refund_id = desk.ask_in(
            session, tenant_id=tenant_id, order_id=order_id, home=home, reason=body.reason, by=_by(),
            to_iban=body.iban, shown_gross_kurus=body.gross_kurus, at=at,
        )  # fmt: skip
        return refund_answers.refund(session.get_one(Refund, (tenant_id, refund_id)), language())

    return perform(work, status=HTTPStatus.CREATED)


@blueprint.get("/orders/<uuid:order_id>/refunds")
@described(RefundList, query=NoQuery, refusals=(404,))
@needs("billing:read")
def list_refunds(order_id: UUID) -> Response:
    """Refunds of an order

    Newest first; an order has few.
    """
    query(NoQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        queries.get(session, tenant_id=tenant_id, order_id=order_id)
        rows = session.scalars(
            select(Refund)
            .where(Refund.tenant_id == tenant_id, Refund.order_id == order_id)
            .order_by(Refund.refund_id.desc())
        )
        return json_response(render(RefundList(items=[refund_answers.refund(row, language()) for row in rows])))


@blueprint.post("/refunds/<uuid:refund_id>/cancel")
@described(RefundAnswer, query=NoQuery, idempotent=True, refusals=(404, 409))
@needs("billing:write")
def cancel(refund_id: UUID) -> Response:
    """Call a refund off

    Its kontör thaw, with the frozen time added to their expiry. Refused once the money may have gone.
    """

    def work(session: Session, at: datetime) -> RefundAnswer:
        tenant_id = bearer().tenant_id
        refunds.cancel(session, tenant_id=tenant_id, refund_id=refund_id, by=_by(), at=at)
        return refund_answers.refund(session.get_one(Refund, (tenant_id, refund_id)), language())

    return perform(work)


def _by() -> str:
    return f"key:{bearer().key_id}"
