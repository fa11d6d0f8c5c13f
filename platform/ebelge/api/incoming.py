"""Reading what came in: one document or many, its XML, its readable view, its timeline."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from ebelge.api import cursors, incoming_answers
from ebelge.api.account import NoQuery
from ebelge.api.cursors import PageQuery
from ebelge.api.described import described
from ebelge.api.incoming_answers import IncomingAnswer, IncomingPage, IncomingSteps, Kind
from ebelge.api.lookups import VIEW_POLICY
from ebelge.api.reading import query
from ebelge.core.db import tenant_session
from ebelge.documents.incoming import queries as incoming_queries
from ebelge.documents.incoming.queries import Filters
from ebelge.edge import came_in
from ebelge.edge.access import bearer, needs, reach
from ebelge.edge.idempotency import json_response, render
from ebelge.edge.languages import language
from ebelge.edge.requests import request_at

blueprint = APIBlueprint("incoming", __name__, tag="Incoming")
AnswerState = Literal["none", "accepted", "rejected", "partly", "returned", "assumed"]


class IncomingQuery(PageQuery):
    """Which documents."""

    kind: Kind | None = None
    sender: Annotated[str, Field(pattern="^[0-9]{10,11}$", description="VKN or TCKN of who issued it")] | None = None
    number: Annotated[str, Field(max_length=40, description="The exact number")] | None = None
    ettn: Annotated[UUID, Field(description="The exact ETTN")] | None = None
    answer: Annotated[AnswerState, Field(description="What was answered")] | None = None
    open: Annotated[bool, Field(description="true: only what can still be answered")] = False
    day_from: Annotated[date, Field(description="First issue date")] | None = None
    day_to: Annotated[date, Field(description="Last issue date")] | None = None


@blueprint.get("/incoming")
@described(IncomingPage, query=IncomingQuery)
@needs("documents:read")
def list_incoming() -> Response:
    """List incoming documents

    Invoices and despatch notes that came through GİB, newest first. Filters are exact and may be combined.
    """
    asked = query(IncomingQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        page = incoming_queries.list_page(
            session,
            tenant_id=tenant_id,
            filters=Filters(
                kind=asked.kind,
                sender=asked.sender,
                number=asked.number,
                ettn=asked.ettn,
                answer=asked.answer,
                day_from=asked.day_from,
                day_to=asked.day_to,
                open_at=request_at() if asked.open else None,
            ),
            after=cursors.unpack_uuid(asked.cursor),
            limit=asked.limit,
            reach=reach(),
        )
        answer = IncomingPage(
            items=[incoming_answers.shown(row) for row in page.documents],
            next_cursor=cursors.pack(page.next_after) if page.next_after else None,
        )
        return json_response(render(answer))


@blueprint.get("/incoming/<uuid:document_id>")
@described(IncomingAnswer, query=NoQuery, refusals=(404,))
@needs("documents:read")
def get_incoming(document_id: UUID) -> Response:
    """An incoming document

    What it says, who sealed it, until when it may be answered.
    """
    query(NoQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        row = incoming_queries.get(session, tenant_id=tenant_id, document_id=document_id, reach=reach())
        return json_response(render(incoming_answers.shown(row)))


@blueprint.get("/incoming/<uuid:document_id>/events")
@described(IncomingSteps, query=NoQuery, refusals=(404,))
@needs("documents:read")
def list_incoming_events(document_id: UUID) -> Response:
    """Timeline of an incoming document

    Every step since it came, oldest first.
    """
    query(NoQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        rows = incoming_queries.timeline(session, tenant_id=tenant_id, document_id=document_id, reach=reach())
        return json_response(render(IncomingSteps(items=[incoming_answers.step(row, language()) for row in rows])))


@blueprint.get("/incoming/<uuid:document_id>/xml")
@described(None, query=NoQuery, media_types=("application/xml",), refusals=(404,))
@needs("documents:read")
def get_incoming_xml(document_id: UUID) -> Response:
    """XML of an incoming document

    As its sender signed it, the original in law.
    """
    query(NoQuery)
    number, xml = came_in.xml_of(bearer().tenant_id, document_id, reach=reach())
    response = Response(xml, content_type="application/xml")
    response.headers["Content-Disposition"] = f'attachment; filename="{came_in.file_name(number)}.xml"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/incoming/<uuid:document_id>/html")
@described(None, query=NoQuery, media_types=("text/html",), refusals=(404,))
@needs("documents:read")
def get_incoming_html(document_id: UUID) -> Response:
    """Readable view of an incoming document

    By the stylesheet its sender put into it, run in a cage; by ours where that one does not run. Without any script.
    """
    query(NoQuery)
    html = came_in.page_of(bearer().tenant_id, document_id, reach=reach(), test=bearer().mode == "test")
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = VIEW_POLICY
    # browsers refuse a sandboxed page that also asks for an opener policy of its own
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    response.headers["Cache-Control"] = "private, no-store"
    return response
