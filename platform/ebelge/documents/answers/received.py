"""What buyers say of the tenant's own documents: entered once, in time, from the buyer, or refused with a code.

A rejection gives no kontör back (TRADE.md 4). What follows (a letter, an event for the customer's system) is told by
the job of `TOPIC`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ebelge.core.ids import new_id
from ebelge.documents import events, queries
from ebelge.documents.answers.deadlines import issuer_until
from ebelge.documents.answers.models import MEANING, ReceivedAnswer
from ebelge.documents.models import Document
from ebelge.documents.states import State
from ebelge.gib.zarf import VIRTUAL_DESPATCH_VKN
from ebelge.outbox import messages
from ebelge.ubl.answer_reading import ReadResponse

TOPIC: Final = "answer.received"
# Customs answer exports, at any time and several times (gib/FACTS 2.3).
CUSTOMS_VKN: Final = "1460415308"
# GİB's codes for the pusher: taken; registered already; sender not authorised; breaks a rule.
TAKEN, REPEATED, NOT_AUTHORISED, AGAINST_RULES = 1200, 1163, 1171, 1150
# An answer that was pushed in the last minute may still wait for its turn here.
ASSUMED_AFTER: Final = timedelta(hours=2)
# The document has left the house: its buyer may have it before GİB has told us.
_OUT: Final = frozenset({State.SENT, State.UNKNOWN, State.UNDELIVERED, State.DELIVERED})
WORDS: Final = {
    "KABUL": ("Alıcı kabul etti", "The buyer accepted it"),
    "RED": ("Alıcı reddetti; harcanan kontör iade edilmez", "The buyer rejected it; the kontör spent stays spent"),
    "IADE": ("Alıcı iade yanıtı verdi", "The buyer answered that it is returned"),
    "KISMI": ("Alıcı kısmen teslim aldı", "The buyer received it in part"),
    "GUMRUKONAY": ("Gümrük onayladı", "Customs approved it"),
    "KABUL_SAYILDI": (
        "8 gün içinde yanıt gelmedi, fatura kabul edilmiş sayıldı",
        "No answer came within 8 days: the invoice counts as accepted",
    ),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What our system response says of an answer that was pushed to us."""

    code: int
    text_tr: str
    taken: bool


def receive(session: Session, *, tenant_id: UUID, response: ReadResponse, response_id: UUID, at: datetime) -> Verdict:
    """Enter an answer on the tenant's document. `at`: when its envelope came; `response_id`: under which it is kept.

    Bears repetition: the same `response_id` gets the same verdict. Refuses nothing by exception; commits nothing.
    """
    known = session.scalars(
        select(ReceivedAnswer.document_id).where(
            ReceivedAnswer.tenant_id == tenant_id, ReceivedAnswer.response_id == response_id
        )
    ).first()
    if known is not None:
        return _taken()
    document = _answered(session, tenant_id, response)
    if document is None:
        return Verdict(AGAINST_RULES, "Yanıtlanan belge bulunamadı.", False)
    document = queries.lock(session, tenant_id=tenant_id, document_id=document.document_id)
    refusal = _refusal(session, document, response, at)
    if refusal is not None:
        events.record(
            session, document=document, kind="answer_refused", code=str(refusal.code),
            text_tr=f"Gelen yanıt ({response.code}) alınmadı: {refusal.text_tr}",
            text_en=f"An answer ({response.code}) came and was not taken: code {refusal.code}.", at=at,
        )  # fmt: skip
        return refusal
    _enter(
        session, document, code=response.code, response_id=response_id, form=response.form, reason=response.reason,
        number=response.number, data=_data(response), customs=document.profile == "IHRACAT", at=at,
    )  # fmt: skip
    return _taken()


