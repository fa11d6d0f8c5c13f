"""Answering an incoming document: prepared and checked outside any transaction, entered once in the edge's.

An answer is free of kontör and possible while the account is suspended (TRADE.md 4). Once, until 23:59 of day 8 (an
e-İrsaliye: day 7) after the envelope came: said here, and by the unique index `answer_once`.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ebelge.archive.store import ArchiveStore, NotArchived
from ebelge.core.clock import ISTANBUL, istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.errors import Conflict, DomainError, InvalidRequest, NotFound
from ebelge.core.findings import refuses
from ebelge.core.ids import new_id
from ebelge.documents.answers.deadlines import answer_until, last_minute
from ebelge.documents.answers.guide import guide
from ebelge.documents.answers.models import MEANING, Answer
from ebelge.documents.facts import facts
from ebelge.documents.incoming import queries as incoming_queries
from ebelge.documents.incoming.models import INCOMING_NAME, IncomingDocument, IncomingEvent
from ebelge.outbox import messages
from ebelge.ubl.answer_rules import check_answer
from ebelge.ubl.parse import ParsedDocument, parse
from ebelge.ubl.prepare import replace_number
from ebelge.ubl.receipt import ReceivedLine, receipt_advice
from ebelge.ubl.response import Answered, ResponseCode, application_response
from tenants.audit.deeds import deed
from tenants.members.reach import WHOLE, Reach

log = logging.getLogger(__name__)
TOPIC: Final = "answer.sign"
# The letters that number our answers; they are no series of the tenant's.
PREFIXES: Final = {"response": "UYG", "receipt": "IRY"}
WORDS: Final = {
    "KABUL": ("Kabul yanıtı verildi", "Accepted"),
    "RED": ("Red yanıtı verildi", "Rejected"),
    "IADE": ("İade yanıtı verildi", "Answered as returned"),
    "KISMI": ("Kısmi kabul yanıtı verildi", "Accepted in part"),
}


class NotAnswerable(Conflict):
    """This document is not answered: a basic invoice is not, only a commercial one and a despatch note are."""

    code = "answer_not_lawful"
    title_tr, title_en = "Bu belgeye yanıt verilmez", "This document is not answered"


class AnswerTooLate(Conflict):
    """The last day is over."""

    code = "answer_too_late"
    title_tr, title_en = "Yanıt süresi doldu", "It is too late to answer"


class AnsweredAlready(Conflict):
    """One answer only, and there is one."""

    code = "already_answered"
    title_tr, title_en = "Bu belge daha önce yanıtlandı", "This document was answered before"


class AnswerInvalid(DomainError):
    """What was built of the answer breaks GİB's rules."""

    code, http_status = "invalid_answer", 422
    title_tr, title_en = "Yanıt kurallara uymuyor", "The answer breaks a rule"


@dataclass(frozen=True, slots=True)
class Prepared:
    """An answer that keeps GİB's rules, numbered with a placeholder."""

    document_id: UUID
    form: str
    code: str
    reason: str
    ettn: UUID
    year: int
    xml: bytes


def get(
    session: Session, *, tenant_id: UUID, document_id: UUID, lock: bool = False, reach: Reach = WHOLE
) -> IncomingDocument:
    """The incoming document. :raises NotFound: this tenant has none with that id, or it is out of reach."""
    if lock:
        session.get(IncomingDocument, (tenant_id, document_id), with_for_update=True, populate_existing=True)
    return incoming_queries.get(session, tenant_id=tenant_id, document_id=document_id, reach=reach)


def read(store: ArchiveStore, *, tenant_id: UUID, document_id: UUID) -> ParsedDocument:
    """An incoming document as its sender signed it. :raises NotFound: its file does not lie in the archive."""
    try:
        return parse(store.get(tenant_id, document_id, INCOMING_NAME))
    except NotArchived as error:
        log.error("the file of an incoming document is missing", extra={"document_id": str(document_id)})
        raise NotFound(
            "Belgenin dosyası arşivde yok; destek ekibine bildirin.",
            "The document's file is not in the archive; please tell support.",
        ) from error


def until(document: IncomingDocument) -> datetime | None:
    """The first instant at which an answer is too late; None: this document is never answered."""
    if document.kind == "efatura" and document.profile != "TICARIFATURA":
        return None
    return document.answerable_until or answer_until(document.received_at, kind=document.kind)


