"""Signing as bookkeeping: what is to be signed, and what follows from a signature. The signature itself is made
between the two, outside any transaction.

Bulk statements, because one job holds up to 100 documents of a tenant; each still ends by itself (`failed`).
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger import charges
from ebelge.core.db import later, together
from ebelge.core.ids import new_id
from ebelge.core.transaction import Call, Prepared
from ebelge.documents import sheets
from ebelge.documents.models import DocumentEvent
from ebelge.documents.rows import insert_rows
from ebelge.documents.seals.entered import SealOwner
from ebelge.documents.sheets import SOURCE
from ebelge.documents.states import State
from ebelge.documents.travel import deliver
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim

SIGNED_NAME = "signed.xml"


@dataclass(frozen=True, slots=True)
class SignTask:
    """One document to sign: the claim under which, whose seal signs it, and how large its XML is.

    What is said of the document does not change while it is accepted. `owner` is None when the tenant has no such
    service, or the operator of its mode is not entered.
    """

    claim: Claim
    ettn: UUID
    number: str
    source_bytes: int
    owner: SealOwner | None
    kind: str
    channel: str
    kontor: int
    issue_date: date
    buyer_email: str | None


@dataclass(frozen=True, slots=True)
class SignBatch:
    """What a tenant's claims mean now. `moot` claims have nothing to do: their document has moved on.

    `sources` holds the XML of all tasks, or of none when together they are too large to be in memory at once.
    """

    tasks: tuple[SignTask, ...]
    moot: tuple[Claim, ...]
    sources: dict[UUID, bytes]


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that lies in the archive; `task`: what was known of the document when it was signed."""

    claim: Claim
    sha256: bytes
    at: datetime
    task: SignTask | None = None


@dataclass(frozen=True, slots=True)
class NotSigned:
    """A signature that did not come about. `final`: trying again cannot help; `waits`: not before a person acts."""

    claim: Claim
    code: str
    text_tr: str
    text_en: str
    final: bool = False
    waits: bool = False


_SIZE = "octet_length(x.source) + coalesce(octet_length(e.encoded), 0)"
_BEGIN = Prepared(
    "SELECT d.document_id, d.ettn, d.number, d.kind, d.channel, d.kontor, d.issue_date, d.buyer_email, "
    f"{_SIZE} AS size, CASE WHEN sum({_SIZE}) OVER () <= %s THEN x.source END AS source, "
    "x.sheet_sha256, x.sheet_at, CASE WHEN x.sheet_sha256 <> ALL (%s) THEN e.encoded END AS sheet, "
    "CASE s.seal_mode WHEN 'operator' THEN o.tenant_id ELSE s.tenant_id END AS owner_id "
    "FROM document d "
    "JOIN document_xml x ON x.tenant_id = d.tenant_id AND x.document_id = d.document_id "
    "LEFT JOIN embedded_sheet e ON e.sha256 = x.sheet_sha256 "
    "LEFT JOIN service s ON s.tenant_id = d.tenant_id AND s.service = d.kind "
    "LEFT JOIN tenant t ON t.tenant_id = d.tenant_id "
    "LEFT JOIN LATERAL operator_of(t.mode) o ON s.seal_mode = 'operator' "
    "WHERE d.tenant_id = %s AND d.document_id = ANY (%s) AND d.state = 'accepted'"
)


def begin_many(session: Session, *, tenant_id: UUID, claims: Sequence[Claim], bytes_max: int) -> SignBatch:
    """What there is to sign for these claims of one tenant, in one round trip; XML only up to `bytes_max` in sum."""
    (rows,) = together(session, asked(tenant_id=tenant_id, claims=claims, bytes_max=bytes_max))
    return told(rows, claims)


def asked(*, tenant_id: UUID, claims: Sequence[Claim], bytes_max: int) -> Call:
    """The statement of `begin_many`, for a round trip together with others; `told` reads its rows."""
    return _BEGIN, (bytes_max, sheets.known(), tenant_id, [claim.key for claim in claims])


def told(rows: Sequence[Any], claims: Sequence[Claim]) -> SignBatch:
    """What these rows say that there is to sign."""
    by_document = {claim.key: claim for claim in claims}
    tasks = tuple(
        SignTask(
            claim=by_document[row.document_id],
            ettn=row.ettn,
            number=row.number,
            source_bytes=row.size,
            owner=SealOwner(row.owner_id) if row.owner_id else None,
            kind=row.kind,
            channel=row.channel,
            kontor=row.kontor,
            issue_date=row.issue_date,
            buyer_email=row.buyer_email,
        )
        for row in sorted(rows, key=lambda row: row.document_id)
    )
    waiting = {task.claim.message_id for task in tasks}
    return SignBatch(
        tasks=tasks,
        moot=tuple(claim for claim in claims if claim.message_id not in waiting),
        sources={row.document_id: sheets.whole(row) for row in rows if row.source is not None},
    )


