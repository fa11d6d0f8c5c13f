"""An account on its way out: a last day, a checklist that the books answer or a person confirms, then closed.

Reading never ends: what is closed stays readable until the retention is over (TRADE.md 10).
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.topups import plans as topups
from ebelge.core.clock import add_months, istanbul_date
from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.ids import new_id
from ebelge.onboarding import closing_checklist as checklist
from ebelge.onboarding.closing_models import Closing, ClosingStep
from tenants import api_keys, services, states
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.states import Mover

RETENTION_MONTHS = 120
LAST_DAY_AHEAD_MAX = timedelta(days=366)
TEXT_MAX = 500


class ClosingUnderWay(Conflict):
    """The account is being closed already."""

    code = "closing_under_way"
    title_tr, title_en = "Hesap zaten kapanıyor", "The account is closing already"


class NotReadyToClose(Conflict):
    """Steps of the checklist are open."""

    code = "closing_not_ready"
    title_tr, title_en = "Kapanış listesi tamamlanmadı", "The closing checklist is not done"
    advice_tr, advice_en = "Hesap açık kaldı.", "The account stays as it was."


def begin(
    session: Session, *, tenant_id: UUID, last_day: date, reason: str, mover: Mover, actor: Actor, at: datetime
) -> Closing:
    """Begin to close: documents are sent until `last_day` (Istanbul) and not after it; nothing is topped up any more.

    :raises ClosingUnderWay: it has begun. :raises InvalidRequest: the day is over or too far away.
    :raises UnlawfulTenantMove, NotTheirMove: see `states.MOVES`.
    """
    today = istanbul_date(at)
    if not today <= last_day <= today + LAST_DAY_AHEAD_MAX:
        raise InvalidRequest(
            "Son gün bugün ile bir yıl sonrası arasında olmalı.", "The last day is between today and a year from now."
        )
    if under_way(session, tenant_id=tenant_id) is not None:
        raise ClosingUnderWay("Önce başlayan kapanış sürüyor.", "The closing that was begun before goes on.")
    states.move(session, tenant_id=tenant_id, to="closing", mover=mover, reason=reason, actor=actor, at=at)
    for service in services.services_of(session, tenant_id=tenant_id):
        if service.state == "active":
            services.check_activation(service.state, "closing")
            service.state, service.active_until = "closing", last_day
    closing = Closing(
        tenant_id=tenant_id,
        closing_id=new_id(),
        state="open",
        reason=reason.strip(),
        last_day=last_day,
        asked_by=_said(actor),
        asked_at=at,
    )
    session.add(closing)
    session.flush()
    topups.suspend(session, tenant_id=tenant_id, why="closing", at=at)
    _note(session, closing, actor, "closing.started", at, last_day=last_day.isoformat(), reason=closing.reason)
    return closing


def under_way(session: Session, *, tenant_id: UUID) -> Closing | None:
    """The closing that is open, held until the transaction ends; None if there is none."""
    return session.scalars(
        select(Closing).where(Closing.tenant_id == tenant_id, Closing.state == "open").with_for_update()
    ).one_or_none()


def newest(session: Session, *, tenant_id: UUID) -> Closing | None:
    """The closing begun last, also one that has ended."""
    return session.scalars(
        select(Closing).where(Closing.tenant_id == tenant_id).order_by(Closing.asked_at.desc()).limit(1)
    ).one_or_none()


def confirm(
    session: Session, *, tenant_id: UUID, step: str, done_on: date, paper: str, note: str, actor: Actor, at: datetime
) -> None:
    """Enter that a step which happens outside was done, with the paper that proves it. Said twice, the first stays.

    :raises NotFound: nothing is being closed. :raises InvalidRequest: the books answer that step, or a day to come.
    """
    closing = _open(session, tenant_id)
    if not checklist.by_hand(step) or done_on > istanbul_date(at) or max(len(paper), len(note)) > TEXT_MAX:
        raise InvalidRequest(
            "Bu adım elle onaylanamaz ya da gün, belge, not geçersiz.",
            "This step is not confirmed by hand, or its day, paper or note is invalid.",
        )
    entered = session.execute(
        insert(ClosingStep)
        .values(
            tenant_id=tenant_id, closing_id=closing.closing_id, step=step, done_on=done_on, paper=paper.strip(),
            note=note.strip(), by=_said(actor), at=at,
        )
        .on_conflict_do_nothing()
        .returning(ClosingStep.step)
    )  # fmt: skip
    if entered.first() is not None:
        said = f"{paper} {note}".strip()
        _note(session, closing, actor, "closing.step_done", at, step=step, state="done", note=said)


def call_off(session: Session, *, tenant_id: UUID, mover: Mover, actor: Actor, at: datetime) -> Closing:
    """Go on as before: the account and its services are active again. :raises NotFound: nothing is being closed."""
    closing = _open(session, tenant_id)
    states.move(session, tenant_id=tenant_id, to="active", mover=mover, actor=actor, at=at)
    for service in services.services_of(session, tenant_id=tenant_id):
        if service.state == "closing" and service.active_until == closing.last_day:
            service.state, service.active_until = "active", None
    closing.state, closing.ended_at = "called_off", at
    session.flush()
    _note(session, closing, actor, "closing.withdrawn", at)
    return closing


def finish(session: Session, *, tenant_id: UUID, mover: Mover, actor: Actor, at: datetime) -> Closing:
    """Close the account: every step is done. Its API keys end, its people go on reading for ten years.

    :raises NotFound: nothing is being closed. :raises NotReadyToClose: with the steps that are open.
    """
    closing = _open(session, tenant_id)
    waiting = [one for one in checklist.steps(session, closing=closing, at=at) if not one.done]
    if waiting:
        raise NotReadyToClose(
            "Açık adımlar: " + "; ".join(one.title_tr for one in waiting) + ".",
            "Open steps: " + "; ".join(one.title_en for one in waiting) + ".",
            steps=[one.step for one in waiting],
        )
    states.move(session, tenant_id=tenant_id, to="closed", mover=mover, actor=actor, at=at)
    for service in services.services_of(session, tenant_id=tenant_id):
        if service.state == "closing":
            service.state = "closed"
    closing.state, closing.ended_at = "done", at
    closing.kept_until = add_months(max(closing.last_day, istanbul_date(at)), RETENTION_MONTHS)
    session.flush()
    for key in api_keys.keys(session, tenant_id=tenant_id):
        api_keys.revoke(session, tenant_id=tenant_id, key_id=key.key_id, actor=actor, at=at)
    _note(session, closing, actor, "closing.done", at, closed_on=istanbul_date(at).isoformat())
    return closing


def _open(session: Session, tenant_id: UUID) -> Closing:
    closing = under_way(session, tenant_id=tenant_id)
    if closing is None:
        raise NotFound("Bu hesapta süren bir kapanış yok.", "Nothing is being closed in this account.")
    return closing


def _said(actor: Actor) -> str:
    return actor.name or f"{actor.kind}:{actor.id}"


def _note(session: Session, closing: Closing, actor: Actor, action: str, at: datetime, **after: str) -> None:
    entries.note(
        session,
        tenant_id=closing.tenant_id,
        actor=actor,
        action=action,
        object_kind="closing",
        object_id=closing.closing_id,
        after=after,
        at=at,
    )