def find_assumed(session: Session, *, at: datetime, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """(tenant, document) of commercial invoices that nobody answered in time, oldest first. Runs as the reader."""
    rows = session.execute(
        text(
            "SELECT tenant_id, document_id FROM document WHERE buyer_answer IS NULL AND profile = 'TICARIFATURA' "
            "AND state = 'delivered' AND final_at < :before ORDER BY final_at LIMIT :limit"
        ),
        # No day is shorter: whoever was delivered later than this cannot be late.
        {"before": at - timedelta(days=8) - ASSUMED_AFTER, "limit": limit},
    )
    return [(row.tenant_id, row.document_id) for row in rows]


def assume(session: Session, *, tenant_id: UUID, document_id: UUID, at: datetime) -> bool:
    """Enter that the buyer's time is over; False if it is not, or he has answered after all."""
    document = queries.lock(session, tenant_id=tenant_id, document_id=document_id)
    if document.buyer_answer is not None or document.state != State.DELIVERED or document.final_at is None:
        return False
    if document.profile != "TICARIFATURA" or at < issuer_until(document.final_at) + ASSUMED_AFTER:
        return False
    _enter(session, document, code="KABUL_SAYILDI", response_id=new_id(), form="response", at=at)
    return True


def of_document(session: Session, *, tenant_id: UUID, document_id: UUID) -> list[ReceivedAnswer]:
    """What the buyer (or customs) said of a document, oldest first."""
    return list(
        session.scalars(
            select(ReceivedAnswer)
            .where(ReceivedAnswer.tenant_id == tenant_id, ReceivedAnswer.document_id == document_id)
            .order_by(ReceivedAnswer.at, ReceivedAnswer.response_id)
        )
    )


def _answered(session: Session, tenant_id: UUID, response: ReadResponse) -> Document | None:
    wanted = select(Document).where(Document.tenant_id == tenant_id)
    if response.about_ettn is not None:
        found = session.scalars(wanted.where(Document.ettn == response.about_ettn)).first()
        if found is not None:
            return found
    if not response.about_number:
        return None
    return session.scalars(
        wanted.where(Document.number == response.about_number)
        .order_by(Document.number_held.desc(), Document.document_id.desc())
        .limit(1)
    ).first()


def _refusal(session: Session, document: Document, response: ReadResponse, at: datetime) -> Verdict | None:
    export = document.profile == "IHRACAT"
    if response.form == "receipt":
        lawful, senders = document.kind == "eirsaliye", {document.buyer_vkn_tckn, VIRTUAL_DESPATCH_VKN}
    else:
        lawful = document.kind == "efatura" and document.profile in ("TICARIFATURA", "IHRACAT")
        senders = {CUSTOMS_VKN} if export else {document.buyer_vkn_tckn}
    if not lawful:
        return Verdict(AGAINST_RULES, f"{document.profile} senaryosundaki belgeye bu yanıt verilemez.", False)
    if response.sender_vkn_tckn not in senders:
        return Verdict(NOT_AUTHORISED, "Yanıtı gönderen, belgenin alıcısı değil.", False)
    if State(document.state) not in _OUT:
        return Verdict(AGAINST_RULES, "Belge alıcısına gönderilmiş değil.", False)
    if export:
        return None
    if document.buyer_answer is not None:
        return Verdict(REPEATED, "Belge daha önce yanıtlandı; yalnız bir yanıt alınır.", False)
    delivered = document.final_at if document.state == State.DELIVERED else None
    if delivered is not None and at >= issuer_until(delivered):
        return Verdict(AGAINST_RULES, "Yanıt süresi dolduktan sonra geldi.", False)
    return None


def _enter(
    session: Session, document: Document, *, code: str, response_id: UUID, form: str, reason: str = "",
    number: str = "", data: dict[str, object] | None = None, customs: bool = False, at: datetime,
) -> None:  # fmt: skip
    session.add(
        ReceivedAnswer(
            tenant_id=document.tenant_id, document_id=document.document_id, response_id=response_id, form=form,
            code=code, by_customs=customs, reason=reason, number=number, data=data or {}, at=at,
        )
    )  # fmt: skip
    document.buyer_answer = MEANING[code]
    tr, en = WORDS[code]
    said = f": {reason}" if reason else "."
    events.record(
        session, document=document, kind="buyer_answered", code=code, text_tr=tr + said, text_en=en + said,
        data=data or {}, at=at,
    )  # fmt: skip
    messages.put(
        session, tenant_id=document.tenant_id, topic=TOPIC, key=document.document_id, at=at,
        payload={"response_id": str(response_id)},
    )  # fmt: skip
    session.flush()


def _data(response: ReadResponse) -> dict[str, object]:
    lines = [
        {
            "line": one.line, "unit": one.unit, "received": str(one.received), "short": str(one.short),
            "rejected": str(one.rejected), "oversupply": str(one.oversupply), "reason": one.reason,
        }
        for one in response.lines[:200]
        if one.short or one.rejected or one.oversupply or one.reason
    ]  # fmt: skip
    return {name: value for name, value in (("lines", lines), ("customs", response.customs)) if value}


def _taken() -> Verdict:
    return Verdict(TAKEN, "BAŞARIYLA İŞLENDİ", True)
