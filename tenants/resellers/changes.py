"""A change of reseller: asked by the customer, the new reseller or the operator; every side answers for itself.

Sides: the customer, the old reseller and the new one (where there is one), the operator, who answers last. The old
reseller's no needs a reason and does not bind: after `answer_days` the operator may decide, and so too where it is
silent. The session is the customer's; it is bound to the other sides only to write where they find the request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_date, istanbul_midnight
from ebelge.core.db import set_tenant
from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.ids import new_id
from tenants import accounts
from tenants.resellers.models import ResellerChange, ResellerChangeAnswer, ResellerChangeParty

Side = Literal["customer", "old", "new", "operator"]
REASON_MIN, REASON_MAX = 10, 1000
LATEST = timedelta(days=366)


class ChangeUnderWay(Conflict):
    """A request of this customer waits already."""

    code = "reseller_change_under_way"
    title_tr, title_en = "Bekleyen bir bayi değişikliği var", "A change of reseller waits already"


class ChangeAnswered(Conflict):
    """The side has answered, or the request is over."""

    code = "reseller_change_answered"
    title_tr, title_en = "Bu istek yanıtlanmış", "The request has been answered"


class TooEarlyToDecide(Conflict):
    """The operator answers last: when the others have said yes, or the old reseller's time is over."""

    code = "too_early_to_decide"
    title_tr, title_en = "İşletici henüz karar veremez", "The operator cannot decide yet"


@dataclass(frozen=True, slots=True)
class Reseller:
    """A reseller as a side of a request."""

    tenant_id: UUID
    title: str


def ask(
    session: Session,
    *,
    tenant_id: UUID,
    side: Side,
    old: Reseller | None,
    new: Reseller | None,
    operator_id: UUID,
    wanted_on: date,
    by: str,
    at: datetime,
) -> ResellerChange:
    """Enter a request; who asks has said yes by it (the operator answers last nevertheless). Returns it.

    :param old: the customer's present reseller, :param new: whom it goes to; None: to nobody.
    :raises ChangeUnderWay: another waits. :raises InvalidRequest: nothing would change, or the day is past or too far.
    """
    old_id, new_id_ = old.tenant_id if old else None, new.tenant_id if new else None
    customer = accounts.get(session, tenant_id=tenant_id)
    if customer.kind != "customer" or customer.mode != "live" or customer.reseller_id != old_id:
        raise InvalidRequest("Bu hesabın bayisi değiştirilemez.", "The reseller of this account cannot be changed.")
    if old_id == new_id_:
        raise InvalidRequest("Müşteri zaten bu bayinin.", "The customer is this reseller's already.")
    if not istanbul_date(at) <= wanted_on <= istanbul_date(at + LATEST):
        raise InvalidRequest(
            "Geçiş günü bugün ya da önümüzdeki bir yıl içinde olmalı.", "The day must be today or within a year."
        )
    change = ResellerChange(
        tenant_id=tenant_id,
        change_id=new_id(),
        old_reseller_id=old_id,
        old_title=old.title if old else None,
        new_reseller_id=new_id_,
        new_title=new.title if new else None,
        state="asked",
        asked_side=side,
        asked_by=by,
        asked_at=at,
        wanted_on=wanted_on,
    )
    try:
        with session.begin_nested():
            session.add(change)
    except IntegrityError as error:
        if "reseller_change_open" not in str(error.orig):
            raise
        raise ChangeUnderWay(
            "Önce bekleyen isteği yanıtlayın ya da geri çekin.", "Answer the one that waits, or withdraw it, first."
        ) from error
    if side != "operator":
        _put_answer(session, change, side, yes=True, reason="", by=by, at=at)
    for party, its_side in ((old_id, "old"), (new_id_, "new"), (operator_id, "operator")):
        if party is not None:
            set_tenant(session, party)
            session.add(
                ResellerChangeParty(
                    tenant_id=party, change_id=change.change_id, side=its_side, customer_id=tenant_id, asked_at=at
                )
            )
            session.flush()
    set_tenant(session, tenant_id)
    return change


def answer(
    session: Session,
    *,
    tenant_id: UUID,
    change_id: UUID,
    side: Side,
    yes: bool,
    by: str,
    at: datetime,
    answer_days: int,
    reason: str = "",
) -> ResellerChange:
    """Enter a side's answer; the caller has made sure that `by` speaks for it. With the operator's yes it is agreed.

    :raises NotFound: no such request, or not this side's. :raises ChangeAnswered: it has answered, or all is over.
    :raises InvalidRequest: a no of the old reseller or of the operator without a reason.
    :raises TooEarlyToDecide: the operator's yes before the others'.
    """
    change = get(session, tenant_id=tenant_id, change_id=change_id)
    if (side == "old" and change.old_reseller_id is None) or (side == "new" and change.new_reseller_id is None):
        raise NotFound()
    said = {one.side: one for one in answers(session, tenant_id=tenant_id, change_id=change_id)}
    if change.state != "asked" or side in said:
        raise ChangeAnswered("Bu isteğin yanıtı verilmiş.", "This request has its answer.")
    reason = reason.strip()
    if not yes and side in ("old", "operator") and not REASON_MIN <= len(reason) <= REASON_MAX:
        raise InvalidRequest(
            f"Neden kabul etmediğinizi {REASON_MIN}-{REASON_MAX} karakterle yazın; müşteri bunu okur.",
            f"Say why not in {REASON_MIN} to {REASON_MAX} characters; the customer reads it.",
        )
    if side == "operator" and yes and (waits := waits_for(change, said, at=at, answer_days=answer_days)):
        raise TooEarlyToDecide(
            f"Önce yanıt beklenenler: {', '.join(_SIDES_TR[one] for one in waits)}. Eski bayi yanıt vermezse ya da "
            f"kabul etmezse istekten {answer_days} gün sonra karar verebilirsiniz.",
            f"These answer first: {', '.join(waits)}. Where the old reseller is silent or refuses, you may decide "
            f"{answer_days} days after the request.",
        )
    _put_answer(session, change, side, yes=yes, reason=reason[:REASON_MAX], by=by, at=at)
    if side == "operator" and yes:
        change.state = "agreed"
        change.effective_at = max(at, istanbul_midnight(change.wanted_on))
    elif not yes and side != "old":
        change.state, change.ended_at = "refused", at
    session.flush()
    return change


