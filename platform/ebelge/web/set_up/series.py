"""Number series and the report of their open numbers."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.clock import istanbul_date
from ebelge.documents.numbers import series
from ebelge.documents.numbers import set_up as series_set_up
from ebelge.documents.numbers.set_up import OPEN_REASONS, Wish
from ebelge.edge.actors import actor
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web.frame import account_page
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, change, own_rows, text
from tenants.company import branches
from tenants.services import ISSUING

blueprint = Blueprint("series_pages", __name__, url_prefix="/settings/series")
HERE = "series_pages.show"
YEARS_SHOWN = 3


@blueprint.get("")
@right("company:read")
def show() -> Response:
    """Every series, and the questions for a further one."""
    return _page(EMPTY)


@blueprint.post("")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def set_up() -> Response | WerkzeugResponse:
    """Set up a series."""

    def work(session: Session, at: datetime) -> None:
        wish = Wish(
            kind=text("kind"), prefix=text("prefix"), owner="erp" if text("owner") == "erp" else "ours",
            internet=text("internet") == "yes", branch=text("branch"), last_used=text("last_used"),
            default=True if text("default") == "yes" else None,
        )  # fmt: skip
        series_set_up.set_up(session, tenant_id=member().tenant_id, wish=wish, actor=actor(), at=at)

    return change(work, show=_page, to=HERE)


@blueprint.post("/<uuid:series_id>/default")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def make_default(series_id: UUID) -> Response | WerkzeugResponse:
    """Let a series number what names none."""

    def work(session: Session, at: datetime) -> None:
        series_set_up.make_default(session, tenant_id=member().tenant_id, series_id=series_id, actor=actor(), at=at)

    return change(work, show=_page, to=HERE)


@blueprint.post("/<uuid:series_id>/retire")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def retire(series_id: UUID) -> Response | WerkzeugResponse:
    """Take a series out of use."""

    def work(session: Session, at: datetime) -> None:
        series_set_up.retire(session, tenant_id=member().tenant_id, series_id=series_id, actor=actor(), at=at)

    return change(work, show=_page, to=HERE)


@blueprint.get("/<uuid:series_id>/gaps")
@right("company:read")
def gaps(series_id: UUID) -> Response:
    """The numbers of a year that no document carries, and why."""
    this_year = istanbul_date(request_at()).year
    years = [this_year - back for back in range(YEARS_SHOWN)]
    wanted = request.args.get("year", "")
    year = int(wanted) if wanted in [str(one) for one in years] else this_year
    with own_rows() as session:
        row = series.get(session, tenant_id=member().tenant_id, series_id=series_id)
        report = series.report(session, tenant_id=member().tenant_id, series_id=series_id, year=year)
        return account_page(
            "set_up/gaps.html", series=row, report=report, years=years, reasons=OPEN_REASONS, services=ISSUING
        )  # fmt: skip


def _page(form: Form) -> Response:
    tenant_id = member().tenant_id
    with own_rows() as session:
        return account_page(
            "set_up/series.html", form=form, series=series.list_series(session, tenant_id=tenant_id),
            branches=[one for one in branches.listed(session, tenant_id=tenant_id) if one.active], services=ISSUING,
            year=istanbul_date(request_at()).year, may_write="company:write" in member().rights,
            done="done" in request.args,
        )  # fmt: skip
