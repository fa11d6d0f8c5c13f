"""Documents beside their charges, their messages and their files, checked as the role `reader`."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from billing.ledger.verify import Difference
from ebelge.archive.store import ArchiveError, ArchiveStore, Key
from ebelge.documents.keeping.kept_files import KEPT, union
from ebelge.documents.sign import SIGNED_NAME

BATCH = 1000

# What a document's state says about its charge, and the other way round.
_CHARGES = """
    SELECT d.document_id, d.number, d.state, coalesce(c.state, 'missing'), d.kontor, coalesce(c.kontor, 0)
      FROM document d
      LEFT JOIN charge c ON c.tenant_id = :tenant_id AND c.charge_id = d.document_id
     WHERE d.tenant_id = :tenant_id
       AND CASE WHEN d.kontor = 0 THEN c.charge_id IS NOT NULL
                ELSE c.state IS DISTINCT FROM CASE d.state
                         WHEN 'accepted' THEN 'held'
                         WHEN 'withdrawn' THEN 'released'
                         WHEN 'failed' THEN 'released'
                         WHEN 'refused' THEN 'restored'
                         WHEN 'given_up' THEN 'restored'
                         ELSE 'captured' END
                     OR (c.kontor, c.price_id, c.kind, c.reference)
                        IS DISTINCT FROM (d.kontor, d.price_id, d.kind || '.out', d.number)
           END
"""
_RELEASED_BUT_SIGNED = """
    SELECT d.document_id, d.number FROM document d
      JOIN charge c ON c.tenant_id = :tenant_id AND c.charge_id = d.document_id
     WHERE d.tenant_id = :tenant_id AND c.state = 'released' AND d.signed_sha256 IS NOT NULL
"""
_WITHOUT_DOCUMENT = """
    SELECT c.charge_id, c.kind, c.reference FROM charge c
     WHERE c.tenant_id = :tenant_id AND c.kind IN ('efatura.out', 'earsiv.out', 'eirsaliye.out', 'emm.out', 'esmm.out')
       AND NOT EXISTS (SELECT 1 FROM document d WHERE d.tenant_id = :tenant_id AND d.document_id = c.charge_id)
"""
# Who has yet to move has a message that will move him; a dead letter counts, because a person sees it.
_FORGOTTEN = """
    SELECT d.document_id, d.number, d.state FROM document d
     WHERE d.tenant_id = :tenant_id AND d.state IN ('accepted', 'signed', 'sent', 'unknown')
       AND NOT EXISTS (SELECT 1 FROM outbox_message m
                        WHERE m.tenant_id = :tenant_id AND m.key IN (d.document_id, d.zarf_id) AND m.state <> 'done')
"""
_CHECKS = (
    ("I9", "document", "number {} is {}, its charge is {}; kontör {}, charged {}", _CHARGES),
    ("I9", "document", "number {} is signed although its charge was released", _RELEASED_BUT_SIGNED),
    ("I9", "charge", "{} {} belongs to no document", _WITHOUT_DOCUMENT),
    ("outbox", "document", "number {} is {} and no message will take it further", _FORGOTTEN),
)
_FILES = union([one for one in KEPT if one.verified], "tenant_id = :tenant_id")


def count_files(connection: Connection, tenant_id: UUID) -> int:
    """How many files `verify_documents` will read."""
    statement = text(f"SELECT count(*) FROM ({_FILES}) AS files")
    return int(connection.execute(statement, {"tenant_id": tenant_id}).scalar_one())


def verify_documents(
    connection: Connection,
    tenant_id: UUID,
    *,
    archive: ArchiveStore | None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Difference]:
    """Check one tenant's documents against charges, outbox and archive; yields what is wrong, as it is found.

    :param connection: of the role `reader`, in a transaction with isolation level REPEATABLE READ.
    :param archive: where the signed files are; None: they are not read.
    :param progress: called after each archived file that was read.
    """
    for invariant, of, sentence, sql in _CHECKS:
        for row in _stream(connection, sql, tenant_id):
            yield Difference(invariant, tenant_id, f"{of} {row[0]}", sentence.format(*row[1:]))
    if archive is None:
        return
    for row in _stream(connection, _FILES, tenant_id):
        wrong = _file(archive, Key(tenant_id, row.object_id, row.name), row.sha256)
        if wrong:
            yield Difference("archive", tenant_id, f"document {row.row_id}", f"number {row.label}: {wrong}")
        if progress is not None:
            progress(1)


def _file(archive: ArchiveStore, key: Key, sha256: bytes) -> str:
    try:
        data = archive.get(key.tenant_id, key.object_id, key.name)
    except ArchiveError as error:
        return str(error)
    if hashlib.sha256(data).digest() != bytes(sha256):
        was = "signed" if key.name == SIGNED_NAME else "filed"
        return f"{key.object_id}/{key.name} is not the file that was {was}: its SHA-256 differs"
    return ""


def _stream(connection: Connection, sql: str, tenant_id: UUID) -> Iterator[Any]:
    options = {"stream_results": True, "max_row_buffer": BATCH}
    with connection.execute(text(sql), {"tenant_id": tenant_id}, execution_options=options) as rows:
        for batch in rows.partitions(BATCH):
            yield from batch
