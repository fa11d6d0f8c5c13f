"""Files on their way into the archive and out of it, for API and pages alike: in pieces, never whole in memory."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from ebelge.archive import files
from ebelge.archive.models import ArchiveFile
from ebelge.archive.store import ArchiveError, ArchiveStore, open_store
from ebelge.core.db import tenant_session
from ebelge.documents.keeping import contents as archive_contents
from ebelge.documents.keeping import ledger_files
from ebelge.edge import limits
from ebelge.edge.limits import FileRefused
from tenants.audit.entries import Actor

_CHUNK = 256 * 1024


def take(
    archive: ArchiveStore, *, tenant_id: UUID, name: str, chunks: Iterable[bytes], kind: str, note: str, actor: Actor,
    at: datetime,
) -> ArchiveFile:  # fmt: skip
    """A file taken in; one of e-Defter by its own rules. Refusals: see `archive.files`, `documents.ledger_files`."""
    if kind == "edefter":
        return ledger_files.take_in(
            archive, tenant_id=tenant_id, name=name, chunks=chunks, note=note, actor=actor, at=at
        )
    shown = files.shown_name(name)
    with files.received(chunks) as given:
        file_id = files.file_id_of(tenant_id, shown, given.sha256)
        files.store(archive, tenant_id=tenant_id, file_id=file_id, given=given)
        with tenant_session(tenant_id) as session:
            row = files.enter(
                session, tenant_id=tenant_id, file_id=file_id, name=shown, given=given, kind=kind, note=note,
                actor=actor, at=at,
            )  # fmt: skip
            session.expunge(row)
    return row


def handed_over(tenant_id: UUID, where: archive_contents.Content) -> Response:
    """A file to be saved, in pieces; nothing of it runs in a browser. :raises NotStored: the archive has it not."""
    try:
        pieces = archive_contents.opened(open_store(), tenant_id=tenant_id, content=where)
    except ArchiveError as error:
        raise files.NotStored("Dosya okunamadı; bize bildirin.", "The file cannot be read; tell us.") from error
    response = Response(pieces, content_type=where.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=where.download_name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def body() -> Iterator[bytes]:
    """The request's body, some at a time. :raises RequestTooLarge: larger than the view takes."""
    try:
        while piece := request.stream.read(_CHUNK):
            yield piece
    except RequestEntityTooLarge as error:
        raise limits.too_large((request.max_content_length or 1) - 1) from error


def uploaded(field: str) -> tuple[str, BinaryIO]:
    """Name and stream of the one file of a form's field. :raises FileRefused: none, or several."""
    found = request.files.getlist(field)
    if len(found) != 1 or not found[0].filename:
        raise FileRefused("Bir dosya seçin. Hiçbir şey değiştirilmedi.", "Choose one file. Nothing was changed.")
    stream: BinaryIO = found[0].stream  # type: ignore[assignment]  # werkzeug says IO[bytes], and it is one
    return found[0].filename, stream
