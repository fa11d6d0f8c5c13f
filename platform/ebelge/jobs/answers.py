"""Answers to incoming documents sealed in the signing process; what came of answers told; who said nothing in time."""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Final

from sqlalchemy import select, text

from ebelge.archive.store import ArchiveError
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.documents import queries
from ebelge.documents.answers import answering
from ebelge.documents.answers import received as answers
from ebelge.documents.answers import sealing as answer_sealing
from ebelge.documents.answers.models import ANSWER_NAME, Answer, ReceivedAnswer
from ebelge.documents.answers.received import ASSUMED_AFTER
from ebelge.documents.answers.sealing import SealTask
from ebelge.jobs.database import patiently
from ebelge.jobs.signing import Signer
from ebelge.notify import post
from ebelge.notify.webhooks import events
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim
from ebelge.signing import signer as seals
from ebelge.signing import verify
from ebelge.signing.errors import NotSignable, SealUnusable, SignatureInvalid

log = logging.getLogger(__name__)
TOLD: Final = (answers.TOPIC, "answer.failed")
_SILENT = text(
    "SELECT tenant_id, document_id FROM incoming_document WHERE answer = 'none' AND kind = 'efatura' "
    "AND answerable_until <= :before ORDER BY answerable_until LIMIT 500"
)


def seal(claims: Sequence[Claim], *, signer: Signer) -> int:
    """Seal what these claims stand for, with the seals the signing process has open; returns how many."""
    count = 0
    for claim in claims:
        with bind(tenant_id=claim.tenant_id):
            try:
                count += _seal_one(claim, signer)
            except Exception:  # its lease brings it back; the others must not wait for it
                log.exception("an answer could not be sealed", extra={"answer_id": str(claim.key)})
    return count


def _seal_one(claim: Claim, signer: Signer) -> bool:
    task = patiently(partial(_begin, claim))
    if task is None:
        return False
    at = utc_now()
    try:
        data, signed_at = _sealed(claim, task, signer, at)
    except NotSignable as error:
        patiently(partial(_give_up, claim, error))
        return False
    except (SealUnusable, ArchiveError, SignatureInvalid) as error:
        patiently(partial(_again, claim, str(error)))
        return False
    with tenant_session(claim.tenant_id) as session:
        done = answer_sealing.finish(
            session, claim=claim, sha256=sha256(data).digest(), signed_at=signed_at, at=utc_now()
        )
    log.info("answer sealed", extra={"answer_id": str(claim.key), "mine": done})
    return done


def _sealed(claim: Claim, task: SealTask, signer: Signer, at: datetime) -> tuple[bytes, datetime]:
    """The sealed bytes as they lie in the archive: what an earlier attempt stored before it died is taken over."""
    if task.owner is None:
        raise SealUnusable("Hizmet ya da işletmeci tanımlı değil.", "The service or the operator is not entered.")
    seal = signer.seals.of(task.owner, at=at)
    try:
        data = seals.sign(task.xml, seal, at=at, assembler=settings().assembler)
    except SealUnusable:
        signer.seals.forget(task.owner)
        raise
    stored = signer.store.put(claim.tenant_id, task.answer_id, ANSWER_NAME, data)
    if stored.created:
        return data, at
    data = signer.store.get(claim.tenant_id, task.answer_id, ANSWER_NAME)
    return data, verify.verify(data, trust=None).signing_time


def _begin(claim: Claim) -> SealTask | None:
    with tenant_session(claim.tenant_id) as session:
        task = answer_sealing.begin(session, claim=claim)
        if task is None:
            messages.done(session, [claim], at=utc_now())
        return task


def _give_up(claim: Claim, error: NotSignable) -> None:
    with tenant_session(claim.tenant_id) as session:
        answer_sealing.cannot_be_sealed(
            session, claim=claim, reason_tr=error.detail_tr, reason_en=error.detail_en, at=utc_now()
        )


def _again(claim: Claim, reason: str) -> None:
    with tenant_session(claim.tenant_id) as session:
        messages.again(session, claim, at=utc_now(), error=reason)
    log.warning("answer not sealed", extra={"answer_id": str(claim.key), "reason": reason[:200]})


def tell(claims: Sequence[Claim]) -> None:
    """Tell what a buyer said, or that an answer did not arrive: a letter, and an event for the customer's system."""
    for claim in claims:
        with bind(tenant_id=claim.tenant_id):
            try:
                patiently(partial(_tell, claim))
            except Exception:  # its lease brings it back
                log.exception("an answer could not be told of")


def _tell(claim: Claim) -> None:
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        if not messages.done(session, [claim], at=at):
            return
        if claim.topic == answers.TOPIC:
            document = queries.get(session, tenant_id=claim.tenant_id, document_id=claim.key)
            said = session.scalars(
                select(ReceivedAnswer).where(
                    ReceivedAnswer.tenant_id == claim.tenant_id,
                    ReceivedAnswer.response_id == claim.payload["response_id"],
                )
            ).one()
            facts = {
                "document_id": str(document.document_id), "number": document.number, "buyer": document.buyer_title,
                "answer": document.buyer_answer, "code": said.code, "reason": said.reason,
            }  # fmt: skip
            kind, type_, occasion = "buyer_answered", "document.answered", str(said.response_id)
        else:
            answer = session.get_one(Answer, (claim.tenant_id, claim.key))
            incoming = answering.get(session, tenant_id=claim.tenant_id, document_id=answer.document_id)
            facts = {
                "document_id": str(incoming.document_id), "number": incoming.number, "sender": incoming.sender_title,
                "text": answer.gib_text, "code": str(answer.gib_code or ""),
            }  # fmt: skip
            kind, type_, occasion = "answer_failed", "incoming.answer_failed", str(answer.answer_id)
        post.write(session, tenant_id=claim.tenant_id, kind=kind, occasion=f"{type_} {occasion}", facts=facts, at=at)
        events.tell(session, tenant_id=claim.tenant_id, type=type_, occasion=occasion, data=facts, at=at)


def assume(at: datetime) -> int:
    """A duty: commercial invoices, come or gone, that nobody answered in time count as accepted."""
    with role_session("reader") as session:
        incoming = session.execute(_SILENT, {"before": at - ASSUMED_AFTER}).all()
        outgoing = answers.find_assumed(session, at=at)
    count = 0
    for row in incoming:
        with tenant_session(row.tenant_id) as session:
            count += answering.assume(session, tenant_id=row.tenant_id, document_id=row.document_id, at=at)
    for tenant_id, document_id in outgoing:
        with tenant_session(tenant_id) as session:
            count += answers.assume(session, tenant_id=tenant_id, document_id=document_id, at=at)
    return count
