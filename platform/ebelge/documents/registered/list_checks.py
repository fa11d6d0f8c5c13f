"""e-Arşiv documents that an old user list decided: before they are signed their buyers are looked up in a fresh one.

A buyer who has become an e-Fatura user must not get an e-Arşiv (TRADE.md 7). Not yet signed, the document ends: kontör
and number come back. Signed already, because no list came for too long, it is flagged, for its number is never used
again (ADR 0112, 0133). The message to sign is planned for the last instant: nothing waits longer, whatever dies.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger import charges
from ebelge.core.clock import istanbul_date, istanbul_day
from ebelge.core.config import settings
from ebelge.core.ids import new_id
from ebelge.documents import events
from ebelge.documents.entry import Entry
from ebelge.documents.models import Document, DocumentEvent
from ebelge.documents.numbers.open_numbers import open_again
from ebelge.documents.registered.models import ListCheck
from ebelge.documents.registered.taxpayer import MailboxKey, look_up
from ebelge.documents.rows import insert_rows
from ebelge.documents.states import State
from ebelge.outbox import messages

CODE: Final = "buyer_registered"
# The day's report is made soon after midnight: what is issued on a day is signed on it, unless there is no time left.
BEFORE_MIDNIGHT, AT_LEAST = timedelta(minutes=15), timedelta(minutes=10)


def sign_by(at: datetime, *, wait_min: int) -> datetime:
    """Until when a document accepted at `at` waits for a fresh list: `wait_min` minutes, but within the day."""
    _, midnight = istanbul_day(istanbul_date(at))
    return min(at + timedelta(minutes=wait_min), max(at + AT_LEAST, midnight - BEFORE_MIDNIGHT))


def wait(session: Session, *, tenant_id: UUID, entries: Sequence[Entry], topic: str, at: datetime) -> list[UUID]:
    """Plan the signing of those that wait for a fresh list, in the transaction that accepts; returns the others."""
    waiting = [entry for entry in entries if entry.checked.old_list is not None]
    if not waiting:
        return [entry.document_id for entry in entries]
    until, ids = sign_by(at, wait_min=settings().list_wait_min), [entry.document_id for entry in waiting]
    rows = [
        {
            "tenant_id": tenant_id, "document_id": entry.document_id, "list_loaded_at": entry.checked.old_list,
            "entered_at": at, "sign_at": until, "state": "waiting", "ended_at": None,
        }
        for entry in waiting
    ]  # fmt: skip
    insert_rows(session, ListCheck, rows)
    insert_rows(session, DocumentEvent, [_waits(tenant_id, one, at) for one in ids])
    messages.put_many(session, tenant_id=tenant_id, topic=topic, keys=ids, at=at, due_at=until)
    return [entry.document_id for entry in entries if entry.checked.old_list is None]


def look_again(session: Session, *, tenant_id: UUID, document_id: UUID, mode: str, topic: str, at: datetime) -> str:
    """Look a waiting document's buyer up in the list, which is fresh again; returns the check's new state.

    Lock order: message, document, wallet. Repeating it changes nothing: "" where nothing waits.
    """
    check = session.scalars(
        select(ListCheck).where(ListCheck.tenant_id == tenant_id, ListCheck.document_id == document_id)
    ).one_or_none()
    document = session.get(Document, (tenant_id, document_id))
    if check is None or document is None or check.state != "waiting":
        return ""
    key = MailboxKey(document.buyer_vkn_tckn, "Invoice")
    named = look_up(session, mode=mode, keys=[key], at=document.signed_at or at)
    registered = bool(named.of(key.vkn_tckn, key.document_type))
    if registered:
        messages.call_off(session, tenant_id=tenant_id, topic=topic, key=document_id, at=at)
    else:
        messages.hasten(session, tenant_id=tenant_id, topic=topic, key=document_id, at=at)
    document = session.get_one(Document, (tenant_id, document_id), with_for_update=True, populate_existing=True)
    locked = session.get_one(ListCheck, (tenant_id, document_id), with_for_update=True, populate_existing=True)
    if locked.state != "waiting":  # another clock was faster
        return ""
    locked.state, locked.ended_at = _concluded(session, document, registered, at), at
    session.flush()
    if locked.state == "refused" and document.kontor > 0:
        charges.release(session, tenant_id=tenant_id, charge_ids=[document_id], at=at)
    return locked.state


def _concluded(session: Session, document: Document, registered: bool, at: datetime) -> str:
    if document.state in (State.WITHDRAWN, State.FAILED, State.CANCELLED):
        return "moot"
    if not registered:
        return "same"
    if document.state == State.ACCEPTED:
        _end(session, document, at)
        return "refused"
    events.record(
        session, document=document, kind="list_check", code=CODE,
        text_tr="Yeni GİB listesine göre alıcı, belge imzalandığında e-Fatura kullanıcısıydı; liste o an "
        "yenilenememişti. e-Arşiv'i iptal edip e-Fatura düzenleyin.",
        text_en="By GİB's new list the buyer was an e-Fatura user when this was signed; no list could be had then. "
        "Cancel this e-Arşiv invoice and issue an e-Fatura.",
        at=at,
    )  # fmt: skip
    return "late"


def _end(session: Session, document: Document, at: datetime) -> None:
    document.number_held = False
    events.move(
        session, document=document, to=State.FAILED, code=CODE,
        text_tr=f"İmzalanmadı: yeni GİB listesine göre alıcı e-Fatura kullanıcısı. {document.kontor} kontör iade "
        f"edildi, {document.number} numarası boşa çıktı. Belgeyi yeniden gönderin; e-Fatura olarak gider.",
        text_en=f"Not signed: by GİB's new list the buyer is an e-Fatura user. {document.kontor} kontör released, the "
        f"number {document.number} is open again. Send the document anew: it goes as an e-Fatura.",
        kontor=document.kontor, at=at,
    )  # fmt: skip
    open_again(session, document=document, reason="failed", at=at)


def _waits(tenant_id: UUID, document_id: UUID, at: datetime) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "document_id": document_id,
        "event_id": new_id(),
        "at": at,
        "kind": "waiting",
        "state": State.ACCEPTED.value,
        "code": "list_age",
        "text_tr": "GİB kullanıcı listesi bir günden eski: imzadan önce alıcıya yeni listede bakılacak. Liste gelmezse "
        "bir süre sonra eski listeye göre imzalanır.",
        "text_en": "GİB's user list is more than a day old: the buyer is looked up in a new one before this is signed. "
        "If none comes for a while, it is signed by the old one.",
        "kontor": 0,
        "data": "{}",
    }
