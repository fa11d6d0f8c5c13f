"""e-Arşiv reports of the company, and iptal and itiraz of its documents by people."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.archive.store import open_store
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.documents import queries
from ebelge.documents.mistakes import cancel
from ebelge.documents.mistakes.cancel import WAY_NAMES
from ebelge.documents.reports import course as reports
from ebelge.documents.reports import queries as report_queries
from ebelge.documents.reports.models import REPORT_NAME, Report
from ebelge.documents.reports.states import REPORT_TEXTS
from ebelge.edge.access import reach
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.gib.earsiv_report import CANCEL_LINES, OBJECTION_LINES
from ebelge.web import forms
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
        waiting = [(f"{day:%d.%m.%Y}", count) for day, count in report_queries.waiting(session, tenant_id=tenant_id)]
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
def standing(document_id: UUID) -> Response:
    """How a document stands with the report, and the forms of iptal and itiraz."""
    return _page(document_id)


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
        return _page(document_id, refusal=error)
    return forms.go_to(url_for("report_pages.standing", document_id=document_id))


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
        return _page(document_id, refusal=error)
    return forms.go_to(url_for("report_pages.standing", document_id=document_id))


def _page(document_id: UUID, refusal: DomainError | None = None) -> Response:
    tenant_id, side = member().tenant_id, 0 if language() == "tr" else 1
    with tenant_session(tenant_id) as session:
        document = queries.get(session, tenant_id=tenant_id, document_id=document_id, reach=reach())
        found = report_queries.standing(session, tenant_id=tenant_id, document_id=document_id)
        done = {one.kind for one in found.remarks} if found else set()
        remarks = [
            (REMARKS[one.kind][side], f"{one.day:%d.%m.%Y}", one.state == "reported", one.paper_number or one.text)
            for one in (found.remarks if found else ())
        ]
        issued = document.state in ("signed", "delivered", "undelivered")
        shown = {
            "number": document.number,
            "state": STANDING[found.state][side] if found else None,
            "day": f"{found.day:%d.%m.%Y}" if found else "",
            "late": found.late if found else False,
            "may_cancel": document.kind in CANCEL_LINES and issued,
            "may_object": document.kind in OBJECTION_LINES
            and "objection" not in done
            and (issued or document.state == "cancelled"),
        }
    return account_page(
        "reports/standing.html",
        status=refusal.http_status if refusal else 200,
        problem=refusal.problem(language()) if refusal else None,
        document_id=document_id,
        shown=shown,
        remarks=remarks,
        ways=[(way, names[side]) for way, names in WAY_NAMES.items()],
    )


def _row(report: Report) -> dict[str, object]:
    return {
        "day": f"{report.day:%d.%m.%Y}",
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
