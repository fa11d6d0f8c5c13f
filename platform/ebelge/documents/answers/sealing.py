"""Sealing an answer as bookkeeping: what is to be sealed and by whom, what follows, and how its envelope ended."""

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.ids import new_id
from ebelge.documents.answers import answering
from ebelge.documents.answers.models import ANSWER_NAME, Answer
from ebelge.documents.facts import facts
from ebelge.documents.seals.entered import SealOwner
from ebelge.documents.travel.parcels import post
from ebelge.gib.status_codes import Reaction
from ebelge.gib.zarf import Mailbox
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim

log = logging.getLogger(__name__)
SERVICE = {"response": "efatura", "receipt": "eirsaliye"}


@dataclass(frozen=True, slots=True)
class SealTask:
    """An answer to seal: its XML, and whose seal (None: the service or the operator is not entered)."""

    answer_id: UUID
    xml: bytes
    owner: SealOwner | None


def begin(session: Session, *, claim: Claim) -> SealTask | None:
    """What there is to seal for this claim; None: nothing any more."""
    answer = session.get(Answer, (claim.tenant_id, claim.key))
    if answer is None or answer.state != "prepared":
        return None
    owner = session.execute(
        text(
            "SELECT CASE s.seal_mode WHEN 'operator' THEN o.tenant_id ELSE s.tenant_id END AS owner_id "
            "FROM service s JOIN tenant t ON t.tenant_id = s.tenant_id "
            "LEFT JOIN LATERAL operator_of(t.mode) o ON s.seal_mode = 'operator' "
            "WHERE s.tenant_id = :tenant_id AND s.service = :service"
        ),
        {"tenant_id": claim.tenant_id, "service": SERVICE[answer.form]},
    ).scalar()
    return SealTask(answer.answer_id, answer.source, SealOwner(owner) if owner else None)


def finish(session: Session, *, claim: Claim, sha256: bytes, signed_at: datetime, at: datetime) -> bool:
    """Enter a seal whose file is archived, and send it; False: another worker did. Lock order: message, answer."""
    if not messages.done(session, [claim], at=at):
        return False
    answer = session.get(Answer, (claim.tenant_id, claim.key), with_for_update=True, populate_existing=True)
    if answer is None or answer.state != "prepared":
        return False
    document = answering.get(session, tenant_id=claim.tenant_id, document_id=answer.document_id)
    tenant = facts(session, tenant_id=claim.tenant_id, at=at)
    supplier = tenant.supplier
    answer.state, answer.signed_sha256, answer.signed_at, answer.progress_at = "signed", sha256, signed_at, at
    session.flush()
    answer.zarf_id = post(
        session, tenant_id=claim.tenant_id, cargo="answer" if answer.form == "response" else "receipt",
        object_id=answer.answer_id, zarf_type="POSTBOXENVELOPE",
        element_type="APPLICATIONRESPONSE" if answer.form == "response" else "RECEIPTADVICE",
        # the mailbox that got the document answers, to the unit that sent it (ENT 4.4)
        sender=Mailbox(document.receiver_alias, supplier.vkn_tckn, supplier.title),
        receiver=Mailbox(document.sender_alias, document.sender_vkn_tckn, document.sender_title),
        file_name=ANSWER_NAME, at=at,
    )  # fmt: skip
    answering.note_step(
        session, document=document, kind="answer_signed", at=at,
        text_tr=f"Yanıt {answer.number} imzalandı, GİB'e gönderiliyor.",
        text_en=f"The answer {answer.number} is signed and on its way to GİB.",
    )  # fmt: skip
    return True


def cannot_be_sealed(session: Session, *, claim: Claim, reason_tr: str, reason_en: str, at: datetime) -> None:
    """Enter that no seal can be put on it, ever: the document can be answered again."""
    if messages.done(session, [claim], at=at):
        _refused(session, claim.tenant_id, claim.key, 0, reason_tr, reason_en, at)


def ended(
    session: Session, *, tenant_id: UUID, object_id: UUID, zarf_id: UUID, code: int, reaction: Reaction, text: str,
    at: datetime,
) -> None:  # fmt: skip
    """The end of an answer's envelope (the handler of parcels with the cargo answer or receipt). Bears repetition."""
    if reaction is not Reaction.DELIVERED:
        _refused(session, tenant_id, object_id, code, text, text, at, zarf_id)
        return
    answer = session.get(Answer, (tenant_id, object_id), with_for_update=True, populate_existing=True)
    if answer is None or answer.state != "signed":
        return
    answer.state, answer.zarf_id, answer.gib_code, answer.gib_text = "delivered", zarf_id, code, text
    answer.final_at = answer.progress_at = at
    document = answering.get(session, tenant_id=tenant_id, document_id=answer.document_id)
    answering.note_step(
        session, document=document, kind="answer_delivered", code=str(code), at=at,
        text_tr=f"Yanıt {answer.number} karşı tarafa ulaştı.", text_en=f"The answer {answer.number} was delivered.",
    )  # fmt: skip


def _refused(
    session: Session, tenant_id: UUID, answer_id: UUID, code: int, text_tr: str, text_en: str, at: datetime,
    zarf_id: UUID | None = None,
) -> None:  # fmt: skip
    """The answer came to nothing: the document is open again, as long as its day is not over."""
    answer = session.get(Answer, (tenant_id, answer_id), with_for_update=True, populate_existing=True)
    if answer is None or answer.state in ("delivered", "refused"):
        return
    document = answering.get(session, tenant_id=tenant_id, document_id=answer.document_id, lock=True)
    answer.state, answer.gib_code, answer.gib_text = "refused", code or None, text_tr
    answer.zarf_id = zarf_id or answer.zarf_id
    answer.final_at = answer.progress_at = at
    document.answer, document.answered_at = "none", None
    answering.note_step(
        session, document=document, kind="answer_refused", code=str(code or ""), at=at,
        text_tr=f"Yanıt {answer.number} iletilemedi ({text_tr}). Süre dolmadıysa yeniden yanıtlayın.",
        text_en=f"The answer {answer.number} did not arrive ({text_en}). Answer again while there is time.",
    )  # fmt: skip
    messages.put(
        session, tenant_id=tenant_id, topic="answer.failed", key=answer_id, at=at,
        payload={"occasion": str(new_id())},
    )  # fmt: skip
