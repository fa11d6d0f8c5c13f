"""Reading documents: one, many, their XML, their readable view, their timeline."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from ebelge.api import cursors, showing
from ebelge.api.account import NoQuery
from ebelge.api.answers import DocumentAnswer, DocumentPage, EventPage
from ebelge.api.cursors import PageQuery
from ebelge.api.described import described
from ebelge.api.reading import query
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.documents import queries, readable
from ebelge.documents.queries import Filters
from ebelge.edge import originals
from ebelge.edge.access import bearer, needs, reach
from ebelge.edge.idempotency import json_response, render
from ebelge.edge.languages import language

blueprint = APIBlueprint("lookups", __name__, tag="Documents")
# The view is ours, but the words in it are a client's: it may not run, load or send anything.
VIEW_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
Kind = Literal["efatura", "earsiv", "eirsaliye", "emm", "esmm"]
State = Literal[
    "accepted",
    "signed",
    "sent",
    "unknown",
    "delivered",
    "undelivered",
    "refused",
    "given_up",
    "withdrawn",
    "failed",
    "cancelled",
]


class DocumentQuery(PageQuery):
    """Which documents."""

    kind: Kind | None = None
    state: State | None = None
    number: Annotated[str, Field(max_length=16, description="The exact number, like AKN2026000000001")] | None = None
    ettn: Annotated[UUID, Field(description="The exact ETTN")] | None = None
    buyer: Annotated[str, Field(pattern="^[0-9]{10,11}$", description="VKN or TCKN of the buyer")] | None = None
    day_from: Annotated[date, Field(description="First issue date")] | None = None
    day_to: Annotated[date, Field(description="Last issue date")] | None = None


class XmlQuery(NoQuery):
    """Which XML."""

    form: Annotated[
        Literal["signed", "source"], Field(description="signed: from the archive. source: as accepted, unsigned")
    ] = "signed"


@blueprint.get("/documents")
@described(DocumentPage, query=DocumentQuery)
@needs("documents:read")
def list_documents() -> Response:
    """List documents

    Newest first. Filters are exact and may be combined.
    """
    asked = query(DocumentQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        if asked.ettn is not None:
            return json_response(render(DocumentPage(items=_with_ettn(session, asked))))
        page = queries.list_page(
            session,
            tenant_id=tenant_id,
            filters=Filters(
                kind=asked.kind,
                state=asked.state,
                day_from=asked.day_from,
                day_to=asked.day_to,
                buyer_vkn_tckn=asked.buyer,
                number=asked.number,
            ),
            after=cursors.unpack_uuid(asked.cursor),
            limit=asked.limit,
            reach=reach(),
        )
        answer = DocumentPage(
            items=[showing.document(row, language()) for row in page.documents],
            next_cursor=cursors.pack(page.next_after) if page.next_after else None,
        )
        return json_response(render(answer))


@blueprint.get("/documents/<uuid:document_id>")
@described(DocumentAnswer, query=NoQuery, refusals=(404,))
@needs("documents:read")
def get_document(document_id: UUID) -> Response:
    """A document

    Where it stands, what it cost, and where its views are.
    """
    query(NoQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        row = queries.get(session, tenant_id=tenant_id, document_id=document_id, reach=reach())
        return json_response(render(showing.document(row, language())))


@blueprint.get("/documents/<uuid:document_id>/events")
@described(EventPage, query=NoQuery, refusals=(404,))
@needs("documents:read")
def list_events(document_id: UUID) -> Response:
    """Timeline

    Every step of a document with its time, its words and its effect on kontör, oldest first.
    """
    query(NoQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        rows = queries.timeline(session, tenant_id=tenant_id, document_id=document_id, reach=reach())
        return json_response(render(EventPage(items=[showing.event(row, language()) for row in rows])))


@blueprint.get("/documents/<uuid:document_id>/xml")
@described(None, query=XmlQuery, media_types=("application/xml",), refusals=(404, 409))
@needs("documents:read")
def get_xml(document_id: UUID) -> Response:
    """XML

    The signed document from the archive (the original in law), or with `form=source` the unsigned one as accepted.
    """
    form = query(XmlQuery).form
    number, xml = originals.xml_of(bearer().tenant_id, document_id, reach=reach(), signed=form == "signed")
    response = Response(xml, content_type="application/xml")
    suffix = "" if form == "signed" else "-source"
    response.headers["Content-Disposition"] = f'attachment; filename="{number}{suffix}.xml"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/documents/<uuid:document_id>/html")
@described(None, query=NoQuery, media_types=("text/html",), refusals=(404,))
@needs("documents:read")
def get_html(document_id: UUID) -> Response:
    """Readable view

    A whole HTML page without any script, for screen and paper, by the design that stood when the document was
    accepted; a design of your own that fails is replaced by ours.
    """
    query(NoQuery)
    document, xml = originals.readable_of(bearer().tenant_id, document_id, reach=reach())
    response = Response(readable.page(document, xml).html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = VIEW_POLICY
    # browsers refuse a sandboxed page that also asks for an opener policy of its own
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/documents/<uuid:document_id>/pdf")
@described(None, query=NoQuery, media_types=("application/pdf",), refusals=(404, 422, 503))
@needs("documents:read")
def get_pdf(document_id: UUID) -> Response:
    """PDF

    The readable view as PDF/A-3b; once the document is signed, the signed XML is attached inside, byte for byte. A
    very long document is refused with `pdf_too_large`.
    """
    query(NoQuery)
    document, xml = originals.readable_of(bearer().tenant_id, document_id, reach=reach())
    response = Response(readable.paper(document, xml), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{document.number}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _with_ettn(session: Session, asked: DocumentQuery) -> list[DocumentAnswer]:
    """The one document of an ETTN, if it passes the other filters too."""
    try:
        row = queries.by_ettn(session, tenant_id=bearer().tenant_id, ettn=asked.ettn or UUID(int=0), reach=reach())
    except NotFound:
        return []
    fits = (
        asked.kind in (None, row.kind)
        and asked.state in (None, row.state)
        and asked.number in (None, row.number)
        and asked.buyer in (None, row.buyer_vkn_tckn)
        and (asked.day_from is None or asked.day_from <= row.issue_date)
        and (asked.day_to is None or row.issue_date <= asked.day_to)
    )
    return [showing.document(row, language())] if fits and asked.cursor is None else []
