"""e-Arşiv reports as the API shows them; iptal and itiraz of what they name."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from ebelge.api import cursors, showing
from ebelge.api.account import NoQuery
from ebelge.api.answers import Answer, DocumentAnswer, Instant
from ebelge.api.cursors import PageQuery
from ebelge.api.described import described
from ebelge.api.reading import json_body, query, validated
from ebelge.archive.store import open_store
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.documents import queries
from ebelge.documents.mistakes import cancel
from ebelge.documents.models import Document
from ebelge.documents.reports import course as reports
from ebelge.documents.reports import queries as report_queries
from ebelge.documents.reports.models import REPORT_NAME, Report, ReportRemark
from ebelge.documents.reports.states import REPORT_TEXTS
from ebelge.edge import idempotency
from ebelge.edge.access import bearer, needs, reach
from ebelge.edge.idempotency import json_response, render
from ebelge.edge.languages import language

blueprint = APIBlueprint("reports", __name__, tag="Documents")


class ReportAnswer(Answer):
    """An e-Arşiv report: one issue day of the account, or a further part of it."""

    report_id: UUID = Field(description="Its raporNo")
    day: date = Field(description="Issue day of its documents")
    part: int = Field(description="bolumNo: runs within the calendar month")
    late: bool = Field(description="A further part for documents that came late")
    state: str = Field(examples=["accepted"])
    state_text: str
    tries: int = Field(description="Which raporNo for this part: 1 is the first")
    lines: int
    level: str = Field(description="Form of its signature", examples=["XAdES-A"])
    gib_code: int | None = None
    gib_text: str = ""
    sha256: str | None = Field(default=None, description="SHA-256 of the signed report in the archive")
    replaces_id: UUID | None = Field(default=None, description="The failed report whose part this one takes")
    due_at: Instant
    created_at: Instant
    sent_at: Instant | None = None
    ended_at: Instant | None = None


class ReportPage(Answer):
    """A page of reports, newest first."""

    items: list[ReportAnswer]
    next_cursor: str | None = Field(default=None, description="Pass it as `cursor` for the next page; null at the end")


class RemarkAnswer(Answer):
    """A cancellation or an objection."""

    kind: str = Field(examples=["cancel"])
    day: date
    state: str = Field(description="pending or reported")
    way: str | None = None
    paper_number: str | None = None
    paper_date: date | None = None
    text: str = ""


class ReportStandingAnswer(Answer):
    """How a document stands with the e-Arşiv report."""

    state: str = Field(description="none: no report names it (yet). pending, reported, stuck: a person looks")
    day: date | None = None
    late: bool = False
    report_id: UUID | None = None
    remarks: list[RemarkAnswer] = Field(default_factory=list)


class ReportQuery(PageQuery):
    """Which reports."""

    day_from: Annotated[date, Field(description="First issue day")] | None = None
    day_to: Annotated[date, Field(description="Last issue day")] | None = None


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CancelBody(_Body):
    """Why."""

    reason: Annotated[str, Field(max_length=255)] = ""


class ObjectionBody(_Body):
    """The objection that was made outside: by notary, KEP, telegram or registered letter (TTK 18/3)."""

    way: Literal["KEP", "NOTER", "TELGRAF", "TAAHHUTLU_MEKTUP"]
    paper_number: Annotated[str, Field(min_length=1, max_length=50, examples=["KEP-2026-17"])]
    paper_date: date
    text: Annotated[str, Field(max_length=255)] = ""


@blueprint.get("/reports")
@described(ReportPage, query=ReportQuery)
@needs("documents:read")
def list_reports() -> Response:
    """List e-Arşiv reports

    One per issue day, newest first; documents that were signed late stand in further parts.
    """
    asked = query(ReportQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        rows, after = report_queries.page(
            session, tenant_id=tenant_id, day_from=asked.day_from, day_to=asked.day_to,
            after=cursors.unpack_uuid(asked.cursor), limit=asked.limit,
        )  # fmt: skip
        answer = ReportPage(items=[_report(row) for row in rows], next_cursor=cursors.pack(after) if after else None)
        return json_response(render(answer))


@blueprint.get("/reports/<uuid:report_id>")
@described(ReportAnswer, query=NoQuery, refusals=(404,))
@needs("documents:read")
def get_report(report_id: UUID) -> Response:
    """An e-Arşiv report

    Where it stands, and what GİB said of it.
    """
    query(NoQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        return json_response(render(_report(reports.get(session, tenant_id=tenant_id, report_id=report_id))))


@blueprint.get("/reports/<uuid:report_id>/xml")
@described(None, query=NoQuery, media_types=("application/xml",), refusals=(403, 404))
@needs("documents:read")
def get_report_xml(report_id: UUID) -> Response:
    """The report's XML

    As it was signed and sent. It names every document of its day, so a key that is narrowed to series does not get it.
    """
    query(NoQuery)
    report_queries.must_be_whole(reach())
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        if reports.get(session, tenant_id=tenant_id, report_id=report_id).sha256 is None:
            raise NotFound("Rapor henüz imzalanmadı.", "The report is not signed yet.")
    response = Response(open_store().get(tenant_id, report_id, REPORT_NAME), content_type="application/xml")
    response.headers["Content-Disposition"] = f'attachment; filename="{report_id}.xml"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/documents/<uuid:document_id>/report")
@described(ReportStandingAnswer, query=NoQuery, refusals=(404,))
@needs("documents:read")
def get_standing(document_id: UUID) -> Response:
    """Is it reported?

    How an e-Arşiv invoice, e-Müstahsil or e-SMM receipt stands with the report of its day.
    """
    query(NoQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        queries.get(session, tenant_id=tenant_id, document_id=document_id, reach=reach())
        found = report_queries.standing(session, tenant_id=tenant_id, document_id=document_id)
        if found is None:
            return json_response(render(ReportStandingAnswer(state="none")))
        answer = ReportStandingAnswer(
            state=found.state, day=found.day, late=found.late, report_id=found.report_id,
            remarks=[_remark(one) for one in found.remarks],
        )  # fmt: skip
        return json_response(render(answer))


@blueprint.post("/documents/<uuid:document_id>/cancel")
@described(DocumentAnswer, body=CancelBody, idempotent=True, refusals=(404, 409))
@needs("documents:write", suspended_too=True)
def cancel_document(document_id: UUID) -> Response:
    """Cancel a document (iptal)

    For a signed e-Arşiv invoice, e-Müstahsil or e-SMM receipt. Free; the kontör is kept and the number goes to no other
    document. GİB hears of it with the day's report.
    """
    _must_be_ours(document_id)
    body = validated(CancelBody, json_body())
    return _decided(
        lambda session, at: cancel.cancel(
            session, tenant_id=bearer().tenant_id, document_id=document_id, reason=body.reason, at=at, reach=reach()
        )
    )


@blueprint.post("/documents/<uuid:document_id>/objections")
@described(DocumentAnswer, body=ObjectionBody, idempotent=True, refusals=(404, 409))
@needs("documents:write", suspended_too=True)
def object_to_document(document_id: UUID) -> Response:
    """Enter an objection (itiraz)

    For a signed e-Arşiv invoice or e-SMM receipt, once: what was sent by notary, KEP, telegram or registered letter is
    told to GİB with the day's report. Free.
    """
    _must_be_ours(document_id)
    body = validated(ObjectionBody, json_body())
    return _decided(
        lambda session, at: cancel.object_to(
            session, tenant_id=bearer().tenant_id, document_id=document_id, at=at, reach=reach(), **body.model_dump()
        )
    )


def _must_be_ours(document_id: UUID) -> None:
    """:raises NotFound: whatever the body is, what is not there is said first."""
    with tenant_session(bearer().tenant_id) as session:
        queries.get(session, tenant_id=bearer().tenant_id, document_id=document_id, reach=reach())


def _decided(act: Callable[[Session, datetime], Document]) -> Response:
    return idempotency.perform(lambda session, at: showing.document(act(session, at), language()))


def _report(row: Report) -> ReportAnswer:
    names = "report_id day part late state tries lines level replaces_id due_at created_at sent_at ended_at"
    fields = {name: getattr(row, name) for name in names.split()}
    return ReportAnswer(
        **fields,
        state_text=REPORT_TEXTS[row.state][0 if language() == "tr" else 1],
        gib_code=row.code,
        gib_text=row.code_text,
        sha256=row.sha256.hex() if row.sha256 else None,
    )


def _remark(row: ReportRemark) -> RemarkAnswer:
    names = "kind day state way paper_number paper_date text"
    return RemarkAnswer(**{name: getattr(row, name) for name in names.split()})
