"""Designs: what readers see beside the document itself."""

import base64
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.errors import NotFound
from ebelge.documents import queries
from ebelge.edge import csp, previews
from ebelge.edge.access import reach
from ebelge.edge.actors import actor
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.paper.errors import DesignRefused
from ebelge.web.frame import account_page
from ebelge.web.set_up.forms import (
    EMPTY,
    FORM_BYTES_MAX,
    AccountClosed,
    Form,
    attempt,
    change,
    own_rows,
    refused,
    text,
)  # fmt: skip
from tenants.company import designs, pictures
from tenants.company.designs import Look
from tenants.company.models import DesignVersion
from tenants.services import ISSUING
from tenants.states import SETS_UP

blueprint = Blueprint("design_pages", __name__, url_prefix="/settings/designs")
HERE = "design_pages.show"
UPLOAD_BYTES_MAX = pictures.BYTES_MAX + designs.XSLT_BYTES_MAX + FORM_BYTES_MAX
PREVIEWED = csp.policy(form=True, pictures="data:", frame=True)


@blueprint.get("")
@right("company:read")
def show() -> Response:
    """Every design, and the form for a further one."""
    return _list(EMPTY)


@blueprint.post("")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def add() -> Response | WerkzeugResponse:
    """Enter a design."""

    def work(session: Session, at: datetime) -> None:
        designs.create(
            session, tenant_id=member().tenant_id, kind=text("kind"), name=text("name"), actor=actor(), at=at
        )  # fmt: skip

    return change(work, show=_list, to=HERE)


@blueprint.get("/<uuid:design_id>")
@right("company:read")
def one(design_id: UUID) -> Response:
    """A design and what its newest version says."""
    return _one(design_id, EMPTY)


@blueprint.post("/<uuid:design_id>")
@right("company:write")
@body_up_to(UPLOAD_BYTES_MAX)
def revise(design_id: UUID) -> Response | WerkzeugResponse:
    """Write a further version; a stylesheet is tried first. With "try": only show what it makes."""
    xslt, name = _file("xslt", designs.XSLT_BYTES_MAX)
    if "try" in request.form:
        return _tried(design_id, xslt)

    def work(session: Session, at: datetime) -> None:
        logo, _ = _file("logo", pictures.BYTES_MAX)
        look = Look(
            notes=tuple(line for line in text("notes").splitlines() if line.strip()),
            iban=text("iban"), bank_name=text("bank_name"),
            logo=logo, xslt=xslt, xslt_name=name,
        )  # fmt: skip
        designs.revise(
            session, tenant_id=member().tenant_id, design_id=design_id, look=look,
            keep_logo=text("remove_logo") != "yes", keep_xslt=text("remove_xslt") != "yes", actor=actor(), at=at,
        )  # fmt: skip

    def done() -> None:
        if member().tenant_state not in SETS_UP:
            raise AccountClosed()
        if xslt:
            with own_rows() as session:
                kind = designs.get(session, tenant_id=member().tenant_id, design_id=design_id).kind
            previews.tried(xslt, kind=kind, owner=member().tenant_id)  # seconds: never inside a transaction
        with own_rows() as session:
            work(session, request_at())

    return attempt(done, show=lambda form: _one(design_id, form), to="design_pages.one", design_id=design_id)


@blueprint.get("/<uuid:design_id>/preview")
@right("company:read")
def preview(design_id: UUID) -> Response:
    """The newest version's page of an example, or of the document whose number is asked for."""
    number = request.args.get("number", "").strip().upper()[:16]
    document_id = None
    if number:
        if not (_sees_documents() and number.isalnum()):
            raise NotFound()
        with own_rows() as session:
            document = queries.by_number(session, tenant_id=member().tenant_id, number=number, reach=reach())
            document_id = document.document_id
    html = previews.preview(
        member().tenant_id, design_id, document_id=document_id, stylesheet=None, reach=reach()
    )  # fmt: skip
    return previews.answer(html)


@blueprint.post("/<uuid:design_id>/default")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def make_default(design_id: UUID) -> Response | WerkzeugResponse:
    """Let this design be that of its kind."""

    def work(session: Session, at: datetime) -> None:
        designs.make_default(session, tenant_id=member().tenant_id, design_id=design_id, actor=actor(), at=at)

    return change(work, show=_list, to=HERE)


def _file(name: str, bytes_max: int) -> tuple[bytes | None, str | None]:
    """A file that was chosen: one byte too many is enough to refuse it."""
    file = request.files.get(name)
    return (file.read(bytes_max + 1), file.filename) if file is not None and file.filename else (None, None)


def _tried(design_id: UUID, xslt: bytes | None) -> Response:
    try:
        html = previews.preview(member().tenant_id, design_id, document_id=None, stylesheet=xslt, reach=None)
    except DesignRefused as refusal:
        answer = _one(design_id, refused(refusal))
        answer.status_code = refusal.http_status
        return answer
    return previews.answer(html)


def _sees_documents() -> bool:
    return "documents:read" in member().rights


def _list(form: Form) -> Response:
    tenant_id, at = member().tenant_id, request_at()
    with own_rows() as session:
        versions = designs.versions(session, tenant_id=tenant_id)
        used = designs.defaults(session, tenant_id=tenant_id, at=at)
        rows = [
            (row, versions.get(row.design_id), row.design_id in used)
            for row in designs.listed(session, tenant_id=tenant_id)
        ]
        return account_page(
            "set_up/designs.html", form=form, designs=rows, services=ISSUING,
            may_write="company:write" in member().rights, done="done" in request.args,
        )  # fmt: skip


def _one(design_id: UUID, form: Form) -> Response:
    tenant_id = member().tenant_id
    with own_rows() as session:
        row = designs.get(session, tenant_id=tenant_id, design_id=design_id)
        version = designs.current(session, tenant_id=tenant_id, design_id=design_id)
        return account_page(
            "set_up/design.html", policy=PREVIEWED, form=form, done="done" in request.args,
            sees_documents=_sees_documents(), design=row, version=version, picture=_picture(version),
            services=ISSUING, may_write="company:write" in member().rights,
        )  # fmt: skip


def _picture(version: DesignVersion | None) -> str:
    if version is None or version.logo is None:
        return ""
    return f"data:{version.logo_type};base64,{base64.b64encode(version.logo).decode('ascii')}"
