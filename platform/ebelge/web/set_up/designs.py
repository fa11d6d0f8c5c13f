"""Designs: what readers see beside the document itself."""

import base64
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.edge import csp
from ebelge.edge.actors import actor
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web.frame import account_page
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, change, own_rows, text
from tenants.company import designs, pictures
from tenants.company.designs import Look
from tenants.company.models import DesignVersion
from tenants.services import SERVICES

blueprint = Blueprint("design_pages", __name__, url_prefix="/settings/designs")
HERE = "design_pages.show"
PICTURE = csp.policy(form=True, pictures="data:")
UPLOAD_BYTES_MAX = pictures.BYTES_MAX + FORM_BYTES_MAX


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
    """Write a further version."""

    def work(session: Session, at: datetime) -> None:
        file = request.files.get("logo")
        look = Look(
            notes=tuple(line for line in text("notes").splitlines() if line.strip()),
            iban=text("iban"), bank_name=text("bank_name"),
            logo=file.read(pictures.BYTES_MAX + 1) if file is not None and file.filename else None,
        )  # fmt: skip
        designs.revise(
            session, tenant_id=member().tenant_id, design_id=design_id, look=look,
            keep_logo=text("remove_logo") != "yes", actor=actor(), at=at,
        )  # fmt: skip

    return change(work, show=lambda form: _one(design_id, form), to=HERE)


@blueprint.post("/<uuid:design_id>/default")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def make_default(design_id: UUID) -> Response | WerkzeugResponse:
    """Let this design be that of its kind."""

    def work(session: Session, at: datetime) -> None:
        designs.make_default(session, tenant_id=member().tenant_id, design_id=design_id, actor=actor(), at=at)

    return change(work, show=_list, to=HERE)


def _list(form: Form) -> Response:
    tenant_id, at = member().tenant_id, request_at()
    with own_rows() as session:
        rows = [
            (
                row,
                designs.current(session, tenant_id=tenant_id, design_id=row.design_id),
                designs.chosen(session, tenant_id=tenant_id, kind=row.kind, at=at) == row.design_id,
            )
            for row in designs.listed(session, tenant_id=tenant_id)
        ]
        return account_page(
            "set_up/designs.html", form=form, designs=rows, services=SERVICES,
            may_write="company:write" in member().rights, done="done" in request.args,
        )  # fmt: skip


def _one(design_id: UUID, form: Form) -> Response:
    tenant_id = member().tenant_id
    with own_rows() as session:
        row = designs.get(session, tenant_id=tenant_id, design_id=design_id)
        version = designs.current(session, tenant_id=tenant_id, design_id=design_id)
        return account_page(
            "set_up/design.html", policy=PICTURE, form=form, design=row, version=version, picture=_picture(version),
            services=SERVICES, may_write="company:write" in member().rights,
        )  # fmt: skip


def _picture(version: DesignVersion | None) -> str:
    if version is None or version.logo is None:
        return ""
    return f"data:{version.logo_type};base64,{base64.b64encode(version.logo).decode('ascii')}"
