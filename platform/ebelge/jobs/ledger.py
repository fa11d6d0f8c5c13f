"""Kontör that was passed on arrives: as the giver read what was written down, then as the receiver credit it."""

import logging
from collections.abc import Sequence
from functools import partial

from billing.ledger import transfers
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
    """Never two wallets at once: two sessions, one after the other."""
    with tenant_session(claim.tenant_id) as session:
        passage = transfers.passage(session, tenant_id=claim.tenant_id, draw_id=claim.key)
    with tenant_session(passage.to_tenant_id) as session:
        credited = transfers.receive(session, tenant_id=passage.to_tenant_id, passage=passage, at=utc_now())
    with tenant_session(claim.tenant_id) as session:
        messages.done(session, [claim], at=utc_now())
    log.info("kontör arrived", extra={"kontor": credited, "to_tenant_id": str(passage.to_tenant_id)})


def _again(claim: Claim, reason: str) -> None:
    with tenant_session(claim.tenant_id) as session:
        messages.again(session, claim, at=utc_now(), error=reason)
