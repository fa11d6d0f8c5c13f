"""Who may act for the customer: since when, why, until when, what they did; consents given, refused and ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response
from sqlalchemy import DateTime, Text, Uuid, column, select, true, values
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
        shown = _shown(session, me, consents.consents(session, tenant_id=me, limit=SHOWN))
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


def _shown(session: Session, me: UUID, found: Sequence[ActingConsent]) -> list[Shown]:
    at = request_at()
    held = sessions.held(session, tenant_id=me, consent_ids=[one.consent_id for one in found])
    deeds = _deeds(session, me, [(one, held[one.consent_id][-1].began_at) for one in found if held[one.consent_id]])
    return [
        Shown(
            one,
            one.state == "asked" and one.asked_at > at - consents.ASKED_KEPT,
            consents.in_force(one, at=at),
            held[one.consent_id],
            deeds.get(one.consent_id, []),
        )
        for one in found
    ]


def _deeds(
    session: Session, me: UUID, acted: Sequence[tuple[ActingConsent, datetime]]
) -> dict[UUID, list[tuple[object, str]]]:
    """What each person did in this account since he began to act under a consent, as the audit log tells it."""
    if not acted:
        return {}
    asked = values(
        column("consent_id", Uuid), column("actor_id", Text), column("since", DateTime(timezone=True)), name="asked"
    ).data([(one.consent_id, str(one.person_id), since) for one, since in acted])
    newest = (
        select(AuditEntry.entry_id, AuditEntry.at, AuditEntry.action)
        .where(
            AuditEntry.tenant_id == me,
            AuditEntry.actor_kind == "staff",
            AuditEntry.actor_id == asked.c.actor_id,
            AuditEntry.at >= asked.c.since,
        )
        .order_by(AuditEntry.entry_id.desc())
        .limit(DEEDS)
        .lateral("newest")
    )
    told: dict[UUID, list[tuple[object, str]]] = {}
    for row in session.execute(
        select(asked.c.consent_id, newest.c.at, newest.c.action)
        .select_from(asked.join(newest, true()))
        .order_by(newest.c.entry_id.desc())
    ):
        if row.action in ACTIONS:
            told.setdefault(row.consent_id, []).append((row.at, ACTIONS[row.action].text(language())))
    return told
