"""Signatures that did not come about: tried again, or the end of the document."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger import charges
from ebelge.core.ids import new_id
from ebelge.documents import events
from ebelge.documents.models import Document, DocumentEvent
from ebelge.documents.numbers.open_numbers import open_again
from ebelge.documents.sign import NotSigned
from ebelge.documents.states import State
from ebelge.outbox import messages
from ebelge.outbox.topics import TOPICS

# A person acts within minutes at best; the seal is looked at so often meanwhile, by one document after the other.
WAIT, LONGEST_WAIT = timedelta(minutes=2), timedelta(minutes=30)


def fail(session: Session, *, tenant_id: UUID, failure: NotSigned, at: datetime) -> str:
    """Enter that a signature did not come about; returns "again", "failed" or "moot".

    Tried again with growing pauses; after the topic's last attempt, or at once when it is final, the document
    fails: its kontör is released and its number is open again. One that waits for a person never fails by itself: its
    kontör stays held, its timeline says why, and whoever does not want to wait withdraws it.
    """
    claim = failure.claim
    if failure.waits:
        return _wait(session, tenant_id=tenant_id, failure=failure, at=at)
    final = failure.final or claim.attempt >= TOPICS[claim.topic].attempts_max
    if not final:
        reason = f"{failure.code}: {failure.text_en}"
        return "again" if messages.again(session, claim, at=at, error=reason) != "lost" else "moot"
    if not messages.done(session, [claim], at=at):
        return "moot"
    document = session.get(Document, (tenant_id, claim.key), with_for_update=True)
    if document is None or document.state != State.ACCEPTED:
        return "moot"
    document.number_held = False
    events.move(
        session,
        document=document,
        to=State.FAILED,
        code=failure.code,
        text_tr=f"İmzalanamadı: {failure.text_tr} Kontör iade edildi, numara boşa çıktı.",
        text_en=f"Could not be signed: {failure.text_en} The kontör is released, the number is open again.",
        kontor=document.kontor,
        at=at,
    )
    open_again(session, document=document, reason="failed", at=at)
    session.flush()
    if document.kontor > 0:
        charges.release(session, tenant_id=tenant_id, charge_ids=[document.document_id], at=at)
    return "failed"


def _wait(session: Session, *, tenant_id: UUID, failure: NotSigned, at: datetime) -> str:
    """Put the document off, and say so in its timeline when it is news."""
    claim = failure.claim
    reason = f"{failure.code}: {failure.text_en}"
    if (
        messages.again(session, claim, at=at, due_at=at + min(WAIT * claim.attempt, LONGEST_WAIT), error=reason)
        == "lost"
    ):
        return "moot"
    of_document = (DocumentEvent.tenant_id == tenant_id, DocumentEvent.document_id == claim.key)
    last = session.scalars(
        select(DocumentEvent).where(*of_document).order_by(DocumentEvent.event_id.desc()).limit(1)
    ).first()
    if last is None or (last.kind, last.code) != ("waiting", failure.code):
        session.add(
            DocumentEvent(
                tenant_id=tenant_id,
                document_id=claim.key,
                event_id=new_id(),
                at=at,
                kind="waiting",
                state=State.ACCEPTED.value,
                code=failure.code,
                text_tr=f"İmza bekliyor: {failure.text_tr} Belge ve kontörü duruyor; mühür düzelince imzalanır.",
                text_en=f"Waits for its signature: {failure.text_en} The document and its kontör stay; it is signed as "
                "soon as the seal is in order.",
            )
        )
    return "again"
