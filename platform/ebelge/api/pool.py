"""Pools: rights to draw offered and accepted, what can be drawn, recall and leaving."""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from billing.ledger import balance
from billing.pools import draws, rights, use
from billing.pools.rights import NotAPool, Terms
from ebelge.api import pool_answers
from ebelge.api.account import NoQuery
from ebelge.api.described import described
from ebelge.api.pool_answers import (
    MemberAnswer,
    MembershipAnswer,
    PoolAnswer,
    PoolBody,
    RecallBody,
    RecalledAnswer,
    RightAnswer,
    RightBody,
)
from ebelge.api.reading import json_body, query, validated
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.edge.access import bearer, needs
from ebelge.edge.idempotency import json_response, perform_calling, render
from ebelge.edge.requests import request_at
from ebelge.jobs import pooling
from tenants import accounts

blueprint = APIBlueprint("pool", __name__, tag="Pools and resellers")
USE_SHOWN = timedelta(days=31)


@blueprint.get("/pool")
@described(MemberAnswer, query=NoQuery, also=PoolAnswer)
@needs("billing:read")
def get_pool() -> Response:
    """The pool

    A pool sees its members' rights, what they drew this month and used per day. A member sees its own wallet and what
    it could draw.
    """
    query(NoQuery)
    tenant_id, at = bearer().tenant_id, request_at()
    with tenant_session(tenant_id) as session:
        spendable = balance.balance(session, tenant_id=tenant_id, at=at).spendable
        if accounts.get(session, tenant_id=tenant_id).kind == "pool":
            return json_response(render(_pool(session, tenant_id, spendable, at)))
        rows = [pool_answers.membership(row) for row in rights.memberships(session, tenant_id=tenant_id)]
    can = pooling.drawable(tenant_id)
    return json_response(render(pool_answers.member(rows, spendable=spendable, can=can)))


@blueprint.post("/pool/draw-rights")
@described(RightAnswer, status=HTTPStatus.CREATED, body=RightBody, idempotent=True, refusals=(404, 409))
@needs("billing:write")
def offer() -> Response:
    """Offer a right to draw

    As a pool, to an account of the same mode. It draws only after that account has accepted; new terms of a right that
    is in force apply at once.
    """
    body, pool_id = validated(RightBody, json_body()), bearer().tenant_id
    terms = Terms(
        block_kontor=body.block_kontor,
        monthly_cap_kontor=body.monthly_cap_kontor,
        threshold_kontor=body.threshold_kontor,
    )

    def begin(session: Session, at: datetime) -> UUID:
        _must_be_pool(session, pool_id)
        return body.member_id

    def finish(session: Session, at: datetime, member_id: UUID) -> RightAnswer:
        return _right(session, pool_id, member_id, at)

    return perform_calling(
        begin,
        lambda member_id: _nothing(pooling.offer(pool_id, member_id, terms=terms, by=_by())),
        finish,
        status=HTTPStatus.CREATED,
    )


@blueprint.post("/pool/accept")
@described(MembershipAnswer, body=PoolBody, idempotent=True, refusals=(404, 409))
@needs("billing:write")
def accept() -> Response:
    """Accept a pool's offer

    From then on the pool refills the wallet when it is short. One pool at most refills a wallet.
    """
    return _as_member(lambda member_id, pool_id: pooling.accept(member_id, pool_id, by=_by()))


@blueprint.post("/pool/leave")
@described(MembershipAnswer, body=PoolBody, idempotent=True, refusals=(404, 409))
@needs("billing:write")
def leave() -> Response:
    """Leave a pool

    Or refuse its offer. Kontör of the pool that is neither held nor spent goes back. What GİB's refusal of a document
    gives back later stays in the own wallet.
    """
    return _as_member(pooling.leave)


@blueprint.post("/pool/recall")
@described(RecalledAnswer, body=RecallBody, idempotent=True, refusals=(404, 409))
@needs("billing:write")
def recall() -> Response:
    """Call kontör back from a member

    What is held for a document or spent stays with the member.
    """
    body, pool_id = validated(RecallBody, json_body()), bearer().tenant_id
    came: list[int] = []

    def begin(session: Session, at: datetime) -> UUID:
        _must_be_pool(session, pool_id)
        rights.right_of(session, tenant_id=pool_id, member_id=body.member_id)
        return new_id()

    def call(return_id: UUID) -> None:
        came.append(pooling.recall(pool_id, body.member_id, kontor=body.kontor, end=body.end, return_id=return_id))

    def finish(session: Session, at: datetime, return_id: UUID) -> RecalledAnswer:
        right = _right(session, pool_id, body.member_id, at)
        return RecalledAnswer(kontor=came[-1], state=right.state)

    return perform_calling(begin, call, finish)


def _as_member(act: Callable[[UUID, UUID], object]) -> Response:
    body, member_id = validated(PoolBody, json_body()), bearer().tenant_id

    def begin(session: Session, at: datetime) -> UUID:
        rights.membership_in(session, tenant_id=member_id, pool_id=body.pool_id)
        return body.pool_id

    def finish(session: Session, at: datetime, pool_id: UUID) -> MembershipAnswer:
        return pool_answers.membership(rights.membership_in(session, tenant_id=member_id, pool_id=pool_id))

    return perform_calling(begin, lambda pool_id: _nothing(act(member_id, pool_id)), finish)


def _nothing(_: object) -> None:
    return None


def _pool(session: Session, pool_id: UUID, spendable: int, at: datetime) -> PoolAnswer:
    since = istanbul_date(at - USE_SHOWN)
    drawn = draws.drawn_by_member(session, tenant_id=pool_id, month=draws.month_of(at))
    return PoolAnswer(
        spendable=spendable,
        rights=[
            pool_answers.right(row, drawn=drawn.get(row.member_id, 0))
            for row in rights.rights(session, tenant_id=pool_id)
        ],
        use=[pool_answers.use(row) for row in use.days(session, tenant_id=pool_id, since=since)],
    )


def _right(session: Session, pool_id: UUID, member_id: UUID, at: datetime) -> RightAnswer:
    row = rights.right_of(session, tenant_id=pool_id, member_id=member_id)
    drawn = draws.drawn_in_month(session, tenant_id=pool_id, member_id=member_id, month=draws.month_of(at))
    return pool_answers.right(row, drawn=drawn)


def _must_be_pool(session: Session, tenant_id: UUID) -> None:
    if accounts.get(session, tenant_id=tenant_id).kind != "pool":
        raise NotAPool("Bunu yalnız havuz yapabilir.", "Only a pool can do this.")


def _by() -> str:
    return f"key:{bearer().key_id}"
