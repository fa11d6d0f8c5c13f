"""A document that came in, for whoever may read it: its XML, and the page its sender made for it."""

import logging
from uuid import UUID

from ebelge.archive.store import NotArchived, open_store
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.documents.incoming import queries as incoming_queries
from ebelge.documents.incoming.models import INCOMING_NAME
from ebelge.paper import pages
from tenants.members.reach import Reach

_log = logging.getLogger("ebelge.incoming")


def xml_of(tenant_id: UUID, document_id: UUID, *, reach: Reach) -> tuple[str, bytes]:
    """Number and XML, as its sender signed it. :raises NotFound: there is none, or it is out of reach."""
    with tenant_session(tenant_id) as session:
        row = incoming_queries.get(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
        number = row.number
    try:
        return number, open_store().get(tenant_id, document_id, INCOMING_NAME)
    except NotArchived as error:
        # A row is never written before its file: the archive has lost it, and `ebelge verify` says so, too.
        _log.exception("an incoming document's file is missing", extra={"document_id": str(document_id)})
        raise NotFound(
            "Belgenin dosyası arşivde yok; destek ile görüşün.", "Its file is missing; ask support."
        ) from error


def file_name(number: str) -> str:
    """A name for the download: the number is a stranger's word."""
    return "".join(letter for letter in number if letter.isascii() and letter.isalnum())[:40] or "belge"


def page_of(tenant_id: UUID, document_id: UUID, *, reach: Reach, test: bool) -> bytes:
    """The readable page: by the stylesheet inside the document, which is hostile until it has run in its cage.

    :raises NotFound: see `xml_of`.
    """
    _, xml = xml_of(tenant_id, document_id, reach=reach)
    return pages.as_sent(xml, owner=tenant_id, test=test).html
