"""A document that could not be delivered: sent again, or given up, by a person. Nothing here costs kontör."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.ledger import charges
from ebelge.core.errors import Conflict, InvalidRequest
from ebelge.core.ids import new_id
from ebelge.documents import events, queries
from ebelge.documents.models import Document
from ebelge.documents.states import State
from ebelge.documents.submission import EMAIL
from ebelge.documents.travel.models import MailDelivery
from ebelge.outbox import messages
from tenants.audit.deeds import deed
from tenants.members.reach import WHOLE, Reach


class NotUndelivered(Conflict):
    """Only a document that could not be delivered can be sent again by hand, or given up."""

    code = "not_undelivered"
    title_tr, title_en = "Belge teslim edilememiş durumda değil", "The document is not undelivered"


class UnderWay(Conflict):
    """It is being sent again at this moment; its outcome decides what can be done next."""

    code = "under_way"
    title_tr, title_en = "Belge şu anda yeniden gönderiliyor", "The document is being sent again just now"


class IssuedForGood(Conflict):
    """An e-Arşiv or e-Müstahsil document is issued when it is signed; a mail that fails does not undo that."""

    code = "issued_for_good"
    title_tr, title_en = "Belge düzenlenmiştir, vazgeçilemez", "The document is issued and cannot be given up"


def resend(
    session: Session, *, tenant_id: UUID, document_id: UUID, at: datetime, buyer_email: str | None = None,
    reach: Reach = WHOLE,
) -> Document:  # fmt: skip
    """Send an undelivered document once more: the same signed XML in a new envelope or mail, free of charge.

    `buyer_email` replaces the address of a document that goes by mail.
    :raises NotFound, NotUndelivered, UnderWay. :raises InvalidRequest: no e-mail address.
    """
    document = _undelivered(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
    if buyer_email is not None:
        if document.channel != "mail" or len(buyer_email) > 254 or not EMAIL.fullmatch(buyer_email):
            raise InvalidRequest("E-posta adresi geçersiz.", "The e-mail address is invalid.")
        document.buyer_email = buyer_email
    document.progress_at = at
    if document.channel == "mail":
        session.add(
            MailDelivery(
                tenant_id=tenant_id,
                mail_id=new_id(),
                document_id=document_id,
                recipient=document.buyer_email or "",
                state="queued",
                created_at=at,
            )
        )
        topic = "document.mail"
    else:
        document.zarf_id = None  # a new envelope; the old ones stay in zarf_document
        topic = "document.send"
    events.record(
        session,
        document=document,
        kind="resend",
        text_tr="Aynı imzalı belge yeniden gönderiliyor; kontör alınmaz.",
        text_en="The same signed document is sent again; it costs nothing.",
        data={} if buyer_email is None else {"buyer_email": buyer_email},
        at=at,
    )
    session.flush()
    messages.put(session, tenant_id=tenant_id, topic=topic, key=document_id, at=at)
    deed(
        session, tenant_id=tenant_id, action="document.retried", object_kind="document", object_id=document_id,
        after={"number": document.number}, at=at,
    )  # fmt: skip
    return document


def give_up(session: Session, *, tenant_id: UUID, document_id: UUID, at: datetime, reach: Reach = WHOLE) -> Document:
    """Give up a document that GİB could not deliver: its kontör comes back, and it can be corrected.

    :raises NotFound, NotUndelivered, UnderWay. :raises IssuedForGood: it went by mail; its kontör is kept.
    """
    document = _undelivered(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
    if document.channel != "gib":
        raise IssuedForGood(
            "Belge imzalandığında düzenlenmiş sayılır. Bağlantısını alıcıya iletin ya da başka adrese gönderin.",
            "The document counts as issued since it was signed. Pass its link on, or mail it to another address.",
        )
    events.move(
        session,
        document=document,
        to=State.GIVEN_UP,
        text_tr=f"Gönderimden vazgeçildi; {document.kontor} kontör iade edildi.",
        text_en=f"Given up; {document.kontor} kontör came back.",
        kontor=document.kontor,
        at=at,
    )
    session.flush()
    if document.kontor > 0:
        charges.restore(session, tenant_id=tenant_id, charge_ids=[document_id], at=at)
    deed(
        session, tenant_id=tenant_id, action="document.given_up", object_kind="document", object_id=document_id,
        after={"number": document.number, "state": State.GIVEN_UP}, at=at,
    )  # fmt: skip
    return document


def _undelivered(session: Session, *, tenant_id: UUID, document_id: UUID, reach: Reach) -> Document:
    document = queries.lock(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
    if document.state != State.UNDELIVERED:
        raise NotUndelivered(state=document.state)
    keys = [document_id] if document.zarf_id is None else [document_id, document.zarf_id]
    if messages.under_way(session, tenant_id=tenant_id, keys=keys):
        raise UnderWay()
    return document
