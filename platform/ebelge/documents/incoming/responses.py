"""Answers to documents of our tenants: each is kept as it came, before anybody reads what it says."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ebelge.documents.incoming import envelopes as incoming
from ebelge.documents.incoming.checks import CheckedDocument, CheckedZarf, Header, ZarfRefused
from ebelge.documents.incoming.envelopes import Waiting
from ebelge.documents.incoming.models import IncomingAnswer

KINDS = {"APPLICATIONRESPONSE": "application_response", "RECEIPTADVICE": "receipt_advice"}


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that is archived at (tenant_id, response_id, 'incoming.xml') and entered as waiting."""

    response_id: UUID
    document: CheckedDocument


def of(checked: CheckedZarf, *, waiting: Waiting) -> list[KeptAnswer]:
    """The answers in an envelope, with the ids they get."""
    return [
        KeptAnswer(incoming.document_id_of(waiting, index), document)
        for index, document in enumerate(checked.documents)
    ]


def keep(
    session: Session, *, tenant_id: UUID, answers: Sequence[KeptAnswer], waiting: Waiting, header: Header, at: datetime
) -> None:
    """Enter answers as they came. :raises ZarfRefused: 1164 one of them came before."""
    for answer in answers:
        facts, about_ettn = answer.document.facts, None
        with suppress(ValueError):  # otherwise it names a number
            about_ettn = UUID(facts.about)
        entered = session.execute(
            insert(IncomingAnswer)
            .values(
                tenant_id=tenant_id, response_id=answer.response_id, kind=KINDS[facts.element_type], state="waiting",
                ettn=facts.ettn, sender_vkn_tckn=facts.sender_vkn_tckn, sender_alias=header.sender.alias,
                receiver_alias=header.receiver.alias, about_ettn=about_ettn,
                about_number="" if about_ettn else facts.about[:40], zarf_id=waiting.zarf_id,
                signed_sha256=answer.document.sha256, signer_vkn_tckn=answer.document.signature.vkn_tckn or "",
                received_at=at,
            )
            .on_conflict_do_nothing()
            .returning(IncomingAnswer.response_id)
        ).first()  # fmt: skip
        if entered is None:
            raise ZarfRefused(1164, f"the answer {facts.ettn} came before")


def entered(session: Session, *, tenant_id: UUID, response_id: UUID) -> None:
    """The answer was read and taken by whom it concerns."""
    session.get_one(IncomingAnswer, (tenant_id, response_id)).state = "entered"
    session.flush()