def sources(session: Session, *, tenant_id: UUID, document_ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """The unsigned XML of these documents."""
    rows = session.execute(
        select(SOURCE.c.document_id, SOURCE.c.source).where(
            SOURCE.c.tenant_id == tenant_id, SOURCE.c.document_id.in_(document_ids)
        )
    )
    return {row.document_id: row.source for row in rows}


class Overtaken(Exception):
    """A claim changed hands, or a document moved on meanwhile: nothing was entered."""


# The message first: whoever holds it may move the document.
_ENDED = f"WITH ended AS ({messages.ENDING})"
_MOVE = (
    "UPDATE document d SET state = CASE WHEN d.channel = 'paper' THEN 'delivered' ELSE 'signed' END, "
    "signed_sha256 = u.sha256, signed_at = u.at, progress_at = %s, "
    "final_at = CASE WHEN d.channel = 'paper' THEN %s::timestamptz END "
    "FROM ended e JOIN unnest(%s::uuid[], %s::bytea[], %s::timestamptz[]) AS u(id, sha256, at) ON u.id = e.key "
    "WHERE d.tenant_id = %s AND d.document_id = e.key AND d.state = 'accepted' "
    "RETURNING d.document_id, d.kind, d.channel, d.kontor, d.issue_date, d.buyer_email, d.signed_sha256"
)
_FINISH = Prepared(f"{_ENDED} {_MOVE}")
_OVERTAKEN = "ED001"
_FINISH_ALL = Prepared(f"{_ENDED}, moved AS ({_MOVE}) SELECT must_be((SELECT count(*) FROM moved), %s, '{_OVERTAKEN}')")


def finish_at_once(
    session: Session,
    *,
    tenant_id: UUID,
    signed: Sequence[Signed],
    at: datetime,
    stored: Callable[[], None] | None = None,
) -> list[UUID]:
    """`finish_many` for signatures whose `task` is known, put off to travel with the commit: one round trip for one.

    `stored`: waits until the signatures lie in the archive. It is called when all but the charge is entered, so the
    wallet is not locked meanwhile; what it raises ends the transaction.
    It enters all or none: :raises Overtaken: at the commit, or before; `finish_many` then enters the rest.
    """
    later(session, _FINISH_ALL, *_values(tenant_id, signed, at), len(signed), refusing=_overtaken)
    moved = [_moved(one.claim.key, one.task, one.sha256) for one in signed if one.task is not None]
    if len(moved) < len(signed):
        raise ValueError("finish_at_once needs to know what was signed")
    return _follow(session, tenant_id, moved, at, stored)


@contextmanager
def _overtaken() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        if error.sqlstate != _OVERTAKEN:
            raise
        raise Overtaken() from error


def _values(tenant_id: UUID, signed: Sequence[Signed], at: datetime) -> tuple[Any, ...]:
    ids, hashes, times = zip(*((one.claim.key, one.sha256, one.at) for one in signed), strict=True)
    ending = messages.ending([one.claim for one in signed], at=at)
    return (*ending, at, at, list(ids), list(hashes), list(times), tenant_id)


@dataclass(frozen=True, slots=True)
class _Moved:
    """A document that was signed just now."""

    document_id: UUID
    kind: str
    channel: str
    kontor: int
    issue_date: date
    buyer_email: str | None
    sha256: bytes


def finish_many(session: Session, *, tenant_id: UUID, signed: Sequence[Signed], at: datetime) -> list[UUID]:
    """Enter signatures: state, hash, kontör spent, what delivery needs; returns the documents that moved.

    A claim that changed hands, and a document that moved on (withdrawn meanwhile), change nothing. Two round trips,
    the second with the commit: the edge opens its session inside the ledger's `refusals()`.
    """
    (rows,) = together(session, (_FINISH, _values(tenant_id, signed, at)))
    if not rows:
        return []
    return _follow(session, tenant_id, [_moved(row.document_id, row, bytes(row.signed_sha256)) for row in rows], at)


def _moved(document_id: UUID, known: Any, sha256: bytes) -> _Moved:
    """`known`: the task, or the row."""
    return _Moved(document_id, known.kind, known.channel, known.kontor, known.issue_date, known.buyer_email, sha256)


def _follow(
    session: Session,
    tenant_id: UUID,
    moved: Sequence[_Moved],
    at: datetime,
    stored: Callable[[], None] | None = None,
) -> list[UUID]:
    """What follows from signatures: timeline, delivery, kontör spent."""
    insert_rows(session, DocumentEvent, [_signed_event(tenant_id, one, at) for one in moved])
    deliver.start(
        session,
        tenant_id=tenant_id,
        documents=[
            deliver.JustSigned(one.document_id, one.kind, one.channel, one.issue_date, one.buyer_email or "")
            for one in moved
        ],
        at=at,
    )
    if stored is not None:
        together(session)  # meanwhile the archive writes
        stored()
    # The wallet last: its lock is the one that others wait for.
    spent = [one.document_id for one in moved if one.kontor > 0]
    if spent:
        charges.capture_later(session, tenant_id=tenant_id, charge_ids=spent, at=at)
    return [one.document_id for one in moved]


def _signed_event(tenant_id: UUID, row: _Moved, at: datetime) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "document_id": row.document_id,
        "event_id": new_id(),
        "at": at,
        "kind": "signed",
        "state": State.SIGNED.value,
        "code": "",
        "text_tr": "Mali mühürle imzalandı ve arşivlendi; kontör harcandı.",
        "text_en": "Signed with the seal and archived; the kontör is spent.",
        "kontor": 0,
        "data": json.dumps({"sha256": row.sha256.hex()}),
    }