def waits_for(
    change: ResellerChange, said: dict[str, ResellerChangeAnswer], *, at: datetime, answer_days: int
) -> list[Side]:
    """Whose answer must come before the operator's yes."""
    waits: list[Side] = [] if "customer" in said else ["customer"]
    if change.new_reseller_id is not None and "new" not in said:
        waits.append("new")
    old = said.get("old")
    if change.old_reseller_id is not None and (old is None or not old.yes):
        decides_from = change.asked_at + timedelta(days=answer_days)
        if at < decides_from:
            waits.append("old")
    return waits


def withdraw(session: Session, *, tenant_id: UUID, change_id: UUID, side: Side, at: datetime) -> ResellerChange:
    """Take a request back: the customer until it is carried out, who asked until it is agreed. Repeating it is fine.

    :raises NotFound: no such request. :raises ChangeAnswered: too late, or not this side's to take back.
    """
    change = get(session, tenant_id=tenant_id, change_id=change_id)
    if change.state == "withdrawn":
        return change
    may = change.state in ("asked", "agreed") if side == "customer" else change.state == "asked"
    if not may or side not in ("customer", change.asked_side):
        raise ChangeAnswered("Bu istek artık geri çekilemez.", "This request cannot be withdrawn any more.")
    change.state, change.ended_at = "withdrawn", at
    session.flush()
    return change


def get(session: Session, *, tenant_id: UUID, change_id: UUID) -> ResellerChange:
    """A request of this customer, locked. :raises NotFound: there is none."""
    found = session.scalars(
        select(ResellerChange)
        .where(ResellerChange.tenant_id == tenant_id, ResellerChange.change_id == change_id)
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def answers(session: Session, *, tenant_id: UUID, change_id: UUID) -> Sequence[ResellerChangeAnswer]:
    """What the sides of a request have said, in that order."""
    return session.scalars(
        select(ResellerChangeAnswer)
        .where(ResellerChangeAnswer.tenant_id == tenant_id, ResellerChangeAnswer.change_id == change_id)
        .order_by(ResellerChangeAnswer.at, ResellerChangeAnswer.side)
    ).all()


def changes(session: Session, *, tenant_id: UUID, limit: int = 50) -> Sequence[ResellerChange]:
    """The customer's requests, newest first."""
    return session.scalars(
        select(ResellerChange)
        .where(ResellerChange.tenant_id == tenant_id)
        .order_by(ResellerChange.change_id.desc())
        .limit(limit)
    ).all()


def sides(session: Session, *, tenant_id: UUID, limit: int = 50) -> Sequence[ResellerChangeParty]:
    """As a reseller or the operator: of which requests it is a side, newest first."""
    return session.scalars(
        select(ResellerChangeParty)
        .where(ResellerChangeParty.tenant_id == tenant_id)
        .order_by(ResellerChangeParty.change_id.desc())
        .limit(limit)
    ).all()


def side_of(session: Session, *, tenant_id: UUID, change_id: UUID) -> ResellerChangeParty:
    """As a reseller or the operator: its side of a request. :raises NotFound: it is no side of it."""
    found = session.scalars(
        select(ResellerChangeParty).where(
            ResellerChangeParty.tenant_id == tenant_id, ResellerChangeParty.change_id == change_id
        )
    ).first()
    if found is None:
        raise NotFound()
    return found


def move(session: Session, *, tenant_id: UUID, change_id: UUID, at: datetime) -> ResellerChange | None:
    """As the customer: its reseller is the new one from this transaction on; None unless it is agreed and due."""
    change = get(session, tenant_id=tenant_id, change_id=change_id)
    if change.state != "agreed" or change.effective_at is None or change.effective_at > at:
        return None
    accounts.get(session, tenant_id=tenant_id).reseller_id = change.new_reseller_id
    change.state, change.ended_at = "moved", at
    session.flush()
    return change


def finish(session: Session, *, tenant_id: UUID, change_id: UUID) -> None:
    """As the customer: everything that follows from the change is done."""
    change = get(session, tenant_id=tenant_id, change_id=change_id)
    if change.state == "moved":
        change.state = "done"
        session.flush()


_DUE = text(
    "SELECT tenant_id, change_id FROM reseller_change WHERE state = 'moved' OR (state = 'agreed' "
    "AND effective_at <= :at) ORDER BY change_id LIMIT 500"
)


def due(session: Session, *, at: datetime) -> list[tuple[UUID, UUID]]:
    """As the reader: customer and request of every change that is to be carried out, or finished."""
    return [(row.tenant_id, row.change_id) for row in session.execute(_DUE, {"at": at})]


_SIDES_TR: dict[str, str] = {"customer": "müşteri", "old": "eski bayi", "new": "yeni bayi", "operator": "işletici"}


def _put_answer(
    session: Session, change: ResellerChange, side: Side, *, yes: bool, reason: str, by: str, at: datetime
) -> None:
    session.add(
        ResellerChangeAnswer(
            tenant_id=change.tenant_id, change_id=change.change_id, side=side, yes=yes, reason=reason, by=by, at=at
        )
    )
    session.flush()