def check_open(document: IncomingDocument, *, form: str, at: datetime) -> None:
    """:raises NotAnswerable, AnsweredAlready, AnswerTooLate: no answer of this form is possible now."""
    end = until(document)
    if end is None or (form == "receipt") != (document.kind == "eirsaliye"):
        ways = guide(profile=document.profile, came_at=document.received_at, at=at)
        named = "; ".join(way.title_tr for way in ways), "; ".join(way.title_en for way in ways)
        raise NotAnswerable(
            f"{document.profile} senaryosundaki belge bu yolla yanıtlanmaz. Yapabilecekleriniz: {named[0]}.",
            f"A document of {document.profile} is not answered in this way. What you can do: {named[1]}.",
            guide=[
                {
                    "code": way.code, "title_tr": way.title_tr, "title_en": way.title_en, "text_tr": way.text_tr,
                    "text_en": way.text_en, "until": way.until.isoformat() if way.until else None,
                }
                for way in ways
            ],
        )  # fmt: skip
    if document.answer not in ("none", "assumed"):
        raise AnsweredAlready(answer=document.answer)
    if at >= end or document.answer == "assumed":
        last = last_minute(end).astimezone(ISTANBUL)
        raise AnswerTooLate(
            f"Son an {last:%d.%m.%Y %H:%M} idi.", f"The last moment was {last:%Y-%m-%d %H:%M} (Istanbul).",
            until=end.isoformat(),
        )  # fmt: skip


def prepare_response(
    *, tenant_id: UUID, document_id: UUID, code: ResponseCode, reason: str, store: ArchiveStore, at: datetime
) -> Prepared:
    """KABUL, RED or IADE of a commercial invoice, built and checked.

    :raises NotFound, NotAnswerable, AnsweredAlready, AnswerTooLate: see `check_open`. :raises AnswerInvalid: 422.
    """
    with tenant_session(tenant_id) as session:
        document = get(session, tenant_id=tenant_id, document_id=document_id)
        check_open(document, form="response", at=at)
        tenant = facts(session, tenant_id=tenant_id, at=at)
    invoice = read(store, tenant_id=tenant_id, document_id=document_id)
    ettn, local = uuid4(), at.astimezone(ISTANBUL)
    xml = application_response(
        about=_about(document), code=code, reason=reason, sender=tenant.supplier, receiver=invoice.supplier,
        number=_placeholder("response", local.year), ettn=ettn, issue_date=local.date(), issue_time=local.time(),
        signatory=tenant.signatory("efatura"),
    )  # fmt: skip
    return _checked(Prepared(document_id, "response", code, reason, ettn, local.year, xml))


def prepare_receipt(
    *, tenant_id: UUID, document_id: UUID, lines: Sequence[ReceivedLine], note: str, delivered_on: date | None,
    store: ArchiveStore, at: datetime,
) -> Prepared:  # fmt: skip
    """What came of a despatch note, built and checked. `lines` name every line of it (`receipts.whole_lines`).

    :raises NotFound, NotAnswerable, AnsweredAlready, AnswerTooLate: see `check_open`. :raises AnswerInvalid: 422.
    :raises InvalidRequest: the goods are said to have come on a day that lies ahead.
    """
    if delivered_on is not None and delivered_on > istanbul_date(at):
        raise InvalidRequest("Teslim günü ileride olamaz.", "The day of delivery cannot lie ahead.")
    with tenant_session(tenant_id) as session:
        document = get(session, tenant_id=tenant_id, document_id=document_id)
        check_open(document, form="receipt", at=at)
        tenant = facts(session, tenant_id=tenant_id, at=at)
    despatch = read(store, tenant_id=tenant_id, document_id=document_id)
    ettn, local = uuid4(), at.astimezone(ISTANBUL)
    xml = receipt_advice(
        about=_about(document), lines=lines, note=note, delivered_on=delivered_on or istanbul_date(at),
        sender=tenant.supplier, receiver=despatch.supplier, number=_placeholder("receipt", local.year), ettn=ettn,
        issue_date=local.date(), issue_time=local.time(), signatory=tenant.signatory("eirsaliye"),
    )  # fmt: skip
    whole = all(not line.short and not line.rejected for line in lines)
    code = "KABUL" if whole else ("KISMI" if any(line.received for line in lines) else "RED")
    return _checked(Prepared(document_id, "receipt", code, note, ettn, local.year, xml))


