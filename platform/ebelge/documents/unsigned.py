"""Signatures that did not come about: tried again, or the end of the document."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.ledger import charges
from ebelge.documents import events
from ebelge.documents.models import Document
from ebelge.documents.open_numbers import open_again
from ebelge.documents.sign import NotSigned
from ebelge.documents.states import State
from ebelge.outbox import messages
from ebelge.outbox.topics import TOPICS


def fail(session: Session, *, tenant_id: UUID, failure: NotSigned, at: datetime) -> str:
    """Enter that a signature did not come about; returns "again", "failed" or "moot".

    Tried again with growing pauses; after the topic's last attempt, or at once when it is final, the document
    fails: its kontör is released and its number is open again.
    """
    claim = failure.claim
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
