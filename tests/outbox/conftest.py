"""A small world for the outbox: tenants that put messages, workers that claim them."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.outbox import messages, relay
from ebelge.outbox.messages import Claim


@pytest.fixture(autouse=True)
def _own_database(fresh_settings: Settings) -> None:
    """Each test has an outbox of its own: claims go over all tenants."""


@pytest.fixture
def put() -> Callable[..., UUID]:
    """Put `count` messages for a tenant (a new one by default); returns the tenant."""

    def _put(
        count: int = 1, *, tenant_id: UUID | None = None, topic: str = "document.sign", due_at: datetime | None = None
    ) -> UUID:
        tenant = tenant_id or new_id()
        with tenant_session(tenant) as session:
            messages.put_many(
                session,
                tenant_id=tenant,
                topic=topic,
                keys=[new_id() for _ in range(count)],
                at=utc_now(),
                due_at=due_at,
            )
        return tenant

    return _put


@pytest.fixture
def claim() -> Callable[..., list[Claim]]:
    """Claim as the relay does, and commit."""

    def _claim(
        limit: int = 100, *, turns: relay.Turns | None = None, at: datetime | None = None, queue: str = "sign"
    ) -> list[Claim]:
        with role_session("relay") as session:
            return relay.claim(session, queue=queue, limit=limit, turns=turns or relay.Turns(), at=at or utc_now())

    return _claim
