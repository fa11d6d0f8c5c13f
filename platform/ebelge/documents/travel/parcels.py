"""Parcels: what goes to GİB in an envelope and is no outgoing document (answers, receipts, accounts, system responses).

Same rules as for documents: written down before it is sent, asked about before anything is resent, a new envelope only
where GİB's answer allows one. A parcel is one envelope; how it ended is told to its owner by `parcel.ended` (ADR 0116).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ebelge.core.ids import new_id
from ebelge.documents.travel.models import Parcel, ZarfRow
from ebelge.documents.travel.pace import ENVELOPES_MAX, Pace
from ebelge.gib.status_codes import Reaction, status_of
from ebelge.gib.zarf import ElementType, EnvelopeType, Mailbox
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim
from tenants.models import Tenant

Cargo = Literal["answer", "receipt", "user", "system"]
TAKEN = 1000
# 1215 and 1230 (the receiver's side failed): legal answers have deadlines, so the same goes again without a person, but
# the receiver's system is not knocked at for ever.
DELIVERIES_MAX = 3
_AGAIN = {
    Reaction.PACKAGING_ERROR: ENVELOPES_MAX,
    Reaction.GIB_ERROR_RESEND_LATER: ENVELOPES_MAX,
    Reaction.RESEND_ALLOWED: DELIVERIES_MAX,
}


@dataclass(frozen=True, slots=True)
class Packing:
    """A parcel to pack and send. `packed`: its envelope is archived, so a crash may have happened while sending it."""

    claim: Claim
    zarf_id: UUID
    object_id: UUID
    file_name: str
    zarf_type: EnvelopeType
    element_type: ElementType
    sender: Mailbox
    receiver: Mailbox
    written_at: datetime
    packed: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """How a parcel ended: GİB's code (0: it could not be packed) and text, and what is advised."""

    cargo: Cargo
    object_id: UUID
    zarf_id: UUID
    code: int
    reaction: Reaction
    text: str


def post(
    session: Session, *, tenant_id: UUID, cargo: Cargo, object_id: UUID, zarf_type: EnvelopeType,
    element_type: ElementType, sender: Mailbox, receiver: Mailbox, file_name: str, at: datetime,
) -> UUID:  # fmt: skip
    """Write an envelope down and have it sent after the commit; returns its id, which GİB will know it by.

    The element must lie in the archive at (tenant_id, object_id, file_name) when the transaction commits. How it ended
    is told once to the cargo's handler (`jobs.parcels.ENDED`).
    """
    zarf_id = new_id()
    session.add(
        ZarfRow(
            tenant_id=tenant_id, zarf_id=zarf_id, state="prepared", cargo=cargo, element_type=element_type,
            sender_alias=sender.alias, receiver_alias=receiver.alias, receiver_vkn_tckn=receiver.vkn_tckn,
            document_count=1, code_text="", created_at=at, next_question_at=at,
        )
    )  # fmt: skip
    session.add(
        Parcel(
            tenant_id=tenant_id, zarf_id=zarf_id, object_id=object_id, file_name=file_name, zarf_type=zarf_type,
            sender_vkn_tckn=sender.vkn_tckn, sender_title=sender.title, receiver_title=receiver.title,
        )
    )  # fmt: skip
    session.flush()
    messages.put(session, tenant_id=tenant_id, topic="parcel.send", key=zarf_id, at=at)
    return zarf_id


def begin_many(session: Session, *, tenant_id: UUID, claims: Sequence[Claim]) -> tuple[list[Packing], list[Claim], str]:
    """What there is to send for these claims of one tenant, the claims with nothing to do, and the tenant's mode."""
    by_zarf = {claim.key: claim for claim in claims}
    rows = session.execute(
        select(ZarfRow, Parcel)
        .join(Parcel, (Parcel.tenant_id == ZarfRow.tenant_id) & (Parcel.zarf_id == ZarfRow.zarf_id))
        .where(ZarfRow.tenant_id == tenant_id, ZarfRow.zarf_id.in_(list(by_zarf)), ZarfRow.state == "prepared")
        .order_by(ZarfRow.zarf_id)
    ).all()
    packings = [_packing(by_zarf[zarf.zarf_id], zarf, parcel) for zarf, parcel in rows]
    found = {packing.zarf_id for packing in packings}
    mode = session.get_one(Tenant, tenant_id).mode
    return packings, [claim for key, claim in by_zarf.items() if key not in found], mode


