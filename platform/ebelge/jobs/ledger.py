"""Kontör that was passed on arrives: as the giver read what was written down, then as the receiver credit it."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from billing.ledger import transfers
from billing.ledger.transfers import Passage
from billing.pools import returns, rights
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.core.telemetry import bind
from ebelge.jobs.database import patiently
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim

log = logging.getLogger(__name__)


def arrive(claims: Sequence[Claim]) -> None:
    """Finish each draw. Receiving is keyed by draw and part, so a repetition credits nothing twice."""
    for claim in claims:
        with bind(tenant_id=claim.tenant_id, draw_id=claim.key):
            try:
                patiently(partial(_arrive, claim))
            except DomainError as error:
                log.exception("kontör did not arrive")
                _again(claim, f"{error.code}: {error}")
            except Exception:
                log.exception("kontör did not arrive")


def _arrive(claim: Claim) -> None:
    credited = finish(claim.tenant_id, claim.key)
    with tenant_session(claim.tenant_id) as session:
        messages.done(session, [claim], at=utc_now())
    log.info("kontör arrived", extra={"kontor": credited})


def finish(from_tenant_id: UUID, draw_id: UUID) -> int:
    """Let a draw arrive; returns the kontör credited now, 0 when it had arrived before.

    Never two wallets at once: two sessions, one after the other. Called by whoever has just passed kontör on, so that
    it is there at once, and again by the message, which finishes it if that process died.
    """
    with tenant_session(from_tenant_id) as session:
        passage = transfers.passage(session, tenant_id=from_tenant_id, draw_id=draw_id)
        by_draw = returns.draws_of(session, tenant_id=from_tenant_id, passage=passage)
    return credit(passage, by_draw=by_draw)


def credit(passage: Passage, *, by_draw: Mapping[UUID, int]) -> int:
    """The receiver's half of a draw. What came back to a pool counts for its month in the same transaction; who left
    the pool while the draw was on its way gives it back at once.

    :param by_draw: `returns.draws_of` of the passage.
    """
    receiver = passage.to_tenant_id
    at = utc_now()
    return_id = None
    with tenant_session(receiver) as session:
        giver = passage.from_tenant_id
        months = returns.months_of(session, tenant_id=receiver, member_id=giver, by_draw=by_draw)
        state = rights.asking_state(tenant_id=receiver, pool_id=giver)
        credited, (membership,) = transfers.receive_and_ask(
            session, tenant_id=receiver, passage=passage, at=at, asked=[state]
        )
        if credited:
            returns.came_back(session, tenant_id=receiver, member_id=giver, months=months)
            if rights.ended(membership):
                return_id = returns.send_on(session, tenant_id=receiver, passage=passage, at=at)
    if return_id is not None:
        finish(receiver, return_id)
    return credited


def _again(claim: Claim, reason: str) -> None:
    with tenant_session(claim.tenant_id) as session:
        messages.again(session, claim, at=utc_now(), error=reason)
