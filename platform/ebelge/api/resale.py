"""Resellers: kontör passed on and taken back, commission; and the customer's answer to a take-back."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from billing.commissions import statement
from billing.ledger import transfers
from billing.models.resellers import TakeBack
from billing.resellers import customers, passing, taking_back
from billing.resellers.passing import Part
from ebelge.api import cursors, resale_answers, sheets
from ebelge.api.account import NoQuery
from ebelge.api.cursors import PageQuery
from ebelge.api.described import described
from ebelge.api.reading import json_body, query, validated
from ebelge.api.resale_answers import (
    CommissionAnswer,
    CommissionQuery,
    PassedOnAnswer,
    PassedOnPage,
    PassOnBody,
    PreviewAnswer,
    PreviewQuery,
    SheetQuery,
    TakeBackAnswer,
    TakeBackBody,
    TakeBackPage,
    TakeBackQuery,
)
from ebelge.api.sheets import SHEETS
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.edge.access import bearer, needs
from ebelge.edge.idempotency import json_response, perform, perform_calling, render
from ebelge.edge.requests import request_at
from ebelge.jobs import reselling
from ebelge.jobs.ledger import finish as arrive

blueprint = APIBlueprint("resale", __name__, tag="Pools and resellers")


@blueprint.get("/transfers/preview")
@described(PreviewAnswer, query=PreviewQuery, refusals=(402, 409))
@needs("billing:read")
def preview() -> Response:
    """Preview a transfer

    Until when a customer would have the kontör. Nothing is done. Send `parts` as `shown` with the transfer, and it is
    refused if that has changed.
    """
    kontor = query(PreviewQuery).kontor
    with tenant_session(bearer().tenant_id) as session:
        found = passing.preview(session, tenant_id=bearer().tenant_id, kontor=kontor, at=request_at())
    return json_response(render(PreviewAnswer(kontor=kontor, parts=resale_answers.parts(found))))


@blueprint.get("/transfers")
@described(PassedOnPage, query=PageQuery)
@needs("billing:read")
def list_transfers() -> Response:
    """Transfers

    Kontör that went from this wallet to others, newest first.
    """
    asked, tenant_id = query(PageQuery), bearer().tenant_id
    with tenant_session(tenant_id) as session:
        before = cursors.unpack_uuid(asked.cursor)
        found = passing.passed_on(session, tenant_id=tenant_id, limit=asked.limit + 1, before=before)
        items = [
            PassedOnAnswer(transfer_id=row.draw_id, customer_id=row.to_tenant_id, kontor=row.kontor, at=row.at)
            for row in found[: asked.limit]
        ]
    more = cursors.pack(items[-1].transfer_id) if len(found) > asked.limit else None
    return json_response(render(PassedOnPage(items=items, next_cursor=more)))


@blueprint.post("/transfers")
@described(PassedOnAnswer, status=HTTPStatus.CREATED, body=PassOnBody, idempotent=True, refusals=(402, 404, 409))
@needs("billing:write")
def create_transfer() -> Response:
    """Pass kontör on

    From the reseller's stock to one of its own customers, by the contract in force.
    """
    body, tenant_id = validated(PassOnBody, json_body()), bearer().tenant_id
    shown = None if body.shown is None else [Part(part.kontor, part.expires_at) for part in body.shown]

    def begin(session: Session, at: datetime) -> UUID:
        draw_id = new_id()
        passing.pass_on(
            session,
            tenant_id=tenant_id,
            customer_id=body.customer_id,
            kontor=body.kontor,
            draw_id=draw_id,
            at=at,
            shown=shown,
        )
        return draw_id

    def finish(session: Session, at: datetime, draw_id: UUID) -> PassedOnAnswer:
        lots = transfers.passage(session, tenant_id=tenant_id, draw_id=draw_id).lots
        made = passing.transfer(session, tenant_id=tenant_id, draw_id=draw_id)
        return PassedOnAnswer(
            transfer_id=draw_id,
            customer_id=made.to_tenant_id,
            kontor=made.kontor,
            at=made.at,
            parts=resale_answers.parts(passing.by_expiry(lots)),
        )

    return perform_calling(
        begin, lambda draw_id: _nothing(arrive(tenant_id, draw_id)), finish, status=HTTPStatus.CREATED
    )


@blueprint.get("/take-backs")
@described(TakeBackPage, query=TakeBackQuery, refusals=(404,))
@needs("billing:read")
def list_take_backs() -> Response:
    """Requests to give kontör back

    To this account; for a reseller with `customer_id`, its own requests to that customer. Newest first.
    """
    asked, tenant_id = query(TakeBackQuery), bearer().tenant_id
    if asked.customer_id is not None:
        with tenant_session(tenant_id) as session:
            customers.own_customer(session, tenant_id=tenant_id, customer_id=asked.customer_id)
    with tenant_session(asked.customer_id or tenant_id) as session:
        found = taking_back.requests(
            session,
            tenant_id=asked.customer_id or tenant_id,
            limit=asked.limit + 1,
            before=cursors.unpack_uuid(asked.cursor),
            reseller_id=tenant_id if asked.customer_id else None,
        )
        items = [resale_answers.take_back(row) for row in found[: asked.limit]]
    more = cursors.pack(items[-1].take_back_id) if len(found) > asked.limit else None
    return json_response(render(TakeBackPage(items=items, next_cursor=more)))


@blueprint.post("/take-backs")
@described(TakeBackAnswer, status=HTTPStatus.CREATED, body=TakeBackBody, idempotent=True, refusals=(404, 409))
@needs("billing:write")
def create_take_back() -> Response:
    """Take kontör back

    Of a transfer of this reseller: at once within 24 hours while nothing of it is spent or held, else the customer is
    asked. What comes back has the expiry it had in the stock.
    """
    body, tenant_id = validated(TakeBackBody, json_body()), bearer().tenant_id
    asked: list[TakeBackAnswer] = []

    def begin(session: Session, at: datetime) -> UUID:
        passing.receiver_of(session, tenant_id=tenant_id, draw_id=body.transfer_id)
        return new_id()

    def call(take_back_id: UUID) -> None:
        done = reselling.take_back(
            tenant_id, draw_id=body.transfer_id, kontor=body.kontor, take_back_id=take_back_id, asked_by=_by()
        )
        asked.append(_take_back(done.customer_id, take_back_id))

    return perform_calling(begin, call, lambda session, at, take_back_id: asked[-1], status=HTTPStatus.CREATED)


@blueprint.post("/take-backs/<uuid:take_back_id>/accept")
@described(TakeBackAnswer, query=NoQuery, idempotent=True, refusals=(404, 409))
@needs("billing:write")
def accept_take_back(take_back_id: UUID) -> Response:
    """Give kontör back

    What the reseller asked for, or as much of it as is unspent. What is held for a document stays.
    """
    return _answer(lambda tenant_id: reselling.accept(tenant_id, take_back_id, answered_by=_by()), take_back_id)


@blueprint.post("/take-backs/<uuid:take_back_id>/refuse")
@described(TakeBackAnswer, query=NoQuery, idempotent=True, refusals=(404, 409))
@needs("billing:write")
def refuse_take_back(take_back_id: UUID) -> Response:
    """Keep the kontör

    The reseller's request ends; nothing moves.
    """
    query(NoQuery)
    tenant_id = bearer().tenant_id

    def work(session: Session, at: datetime) -> TakeBackAnswer:
        row = taking_back.refuse(session, tenant_id=tenant_id, take_back_id=take_back_id, answered_by=_by(), at=at)
        return resale_answers.take_back(row)

    return perform(work)


@blueprint.get("/commission")
@described(CommissionAnswer, query=CommissionQuery)
@needs("billing:read")
def get_commission() -> Response:
    """Commission of a month

    What the reseller earned, what was reversed with refunds, what was paid, and what is payable now.
    """
    return json_response(render(resale_answers.commission(_statement(query(CommissionQuery).month))))


@blueprint.get("/commission/sheet")
@described(None, query=SheetQuery, media_types=SHEETS)
@needs("billing:read")
def get_commission_sheet() -> Response:
    """Commission of a month as a sheet

    XLSX, or CSV as Turkish Excel opens it.
    """
    asked = query(SheetQuery)
    found = _statement(asked.month)
    data = statement.as_csv(found) if asked.form == "csv" else statement.as_xlsx(found)
    return sheets.sheet(data, form=asked.form, name=statement.file_name(found, suffix=asked.form))


def _statement(month: str | None) -> statement.Statement:
    tenant_id, at = bearer().tenant_id, request_at()
    wanted = istanbul_date(at) if month is None else resale_answers.month_of(month)
    with tenant_session(tenant_id) as session:
        return statement.statement(session, tenant_id=tenant_id, month=wanted, at=at)


def _answer(act: Callable[[UUID], object], take_back_id: UUID) -> Response:
    query(NoQuery)
    tenant_id = bearer().tenant_id

    def begin(session: Session, at: datetime) -> UUID:
        taking_back.get(session, tenant_id=tenant_id, take_back_id=take_back_id)
        return take_back_id

    def finish(session: Session, at: datetime, begun: UUID) -> TakeBackAnswer:
        return resale_answers.take_back(taking_back.get(session, tenant_id=tenant_id, take_back_id=begun))

    return perform_calling(begin, lambda begun: _nothing(act(tenant_id)), finish)


def _take_back(customer_id: UUID, take_back_id: UUID) -> TakeBackAnswer:
    with tenant_session(customer_id) as session:
        row: TakeBack = taking_back.get(session, tenant_id=customer_id, take_back_id=take_back_id)
        return resale_answers.take_back(row)


def _nothing(_: object) -> None:
    return None


def _by() -> str:
    return f"key:{bearer().key_id}"
