"""To GİB: which documents share an envelope, the envelope written down before it is sent, and what sending meant.

The call is made between `prepare` and `finish`, outside any transaction. An envelope may be sent again under its id
(GİB answers 2001 if it has it); a document goes into no second one before the first one's end is known (ADR 0065).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ebelge.core.ids import new_id
from ebelge.documents import events
from ebelge.documents.models import Document
from ebelge.documents.registered.taxpayer import ONE_PER_ZARF, receiver_of
from ebelge.documents.states import State
from ebelge.documents.travel import parcels
from ebelge.documents.travel.models import ZarfDocument, ZarfRow
from ebelge.documents.travel.pace import Pace, outage_pause
from ebelge.gib.zarf import ElementType, Mailbox
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim
from tenants.models import Tenant

ZARF_NAME = "zarf.zip"
ELEMENT_TYPES: dict[str, ElementType] = {"efatura": "INVOICE", "eirsaliye": "DESPATCHADVICE"}
# GİB takes up to 100 invoices in an envelope. One bad document voids all of it: then each goes alone (`status`).
DOCUMENTS_PER_ZARF = 100
SENDABLE = (State.SIGNED, State.SENT, State.UNKNOWN, State.UNDELIVERED)


@dataclass(frozen=True, slots=True)
class SendItem:
    """A document to send: between whom, and whether it must travel alone (its last envelope was refused, an export)."""

    claim: Claim
    ettn: UUID
    number: str
    element_type: ElementType
    sender: Mailbox
    receiver: Mailbox
    alone: bool


@dataclass(frozen=True, slots=True)
class Envelope:
    """Documents that go together, under the id that GİB will know the envelope by."""

    zarf_id: UUID
    items: tuple[SendItem, ...]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims of its documents."""
        return tuple(item.claim for item in self.items)


@dataclass(frozen=True, slots=True)
class SendBatch:
    """What a tenant's claims mean now. `resumed`: envelopes that a crash left between writing down and sending."""

    items: tuple[SendItem, ...]
    resumed: dict[UUID, tuple[Claim, ...]]
    moot: tuple[Claim, ...]
    mode: str


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """What sending an envelope meant.

    stored: GİB has it. unknown: GİB may have it. later: GİB does not have it, by its own trouble; it counts no
    attempt. failed: GİB does not have it, and sending the same again is of no use without a person.
    """

    zarf_id: UUID
    claims: tuple[Claim, ...]
    result: Literal["stored", "unknown", "later", "failed"]
    detail: str = ""


def begin_many(session: Session, *, tenant_id: UUID, claims: Sequence[Claim]) -> SendBatch:
    """What there is to send for these claims of one tenant."""
    tenant = session.get_one(Tenant, tenant_id)
    ids = [claim.key for claim in claims]
    documents = {
        row.document_id: row
        for row in session.scalars(
            select(Document).where(Document.tenant_id == tenant_id, Document.document_id.in_(ids))
        )
    }
    written = {row.zarf_id for row in documents.values() if row.zarf_id is not None}
    prepared = set(
        session.scalars(
            select(ZarfRow.zarf_id).where(
                ZarfRow.tenant_id == tenant_id, ZarfRow.zarf_id.in_(written), ZarfRow.state == "prepared"
            )
        )
        if written
        else ()
    )
    items: list[SendItem] = []
    resumed: dict[UUID, tuple[Claim, ...]] = {}
    moot: list[Claim] = []
    for claim in claims:
        document = documents.get(claim.key)
        if document is None or document.channel != "gib" or document.state not in SENDABLE:
            moot.append(claim)
        elif document.zarf_id is None:
            items.append(_item(claim, document, tenant))
        elif document.zarf_id in prepared:
            resumed[document.zarf_id] = (*resumed.get(document.zarf_id, ()), claim)
        else:
            moot.append(claim)
    return SendBatch(tuple(items), resumed, tuple(moot), tenant.mode)


