"""What is told of a document that came in: an event to the customer's own systems, in the transaction that delivers."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from ebelge.documents.incoming.models import IncomingDocument
from ebelge.notify.webhooks import events

EVENT: Final = "incoming.received"


def received(session: Session, row: IncomingDocument, *, at: datetime) -> None:
    """A document came in."""
    said = {
        "document_id": str(row.document_id),
        "kind": row.kind,
        "profile": row.profile,
        "ettn": str(row.ettn),
        "number": row.number,
        "issue_date": row.issue_date.isoformat(),
        "sender": {"vkn_tckn": row.sender_vkn_tckn, "title": row.sender_title},
        "payable": {"amount_kurus": row.payable_kurus, "currency": row.currency},
        "answerable_until": row.answerable_until.isoformat() if row.answerable_until else None,
    }
    events.tell(session, tenant_id=row.tenant_id, type=EVENT, occasion=str(row.document_id), data=said, at=at)
