"""Who may act for the customer: since when, why, until when, what they did; consents given, refused and ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.edge.actors import actor
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import acting
from ebelge.web.forms import field, go_to, number, told
from ebelge.web.frame import account_page
from ebelge.web.wish import chosen_rights
from tenants.acting import consents, sessions
from tenants.acting.consents import MAY_BE_GIVEN
from tenants.acting.models import ActingConsent, ActingSession
from tenants.audit.actions import ACTIONS
from tenants.audit.models import AuditEntry
from tenants.rights import RIGHTS

blueprint = Blueprint("access_by_others", __name__, url_prefix="/settings/access")
PATH = "/settings/access"
SHOWN, DEEDS = 30, 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A consent, when somebody acted under it, and what he did."""

    consent: ActingConsent
    open: bool
    in_force: bool
    held: Sequence[ActingSession]
    deeds: list[tuple[object, str]]


@blueprint.get("")
@right("audit:read")
def index() -> Response:
    """Consents and wishes, newest first."""
    return _page()


@blueprint.post("/<uuid:consent_id>")
@right("consent:give")
def answer(consent_id: UUID) -> WerkzeugResponse:
    """Give, refuse or end a consent."""
    me, word = member().tenant_id, field("word")
    try:
        if word == "give":
            acting.give(me, consent_id, hours=number("hours"), rights=chosen_rights(), actor=actor(), at=request_at())
        elif word == "refuse":
            acting.refuse(me, consent_id, actor=actor(), at=request_at())
        else:
            acting.end(me, consent_id, actor=actor(), at=request_at())
    except DomainError as error:
        return _page(refusal=told(error), status=error.http_status)
    return go_to(PATH)


def _page(*, refusal: str = "", status: int = 200) -> Response:
    me = member().tenant_id
    with tenant_session(me) as session:
        sessions.close_over(session, tenant_id=me, at=request_at())
        shown = [_shown(session, one) for one in consents.consents(session, tenant_id=me, limit=SHOWN)]
        session.flush()
        session.expunge_all()
    return account_page(
        "access/consents.html",
        status=status,
        refusal=refusal,
        shown=shown,
        rights=MAY_BE_GIVEN,
        right_names=RIGHTS,
        may="consent:give" in member().rights,
    )


def _shown(session: Session, one: ActingConsent) -> Shown:
    at = request_at()
    held = sessions.held(session, tenant_id=one.tenant_id, consent_id=one.consent_id)
    waits = one.state == "asked" and one.asked_at > at - consents.ASKED_KEPT
    return Shown(one, waits, consents.in_force(one, at=at), held, _deeds(session, one, held))


def _deeds(session: Session, one: ActingConsent, held: Sequence[ActingSession]) -> list[tuple[object, str]]:
    """What the person did in this account while acting, as the audit log tells it."""
    if not held:
        return []
    found = session.execute(
        select(AuditEntry.at, AuditEntry.action)
        .where(
            AuditEntry.tenant_id == one.tenant_id,
            AuditEntry.actor_kind == "staff",
            AuditEntry.actor_id == str(one.person_id),
            AuditEntry.at >= held[-1].began_at,
        )
        .order_by(AuditEntry.entry_id.desc())
        .limit(DEEDS)
    ).all()
    return [(row.at, ACTIONS[row.action].text(language())) for row in found if row.action in ACTIONS]
