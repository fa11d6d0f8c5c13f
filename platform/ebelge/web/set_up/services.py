"""The waiting screen: each service, what it still needs, who must act; whose seal signs; aliases at GİB."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.clock import istanbul_date
from ebelge.core.config import settings
from ebelge.documents.seals import entered as seals
from ebelge.edge.actors import actor
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.onboarding import activation, readiness
from ebelge.onboarding.checklist import WHO_NAMES
from ebelge.web.frame import account_page
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, change, own_rows, text
from tenants.company import aliases, seal_modes
from tenants.company.aliases import STATE_NAMES as ALIAS_STATES
from tenants.company.seal_modes import MODE_NAMES
from tenants.models import Service
from tenants.services import RULES, STATE_NAMES

blueprint = Blueprint("service_pages", __name__, url_prefix="/settings/services")
HERE = "service_pages.show"


@blueprint.get("")
@right("company:read")
def show() -> Response:
    """Where every service stands."""
    return _page(EMPTY)


@blueprint.post("/<service>/want")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def want(service: str) -> Response | WerkzeugResponse:
    """Begin a service's checklist."""
    return _moved(activation.want, service)


@blueprint.post("/<service>/give-up")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def give_up(service: str) -> Response | WerkzeugResponse:
    """Not want it after all."""
    return _moved(activation.give_up, service)


@blueprint.post("/<service>/seal-mode")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def seal_mode(service: str) -> Response | WerkzeugResponse:
    """Choose whose seal signs."""

    def work(session: Session, at: datetime) -> None:
        wanted = text("seal_mode")
        mode: seal_modes.SealMode = (
            "own_hsm" if wanted == "own_hsm" else "pkcs12" if wanted == "pkcs12" else "operator"
        )  # fmt: skip
        seal_modes.choose(
            session, tenant_id=member().tenant_id, service=service, mode=mode, production=_production(),
            actor=actor(), at=at,
        )  # fmt: skip

    return change(work, show=_page, to=HERE)


@blueprint.post("/aliases")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def ask_alias() -> Response | WerkzeugResponse:
    """Ask for an alias at GİB."""

    def work(session: Session, at: datetime) -> None:
        aliases.ask(
            session, tenant_id=member().tenant_id, service=text("service"),
            role="PK" if text("role") == "PK" else "GB", alias=text("alias"), actor=actor(), at=at,
        )  # fmt: skip

    return change(work, show=_page, to=HERE)


@blueprint.post("/aliases/<uuid:alias_id>/send-from")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def send_from(alias_id: UUID) -> Response | WerkzeugResponse:
    """Send from another alias."""

    def work(session: Session, at: datetime) -> None:
        aliases.send_from(
            session, tenant_id=member().tenant_id, alias_id=alias_id, on=istanbul_date(at), actor=actor(), at=at
        )  # fmt: skip

    return change(work, show=_page, to=HERE)


@blueprint.post("/aliases/<uuid:alias_id>/close")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def close_alias(alias_id: UUID) -> Response | WerkzeugResponse:
    """Have an alias closed."""

    def work(session: Session, at: datetime) -> None:
        aliases.ask_to_close(session, tenant_id=member().tenant_id, alias_id=alias_id, actor=actor(), at=at)

    return change(work, show=_page, to=HERE)


def _moved(act: Callable[..., Service], service: str) -> Response | WerkzeugResponse:
    def work(session: Session, at: datetime) -> None:
        act(session, tenant_id=member().tenant_id, service=service, actor=actor(), at=at)

    return change(work, show=_page, to=HERE)


def _page(form: Form) -> Response:
    who, at = member(), request_at()
    operator_seal = readiness.operator_seal_until(who.mode, at=at)
    modes = [name for name in MODE_NAMES if name != "pkcs12" or who.mode == "test" or not _production()]
    with own_rows() as session:
        found = readiness.of_tenant(session, tenant_id=who.tenant_id, operator_seal=operator_seal, at=at)
        return account_page(
            "set_up/services.html", form=form, services=found, rules=RULES, states=STATE_NAMES, who=WHO_NAMES,
            aliases=aliases.listed(session, tenant_id=who.tenant_id), alias_states=ALIAS_STATES, modes=modes,
            mode_names=MODE_NAMES, not_offered=[rule for rule in RULES.values() if not rule.offered],
            seals=_seals(session, who.tenant_id, at), operator_seal=operator_seal,
            trouble=seals.trouble_for(session, tenant_id=who.tenant_id, mode=who.mode),
            senders={one.service.service: one.service.sender_alias for one in found},
            may_write="company:write" in who.rights, done="done" in request.args,
        )  # fmt: skip


def _seals(session: Session, tenant_id: UUID, at: datetime) -> list[dict[str, object]]:
    """The account's own seals that sign or will, with what is to be known of each."""
    active = [row for row in seals.rows(session, tenant_id=tenant_id) if row.active]
    signing = seals.chosen(session, tenant_id=tenant_id, at=at)
    return [
        {
            "signs": row is signing and row.valid_until > at,
            "ended": row.valid_until <= at,
            "signs_from": row.signs_from if row.signs_from and row.signs_from > at else None,
            "valid_until": row.valid_until,
            "days": (row.valid_until - at).days,
        }
        for row in active
    ]


def _production() -> bool:
    return settings().environment == "production"
