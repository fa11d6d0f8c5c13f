"""Working on leads: lists, and every change with its line of history. The session decides what is reached: the
operator's own (role app) all, a reseller's (role reseller) what was assigned to him."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.ids import new_id
from tenants.leads.choices import MOVES, RESELLER_STATES, STATE_NAMES
from tenants.leads.fields import clean
from tenants.leads.models import STATES, Lead, LeadEvent

NOTE_MAX: Final = 1_000
PAGE: Final = 50


class UnlawfulLeadMove(Conflict):
    """The lead cannot go from its state to that one, or not by this person."""

    code = "unlawful_lead_move"
    title_tr, title_en = "Talep bu duruma geçemez", "The lead cannot become that"


@dataclass(frozen=True, slots=True)
class Worker:
    """Who works on it; `reseller`: from outside, in a reseller's session."""

    mark: str
    name: str
    reseller: bool = False


def leads(
    session: Session, *, tenant_id: UUID, states: Sequence[str] = (), limit: int = PAGE, before: UUID | None = None
) -> Sequence[Lead]:
    """What the session reaches, newest first; `states` empty: all but spam."""
    wanted = select(Lead).where(Lead.tenant_id == tenant_id)
    wanted = wanted.where(Lead.state.in_(states) if states else Lead.state != "spam")
    if before is not None:
        wanted = wanted.where(Lead.lead_id < before)
    return session.scalars(wanted.order_by(Lead.lead_id.desc()).limit(limit)).all()


def counts(session: Session, *, tenant_id: UUID) -> dict[str, int]:
    """How many leads there are in each state."""
    rows = session.execute(select(Lead.state, func.count()).where(Lead.tenant_id == tenant_id).group_by(Lead.state))
    found = {state: int(count) for state, count in rows}
    return {state: found.get(state, 0) for state in STATES}


def privacy_requests(session: Session, *, tenant_id: UUID) -> Sequence[Lead]:
    """Open requests under KVKK, the one that must be answered first on top (`next_on`): the seam of privacy."""
    return session.scalars(
        select(Lead)
        .where(Lead.tenant_id == tenant_id, Lead.topic == "privacy", Lead.state.notin_(("won", "lost", "spam")))
        .order_by(Lead.next_on, Lead.lead_id)
    ).all()


def get(session: Session, *, tenant_id: UUID, lead_id: UUID, lock: bool = False) -> Lead:
    """One lead. :raises NotFound: there is none, or the session does not reach it."""
    wanted = select(Lead).where(Lead.tenant_id == tenant_id, Lead.lead_id == lead_id)
    found = session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()
    if found is None:
        raise NotFound("Böyle bir talep yok.", "There is no such lead.")
    return found


def history(session: Session, *, tenant_id: UUID, lead_id: UUID) -> Sequence[LeadEvent]:
    """What happened to it, oldest first."""
    return session.scalars(
        select(LeadEvent)
        .where(LeadEvent.tenant_id == tenant_id, LeadEvent.lead_id == lead_id)
        .order_by(LeadEvent.event_id)
    ).all()


def set_state(
    session: Session, *, tenant_id: UUID, lead_id: UUID, state: str, worker: Worker, at: datetime, note: str = ""
) -> Lead:
    """Move a lead on; it is there already: nothing happens.

    :raises UnlawfulLeadMove: see `choices.MOVES`; a reseller makes only those of `RESELLER_STATES`.
    """
    lead = get(session, tenant_id=tenant_id, lead_id=lead_id, lock=True)
    if state == lead.state:
        return lead
    if state not in MOVES[lead.state] or (worker.reseller and state not in RESELLER_STATES):
        old, new = STATE_NAMES[lead.state], STATE_NAMES.get(state, (state[:20], state[:20]))
        raise UnlawfulLeadMove(
            f"'{old[0]}' durumundaki talep '{new[0]}' olamaz.", f"A lead that is '{old[1]}' cannot become '{new[1]}'."
        )
    lead.state, lead.changed_at = state, at
    said = _note(note)
    _record(session, lead, "state", f"{state}: {said}" if said else state, worker, at)
    return lead


def assign(
    session: Session,
    *,
    tenant_id: UUID,
    lead_id: UUID,
    worker: Worker,
    at: datetime,
    owner: tuple[UUID, str] | None = None,
    reseller: tuple[UUID, str] | None = None,
) -> Lead:
    """Give a lead to a colleague (`owner`) or to a reseller (ids and names), in place of whoever had it.

    :raises UnlawfulLeadMove: a reseller gives nothing on.
    """
    if worker.reseller:
        raise UnlawfulLeadMove("Talebi işletici atar.", "Leads are assigned by the operator.")
    lead = get(session, tenant_id=tenant_id, lead_id=lead_id, lock=True)
    lead.owner_id, lead.owner_name = owner or (None, "")
    lead.reseller_id, lead.changed_at = reseller[0] if reseller else None, at
    if lead.state == "new" and (owner or reseller):
        lead.state = "assigned"
    names = [name for _, name in filter(None, (owner, reseller))]
    _record(session, lead, "assigned", ", ".join(names) or "-", worker, at)
    return lead


def set_next(
    session: Session, *, tenant_id: UUID, lead_id: UUID, on: date | None, worker: Worker, at: datetime
) -> Lead:
    """When it is to be looked at again."""
    lead = get(session, tenant_id=tenant_id, lead_id=lead_id, lock=True)
    if lead.next_on != on:
        lead.next_on, lead.changed_at = on, at
        _record(session, lead, "next", on.isoformat() if on else "-", worker, at)
    return lead


def note(session: Session, *, tenant_id: UUID, lead_id: UUID, text: str, worker: Worker, at: datetime) -> Lead:
    """Add a line to the history. :raises InvalidRequest: it is empty or too long."""
    lead = get(session, tenant_id=tenant_id, lead_id=lead_id, lock=True)
    said = _note(text)
    if not said:
        raise InvalidRequest("Notu yazın.", "Write the note.")
    lead.changed_at = at
    _record(session, lead, "note", said, worker, at)
    return lead


def _note(text: str) -> str:
    said = clean(text)
    if len(said) > NOTE_MAX:
        raise InvalidRequest(f"Not en çok {NOTE_MAX} karakter olabilir.", f"A note has at most {NOTE_MAX} characters.")
    return said


def _record(session: Session, lead: Lead, kind: str, text: str, worker: Worker, at: datetime) -> None:
    session.flush()
    session.add(
        LeadEvent(
            tenant_id=lead.tenant_id,
            lead_id=lead.lead_id,
            event_id=new_id(),
            kind=kind,
            text=text,
            by=worker.name,
            at=at,
        )
    )
    session.flush()
