"""e-Arşiv reports of the company, and iptal and itiraz of its documents by people."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.archive.store import open_store
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.documents import queries
from ebelge.documents.mistakes import cancel
from ebelge.documents.reports import course as reports
from ebelge.documents.reports import queries as report_queries
from ebelge.documents.reports.models import REPORT_NAME, Report
from ebelge.documents.reports.states import REPORT_TEXTS
from ebelge.edge.access import reach
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs.report_clock import rhythm
from ebelge.web import document_page, forms, listing
from ebelge.web.frame import account_page

blueprint = Blueprint("report_pages", __name__)
PER_PAGE: Final = 50
TONES: Final = {"accepted": "good", "failed": "bad"}
STANDING: Final = {
    "pending": ("Rapor bekliyor", "Waits for its report"), "reported": ("Raporlandı", "Reported"),
    "stuck": ("Raporlanamadı, bakılıyor", "Could not be reported, looked at"), "dropped": ("-", "-"),
}  # fmt: skip
REMARKS: Final = {"cancel": ("İptal", "Cancellation"), "objection": ("İtiraz", "Objection")}


@blueprint.get("/reports")
@right("documents:read")
def index() -> Response:
    """The reports, newest first, and the days that wait for one."""
    tenant_id = member().tenant_id
    try:
        after = UUID(request.args["after"]) if request.args.get("after") else None
    except ValueError as error:
        raise InvalidRequest("Sayfayı yenileyin.", "Reload the page.") from error
    with tenant_session(tenant_id) as session:
        rows, older = report_queries.page(session, tenant_id=tenant_id, after=after, limit=PER_PAGE)
        shown = [_row(row) for row in rows]
        waiting = [_waiting(day, count) for day, count in report_queries.waiting(session, tenant_id=tenant_id)]
    path = url_for("report_pages.index", after=older) if older else None
    return account_page("reports/index.html", rows=shown, waiting=waiting, older=path, whole=reach().whole)


@blueprint.get("/reports/<uuid:report_id>/xml")
@right("documents:read")
def xml(report_id: UUID) -> Response:
    """The signed report, for those who see all documents."""
    report_queries.must_be_whole(reach())
    tenant_id = member().tenant_id
    with tenant_session(tenant_id) as session:
        if reports.get(session, tenant_id=tenant_id, report_id=report_id).sha256 is None:
            raise NotFound("Rapor henüz imzalanmadı.", "The report is not signed yet.")
    response = Response(open_store().get(tenant_id, report_id, REPORT_NAME), content_type="application/xml")
    response.headers["Content-Disposition"] = f'attachment; filename="{report_id}.xml"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/documents/<uuid:document_id>/report")
@right("documents:read")
def standing(document_id: UUID) -> WerkzeugResponse:
    """How a document stands with the report, and the forms of iptal and itiraz: a part of its page."""
    with tenant_session(member().tenant_id) as session:
        queries.get(session, tenant_id=member().tenant_id, document_id=document_id, reach=reach())
    return forms.go_to(url_for("portal_documents.one", document_id=document_id, _anchor="mistake"))


@blueprint.post("/documents/<uuid:document_id>/cancel")
@right("documents:send")
def cancel_document(document_id: UUID) -> Response | WerkzeugResponse:
    """İptal."""
    tenant_id = member().tenant_id
    try:
        with tenant_session(tenant_id) as session:
            cancel.cancel(
                session, tenant_id=tenant_id, document_id=document_id, reason=forms.field("reason", longest=255),
                at=request_at(), reach=reach(),
            )  # fmt: skip
    except NotFound:
        raise
    except DomainError as error:
        return document_page.render(document_id, error)
    return forms.go_to(url_for("portal_documents.one", document_id=document_id, done="cancelled"))


@blueprint.post("/documents/<uuid:document_id>/objections")
@right("documents:send")
def object_to_document(document_id: UUID) -> Response | WerkzeugResponse:
    """İtiraz, as it was made outside."""
    tenant_id = member().tenant_id
    try:
        with tenant_session(tenant_id) as session:
            cancel.object_to(
                session, tenant_id=tenant_id, document_id=document_id, way=forms.field("way", longest=20),
                paper_number=forms.field("paper_number", longest=50),
                paper_date=forms.day("paper_date", at=request_at()),
                text=forms.field("text", longest=255), at=request_at(), reach=reach(),
            )  # fmt: skip
    except NotFound:
        raise
    except DomainError as error:
        return document_page.render(document_id, error)
    return forms.go_to(url_for("portal_documents.one", document_id=document_id, done="objected"))


def _waiting(day: date, count: int) -> tuple[dict[str, str], int, datetime, bool]:
    """The day with the address of its documents, how many, by when GİB has to have the report, whether that is over."""
    last = rhythm().due_at(day)
    return {"words": f"{day:%d.%m.%Y}", "path": _documents_of(day)}, count, last, last <= request_at()


def _documents_of(day: date) -> str:
    return listing.address(url_for("portal_documents.index"), {"from": day.isoformat(), "to": day.isoformat()})


def _row(report: Report) -> dict[str, object]:
    return {
        "day": f"{report.day:%d.%m.%Y}",
        "documents": _documents_of(report.day),
        "part": report.part,
        "late": report.late,
        "lines": report.lines,
        "state": REPORT_TEXTS[report.state][0 if language() == "tr" else 1],
        "tone": TONES.get(report.state, "wait"),
        "said": report.code_text if report.state == "failed" else "",
        "due": report.due_at,
        "report_id": report.report_id,
        "xml": url_for("report_pages.xml", report_id=report.report_id) if report.sha256 else None,
    }
