"""Removed cards are deleted at their gateway, too: tried until it says so, and a dead letter if it never does."""

import logging

from billing.orders import cards
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.jobs.gateways import gateway
from ebelge.jobs.intents import vault
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim

log = logging.getLogger(__name__)


def forget(claim: Claim) -> None:
    """Handle `card.forget`. A card that was kept again meanwhile stays; deleting twice is no fault at any gateway."""
    with tenant_session(claim.tenant_id) as session:
        found = cards.removed(session, tenant_id=claim.tenant_id, card_id=claim.key, vault=vault())
    if found is not None:
        name, card = found
        gateway(name).forget_card(card)
        log.info("card forgotten at its gateway", extra={"card_id": str(claim.key), "gateway": name})
    with tenant_session(claim.tenant_id) as session:
        messages.done(session, [claim], at=utc_now())
