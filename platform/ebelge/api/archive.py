"""The archive: searched, read, files put into it; e-Defter storage; whether its files are whole."""

from datetime import date
from http import HTTPStatus
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from ebelge.api import archive_answers as answers
from ebelge.api import cursors
from ebelge.api.account import NoQuery
from ebelge.api.archive_answers import (
    ArchiveEntryAnswer,
    ArchiveEntryPage,
    ArchiveFileAnswer,
    ArchiveFileQuery,
    ArchiveQuery,
    IntegrityAnswer,
    LedgerMonthList,
    LedgerQuery,
)
from ebelge.api.described import described
from ebelge.api.reading import query
from ebelge.archive import files, search, tags
from ebelge.archive.store import open_store
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.documents.keeping import contents as archive_contents
from ebelge.documents.keeping import integrity, ledger_files
from ebelge.edge import archive_files, limits
from ebelge.edge.access import bearer, needs
from ebelge.edge.actors import actor
from ebelge.edge.idempotency import json_response, render
from ebelge.edge.languages import language
from ebelge.edge.requests import request_at

blueprint = APIBlueprint("archive", __name__, tag="Archive")


@blueprint.get("/archive")
@described(ArchiveEntryPage, query=ArchiveQuery, refusals=(400,))
@needs("archive:read")
def find() -> Response:
    """Search the archive

    Outgoing, incoming and earlier documents and files of any kind, newest first. A document is found some seconds after
    it was accepted.
    """
    asked = query(ArchiveQuery)
    tenant_id, after = bearer().tenant_id, _after(asked.cursor)
    with tenant_session(tenant_id) as session:
        page = search.search(
            session, tenant_id=tenant_id, filters=answers.filters(asked), after=after, limit=asked.limit
        )
        hung = tags.of_entries(session, tenant_id=tenant_id, entry_ids=[one.entry_id for one in page.entries])
        items = [answers.entry(one, hung.get(one.entry_id, [])) for one in page.entries]
    more = cursors.pack(f"{page.next_after[0]}~{page.next_after[1]}") if page.next_after else None
    return json_response(render(ArchiveEntryPage(items=items, next_cursor=more)))


@blueprint.get("/archive/<uuid:entry_id>")
@described(ArchiveEntryAnswer, query=NoQuery, refusals=(404,))
@needs("archive:read")
def get(entry_id: UUID) -> Response:
    """An entry"""
    query(NoQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        found = search.get(session, tenant_id=tenant_id, entry_id=entry_id)
        hung = tags.of_entries(session, tenant_id=tenant_id, entry_ids=[entry_id])
        return json_response(render(answers.entry(found, hung.get(entry_id, []))))


@blueprint.get("/archive/<uuid:entry_id>/content")
@described(None, query=NoQuery, media_types=("application/octet-stream",), refusals=(404, 409))
@needs("archive:read")
def content(entry_id: UUID) -> Response:
    """The file of an entry

    The signed XML of a document, a file as it was put in.
    """
    query(NoQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        found = search.get(session, tenant_id=tenant_id, entry_id=entry_id)
        where = archive_contents.of_entry(session, tenant_id=tenant_id, found=found)
    return archive_files.handed_over(tenant_id, where)


@blueprint.post("/archive/files")
@described(
    ArchiveFileAnswer, status=HTTPStatus.CREATED, query=ArchiveFileQuery, body="file", refusals=(409, 413, 415, 422)
)
@limits.body_up_to(files.BYTES_MAX)
@needs("archive:write")
def put_file() -> Response:
    """Put a file into the archive

    PDF, XML, plain text, PNG, JPEG, TIFF, XLSX, DOCX or ZIP; its bytes say which. It is kept ten years
    and never changed. The same file under the same name again is the same entry.
    """
    asked = query(ArchiveFileQuery)
    return _taken(asked.name, asked.kind, asked.note)


@blueprint.post("/archive/ledgers")
@described(ArchiveFileAnswer, status=HTTPStatus.CREATED, query=LedgerQuery, body="file", refusals=(409, 413, 415, 422))
@limits.body_up_to(ledger_files.BYTES_MAX)
@needs("archive:write")
def put_ledger() -> Response:
    """Store an e-Defter file

    A ledger, berat or report as XML or ZIP; name, owner, size, parts, signature are checked. It needs the service
    e-Defter storage, and no seal.
    """
    asked = query(LedgerQuery)
    return _taken(asked.name, "edefter", asked.note)


@blueprint.get("/archive/ledgers")
@described(LedgerMonthList, query=NoQuery)
@needs("archive:read")
def ledger_months() -> Response:
    """Months of e-Defter files

    Which files of a month are missing: ledgers, berats, the berats that GİB approved.
    """
    query(NoQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        found = ledger_files.months(session, tenant_id=tenant_id, at=request_at())
    return json_response(render(LedgerMonthList(items=[answers.month(one) for one in found])))


@blueprint.get("/archive/integrity")
@described(IntegrityAnswer, query=NoQuery)
@needs("archive:read")
def get_integrity() -> Response:
    """Whether the archive is whole

    Every file is read again and compared with its SHA-256 in a round of some weeks; what was found is here.
    """
    query(NoQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        found = integrity.standing(session, tenant_id=tenant_id)
        return json_response(render(answers.integrity(found, language())))


def _taken(name: str, kind: str, note: str) -> Response:
    row = archive_files.take(
        open_store(), tenant_id=bearer().tenant_id, name=name, chunks=archive_files.body(), kind=kind, note=note,
        actor=actor(), at=request_at(),
    )  # fmt: skip
    return json_response(render(answers.file(row)), HTTPStatus.CREATED)


def _after(cursor: str | None) -> tuple[date, UUID] | None:
    if cursor is None:
        return None
    try:
        day, _, entry_id = cursors.text_of(cursor).partition("~")
        return date.fromisoformat(day), UUID(entry_id)
    except ValueError as error:
        raise InvalidRequest("cursor geçersiz.", "The cursor is invalid.") from error
