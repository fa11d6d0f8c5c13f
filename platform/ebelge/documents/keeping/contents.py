"""Where the bytes of an entry lie, and reading them in pieces."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.archive import files
from ebelge.archive.files import FILE_NAME
from ebelge.archive.search import Found
from ebelge.archive.store import ArchiveStore
from ebelge.core.errors import Conflict, NotFound
from ebelge.documents.incoming.models import INCOMING_NAME
from ebelge.documents.keeping.old_models import OLD_NAME
from ebelge.documents.models import Document
from ebelge.documents.sign import SIGNED_NAME

XML = "application/xml"


class NotArchivedYet(Conflict):
    """The document is not signed: there is no file of it in the archive."""

    code = "not_signed"
    title_tr, title_en = "Belge imzalanmadı", "The document is not signed"


@dataclass(frozen=True, slots=True)
class Content:
    """A file in the archive, and how it is handed over."""

    object_id: UUID
    name: str
    media_type: str
    download_name: str


def of_entry(session: Session, *, tenant_id: UUID, found: Found) -> Content:
    """The file of an entry. :raises NotArchivedYet: see there. :raises NotFound: what it was made of is gone."""
    if found.source == "file":
        row = files.get(session, tenant_id=tenant_id, file_id=found.entry_id)
        return Content(row.file_id, FILE_NAME, row.media_type, row.name)
    name = f"{found.number or found.entry_id}.xml"
    if found.source != "outgoing":
        return Content(found.entry_id, INCOMING_NAME if found.source == "incoming" else OLD_NAME, XML, name)
    document = session.get(Document, (tenant_id, found.entry_id))
    if document is None:
        raise NotFound("Belge bulunamadı.", "There is no such document.")
    if document.signed_sha256 is None:
        raise NotArchivedYet("İmzalanınca buradan indirilir.", "It is here when it is signed.", state=document.state)
    return Content(document.ettn, SIGNED_NAME, XML, name)


def opened(archive: ArchiveStore, *, tenant_id: UUID, content: Content) -> Iterator[bytes]:
    """The bytes, some at a time; that there are none, or that they do not open, is raised here and not on the way."""
    pieces = archive.read(tenant_id, content.object_id, content.name)
    return chain([next(pieces, b"")], pieces)
