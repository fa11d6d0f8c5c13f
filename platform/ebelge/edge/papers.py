"""Papers of what happened outside, for whoever may see their document: to be saved, never shown in place."""

from typing import Final
from uuid import UUID

from flask import Response

from ebelge.archive.store import ArchiveError, open_store
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.documents import queries
from ebelge.documents.answers.models import PAPER_NAME, MistakeRecord
from ebelge.documents.incoming import queries as incoming_queries
from tenants.members.reach import Reach

_ENDINGS: Final = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def paper_of(tenant_id: UUID, record_id: UUID, *, reach: Reach) -> Response:
    """The file of a record. :raises NotFound: no such record here, no file with it, or its document out of reach."""
    with tenant_session(tenant_id) as session:
        row = session.get(MistakeRecord, (tenant_id, record_id))
        if row is None or row.file_type is None:
            raise NotFound()
        if row.side == "outgoing":
            queries.get(session, tenant_id=tenant_id, document_id=row.document_id, reach=reach)
        else:
            incoming_queries.get(session, tenant_id=tenant_id, document_id=row.document_id, reach=reach)
        media_type = row.file_type
    try:
        data = open_store().get(tenant_id, record_id, PAPER_NAME)
    except ArchiveError as error:
        raise NotFound() from error
    response = Response(data, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{record_id}.{_ENDINGS[media_type]}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
