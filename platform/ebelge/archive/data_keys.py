"""The keys that seal a tenant's files: random, closed with the master key, one row each.

Changing the master key closes these rows anew and leaves every file alone (`ebelge master-key rotate`).
"""

import os
import threading
from uuid import UUID

from ebelge.archive.sealing import SealBroken
from ebelge.core.db import fetch, tenant_session
from ebelge.core.ids import new_id
from ebelge.core.vault import Vault, VaultError

KEY_BYTES = 32


def closed_for(tenant_id: UUID, key_id: UUID) -> str:
    """What a tenant's key was closed for."""
    return f"archive-key:{tenant_id}:{key_id}"


class KeyRing:
    """The keys of all tenants, each read at its first use and kept for the process."""

    def __init__(self, master_key: str) -> None:
        self._vault = Vault.from_text(master_key)
        self._current: dict[UUID, UUID] = {}
        self._known: dict[tuple[UUID, UUID], bytes] = {}
        self._lock = threading.Lock()

    def current(self, tenant_id: UUID) -> tuple[UUID, bytes]:
        """Id and key that seal the tenant's new files; made at the first file."""
        key_id = self._current.get(tenant_id)
        if key_id is None:
            with self._lock:
                key_id = self._current.get(tenant_id) or self._first(tenant_id)
        return key_id, self.get(tenant_id, key_id)

    def get(self, tenant_id: UUID, key_id: UUID) -> bytes:
        """The key with that id. :raises SealBroken: there is none, or no master key opens it."""
        known = self._known.get((tenant_id, key_id))
        if known is not None:
            return known
        with tenant_session(tenant_id) as session:
            rows = fetch(
                session,
                "SELECT closed_key FROM archive_key WHERE tenant_id = %s AND key_id = %s",
                tenant_id,
                key_id,
            )
        if not rows:
            raise SealBroken(f"the key {key_id} that seals the file is not there")
        return self._opened(tenant_id, key_id, bytes(rows[0].closed_key))

    def _first(self, tenant_id: UUID) -> UUID:
        """The newest key; where there is none, one is made. Two who do so at once agree on the first row."""
        newest = "SELECT key_id, closed_key FROM archive_key WHERE tenant_id = %s ORDER BY number DESC LIMIT 1"
        with tenant_session(tenant_id) as session:
            rows = fetch(session, newest, tenant_id)
            if not rows:
                key_id, key = new_id(), os.urandom(KEY_BYTES)
                closed = self._vault.close(key, context=closed_for(tenant_id, key_id))
                fetch(
                    session,
                    "INSERT INTO archive_key (tenant_id, number, key_id, closed_key, created_at) "
                    "VALUES (%s, 1, %s, %s, now()) ON CONFLICT DO NOTHING RETURNING key_id",
                    tenant_id,
                    key_id,
                    closed,
                )
                rows = fetch(session, newest, tenant_id)
        # After the commit: a key that only a rolled back row held must seal nothing.
        self._opened(tenant_id, rows[0].key_id, bytes(rows[0].closed_key))
        self._current[tenant_id] = rows[0].key_id
        key_id_of_row: UUID = rows[0].key_id
        return key_id_of_row

    def _opened(self, tenant_id: UUID, key_id: UUID, closed: bytes) -> bytes:
        try:
            key = self._vault.open(closed, context=closed_for(tenant_id, key_id))
        except VaultError as error:
            raise SealBroken(f"no master key opens the key {key_id} that seals the file") from error
        self._known[tenant_id, key_id] = key
        return key
