"""What is decided about one document after it was sent: corrected, withdrawn, sent again, given up."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from ebelge.api import showing
from ebelge.api.account import NoQuery
from ebelge.api.answers import AcceptedAnswer, DocumentAnswer
from ebelge.api.described import described
from ebelge.api.reading import Email, Wishes, query, submission
from ebelge.documents import withdraw as decisions
from ebelge.documents.correct import check_correction, correct
from ebelge.documents.models import Document
from ebelge.edge import idempotency
from ebelge.edge.access import bearer, needs, reach
from ebelge.edge.languages import language
from ebelge.edge.requests import request_at
from ebelge.jobs import bell
from ebelge.jobs.refill import refilled

blueprint = APIBlueprint("decisions", __name__, tag="Documents")


class ResendQuery(NoQuery):
    """How it is sent again."""

    buyer_email: Annotated[Email, Field(description="Another address, for a document that goes by mail")] | None = None


@blueprint.post("/documents/<uuid:document_id>/correct")
@described(
    AcceptedAnswer,
    status=HTTPStatus.ACCEPTED,
    query=Wishes,
    body="document",
    idempotent=True,
    refusals=(402, 404, 409, 413, 415, 422),
)
@needs("documents:write")
def correct_document(document_id: UUID) -> Response:
    """Correct a document

    A document that GİB refused, or that was given up, is replaced by a new one that takes over its number: new ETTN,
    checked like any other, charged again (the first charge came back). The old one stays to be seen.
    """
    given = submission()
    kept = idempotency.replay()
    if kept is not None:
        return kept
    tenant, checked = check_correction(
        given, tenant_id=bearer().tenant_id, document_id=document_id, at=request_at(), reach=reach()
    )

    def work(session: Session, at: datetime) -> AcceptedAnswer:
        document = correct(
            session, tenant=tenant, document_id=document_id, checked=checked, created_by=f"key:{bearer().key_id}",
            at=at, reach=reach(),
        )  # fmt: skip
        return showing.accepted(document, checked.warnings, language())

    sent = refilled(lambda: idempotency.perform(work, status=HTTPStatus.ACCEPTED), tenant_id=bearer().tenant_id)
    return _rung(sent)


@blueprint.post("/documents/<uuid:document_id>/withdraw")
@described(DocumentAnswer, query=NoQuery, idempotent=True, refusals=(404, 409))
@needs("documents:write", suspended_too=True)
def withdraw_document(document_id: UUID) -> Response:
    """Withdraw a document

    Possible until it is signed. Its kontör is released in full; its number is open again and is used first.
    """
    query(NoQuery)
    return _decided(
        lambda session, at: decisions.withdraw(
            session, tenant_id=bearer().tenant_id, document_id=document_id, at=at, reach=reach()
        )
    )


@blueprint.post("/documents/<uuid:document_id>/resend")
@described(DocumentAnswer, query=ResendQuery, idempotent=True, refusals=(404, 409))
@needs("documents:write")
def resend_document(document_id: UUID) -> Response:
    """Send a document again

    For a document that could not be delivered: the same signed XML in a new envelope or mail, free of charge.
    """
    asked = query(ResendQuery)
    return _decided(
        lambda session, at: decisions.resend(
            session,
            tenant_id=bearer().tenant_id,
            document_id=document_id,
            at=at,
            reach=reach(),
            buyer_email=asked.buyer_email,
        )
    )


@blueprint.post("/documents/<uuid:document_id>/give-up")
@described(DocumentAnswer, query=NoQuery, idempotent=True, refusals=(404, 409))
@needs("documents:write", suspended_too=True)
def give_up_document(document_id: UUID) -> Response:
    """Give a document up

    For a document that GİB could not deliver. Its kontör comes back to the lot it came from, and it can be corrected.
    """
    query(NoQuery)
    return _decided(
        lambda session, at: decisions.give_up(
            session, tenant_id=bearer().tenant_id, document_id=document_id, at=at, reach=reach()
        )
    )


def _decided(act: Callable[[Session, datetime], Document]) -> Response:
    return _rung(idempotency.perform(lambda session, at: showing.document(act(session, at), language())))


def _rung(response: Response) -> Response:
    bell.ring()
    return response
