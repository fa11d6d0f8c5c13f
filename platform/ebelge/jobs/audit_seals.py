"""The clock's duty for the audit log: seal what was noted, account by account, a transaction each."""

from datetime import datetime

from ebelge.core.db import role_session
from tenants.audit import sealing


def seal_waiting(at: datetime) -> int:
    """Seal what waits; returns how many entries. Killed in the middle, the next one goes on where it stopped."""
    with role_session("relay") as session:
        tenants = sealing.waiting(session)
    count = 0
    for tenant_id in tenants:
        with role_session("relay") as session:
            count += sealing.seal(session, tenant_id=tenant_id)
    return count
