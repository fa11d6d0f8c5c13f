"""A customer with endpoints, a receiver, and the worker of the queue `webhooks`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.config import settings as current_settings
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import stopping, webhooks
from ebelge.jobs.intents import vault
from ebelge.notify.webhooks import endpoints, events
from ebelge.notify.webhooks.endpoints import Shown
from ebelge.outbox import relay
from tests.notify.receiver import Receiver
from tests.orders import shop


@dataclass
class Told:
    """Akın, who listens."""

    tenant_id: UUID
    receiver: Receiver

    def endpoint(self, *wanted: str, url: str | None = None) -> Shown:
        with tenant_session(self.tenant_id) as session:
            shown = endpoints.create(
                session, tenant_id=self.tenant_id, url=url or self.receiver.url, events=wanted or ("order.paid",),
                rules=webhooks.rules(), vault=vault(), by="test", at=utc_now(),
            )  # fmt: skip
        self.receiver.secrets.append(shown.secret)
        return shown

    def tell(self, occasion: str = "1", type: str = "order.paid", **data: Any) -> UUID | None:
        with tenant_session(self.tenant_id) as session:
            return events.tell(
                session, tenant_id=self.tenant_id, type=type, occasion=occasion, data=data or {"n": 1}, at=utc_now()
            )

    def work(self) -> int:
        """The worker does what is due; returns how many messages."""
        with role_session("relay") as session:
            relay.promote(session, at=utc_now())
            claims = relay.claim(session, queue="webhooks", limit=50, turns=relay.Turns(), at=utc_now())
        webhooks.work(claims, claimed_at=utc_now())
        return len(claims)

    def later(self, passed: timedelta) -> None:
        """Time passes for what waits."""
        with tenant_session(self.tenant_id) as session:
            session.execute(text("UPDATE outbox_message SET due_at = due_at - :passed"), {"passed": passed})

    def deliveries(self) -> list[tuple[str, int, int | None]]:
        rows = shop.rows(self.tenant_id, "SELECT state, tries, status FROM webhook_delivery ORDER BY delivery_id")
        return [(row.state, row.tries, row.status) for row in rows]

    def answers(self) -> list[str]:
        return [row.answer for row in shop.rows(self.tenant_id, "SELECT answer FROM webhook_delivery")]


@pytest.fixture
def told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """Akın and its receiver on loopback, which development allows; no message of another test is left."""
    monkeypatch.setenv("EBELGE_ENVIRONMENT", "development")
    monkeypatch.setenv("EBELGE_WEBHOOK_LOOPBACK", "1")
    current_settings.cache_clear()
    stopping.requested.clear()
    with role_session("relay") as session:
        session.execute(text("DELETE FROM outbox_message WHERE queue IN ('webhooks', 'mail')"))
    receiver = Receiver()
    yield Told(shop.customer(), receiver)
    receiver.close()
    monkeypatch.undo()
    current_settings.cache_clear()
