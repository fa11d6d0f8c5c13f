"""Taking a document back before it is signed (TRADE 4 and 5)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.ledger import charges
from ebelge.core.errors import Conflict
from ebelge.documents import events, queries
from ebelge.documents.models import Document
from ebelge.documents.numbers.open_numbers import open_again
from ebelge.documents.states import State
from ebelge.documents.travel.undelivered import IssuedForGood, NotUndelivered, UnderWay, give_up, resend
from ebelge.outbox import messages
from tenants.audit.deeds import deed
from tenants.members.reach import WHOLE, Reach

# What else a person may decide about a document on its way stands in `undelivered`.
__all__ = ["AlreadySigned", "IssuedForGood", "NotUndelivered", "UnderWay", "give_up", "resend", "withdraw"]


class AlreadySigned(Conflict):
    """Too late to withdraw: the document is signed, or is no longer on its way."""

    code = "already_signed"
    title_tr, title_en = "Belge artık geri çekilemez", "The document can no longer be withdrawn"


def withdraw(session: Session, *, tenant_id: UUID, document_id: UUID, at: datetime, reach: Reach = WHOLE) -> Document:
    """Take a document back before it is signed: kontör released, number open again and used first.

    Against the signer the row locks decide: whoever ends the message first. Lock order: message, document, wallet.
    :raises NotFound: no such document. :raises AlreadySigned: the signer was first, or it ended otherwise.
    """
    messages.call_off(session, tenant_id=tenant_id, topic="document.sign", key=document_id, at=at)
    document = queries.lock(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
    if document.state != State.ACCEPTED:
        raise AlreadySigned(
            "Belge imzalanmış ya da işlemi bitmiş. Yanlışsa: e-Arşiv'de iptal, e-Fatura'da alıcının reddi ya da "
            "iade faturası yoluna gidilir.",
            "The document is signed, or has ended otherwise. If it is wrong: cancel an e-Arşiv invoice; for an "
            "e-Fatura ask the buyer to reject it or to send a return invoice.",
            state=document.state,
        )
    document.number_held = False
    events.move(
        session,
        document=document,
        to=State.WITHDRAWN,
        text_tr=f"Geri çekildi; {document.kontor} kontör iade edildi, {document.number} numarası boşa çıktı.",
        text_en=f"Withdrawn; {document.kontor} kontör released, the number {document.number} is open again.",
        kontor=document.kontor,
        at=at,
    )
    open_again(session, document=document, reason="withdrawn", at=at)
    session.flush()
    if document.kontor > 0:
        charges.release(session, tenant_id=tenant_id, charge_ids=[document_id], at=at)
    deed(
        session, tenant_id=tenant_id, action="document.withdrawn", object_kind="document", object_id=document_id,
        after={"number": document.number, "state": State.WITHDRAWN}, at=at,
    )  # fmt: skip
    return document
