"""Files in the archive that no row speaks of: what a crash or a withdrawal left behind. Reported, never deleted."""

from collections.abc import Iterable, Iterator
from itertools import islice
from uuid import UUID

from sqlalchemy import select

from ebelge.archive.store import Key
from ebelge.core.db import tenant_session
from ebelge.documents.models import Document
from ebelge.documents.old_models import OLD_NAME, OldDocument
from ebelge.documents.send import ZARF_NAME
from ebelge.documents.sign import SIGNED_NAME
from ebelge.documents.travel_models import ZarfRow

_CHUNK = 1000


def without_a_row(keys: Iterable[Key], *, tenant_id: UUID) -> Iterator[Key]:
    """Of a tenant's keys those whose document is not signed, or whose envelope or old document has no row."""
    rest = iter(keys)
    while chunk := list(islice(rest, _CHUNK)):
        ids = {key.object_id for key in chunk}
        with tenant_session(tenant_id) as session:
            signed = set(
                session.scalars(
                    select(Document.ettn).where(
                        Document.tenant_id == tenant_id, Document.ettn.in_(ids), Document.signed_sha256.is_not(None)
                    )
                )
            )
            zarfs = set(
                session.scalars(select(ZarfRow.zarf_id).where(ZarfRow.tenant_id == tenant_id, ZarfRow.zarf_id.in_(ids)))
            )
            old = set(
                session.scalars(
                    select(OldDocument.document_id).where(
                        OldDocument.tenant_id == tenant_id, OldDocument.document_id.in_(ids)
                    )
                )
            )
        known = {SIGNED_NAME: signed, ZARF_NAME: zarfs, OLD_NAME: old}
        yield from (key for key in chunk if key.object_id not in known.get(key.name, set()))
