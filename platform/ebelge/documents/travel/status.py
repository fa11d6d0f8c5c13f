"""What GİB says of an envelope, and what follows for its documents. The table of codes: `ebelge.gib.status_codes`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.ledger import charges
from ebelge.documents import events
from ebelge.documents.models import Document
from ebelge.documents.states import State
from ebelge.documents.travel import parcels
from ebelge.documents.travel.models import ZarfDocument, ZarfRow
from ebelge.documents.travel.pace import ENVELOPES_MAX, Pace
from ebelge.documents.travel.send import documents_of
from ebelge.gib.status_codes import Reaction, StatusCode, status_of
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim
from tenants.models import Tenant

REFUSED_BY_RECEIVER = 1230
_MAY_BE_ONES = frozenset({Reaction.DOCUMENT_ERROR, Reaction.LOOK_UP_EARLIER, Reaction.SIGNATURE_ERROR})


@dataclass(frozen=True, slots=True)
class Question:
    """An envelope to ask about."""

    claim: Claim
    zarf_id: UUID


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer with everything that reactions need."""

    session: Session
    zarf: ZarfRow
    meaning: StatusCode
    text: str
    pace: Pace
    at: datetime


def begin_many(
    session: Session, *, tenant_id: UUID, claims: Sequence[Claim]
) -> tuple[list[Question], list[Claim], str]:
    """Which envelopes to ask about, the claims that have nothing to do, and the tenant's mode."""
    open_ids = set(
        session.scalars(
            select(ZarfRow.zarf_id).where(
                ZarfRow.tenant_id == tenant_id,
                ZarfRow.zarf_id.in_([claim.key for claim in claims]),
                ZarfRow.state != "ended",
            )
        )
    )
    mode = session.get_one(Tenant, tenant_id).mode
    questions = [Question(claim, claim.key) for claim in claims if claim.key in open_ids]
    return questions, [claim for claim in claims if claim.key not in open_ids], mode


def finish(
    session: Session, *, tenant_id: UUID, question: Question, code: int, text: str, pace: Pace, at: datetime
) -> str:
    """Enter GİB's answer to our question; returns "ended", "open" or "moot" (the claim changed hands)."""
    if not messages.still_mine(session, question.claim):
        return "moot"
    ended = apply(session, tenant_id=tenant_id, zarf_id=question.zarf_id, code=code, text=text, pace=pace, at=at)
    if ended:
        messages.done(session, [question.claim], at=at)
        return "ended"
    due_at = at + pace.question_after(question.claim.attempt)
    messages.again(session, question.claim, at=at, due_at=due_at)
    # Whoever looks for lost questions goes by this.
    session.get_one(ZarfRow, (tenant_id, question.zarf_id)).next_question_at = due_at
    return "open"


def apply(session: Session, *, tenant_id: UUID, zarf_id: UUID, code: int, text: str, pace: Pace, at: datetime) -> bool:
    """Enter a system response, asked for or pushed by GİB; True when the envelope is at its end.

    Repeating an answer changes nothing; an answer to an envelope that has ended is ignored.
    """
    zarf = session.get(ZarfRow, (tenant_id, zarf_id), with_for_update=True, populate_existing=True)
    if zarf is None or zarf.state == "ended":
        return True
    if zarf.cargo != "document":
        return parcels.apply(session, zarf=zarf, code=code, text=text, pace=pace, at=at)
    meaning = status_of(code)
    answer = _Answer(session, zarf, meaning, text, pace, at)
    news = zarf.code != code or zarf.state != "sent"
    zarf.code, zarf.code_text = code, text
    zarf.sent_at = zarf.sent_at or at
    documents = documents_of(session, tenant_id=tenant_id, zarf_id=zarf_id)
    for document in documents:
        document.gib_code = code
    if meaning.reaction in (Reaction.WAIT, Reaction.UNCLEAR):
        zarf.state = "sent"
        if news:
            _still_open(answer, documents)
        return False
    zarf.state, zarf.ended_at, zarf.next_question_at = "ended", at, None
    # One bad document voids its whole envelope, and GİB does not say which: each goes again by itself.
    if len(documents) > 1 and (meaning.reaction in _MAY_BE_ONES or code == REFUSED_BY_RECEIVER):
        for document in documents:
            _new_envelope(answer, document, alone=True)
        return True
    _REACTIONS[meaning.reaction](answer, documents)
    return True


def _still_open(answer: _Answer, documents: Sequence[Document]) -> None:
    unclear = answer.meaning.reaction is Reaction.UNCLEAR
    for document in documents:
        _to(answer, document, State.UNKNOWN if unclear else State.SENT)


def _delivered(answer: _Answer, documents: Sequence[Document]) -> None:
    for document in documents:
        _to(answer, document, State.DELIVERED)


def _refused(answer: _Answer, documents: Sequence[Document]) -> None:
    """Final for the document itself: the kontör comes back, the number stays until a correction takes it over."""
    for document in documents:
        _to(answer, document, State.REFUSED, kontor=document.kontor)
    answer.session.flush()
    charged = [document.document_id for document in documents if document.kontor > 0]
    if charged:
        charges.restore(answer.session, tenant_id=answer.zarf.tenant_id, charge_ids=charged, at=answer.at)


def _undelivered(answer: _Answer, documents: Sequence[Document]) -> None:
    """Not delivered, for a reason that a person has to clear: account, address, seal, or the receiver's system."""
    for document in documents:
        _to(answer, document, State.UNDELIVERED)


