"""Answers to documents that came in: accepted or rejected, received line by line, sent back; and what happened outside.

Legal answers: free of kontör, and of a suspended account too.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Final
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from ebelge.api import mistake_answers
from ebelge.api.account import NoQuery
from ebelge.api.described import described
from ebelge.api.mistake_answers import (
    AnswerBody,
    IncomingAnswerState,
    ReceiptBody,
    RecordAnswer,
    RecordBody,
    ReturnBody,
    ReturnDraftAnswer,
)
from ebelge.api.reading import json_body, query, validated
from ebelge.archive.store import open_store
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.documents.answers import answering, receipts
from ebelge.documents.answers.answering import Prepared
from ebelge.documents.mistakes import records as mistakes
from ebelge.edge import limits
from ebelge.edge.access import bearer, needs
from ebelge.edge.idempotency import json_response, perform, render, replay
from ebelge.edge.languages import language
from ebelge.edge.requests import request_at
from ebelge.jobs import bell
from ebelge.ubl.response import ResponseCode
from ebelge.ubl.return_draft import return_draft

blueprint = APIBlueprint("answering", __name__, tag="Incoming")
CODES: Final[dict[str, ResponseCode]] = {"accept": "KABUL", "reject": "RED", "return": "IADE"}
RECORD_BYTES_MAX: Final = 8 * 1024 * 1024


@blueprint.get("/incoming/<uuid:document_id>/answer")
@described(IncomingAnswerState, query=NoQuery, refusals=(404,))
@needs("documents:read")
def get_answer(document_id: UUID) -> Response:
    """How an incoming document stands

    Whether it is answered, until when it can be, and what else can be done about a wrong one, with the time left.
    """
    query(NoQuery)
    with tenant_session(bearer().tenant_id) as session:
        return json_response(render(_shown(session, document_id, request_at())))


@blueprint.post("/incoming/<uuid:document_id>/answer")
@described(
    IncomingAnswerState, status=HTTPStatus.ACCEPTED, body=AnswerBody, idempotent=True, refusals=(404, 409, 415, 422)
)
@needs("documents:write", suspended_too=True)
def post_answer(document_id: UUID) -> Response:
    """Accept or reject a commercial invoice

    Once, until 23:59 (Istanbul) of the eighth day after it came in. A basic invoice is not answered: the refusal names
    what can be done instead. The answer is sealed and sent; it costs nothing.
    """
    _must_be_theirs(document_id)
    body = validated(AnswerBody, json_body())
    if body.answer != "accept" and not body.reason:
        raise InvalidRequest("Ret ve iade için neden yazın.", "A rejection or a return needs its reason.")
    kept = replay()
    if kept is not None:
        return kept
    return _entered(
        answering.prepare_response(
            tenant_id=bearer().tenant_id, document_id=document_id, code=CODES[body.answer], reason=body.reason,
            store=open_store(), at=request_at(),
        )
    )  # fmt: skip


@blueprint.post("/incoming/<uuid:document_id>/receipt")
@described(
    IncomingAnswerState, status=HTTPStatus.ACCEPTED, body=ReceiptBody, idempotent=True, refusals=(404, 409, 415, 422)
)
@needs("documents:write", suspended_too=True)
def post_receipt(document_id: UUID) -> Response:
    """Say what came of a despatch note

    Once, until 23:59 (Istanbul) of the seventh day. Lines that are not named were received whole.
    """
    _must_be_theirs(document_id)
    body = validated(ReceiptBody, json_body())
    kept = replay()
    if kept is not None:
        return kept
    tenant_id, store = bearer().tenant_id, open_store()
    delivered = receipts.lines_of(tenant_id=tenant_id, document_id=document_id, store=store)
    came = receipts.all_rejected(delivered, body.reason) if body.reject_all else body.came()
    return _entered(
        answering.prepare_receipt(
            tenant_id=tenant_id, document_id=document_id, lines=receipts.whole_lines(delivered, came), note=body.note,
            delivered_on=body.delivered_on, store=store, at=request_at(),
        )
    )  # fmt: skip


@blueprint.post("/incoming/<uuid:document_id>/return-draft")
@described(ReturnDraftAnswer, body=ReturnBody, refusals=(400, 404, 409, 415))
@needs("documents:write", suspended_too=True)
def post_return_draft(document_id: UUID) -> Response:
    """Draft a return invoice

    Buyer and seller change places, chosen quantities keep their prices, taxes and discounts. Nothing is stored: send
    the draft to POST /documents.
    """
    _must_be_theirs(document_id)
    body = validated(ReturnBody, json_body())
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        document = answering.get(session, tenant_id=tenant_id, document_id=document_id)
        if document.kind != "efatura":
            raise answering.NotAnswerable("Yalnız fatura iade edilir.", "Only an invoice is returned.")
    invoice = answering.read(open_store(), tenant_id=tenant_id, document_id=document_id)
    draft, by_hand = return_draft(invoice, {line.line: line.quantity for line in body.lines})
    return json_response(render(ReturnDraftAnswer(draft=draft, by_hand=by_hand)))


@blueprint.post("/incoming/<uuid:document_id>/records")
@described(
    RecordAnswer, status=HTTPStatus.CREATED, body=RecordBody, idempotent=True, refusals=(400, 404, 409, 413, 415, 422)
)
@limits.body_up_to(RECORD_BYTES_MAX)
@needs("documents:write", suspended_too=True)
def post_record(document_id: UUID) -> Response:
    """Record what happened outside about an incoming document

    An objection by notary, KEP, telegram or registered letter, a cancelling on GİB's portal: with its day, number and
    paper. A record is never changed nor removed.
    """
    _must_be_theirs(document_id)
    body = validated(RecordBody, json_body())
    kept = replay()
    if kept is not None:
        return kept
    tenant_id, told = bearer().tenant_id, body.told(istanbul_date(request_at()))
    filed = mistakes.file_paper(open_store(), tenant_id=tenant_id, paper=told.paper)

    def work(session: Session, at: datetime) -> RecordAnswer:
        row = mistakes.record_incoming(
            session, tenant_id=tenant_id, document_id=document_id, told=told, filed=filed,
            by=f"key:{bearer().key_id}", at=at,
        )  # fmt: skip
        return mistake_answers.record(row, language())

    return perform(work, status=HTTPStatus.CREATED)


def _must_be_theirs(document_id: UUID) -> None:
    """:raises NotFound: whatever the body is, what is not there is said first."""
    with tenant_session(bearer().tenant_id) as session:
        answering.get(session, tenant_id=bearer().tenant_id, document_id=document_id)


def _entered(prepared: Prepared) -> Response:
    def work(session: Session, at: datetime) -> IncomingAnswerState:
        answering.enter(session, tenant_id=bearer().tenant_id, prepared=prepared, by=f"key:{bearer().key_id}", at=at)
        return _shown(session, prepared.document_id, at)

    response = perform(work, status=HTTPStatus.ACCEPTED)
    bell.ring()
    return response


def _shown(session: Session, document_id: UUID, at: datetime) -> IncomingAnswerState:
    tenant_id = bearer().tenant_id
    document = answering.get(session, tenant_id=tenant_id, document_id=document_id)
    given = answering.latest(session, tenant_id=tenant_id, document_id=document_id)
    kept = mistakes.records(session, tenant_id=tenant_id, document_id=document_id)
    return mistake_answers.incoming(document, given, kept, language(), at)
