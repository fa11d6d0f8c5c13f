"""Company and settings: what documents say of the company, and what holds where a document says nothing."""

from dataclasses import asdict
from datetime import datetime

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.edge.actors import actor
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.web.frame import account_page
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, change, own_rows, text
from tenants import accounts
from tenants.accounts import Identity
from tenants.company import details, settings
from tenants.company.settings import Choice
from tenants.fields import InvalidFields
from tenants.states import STATE_NAMES

blueprint = Blueprint("company_pages", __name__, url_prefix="/settings/company")
HERE = "company_pages.show"


@blueprint.get("")
@right("company:read")
def show() -> Response:
    """The company as its documents name it, and its settings."""
    return _page(EMPTY)


@blueprint.post("")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def save() -> Response | WerkzeugResponse:
    """Write the company's data."""

    def work(session: Session, at: datetime) -> None:
        tenant_id = member().tenant_id
        kept = accounts.get(session, tenant_id=tenant_id)
        given = {name: text(name) for name in Identity.__dataclass_fields__ if name != "vkn_tckn"}
        identity = Identity(vkn_tckn=kept.vkn_tckn, **given)
        details.change(session, tenant_id=tenant_id, to=identity, actor=actor(), at=at)

    return change(work, show=_page, to=HERE)


@blueprint.post("/settings")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def save_settings() -> Response | WerkzeugResponse:
    """Write the settings; an empty field follows the default."""

    def work(session: Session, at: datetime) -> None:
        days = text("seal_warn_days").strip()
        if days and not (days.isascii() and days.isdigit() and len(days) <= 3):
            raise InvalidFields({"seal_warn_days": ("1 ile 180 gün arasında yazın.", "Write from 1 to 180 days.")})
        choice = Choice(
            default_scenario=text("default_scenario") or None,
            mail_language=text("mail_language") or None,
            seal_warn_days=int(days) if days else None,
            mail_pdf={"yes": True, "no": False}.get(text("mail_pdf")),
        )
        settings.save(session, tenant_id=member().tenant_id, choice=choice, actor=actor(), at=at)

    return change(work, show=_page, to=HERE)


def _page(form: Form) -> Response:
    with own_rows() as session:
        tenant = accounts.get(session, tenant_id=member().tenant_id)
        kept = asdict(details.identity(tenant))
        _, choice = settings.chosen(session, tenant_id=tenant.tenant_id)
        return account_page(
            "set_up/company.html", form=form, kept=kept, person=len(tenant.vkn_tckn) == 11, choice=choice,
            defaults=settings.DEFAULTS, state=tenant.state, state_names=STATE_NAMES, state_since=tenant.state_since,
            state_reason=tenant.state_reason, may_write="company:write" in member().rights,
            done="done" in request.args, own=member().mode,
        )  # fmt: skip
