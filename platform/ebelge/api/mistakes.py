"""“Yanlış kesildi”: what can be done about a wrong document now; doing it, or recording what was done outside."""

from datetime import datetime
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from ebelge.api import mistake_answers
from ebelge.api.account import NoQuery
from ebelge.api.answering import RECORD_BYTES_MAX
from ebelge.api.described import described
from ebelge.api.mistake_answers import MistakeAnswer, RecordBody
from ebelge.api.reading import json_body, query, validated
from ebelge.archive.store import open_store
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.documents import queries
from ebelge.documents.mistakes import records as mistakes
from ebelge.documents.mistakes import ways as mistake_ways
from ebelge.documents.withdraw import withdraw
from ebelge.edge import limits, papers
from ebelge.edge.access import bearer, needs, reach
from ebelge.edge.idempotency import json_response, perform, render, replay
from ebelge.edge.languages import language
from ebelge.edge.requests import request_at

blueprint = APIBlueprint("mistakes", __name__, tag="Documents")


@blueprint.get("/documents/<uuid:document_id>/mistake")
@described(MistakeAnswer, query=NoQuery, refusals=(404,))
@needs("documents:read")
def get_mistake(document_id: UUID) -> Response:
    """What can be done about a wrong document

    Only what is lawful now, by its state, kind and profile and what the buyer said, with the time left; and what was
    recorded.
    """
    query(NoQuery)
    with tenant_session(bearer().tenant_id) as session:
        return json_response(render(_shown(session, document_id, request_at())))


@blueprint.post("/documents/<uuid:document_id>/mistake")
@described(MistakeAnswer, body=RecordBody, idempotent=True, refusals=(400, 404, 409, 413, 415, 422))
@limits.body_up_to(RECORD_BYTES_MAX)
@needs("documents:write", suspended_too=True)
def post_mistake(document_id: UUID) -> Response:
    """Do something about a wrong document, or record what was done

    `withdraw` takes it back, as long as it is not signed. All other ways happen outside and are recorded with their
    day, number and paper; a record is never changed nor removed.
    """
    with tenant_session(bearer().tenant_id) as session:
        queries.get(session, tenant_id=bearer().tenant_id, document_id=document_id, reach=reach())
    body = validated(RecordBody, json_body())
    kept = replay()
    if kept is not None:
        return kept
    tenant_id, told = bearer().tenant_id, body.told(istanbul_date(request_at()))
    paper = b"" if told.way == "withdraw" else told.paper
    filed = mistakes.file_paper(open_store(), tenant_id=tenant_id, paper=paper)

    def work(session: Session, at: datetime) -> MistakeAnswer:
        if told.way == "withdraw":
            withdraw(session, tenant_id=tenant_id, document_id=document_id, at=at, reach=reach())
        else:
            mistakes.record_outgoing(
                session, tenant_id=tenant_id, document_id=document_id, told=told, filed=filed,
                by=f"key:{bearer().key_id}", at=at, reach=reach(),
            )  # fmt: skip
        return _shown(session, document_id, at)

    return perform(work)


@blueprint.get("/records/<uuid:record_id>/paper")
@described(None, query=NoQuery, media_types=("application/pdf", "image/jpeg", "image/png"), refusals=(404,))
@needs("documents:read")
def get_paper(record_id: UUID) -> Response:
    """The paper of a record

    As it was filed: PDF, JPEG or PNG.
    """
    query(NoQuery)
    return papers.paper_of(bearer().tenant_id, record_id, reach=reach())


def _shown(session: Session, document_id: UUID, at: datetime) -> MistakeAnswer:
    tenant_id = bearer().tenant_id
    document = queries.get(session, tenant_id=tenant_id, document_id=document_id, reach=reach())
    kept = mistakes.records(session, tenant_id=tenant_id, document_id=document_id)
    return mistake_answers.mistake(document, mistake_ways.ways(document, at=at), kept, language())
