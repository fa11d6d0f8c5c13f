"""Free kontör of sandboxes: a lot for six months, and the next one before it ends: nobody's tests stand still."""

import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.ledger import lots
from ebelge.core.clock import kontor_expiry, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.onboarding.accounts import SANDBOX_KONTOR

log = logging.getLogger(__name__)
BATCH: Final = 1000
RENEWED_BEFORE: Final = timedelta(days=1)

_ENDING = text(
    "SELECT t.tenant_id FROM tenant t JOIN tenant live ON live.tenant_id = t.live_tenant_id "
    "WHERE t.mode = 'test' AND t.state <> 'closed' AND live.state <> 'closed' "
    "AND NOT EXISTS (SELECT 1 FROM lot l WHERE l.tenant_id = t.tenant_id AND l.source = 'bonus' "
    "AND l.reason = 'sandbox' AND l.expires_at > :until) ORDER BY t.tenant_id LIMIT :limit"
)
_LAST = text("SELECT max(expires_at) FROM lot WHERE tenant_id = :tenant_id AND source = 'bonus' AND reason = 'sandbox'")


def renew_ending(at: datetime) -> int:
    """The clock's: give every sandbox whose free kontör ends within a day the next six months'; returns how many."""
    with role_session("reader") as session:
        found = list(session.execute(_ENDING, {"until": at + RENEWED_BEFORE, "limit": BATCH}).scalars())
    count = 0
    for tenant_id in found:
        with bind(tenant_id=tenant_id):
            try:
                with tenant_session(tenant_id) as session:
                    count += renew(session, tenant_id=tenant_id, at=utc_now())
            except Exception:  # one sandbox's trouble stops no other
                log.exception("a sandbox's kontör was not renewed")
    return count


def renew(session: Session, *, tenant_id: UUID, at: datetime) -> bool:
    """Credit the lot that follows the last one; True if it was due. Whoever comes second finds it there."""
    lots.hold_wallet(session, tenant_id=tenant_id, at=at)
    last = session.execute(_LAST, {"tenant_id": tenant_id}).scalar_one()
    if last is not None and last > at + RENEWED_BEFORE:
        return False
    return lots.grant(
        session,
        tenant_id=tenant_id,
        source="bonus",
        source_id=uuid5(tenant_id, f"sandbox after {last.isoformat() if last else 'nothing'}"),
        kontor=SANDBOX_KONTOR,
        net_price_kurus=0,
        expires_at=kontor_expiry(at),
        reason="sandbox",
        at=at,
    )
