"""Branches (şube)."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.edge.actors import actor
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.web.frame import account_page
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, change, own_rows, text
from tenants.company import branches
from tenants.company.branches import BranchData

blueprint = Blueprint("branch_pages", __name__, url_prefix="/settings/branches")
HERE = "branch_pages.show"


@blueprint.get("")
@right("company:read")
def show() -> Response:
    """Every branch, and the form for a further one."""
    return _list(EMPTY)


@blueprint.post("")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def add() -> Response | WerkzeugResponse:
    """Enter a branch."""

    def work(session: Session, at: datetime) -> None:
        branches.add(session, tenant_id=member().tenant_id, code=text("code"), data=_data(), actor=actor(), at=at)

    return change(work, show=_list, to=HERE)


@blueprint.get("/<uuid:branch_id>")
@right("company:read")
def one(branch_id: UUID) -> Response:
    """A branch."""
    return _one(branch_id, EMPTY)


@blueprint.post("/<uuid:branch_id>")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def save(branch_id: UUID) -> Response | WerkzeugResponse:
    """Change a branch, close it or open it again."""

    def work(session: Session, at: datetime) -> None:
        branches.change(
            session, tenant_id=member().tenant_id, branch_id=branch_id, data=_data(),
            active=text("active") == "yes", actor=actor(), at=at,
        )  # fmt: skip

    return change(work, show=lambda form: _one(branch_id, form), to=HERE)


def _data() -> BranchData:
    return BranchData(**{name: text(name) for name in BranchData.__dataclass_fields__})


def _list(form: Form) -> Response:
    with own_rows() as session:
        found = branches.listed(session, tenant_id=member().tenant_id)
        return account_page(
            "set_up/branches.html", form=form, branches=found, may_write="company:write" in member().rights,
            done="done" in request.args,
        )  # fmt: skip


def _one(branch_id: UUID, form: Form) -> Response:
    with own_rows() as session:
        row = branches.get(session, tenant_id=member().tenant_id, branch_id=branch_id)
        return account_page(
            "set_up/branch.html", form=form, branch=row, may_write="company:write" in member().rights
        )  # fmt: skip
