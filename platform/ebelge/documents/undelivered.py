"""A document that could not be delivered: what its owner may do. Nothing here costs kontör."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger import charges
from ebelge.core.errors import Conflict, NotFound
from ebelge.core.ids import new_id
from ebelge.documents import events
from ebelge.documents.models import Document, MailDelivery
from ebelge.documents.states import State
from ebelge.outbox import messages


class NotUndelivered(Conflict):
    """Only a document that could not be delivered can be sent again or given up."""

    code = "not_undelivered"


def resend(
    session: Session, *, tenant_id: UUID, document_id: UUID, at: datetime, recipient: str | None = None
) -> Document:
    """Send the same signed document again: in a new envelope, or by mail (to `recipient`, if given).

    :raises NotFound: no such document. :raises NotUndelivered: it is on its way, delivered, or was given up.
    """
    document = _undelivered(session, tenant_id=tenant_id, document_id=document_id)
    if document.channel == "mail":
        address = recipient or document.buyer_email or ""
        session.add(
            MailDelivery(
                tenant_id=tenant_id,
                mail_id=new_id(),
                document_id=document_id,
                recipient=address,
                state="queued",
                created_at=at,
            )
        )
        document.buyer_email = address
        topic = "document.mail"
    else:
        # The last envelope has ended at GİB (1215, 1230, …), so another one is allowed.
        document.zarf_id = None
        topic = "document.send"
    document.progress_at = at
    events.record(
        session,
        document=document,
        kind="resend",
        text_tr="Yeniden gönderilmesi istendi; imzalı belge aynıdır, kontör harcanmaz.",
        text_en="To be sent again; the signed document is the same, no kontör is spent.",
        at=at,
    )
    messages.put(session, tenant_id=tenant_id, topic=topic, key=document_id, at=at)
    return document


def give_up(session: Session, *, tenant_id: UUID, document_id: UUID, at: datetime) -> Document:
    """Give the delivery through GİB up: the kontör comes back, the number waits for a correction.

    A document that went by mail was issued with its signature; it cannot be given up, only mailed again or printed.
    :raises NotFound: no such document. :raises NotUndelivered: see above.
    """
    document = _undelivered(session, tenant_id=tenant_id, document_id=document_id)
    if document.channel != "gib":
        raise NotUndelivered(
            "E-posta ile giden belge imzayla düzenlenmiştir; vazgeçilemez, yeniden gönderilebilir ya da yazdırılabilir.",
            "A document that went by mail is issued with its signature; it can be mailed again or printed.",
        )
    events.move(
        session,
        document=document,
        to=State.GIVEN_UP,
        text_tr="Teslimden vazgeçildi; kontör iade edildi.",
        text_en="The delivery was given up; the kontör came back.",
        kontor=document.kontor,
        at=at,
    )
    session.flush()
    if document.kontor > 0:
        charges.restore(session, tenant_id=tenant_id, charge_ids=[document_id], at=at)
    return document


def _undelivered(session: Session, *, tenant_id: UUID, document_id: UUID) -> Document:
    document = session.scalars(
        select(Document)
        .where(Document.tenant_id == tenant_id, Document.document_id == document_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if document is None:
        raise NotFound()
    if document.state != State.UNDELIVERED:
        raise NotUndelivered(
            f"Belge '{document.state}' durumunda; yalnız teslim edilemeyen belge yeniden gönderilir ya da bırakılır.",
            f"The document is {document.state}; only an undelivered one can be sent again or given up.",
        )
    # A second wish while the first is on its way: nothing to do twice.
    return document
