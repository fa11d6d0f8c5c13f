"""Before a document is sent: does its mailbox still stand in GİB's list? If not, another of the buyer's, or a person.

A document that was accepted as e-Fatura stays one (TRADE.md 7): it never becomes an e-Arşiv because a mailbox closed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.documents import events
from ebelge.documents.models import Document
from ebelge.documents.registered.taxpayer import (
    CUSTOMS_BOXES,
    DOCUMENT_TYPE,
    VIRTUAL_DESPATCH_BOX,
    MailboxKey,
    look_up,
    receiver_of,
)
from ebelge.documents.states import State
from ebelge.documents.travel.send import SendItem
from ebelge.outbox import messages

# These receive without standing in the list of registered users.
FIXED = frozenset({VIRTUAL_DESPATCH_BOX.alias, *CUSTOMS_BOXES.values()})


def still_open(
    session: Session, *, tenant_id: UUID, mode: str, items: Sequence[SendItem], at: datetime
) -> list[SendItem]:
    """The items that can be sent now, each to a mailbox that is open; what has none waits for a person.

    A claim whose payload names `refused_alias` had that mailbox refused by GİB (1181): it is not tried again.
    """
    kinds = {item.claim.key: DOCUMENT_TYPE[_KIND[item.element_type]] for item in items}
    asked = [item for item in items if item.receiver.alias not in FIXED or _refused(item)]
    keys = {item.claim.key: MailboxKey(item.receiver.vkn_tckn, kinds[item.claim.key]) for item in asked}
    boxes = look_up(session, mode=mode, keys=keys.values(), at=at)
    closed: dict[UUID, tuple[str, ...]] = {}
    for item in asked:
        key = keys[item.claim.key]
        names = tuple(one.alias for one in boxes.of(key.vkn_tckn, key.document_type) if one.alias != _refused(item))
        if item.receiver.alias not in names:
            closed[item.claim.key] = names
    if not closed:
        return list(items)
    return _readdressed(session, tenant_id, items, closed, at)


_KIND: Mapping[str, str] = {"INVOICE": "efatura", "DESPATCHADVICE": "eirsaliye"}


def _refused(item: SendItem) -> str:
    return str(item.claim.payload.get("refused_alias") or "")


def _readdressed(
    session: Session, tenant_id: UUID, items: Sequence[SendItem], closed: Mapping[UUID, tuple[str, ...]], at: datetime
) -> list[SendItem]:
    documents = {
        row.document_id: row
        for row in session.scalars(
            select(Document)
            .where(Document.tenant_id == tenant_id, Document.document_id.in_(list(closed)))
            .order_by(Document.document_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    going: list[SendItem] = []
    for item in items:
        if item.claim.key not in closed:
            going.append(item)
            continue
        document, names = documents[item.claim.key], closed[item.claim.key]
        old = document.receiver_alias or ""
        if names:
            document.receiver_alias = names[0]
        elif document.kind == "eirsaliye":
            document.receiver_alias = VIRTUAL_DESPATCH_BOX.alias
        else:
            _nowhere(session, item, document, old, at)
            continue
        events.record(
            session, document=document, kind="alias",
            text_tr=f"Alıcının {old} etiketi GİB'de açık değil; {document.receiver_alias} etiketine gönderilecek.",
            text_en=f"The buyer's mailbox {old} is not open at GİB; it goes to {document.receiver_alias}.",
            data={"old": old, "new": document.receiver_alias}, at=at,
        )  # fmt: skip
        going.append(replace(item, receiver=receiver_of(document)))
    session.flush()
    return going


def _nowhere(session: Session, item: SendItem, document: Document, old: str, at: datetime) -> None:
    if not messages.done(session, [item.claim], at=at) or document.state == State.UNDELIVERED:
        return
    events.move(
        session, document=document, to=State.UNDELIVERED,
        text_tr=f"Alıcının {old} etiketi kapandı ve GİB'de başka açık etiketi yok. Belge e-Fatura olarak kalır; alıcı "
        "yeniden açılınca gönderin ya da gönderimden vazgeçin.",
        text_en=f"The buyer's mailbox {old} has closed and no other is open at GİB. The document stays an e-Fatura: "
        "send it when the buyer is open again, or give the delivery up.",
        at=at,
    )  # fmt: skip