def _item(claim: Claim, document: Document, tenant: Tenant) -> SendItem:
    return SendItem(
        claim=claim,
        ettn=document.ettn,
        number=document.number,
        element_type=ELEMENT_TYPES[document.kind],
        sender=Mailbox(document.sender_alias or "", tenant.vkn_tckn, tenant.title),
        receiver=receiver_of(document),
        alone=bool(claim.payload.get("alone")) or document.profile in ONE_PER_ZARF,
    )


def group(items: Sequence[SendItem], *, count_max: int = DOCUMENTS_PER_ZARF) -> list[Envelope]:
    """Put documents of one kind, from one mailbox to one mailbox, together, up to `count_max` in an envelope."""
    found: dict[object, list[SendItem]] = {}
    for item in items:
        together = count_max > 1 and not item.alone
        key: object = (
            (item.element_type, *_box(item.sender), *_box(item.receiver)) if together else item.claim.message_id
        )
        found.setdefault(key, []).append(item)
    return [
        Envelope(new_id(), tuple(members[start : start + count_max]))
        for members in found.values()
        for start in range(0, len(members), count_max)
    ]


def _box(mailbox: Mailbox) -> tuple[str, str]:
    return mailbox.alias, mailbox.vkn_tckn  # documents may spell one taxpayer's title in several ways


def prepare(
    session: Session, *, tenant_id: UUID, envelopes: Sequence[tuple[Envelope, bytes]], at: datetime
) -> list[Envelope]:
    """Write envelopes (with the SHA-256 of their zip) down before they are sent; returns those that stand.

    An envelope one of whose documents went into another one meanwhile is dropped: somebody else is sending it.
    """
    wanted = [item.claim.key for envelope, _ in envelopes for item in envelope.items]
    free = set(
        session.scalars(
            select(Document.document_id)
            .where(
                Document.tenant_id == tenant_id,
                Document.document_id.in_(wanted),
                Document.zarf_id.is_(None),
                Document.state.in_(SENDABLE),
            )
            .order_by(Document.document_id)
            .with_for_update()
        )
    )
    standing = [
        (envelope, digest) for envelope, digest in envelopes if all(item.claim.key in free for item in envelope.items)
    ]
    if not standing:
        return []
    session.execute(insert(ZarfRow), [_zarf_row(tenant_id, envelope, digest, at) for envelope, digest in standing])
    pairs = [(envelope.zarf_id, item.claim.key) for envelope, _ in standing for item in envelope.items]
    session.execute(
        insert(ZarfDocument),
        [{"tenant_id": tenant_id, "zarf_id": zarf_id, "document_id": document_id} for zarf_id, document_id in pairs],
    )
    session.execute(
        update(Document),
        [
            {"tenant_id": tenant_id, "document_id": document_id, "zarf_id": zarf_id, "progress_at": at}
            for zarf_id, document_id in pairs
        ],
    )
    return [envelope for envelope, _ in standing]


def _zarf_row(tenant_id: UUID, envelope: Envelope, digest: bytes, at: datetime) -> dict[str, object]:
    first = envelope.items[0]
    return {
        "tenant_id": tenant_id,
        "zarf_id": envelope.zarf_id,
        "state": "prepared",
        "element_type": first.element_type,
        "sender_alias": first.sender.alias,
        "receiver_alias": first.receiver.alias,
        "receiver_vkn_tckn": first.receiver.vkn_tckn,
        "document_count": len(envelope.items),
        "sha256": digest,
        "created_at": at,
    }


