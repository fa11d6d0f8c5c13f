"""Requests about personal data, with the law's clock; and the copies that people ask for themselves. Role people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.ids import new_id
from tenants.privacy.models import KINDS, PrivacyExport, PrivacyRequest
from tenants.privacy.register import ANSWER_WITHIN, COPY_KEPT

TEXT_MAX = 2000
Answer = Literal["done", "refused"]


class CopyUnderWay(Conflict):
    """A copy is being made, or can be fetched already."""

    code = "copy_under_way"
    title_tr, title_en = "Verilerinizin bir kopyası zaten hazırlanıyor ya da hazır", "A copy is under way or ready"
    advice_tr = "Hazır olan kopyayı indirin; yenisini süresi dolunca isteyebilirsiniz."
    advice_en = "Fetch the one that is ready; you can ask for another when it has ended."


def record(
    session: Session, *, kind: str, at: datetime, person_id: UUID | None = None, contact: str = "", note: str = ""
) -> PrivacyRequest:
    """Note a request; its answer is due 30 days from now.

    :raises InvalidRequest: no such kind, or nobody to answer.
    """
    contact, note = contact.strip(), note.strip()
    if kind not in KINDS or len(contact) > 300 or len(note) > TEXT_MAX or (person_id is None and not contact):
        raise InvalidRequest(
            f"Tür ({', '.join(KINDS)}) ve yanıt verilecek kişi gerekli.",
            f"It takes a kind ({', '.join(KINDS)}) and somebody to answer.",
        )
    row = PrivacyRequest(
        request_id=new_id(), person_id=person_id, contact=contact, kind=kind, state="open", asked_at=at,
        due_at=at + ANSWER_WITHIN, note=note,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def answer(session: Session, *, request_id: UUID, state: Answer, note: str, by: str, at: datetime) -> PrivacyRequest:
    """Close a request with what was answered. :raises NotFound. :raises InvalidRequest: no words, or it is closed."""
    row = session.scalars(
        select(PrivacyRequest).where(PrivacyRequest.request_id == request_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("Böyle bir başvuru yok.", "There is no such request.")
    if row.state != "open":
        raise InvalidRequest("Başvuru daha önce yanıtlanmış.", "The request was answered before.")
    if not note.strip() or len(note) > TEXT_MAX or not by.strip():
        raise InvalidRequest("Ne yanıt verildiğini yazın.", "Say what was answered.")
    row.state, row.note, row.answered_by, row.answered_at = state, note.strip(), by.strip(), at
    session.flush()
    return row


def waiting(session: Session, *, limit: int = 500) -> Sequence[PrivacyRequest]:
    """Open requests, the one that is due first first."""
    return session.scalars(
        select(PrivacyRequest).where(PrivacyRequest.state == "open").order_by(PrivacyRequest.due_at).limit(limit)
    ).all()


def of_person(session: Session, *, person_id: UUID) -> Sequence[PrivacyRequest]:
    """A person's own requests, newest first."""
    return session.scalars(
        select(PrivacyRequest)
        .where(PrivacyRequest.person_id == person_id)
        .order_by(PrivacyRequest.asked_at.desc())
        .limit(50)
    ).all()


def ask_copy(session: Session, *, person_id: UUID, language: str, at: datetime) -> PrivacyExport:
    """Ask for a copy of one's data; the clock makes it. :raises CopyUnderWay: there is one."""
    known = session.scalars(
        select(PrivacyExport.export_id).where(PrivacyExport.person_id == person_id, PrivacyExport.state != "gone")
    ).first()
    if known is not None:
        raise CopyUnderWay()
    request = record(session, kind="export", person_id=person_id, at=at)
    row = PrivacyExport(
        export_id=new_id(), person_id=person_id, state="asked", language=language, request_id=request.request_id,
        asked_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def ask_erasure(session: Session, *, person_id: UUID, at: datetime) -> PrivacyRequest:
    """Ask to be erased; asked once until it is answered."""
    open_one = session.scalars(
        select(PrivacyRequest).where(
            PrivacyRequest.person_id == person_id, PrivacyRequest.kind == "erasure", PrivacyRequest.state == "open"
        )
    ).first()
    return open_one or record(session, kind="erasure", person_id=person_id, at=at)


def asked_copies(session: Session, *, limit: int = 20) -> Sequence[PrivacyExport]:
    """Copies that are to be made, oldest first; locked, and those of another clock left out."""
    return session.scalars(
        select(PrivacyExport)
        .where(PrivacyExport.state == "asked")
        .order_by(PrivacyExport.asked_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def made(session: Session, *, export: PrivacyExport, file: bytes, at: datetime) -> None:
    """The copy is ready for seven days, and the request is answered."""
    export.state, export.file, export.made_at, export.ends_at = "ready", file, at, at + COPY_KEPT
    request = session.get(PrivacyRequest, export.request_id)
    if request is not None and request.state == "open":
        request.state, request.answered_at, request.answered_by = "done", at, "privacy"
    session.flush()


def copy_of(session: Session, *, person_id: UUID, at: datetime) -> PrivacyExport | None:
    """The person's copy that is under way or can be fetched."""
    return session.scalars(
        select(PrivacyExport).where(
            PrivacyExport.person_id == person_id,
            (PrivacyExport.state == "asked") | ((PrivacyExport.state == "ready") & (PrivacyExport.ends_at > at)),
        )
    ).first()


def fetch_copy(session: Session, *, person_id: UUID, export_id: UUID, at: datetime) -> bytes:
    """The file, for its person only. :raises NotFound: another's, none, not made, or ended: told alike."""
    row = session.get(PrivacyExport, export_id)
    if row is None or row.person_id != person_id or row.file is None or row.ends_at is None or row.ends_at <= at:
        raise NotFound("Böyle bir dosya yok ya da süresi doldu.", "There is no such file, or its time is over.")
    row.fetched_at = row.fetched_at or at
    return row.file
