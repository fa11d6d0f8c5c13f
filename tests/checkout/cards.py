"""A saved card and an automatic purchase with it, as a top-up makes one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from billing.orders import attempts, cards, place
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.outbox import messages
from tests.checkout.world import Buyer, World


def save_card(world: World, buyer: Buyer, gateway: str, *, card: str | None = None) -> UUID:
    """Buy once and let the gateway keep the card; its id here."""
    order = buyer.order(gateway, save_card=True)
    world.come_back(world.pay(order, card=card, save=True))
    world.work()
    assert buyer.fresh(order)["state"] == "credited"
    with tenant_session(buyer.tenant_id) as session:
        return cards.listed(session, tenant_id=buyer.tenant_id)[-1].card_id


def top_up(world: World, buyer: Buyer, gateway: str, card_id: UUID) -> dict[str, Any]:
    """Order by itself and put the charge in the outbox."""
    at = utc_now()
    with tenant_session(buyer.tenant_id) as session:
        order = place.place(
            session, tenant_id=buyer.tenant_id, package_code=world.package, method=gateway, placed_by="topup", at=at
        )  # type: ignore[arg-type]  # one of two words
        begun = attempts.begin(
            session, tenant_id=buyer.tenant_id, order_id=order.order_id, gateway=gateway, kind="saved_card",
            intent={"card_id": str(card_id)}, at=at,
        )  # fmt: skip
        messages.put(session, tenant_id=buyer.tenant_id, topic="payment.charge", key=begun.attempt_id, at=at)
        return {"order_id": str(order.order_id), "attempt_id": begun.attempt_id}