def finish(session: Session, *, tenant_id: UUID, outcome: SendOutcome, pace: Pace, at: datetime) -> None:
    """Enter what sending an envelope meant, for the claims under which it was sent (or asked about)."""
    if outcome.result in ("later", "failed"):
        for claim in outcome.claims:
            due_at = at + outage_pause(claim.attempt) if outcome.result == "later" else None
            messages.again(session, claim, at=at, due_at=due_at, error=outcome.detail)
        return
    zarf = session.get(ZarfRow, (tenant_id, outcome.zarf_id), with_for_update=True)
    asked = [claim for claim in outcome.claims if claim.topic == "zarf.status"]
    messages.done(session, [claim for claim in outcome.claims if claim not in asked], at=at)
    if zarf is None or zarf.state not in ("prepared", "unknown"):
        # Another worker entered its outcome first; the questions go on under their own message.
        for claim in asked:
            messages.again(session, claim, at=at, due_at=at + pace.question_after(claim.attempt))
        return
    stored, fresh = outcome.result == "stored", zarf.state == "prepared"
    if stored and zarf.cargo == "system":
        return parcels.taken(session, zarf=zarf, asked=asked, at=at)
    zarf.state = "sent" if stored else "unknown"
    zarf.sent_at = at if stored else zarf.sent_at
    pause = pace.question_after(0) if stored else pace.doubt_after(0)
    zarf.next_question_at = at + pause
    for document in documents_of(session, tenant_id=tenant_id, zarf_id=outcome.zarf_id):
        _note(session, document, outcome, at)
    for claim in asked:
        wait = pause if stored else pace.doubt_after(claim.attempt)
        messages.again(session, claim, at=at, due_at=at + wait)
    if fresh and not asked:
        messages.put(session, tenant_id=tenant_id, topic="zarf.status", key=outcome.zarf_id, at=at, due_at=at + pause)


def mark_lost(session: Session, *, tenant_id: UUID, zarf_id: UUID) -> None:
    """GİB says that it has no such envelope, whatever it said before: it may be sent again under its id."""
    session.execute(
        update(ZarfRow)
        .where(ZarfRow.tenant_id == tenant_id, ZarfRow.zarf_id == zarf_id, ZarfRow.state == "sent")
        .values(state="unknown")
    )


def _note(session: Session, document: Document, outcome: SendOutcome, at: datetime) -> None:
    data = {"zarf_id": str(outcome.zarf_id)}
    if outcome.result == "stored":
        to = State.SENT
        words = ("GİB zarfı teslim aldı; yanıt bekleniyor.", "GİB took the envelope; its answer is awaited.")
    else:
        to = State.UNKNOWN
        words = (
            f"GİB'in zarfı alıp almadığı bilinmiyor ({outcome.detail}). Yeniden gönderilmeden önce sorulacak.",
            f"It is not known whether GİB has the envelope ({outcome.detail}). It is asked before anything is resent.",
        )
    if document.state == to:
        events.record(session, document=document, kind="zarf", text_tr=words[0], text_en=words[1], data=data, at=at)
    else:
        events.move(session, document=document, to=to, text_tr=words[0], text_en=words[1], data=data, at=at)


def documents_of(session: Session, *, tenant_id: UUID, zarf_id: UUID) -> list[Document]:
    """The documents that travel in this envelope now, locked, in a fixed order."""
    return list(
        session.scalars(
            select(Document)
            .join(
                ZarfDocument,
                (ZarfDocument.tenant_id == Document.tenant_id) & (ZarfDocument.document_id == Document.document_id),
            )
            .where(ZarfDocument.tenant_id == tenant_id, ZarfDocument.zarf_id == zarf_id, Document.zarf_id == zarf_id)
            .order_by(Document.document_id)
            .with_for_update(of=Document)
            .execution_options(populate_existing=True)
        )
    )


def unbuildable(session: Session, *, tenant_id: UUID, item: SendItem, reason: tuple[str, str], at: datetime) -> None:
    """Enter that no envelope can be made of a document as it is; a person looks."""
    if not messages.done(session, [item.claim], at=at):
        return
    document = session.get(Document, (tenant_id, item.claim.key), with_for_update=True)
    if document is None or document.zarf_id is not None or document.state not in (State.SIGNED, State.SENT):
        return
    events.move(
        session,
        document=document,
        to=State.UNDELIVERED,
        text_tr=f"Zarf oluşturulamadı: {reason[0]}",
        text_en=f"No envelope could be built: {reason[1]}",
        at=at,
    )