def _packing(claim: Claim, zarf: ZarfRow, parcel: Parcel) -> Packing:
    return Packing(
        claim=claim,
        zarf_id=zarf.zarf_id,
        object_id=parcel.object_id,
        file_name=parcel.file_name,
        zarf_type=parcel.zarf_type,  # type: ignore[arg-type]  # the CHECK of the table
        element_type=zarf.element_type,  # type: ignore[arg-type]  # written by `post`, which takes nothing else
        sender=Mailbox(zarf.sender_alias, parcel.sender_vkn_tckn, parcel.sender_title),
        receiver=Mailbox(zarf.receiver_alias, zarf.receiver_vkn_tckn, parcel.receiver_title),
        written_at=zarf.created_at,
        packed=zarf.sha256 is not None,
    )


def packed(session: Session, *, tenant_id: UUID, zarf_id: UUID, sha256: bytes) -> bool:
    """Enter that the envelope is archived and about to be sent; False: another worker did, it is his."""
    done = session.execute(
        update(ZarfRow)
        .where(
            ZarfRow.tenant_id == tenant_id, ZarfRow.zarf_id == zarf_id, ZarfRow.state == "prepared",
            ZarfRow.sha256.is_(None),
        )
        .values(sha256=sha256)
        .returning(ZarfRow.zarf_id)
    ).first()  # fmt: skip
    return done is not None


def unpackable(session: Session, *, tenant_id: UUID, packing: Packing, reason: str, at: datetime) -> None:
    """Enter that no envelope can be made of it as it is."""
    if not messages.done(session, [packing.claim], at=at):
        return
    zarf = session.get(ZarfRow, (tenant_id, packing.zarf_id), with_for_update=True, populate_existing=True)
    if zarf is not None and zarf.state == "prepared":
        _end(session, zarf, 0, Reaction.PACKAGING_ERROR, reason, at)


def taken(session: Session, *, zarf: ZarfRow, asked: Sequence[Claim] = (), at: datetime) -> None:
    """GİB took a system response: nothing is asked about those (`asked`: what was to be), they end here."""
    messages.done(session, asked, at=at)
    zarf.sent_at = at
    _end(session, zarf, TAKEN, Reaction.DELIVERED, "GİB aldı", at)


def apply(session: Session, *, zarf: ZarfRow, code: int, text: str, pace: Pace, at: datetime) -> bool:
    """Enter GİB's answer about a parcel's locked envelope; True when the envelope is at its end."""
    meaning = status_of(code)
    zarf.code, zarf.code_text, zarf.sent_at = code, text, zarf.sent_at or at
    if zarf.cargo == "system":  # whatever GİB says of it, it has it
        taken(session, zarf=zarf, at=at)
        return True
    if meaning.reaction in (Reaction.WAIT, Reaction.UNCLEAR):
        zarf.state = "sent"
        return False
    parcel = session.get_one(Parcel, (zarf.tenant_id, zarf.zarf_id))
    used = _envelopes(session, parcel)
    if used < _AGAIN.get(meaning.reaction, 0):
        _close(zarf, at)
        _new_envelope(session, zarf, parcel, at, due_at=at + pace.resend_after(used))
        return True
    if meaning.reaction is Reaction.LOOK_UP_EARLIER and used <= ENVELOPES_MAX:
        earlier = _earlier(session, zarf, parcel)
        if earlier is not None:
            _close(zarf, at)
            _ask_again(session, earlier, at, due_at=at + pace.doubt_after(0))
            return True
    _end(session, zarf, code, meaning.reaction, text, at)
    return True


