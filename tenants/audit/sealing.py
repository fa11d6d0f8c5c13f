"""Sealing what was written: entry after entry into its tenant's chain, by the clock, never by whoever did the deed."""

from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.db import fetch

BATCH = 1000


def waiting(session: Session, *, limit: int = BATCH) -> list[UUID]:
    """Accounts with entries that wait for their seal. The session is the relay's."""
    return [row.tenant_id for row in fetch(session, "SELECT tenant_id FROM audit_waiting(%s::int)", limit)]


def seal(session: Session, *, tenant_id: UUID, limit: int = BATCH) -> int:
    """Seal an account's waiting entries in their final order; returns how many.

    Entries whose place is not final yet, because an older transaction still runs, wait for the next call. Whoever
    comes while another seals the same account leaves with 0. The session is the relay's.
    """
    return int(fetch(session, "SELECT audit_seal_waiting(%s::uuid, %s::int) AS sealed", tenant_id, limit)[0].sealed)