def enter(session: Session, *, tenant_id: UUID, prepared: Prepared, by: str, at: datetime) -> Answer:
    """Enter the answer: numbered, on the document and its timeline, on its way to the seal. Commits nothing.

    :raises NotFound, NotAnswerable, AnsweredAlready, AnswerTooLate: as the document stands under its lock.
    """
    document = get(session, tenant_id=tenant_id, document_id=prepared.document_id, lock=True)
    check_open(document, form=prepared.form, at=at)
    number = _number(session, tenant_id=tenant_id, form=prepared.form, year=prepared.year)
    answer = Answer(
        tenant_id=tenant_id, answer_id=new_id(), document_id=document.document_id, form=prepared.form,
        code=prepared.code, reason=prepared.reason, number=number, ettn=prepared.ettn, state="prepared",
        source=replace_number(prepared.xml, number), created_by=by, created_at=at, progress_at=at,
    )  # fmt: skip
    session.add(answer)
    document.answer, document.answered_at = MEANING[prepared.code], at
    tr, en = WORDS[prepared.code]
    said = f": {prepared.reason}" if prepared.reason else ""
    note_step(session, document=document, kind="answered", text_tr=f"{tr}{said}", text_en=f"{en}{said}", at=at)
    messages.put(session, tenant_id=tenant_id, topic=TOPIC, key=answer.answer_id, at=at)
    deed(
        session, tenant_id=tenant_id, action="incoming.answered", object_kind="incoming_document",
        object_id=document.document_id, after={"number": document.number, "answer": document.answer}, by=by, at=at,
    )  # fmt: skip
    session.flush()
    return answer


def assume(session: Session, *, tenant_id: UUID, document_id: UUID, at: datetime) -> bool:
    """Enter that the time to answer is over and the invoice counts as accepted; False: it is not, or it is answered."""
    document = get(session, tenant_id=tenant_id, document_id=document_id, lock=True)
    end = until(document)
    if end is None or at < end or document.answer != "none" or document.kind != "efatura":
        return False
    document.answer, document.answered_at = "assumed", at
    note_step(
        session, document=document, kind="assumed", at=at,
        text_tr="8 gün içinde yanıt verilmedi, fatura kabul edilmiş sayıldı.",
        text_en="No answer was given within 8 days: the invoice counts as accepted.",
    )  # fmt: skip
    return True


def latest(session: Session, *, tenant_id: UUID, document_id: UUID) -> Answer | None:
    """The answer that counts: the last one given."""
    return session.scalars(
        select(Answer)
        .where(Answer.tenant_id == tenant_id, Answer.document_id == document_id)
        .order_by(Answer.answer_id.desc())
        .limit(1)
    ).first()


def note_step(
    session: Session, *, document: IncomingDocument, kind: str, text_tr: str, text_en: str, code: str = "", at: datetime
) -> None:
    """A step on an incoming document's timeline."""
    session.add(
        IncomingEvent(
            tenant_id=document.tenant_id, document_id=document.document_id, event_id=new_id(), at=at, kind=kind,
            code=code, text_tr=text_tr, text_en=text_en,
        )
    )  # fmt: skip


def _about(document: IncomingDocument) -> Answered:
    return Answered(document.ettn, document.number, document.issue_date, document.profile)


def _placeholder(form: str, year: int) -> str:
    return f"{PREFIXES[form]}{year}000000000"


def _checked(prepared: Prepared) -> Prepared:
    found = check_answer(prepared.xml, signed=False)
    if refuses(found):
        raise AnswerInvalid(findings=found)
    return prepared


def _number(session: Session, *, tenant_id: UUID, form: str, year: int) -> str:
    """The next number: answers are counted for people, no law wants them gapless."""
    serial = session.execute(
        text(
            "INSERT INTO answer_year (tenant_id, form, year, last_serial) VALUES (:tenant_id, :form, :year, 1) "
            "ON CONFLICT (tenant_id, form, year) DO UPDATE SET last_serial = answer_year.last_serial + 1 "
            "RETURNING last_serial"
        ),
        {"tenant_id": tenant_id, "form": form, "year": year},
    ).scalar_one()
    return f"{PREFIXES[form]}{year}{serial:09d}"
