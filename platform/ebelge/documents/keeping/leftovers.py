"""Files in the archive that no row speaks of: what a crash or a withdrawal left behind. Reported, never deleted."""

from collections.abc import Iterable, Iterator
from itertools import islice
from uuid import UUID

from sqlalchemy import text

from ebelge.archive.store import Key
from ebelge.core.db import tenant_session
from ebelge.documents.keeping.kept_files import KEPT, union

_CHUNK = 1000
# By the object's id, table by table: each has an index or a key that begins with the tenant and that id.
_KNOWN = text(
    f"SELECT object_id, name FROM ({union(KEPT, 'tenant_id = :tenant_id')}) AS files WHERE object_id = ANY(:ids)"
)


def without_a_row(keys: Iterable[Key], *, tenant_id: UUID) -> Iterator[Key]:
    """Of a tenant's keys those that no row names: their document is not signed, or there is no such row at all."""
    rest = iter(keys)
    while chunk := list(islice(rest, _CHUNK)):
        ids = list({key.object_id for key in chunk})
        with tenant_session(tenant_id) as session:
            rows = session.execute(_KNOWN, {"tenant_id": tenant_id, "ids": ids}).all()
        known = {(row.object_id, row.name) for row in rows}
        yield from (key for key in chunk if (key.object_id, key.name) not in known)
