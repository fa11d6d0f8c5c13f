"""The clock's duty for drafts: those whose time is over are deleted."""

from datetime import datetime

from sqlalchemy import text

from ebelge.core.db import role_session, tenant_session
from ebelge.documents.drafting import drafts

_OLD = text(
    "SELECT DISTINCT tenant_id FROM draft WHERE saved_at < :before AND (name = '' OR deleted_at IS NOT NULL) LIMIT 1000"
)


def clear_old(at: datetime) -> int:
    """Delete drafts that were sent or deleted 30 days ago, or not touched for 180; returns how many."""
    with role_session("reader") as session:
        tenants = list(session.execute(_OLD, {"before": at - drafts.ENDED_KEPT}).scalars())
    count = 0
    for tenant_id in tenants:
        with tenant_session(tenant_id) as session:
            count += drafts.clear_old(session, tenant_id=tenant_id, at=at)
    return count
