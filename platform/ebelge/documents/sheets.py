"""Our stylesheets in the database: each lies there once, and documents' XML without it (ADR 0139).

Two thirds of an invoice are its stylesheet. What a client embeds, and a tenant's own design, stay in the document.
"""

from base64 import b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import LargeBinary, Uuid, column, table
from sqlalchemy.orm import Session

from ebelge.core.db import later
from ebelge.core.transaction import Prepared
from ebelge.ubl import stylesheet

# The view that puts them together again (sql/020_sources.sql). Whoever reads a document's XML reads it here.
SOURCE = table("document_source", column("tenant_id", Uuid), column("document_id", Uuid), column("source", LargeBinary))
# How each of them begins.
_BEGIN = b64encode(b"<?xml version='1.0' encoding='UTF-8'?>\n<xsl:stylesheet")
_ENTER = Prepared(
    "INSERT INTO embedded_sheet (sha256, encoded) VALUES (%s, convert_to(%s, 'UTF8')) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A document's XML as it lies in the database; `sheet_sha256` was at byte `sheet_at`, None: it is whole."""

    source: bytes
    sheet_sha256: bytes | None = None
    sheet_at: int = 0


def without(source: bytes) -> Stored:
    """The XML without our stylesheet, if that stands in it."""
    begin = source.find(_BEGIN)
    if begin < 0:
        return Stored(source)
    end = source.find(b"<", begin)
    digest = _ours().get(source[begin:end])
    return Stored(source) if digest is None else Stored(source[:begin] + source[end:], digest, begin)


def whole(row: Any) -> bytes:
    """The XML of a row with `source`, `sheet_sha256`, `sheet_at`, and `sheet`, needed if it is not among `known`.

    What the view does, for the one who reads most: the server need not put together what travels in every document.
    """
    if row.sheet_sha256 is None:
        return bytes(row.source)
    sheet = row.sheet or _by_digest()[bytes(row.sheet_sha256)]
    return bytes(row.source[: row.sheet_at] + sheet + row.source[row.sheet_at :])


def known() -> list[bytes]:
    """The SHA-256 of the stylesheets that this process has itself."""
    return list(_by_digest())


def enter(session: Session, *, documents: Sequence[Stored], there: Collection[bytes]) -> None:
    """Put off entering the stylesheets of these documents that the database does not have yet.

    :param there: which it has (their SHA-256).
    """
    missing = {one.sheet_sha256 for one in documents if one.sheet_sha256 is not None} - set(there)
    for encoded, digest in sorted(_ours().items()):  # in the same order everywhere: two processes may meet
        if digest in missing:
            later(session, _ENTER, digest, encoded.decode())


@cache
def _ours() -> dict[bytes, bytes]:
    """Our stylesheets as they are embedded -> SHA-256 of that."""
    encoded = [b64encode(source) for source in stylesheet.every_source()]
    return {one: sha256(one).digest() for one in encoded}


@cache
def _by_digest() -> dict[bytes, bytes]:
    return {digest: encoded for encoded, digest in _ours().items()}
