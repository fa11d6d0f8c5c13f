"""A reseller adds customers by a sheet: upload and check, start, watch, take the result."""

from uuid import UUID

from flask import Blueprint, Response
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.core.sheets import xlsx_bytes
from ebelge.edge.actors import actor
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to, uploaded
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import customer_onboarding
from ebelge.onboarding import customer_imports, customer_results, customer_sheet
from ebelge.onboarding.customer_imports import NAME_MAX, WHOLE_MAX
from ebelge.web.forms import field, go_to, told
from ebelge.web.frame import account_page

blueprint = Blueprint("reseller_imports", __name__, url_prefix="/reseller/import")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORM_BYTES = 64 * 1024
_FIRST = ("bad", "failed")  # of 200 rows these are what one came to see


@blueprint.get("")
@right("customers:onboard")
def index() -> Response:
    """The upload, and earlier sheets."""
    return _index()


@blueprint.get("/template")
@right("customers:onboard")
def template() -> Response:
    """The empty sheet."""
    turkish = language() == "tr"
    return _file(customer_sheet.template_xlsx(turkish=turkish), "musteriler.xlsx" if turkish else "customers.xlsx")


@blueprint.post("")
@right("customers:onboard")
@body_up_to(customer_sheet.BYTES_MAX + _FORM_BYTES)
def upload() -> WerkzeugResponse:
    """Check a sheet; nothing is opened by this."""
    me = member()
    try:
        name, data = uploaded("file", bytes_max=customer_sheet.BYTES_MAX)
        with tenant_session(me.tenant_id) as session:
            made = customer_imports.check(
                session, tenant_id=me.tenant_id, file_name=name[:NAME_MAX], data=data, by=me.full_name,
                by_id=me.person_id, at=request_at(),
            )  # fmt: skip
            import_id = made.import_id
    except DomainError as error:
        return _index(refusal=told(error), status=error.http_status)
    return go_to(f"/reseller/import/{import_id}")


@blueprint.get("/<uuid:import_id>")
@right("customers:onboard")
def show(import_id: UUID) -> Response:
    """Each row and what became of it; renews itself while accounts are opened."""
    return _show(import_id)


@blueprint.post("/<uuid:import_id>")
@right("customers:onboard")
def start(import_id: UUID) -> WerkzeugResponse:
    """Open the accounts: all or none, or the good rows only."""
    try:
        customer_onboarding.start(
            member().tenant_id, import_id, whole=field("whole") == "1", actor=actor(), at=request_at()
        )
    except DomainError as error:
        return _show(import_id, refusal=told(error), status=error.http_status)
    return go_to(f"/reseller/import/{import_id}")


@blueprint.get("/<uuid:import_id>/result")
@right("customers:onboard")
def result(import_id: UUID) -> Response:
    """The sheet again, with what became of each row and how to mend it."""
    with tenant_session(member().tenant_id) as session:
        customer_imports.get(session, tenant_id=member().tenant_id, import_id=import_id)
        rows = customer_imports.rows(session, tenant_id=member().tenant_id, import_id=import_id)
        table = customer_results.result_table(rows, turkish=language() == "tr")
    return _file(xlsx_bytes(table, title="Sonuç" if language() == "tr" else "Result"), f"sonuc-{import_id}.xlsx")


def _index(*, refusal: str = "", status: int = 200) -> Response:
    with tenant_session(member().tenant_id) as session:
        found = list(customer_imports.imports(session, tenant_id=member().tenant_id))
        session.expunge_all()
    return account_page(
        "reseller/imports.html",
        status=status,
        imports=found,
        refusal=refusal,
        rows_max=customer_sheet.ROWS_MAX,
        bytes_max=customer_sheet.BYTES_MAX,
    )


def _show(import_id: UUID, *, refusal: str = "", status: int = 200) -> Response:
    me = member().tenant_id
    with tenant_session(me) as session:
        sheet = customer_imports.get(session, tenant_id=me, import_id=import_id)
        rows = list(customer_imports.rows(session, tenant_id=me, import_id=import_id))
        rows.sort(key=lambda one: one.state not in _FIRST)
        count = customer_imports.progress(session, tenant_id=me, import_id=import_id)
        session.expunge_all()
    return account_page(
        "reseller/import.html", status=status, sheet=sheet, rows=rows, count=count, refusal=refusal,
        row_states=customer_results.ROW_STATES, whole_max=WHOLE_MAX,
    )  # fmt: skip


def _file(data: bytes, name: str) -> Response:
    response = Response(data, content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
