"""A document that was mailed, or handed over on paper, mailed (again), also to another address. Free of charge.

One that could not be delivered goes by `undelivered.resend`, which also opens its state again.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, InvalidRequest
from ebelge.core.ids import new_id
from ebelge.documents import events, queries
from ebelge.documents.models import Document
from ebelge.documents.states import State
from ebelge.documents.submission import EMAIL
from ebelge.documents.travel import undelivered
from ebelge.documents.travel.models import MailDelivery
from ebelge.outbox import messages
from tenants.audit.deeds import deed
from tenants.members.reach import WHOLE, Reach

KINDS: Final = ("earsiv", "emm", "esmm")
ADDRESS_MAX: Final = 254
# Nobody's mailbox is filled from here: so many mails of one document within a day.
A_DAY_MAX: Final = 10


class NotMailed(Conflict):
    """Only an e-Arşiv document that is issued and not cancelled goes by mail, and only so often."""

    code = "not_mailed"
    title_tr, title_en = "Belge e-postayla gönderilemez", "The document cannot be mailed"


def mail_again(
    session: Session, *, tenant_id: UUID, document_id: UUID, recipient: str, at: datetime, reach: Reach = WHOLE
) -> Document:  # fmt: skip
    """Put a mail with the document to `recipient` on its way; the buyer's own address stays what it is.

    :raises NotFound: see `queries.lock`. :raises InvalidRequest: no e-mail address. :raises NotMailed: see there.
    :raises UnderWay: a mail of it is on its way at this moment.
    """
    if len(recipient) > ADDRESS_MAX or not EMAIL.fullmatch(recipient):
        raise InvalidRequest("E-posta adresi geçersiz.", "The e-mail address is invalid.")
    document = queries.lock(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
    if document.state == State.UNDELIVERED and document.channel == "mail":
        return undelivered.resend(
            session, tenant_id=tenant_id, document_id=document_id, buyer_email=recipient, at=at, reach=reach
        )
    if document.kind not in KINDS or document.state != State.DELIVERED:
        raise NotMailed(
            "Yalnız düzenlenmiş ve iptal edilmemiş e-Arşiv belgeleri e-postayla gönderilir.",
            "Only e-Arşiv documents that are issued and not cancelled go by mail.",
            state=document.state,
        )
    if messages.under_way(session, tenant_id=tenant_id, keys=[document_id]):
        raise undelivered.UnderWay()
    of = MailDelivery
    sent = session.scalar(
        select(func.count()).where(
            of.tenant_id == tenant_id, of.document_id == document_id, of.created_at > at - timedelta(days=1)
        )
    )
    if (sent or 0) >= A_DAY_MAX:
        raise NotMailed(
            f"Bir belge günde en çok {A_DAY_MAX} kez gönderilir. Bağlantısını kopyalayıp iletin.",
            f"A document is mailed {A_DAY_MAX} times a day at most. Copy its link and pass it on.",
        )
    session.add(
        of(tenant_id=tenant_id, mail_id=new_id(), document_id=document_id, recipient=recipient, state="queued",
           created_at=at)
    )  # fmt: skip
    events.record(
        session, document=document, kind="mail",
        text_tr=f"E-posta yeniden gönderiliyor: {recipient}. Kontör alınmaz.",
        text_en=f"Mailed again, free of charge: {recipient}.", data={"recipient": recipient}, at=at,
    )  # fmt: skip
    session.flush()
    messages.put(session, tenant_id=tenant_id, topic="document.mail", key=document_id, at=at)
    deed(
        session, tenant_id=tenant_id, action="document.mailed_again", object_kind="document", object_id=document_id,
        after={"number": document.number, "to": recipient}, at=at,
    )  # fmt: skip
    return document