def _other_address(answer: _Answer, documents: Sequence[Document]) -> None:
    """GİB does not know the mailbox: after the next list another of the buyer's is chosen (`readdress`)."""
    for document in documents:
        _new_envelope(answer, document, refused_alias=document.receiver_alias or "")


def _again_later(answer: _Answer, documents: Sequence[Document]) -> None:
    for document in documents:
        _new_envelope(answer, document)


def _look_up_earlier(answer: _Answer, documents: Sequence[Document]) -> None:
    """GİB has the document from an earlier envelope: that one's status counts, nothing is sent."""
    for document in documents:
        earlier = answer.session.scalars(
            select(ZarfRow)
            .join(
                ZarfDocument, (ZarfDocument.tenant_id == ZarfRow.tenant_id) & (ZarfDocument.zarf_id == ZarfRow.zarf_id)
            )
            .where(
                ZarfDocument.tenant_id == document.tenant_id,
                ZarfDocument.document_id == document.document_id,
                ZarfRow.zarf_id != answer.zarf.zarf_id,
                ZarfRow.created_at < answer.zarf.created_at,
            )
            .order_by(ZarfRow.created_at.desc())
            .limit(1)
            .with_for_update(of=ZarfRow)
        ).first()
        if earlier is None or _envelopes(answer, document) > ENVELOPES_MAX:
            _to(answer, document, State.UNDELIVERED)
            continue
        earlier.state, earlier.ended_at = "unknown", None
        document.zarf_id = earlier.zarf_id
        _to(answer, document, State.UNKNOWN)
        due_at = answer.at + answer.pace.doubt_after(0)
        earlier.next_question_at = due_at
        messages.put(
            answer.session, tenant_id=document.tenant_id, topic="zarf.status", key=earlier.zarf_id,
            at=answer.at, due_at=due_at,
        )  # fmt: skip


def _new_envelope(answer: _Answer, document: Document, *, alone: bool = False, refused_alias: str = "") -> None:
    """The same signed document goes again in a new envelope; too many, and a person has to look."""
    used = _envelopes(answer, document)
    if used >= ENVELOPES_MAX:
        _to(answer, document, State.UNDELIVERED)
        return
    pause = answer.pace.new_list if refused_alias else answer.pace.resend if alone else answer.pace.resend_after(used)
    due_at = answer.at + pause
    document.zarf_id = None
    document.progress_at = answer.at
    events.record(
        answer.session,
        document=document,
        kind="resend",
        code=str(answer.meaning.code),
        text_tr=f"{_said(answer)[0]} {_GOES_AGAIN[bool(refused_alias)][0]}",
        text_en=f"{_said(answer)[1]} {_GOES_AGAIN[bool(refused_alias)][1]}",
        at=answer.at,
    )
    messages.put(
        answer.session, tenant_id=document.tenant_id, topic="document.send", key=document.document_id, at=answer.at,
        payload={"alone": True} if alone else {"refused_alias": refused_alias} if refused_alias else None,
        due_at=due_at,
    )  # fmt: skip


# False: the same again. True: to another mailbox of the buyer.
_GOES_AGAIN = {
    False: (
        "Aynı imzalı belge yeni bir zarfla yeniden gönderilecek.",
        "The same signed document will go again in a new envelope.",
    ),
    True: (
        "GİB'in yeni listesi beklenecek; alıcının açık başka bir etiketi varsa aynı imzalı belge ona gönderilecek.",
        "GİB's next list is awaited; if the buyer has another open mailbox, the same signed document goes there.",
    ),
}


def _envelopes(answer: _Answer, document: Document) -> int:
    return int(
        answer.session.scalar(
            select(func.count())
            .select_from(ZarfDocument)
            .where(ZarfDocument.tenant_id == document.tenant_id, ZarfDocument.document_id == document.document_id)
        )
        or 0
    )


def _to(answer: _Answer, document: Document, to: State, *, kontor: int = 0) -> None:
    text_tr, text_en = _said(answer)
    code = str(answer.meaning.code)
    data = {"zarf_id": str(answer.zarf.zarf_id), "gib": answer.text}
    if document.state == to:
        document.progress_at = answer.at
        events.record(
            answer.session, document=document, kind="gib", text_tr=text_tr, text_en=text_en, code=code, data=data,
            at=answer.at,
        )  # fmt: skip
    else:
        events.move(
            answer.session, document=document, to=to, text_tr=text_tr, text_en=text_en, code=code, kontor=kontor,
            data=data, at=answer.at,
        )  # fmt: skip


def _said(answer: _Answer) -> tuple[str, str]:
    meaning = answer.meaning
    next_tr, next_en = meaning.what_follows
    return f"GİB {meaning.code}: {meaning.text_tr}. {next_tr}".strip(), (
        f"GİB {meaning.code}: {meaning.text_en}. {next_en}".strip()
    )


_REACTIONS: dict[Reaction, Callable[[_Answer, Sequence[Document]], None]] = {
    Reaction.DELIVERED: _delivered,
    # Cancelled afterwards: it had been delivered, and its kontör is kept (TRADE.md 4).
    Reaction.FINAL_CANCELLED: _delivered,
    Reaction.DOCUMENT_ERROR: _refused,
    Reaction.SIGNATURE_ERROR: _undelivered,
    Reaction.PACKAGING_ERROR: _again_later,
    Reaction.GIB_ERROR_RESEND_LATER: _again_later,
    Reaction.LOOK_UP_EARLIER: _look_up_earlier,
    Reaction.ACCOUNT_ERROR: _undelivered,
    Reaction.ADDRESS_ERROR: _other_address,
    Reaction.USER_ACCOUNT_ERROR: _undelivered,
    Reaction.RESEND_ALLOWED: _undelivered,
}