def _new_envelope(session: Session, zarf: ZarfRow, parcel: Parcel, at: datetime, *, due_at: datetime) -> None:
    zarf_id = new_id()
    session.add(
        ZarfRow(
            tenant_id=zarf.tenant_id, zarf_id=zarf_id, state="prepared", cargo=zarf.cargo,
            element_type=zarf.element_type, sender_alias=zarf.sender_alias, receiver_alias=zarf.receiver_alias,
            receiver_vkn_tckn=zarf.receiver_vkn_tckn, document_count=1, code_text="", created_at=at,
            next_question_at=due_at,
        )
    )  # fmt: skip
    session.add(
        Parcel(
            tenant_id=zarf.tenant_id, zarf_id=zarf_id, object_id=parcel.object_id, file_name=parcel.file_name,
            zarf_type=parcel.zarf_type, sender_vkn_tckn=parcel.sender_vkn_tckn, sender_title=parcel.sender_title,
            receiver_title=parcel.receiver_title,
        )
    )  # fmt: skip
    session.flush()
    messages.put(session, tenant_id=zarf.tenant_id, topic="parcel.send", key=zarf_id, at=at, due_at=due_at)


def _earlier(session: Session, zarf: ZarfRow, parcel: Parcel) -> ZarfRow | None:
    """The envelope of the same object that was written before this one."""
    return session.scalars(
        select(ZarfRow)
        .join(Parcel, (Parcel.tenant_id == ZarfRow.tenant_id) & (Parcel.zarf_id == ZarfRow.zarf_id))
        .where(
            Parcel.tenant_id == zarf.tenant_id, Parcel.object_id == parcel.object_id,
            ZarfRow.zarf_id != zarf.zarf_id, ZarfRow.created_at < zarf.created_at,
        )
        .order_by(ZarfRow.created_at.desc())
        .limit(1)
        .with_for_update(of=ZarfRow)
    ).first()  # fmt: skip


def _ask_again(session: Session, zarf: ZarfRow, at: datetime, *, due_at: datetime) -> None:
    zarf.state, zarf.ended_at, zarf.next_question_at = "unknown", None, due_at
    messages.put(session, tenant_id=zarf.tenant_id, topic="zarf.status", key=zarf.zarf_id, at=at, due_at=due_at)


def _envelopes(session: Session, parcel: Parcel) -> int:
    statement = select(func.count()).where(
        Parcel.tenant_id == parcel.tenant_id, Parcel.object_id == parcel.object_id, Parcel.file_name == parcel.file_name
    )
    return int(session.scalar(statement) or 0)


def _close(zarf: ZarfRow, at: datetime) -> None:
    zarf.state, zarf.ended_at, zarf.next_question_at = "ended", at, None


def _end(session: Session, zarf: ZarfRow, code: int, reaction: Reaction, text: str, at: datetime) -> None:
    _close(zarf, at)
    messages.put(
        session, tenant_id=zarf.tenant_id, topic="parcel.ended", key=zarf.zarf_id, at=at,
        payload={"code": code, "reaction": reaction.value, "text": text},
    )  # fmt: skip


def ended(session: Session, claim: Claim) -> Ended | None:
    """How the parcel of a `parcel.ended` message ended; None: there is no such parcel."""
    row = session.execute(
        select(ZarfRow.cargo, Parcel.object_id)
        .join(Parcel, (Parcel.tenant_id == ZarfRow.tenant_id) & (Parcel.zarf_id == ZarfRow.zarf_id))
        .where(ZarfRow.tenant_id == claim.tenant_id, ZarfRow.zarf_id == claim.key)
    ).first()
    if row is None:
        return None
    said = claim.payload
    return Ended(row.cargo, row.object_id, claim.key, said["code"], Reaction(said["reaction"]), said["text"])
