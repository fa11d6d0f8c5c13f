"""Reseller and customer, one session after the other: kontör passed on arrives at once, what is taken back too."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from billing.models.resellers import TakeBack
from billing.resellers import passing, taking_back
from billing.resellers.passing import Part
from billing.resellers.taking_back import Returned
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.jobs.ledger import finish
from tenants import accounts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """A request to give kontör back, as it stands after its answer."""

    take_back_id: UUID
    customer_id: UUID
    draw_id: UUID
    state: str
    kontor: int
    taken_kontor: int


def pass_on(
    reseller_id: UUID, customer_id: UUID, *, kontor: int, draw_id: UUID, shown: Sequence[Part] | None = None
) -> list[Part]:
    """Pass kontör on to an own customer, both halves; see `passing.pass_on` for what it refuses."""
    with tenant_session(reseller_id) as session:
        parts = passing.pass_on(
            session,
            tenant_id=reseller_id,
            customer_id=customer_id,
            kontor=kontor,
            draw_id=draw_id,
            at=utc_now(),
            shown=shown,
        )
    finish(reseller_id, draw_id)
    return parts


def take_back(reseller_id: UUID, *, draw_id: UUID, kontor: int, take_back_id: UUID, asked_by: str) -> Answered:
    """Take back from whom the transfer went to: at once where that is allowed, else the customer is asked.

    :raises NotFound: not this reseller's transfer. For the rest see `taking_back.ask`.
    """
    with tenant_session(reseller_id) as session:
        customer_id = passing.receiver_of(session, tenant_id=reseller_id, draw_id=draw_id)
        old = taking_back.old_expiry(session, tenant_id=reseller_id, draw_id=draw_id)
        title = accounts.get(session, tenant_id=reseller_id).title
    finish(reseller_id, draw_id)
    with tenant_session(customer_id) as session:
        returned = taking_back.ask(
            session,
            tenant_id=customer_id,
            take_back_id=take_back_id,
            reseller_id=reseller_id,
            reseller_title=title,
            draw_id=draw_id,
            kontor=kontor,
            old=old,
            asked_by=asked_by,
            at=utc_now(),
        )
        answered = _answered(returned.request)
    return _finished(answered, returned)


def accept(customer_id: UUID, take_back_id: UUID, *, answered_by: str) -> Answered:
    """The customer gives back what it was asked for, or as much of it as is unspent; see `taking_back.accept`."""
    with tenant_session(customer_id) as session:
        request = taking_back.get(session, tenant_id=customer_id, take_back_id=take_back_id)
        reseller_id, draw_id = request.reseller_id, request.draw_id
    with tenant_session(reseller_id) as session:
        old = taking_back.old_expiry(session, tenant_id=reseller_id, draw_id=draw_id)
    with tenant_session(customer_id) as session:
        returned = taking_back.accept(
            session,
            tenant_id=customer_id,
            take_back_id=take_back_id,
            old=old,
            answered_by=answered_by,
            at=utc_now(),
        )
        answered = _answered(returned.request)
    return _finished(answered, returned)


def _finished(answered: Answered, returned: Returned) -> Answered:
    for draw_id in returned.draws:
        finish(answered.customer_id, draw_id)
    log.info("take-back", extra={"customer_id": str(answered.customer_id), "state": answered.state,
                                 "kontor": answered.taken_kontor})  # fmt: skip
    return answered


def _answered(request: TakeBack) -> Answered:
    return Answered(
        take_back_id=request.take_back_id,
        customer_id=request.tenant_id,
        draw_id=request.draw_id,
        state=request.state,
        kontor=request.kontor,
        taken_kontor=request.taken_kontor,
    )
