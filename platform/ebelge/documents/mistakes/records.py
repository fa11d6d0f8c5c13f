"""“Yanlış kesildi”: what happened outside about a wrong document, recorded by hand with its day, number and paper.

Append-only: a wrong entry is answered by a further one. The paper is in the archive before the row is committed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.archive.store import ArchiveStore
from ebelge.core.clock import istanbul_date
from ebelge.core.errors import Conflict, DomainError, InvalidRequest
from ebelge.core.ids import new_id
from ebelge.documents import events, queries
from ebelge.documents.answers import answering
from ebelge.documents.answers.deadlines import issuer_until
from ebelge.documents.answers.models import CHANNELS, PAPER_NAME, WAYS, MistakeRecord
from ebelge.documents.mistakes import ways as mistake_ways
from ebelge.documents.models import Document
from ebelge.documents.states import State
from tenants.audit.deeds import deed
from tenants.members.reach import WHOLE, Reach

PAPER_BYTES_MAX: Final = 5 * 1024 * 1024
TEXT_MAX: Final = 1000
# What a paper may be, by its first bytes: never by what its sender calls it.
_TYPES: Final = (
    (b"%PDF-", "application/pdf"), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"),
)  # fmt: skip
# Ways that end with the eighth day: what happened later was not lawful and is no record of it.
_DATED: Final = frozenset({"portal_cancel_asked", "objection", "buyer_asked_to_reject"})
WORDS: Final = {
    "buyer_asked_to_reject": ("Alıcıdan ret istendi", "The buyer was asked to reject it"),
    "portal_cancel_asked": ("GİB portalında iptal istendi", "Cancelling was asked for on GİB's portal"),
    "portal_cancel_approved": ("GİB portalındaki iptal onaylandı", "Cancelling was approved on GİB's portal"),
    "portal_cancel_refused": ("GİB portalındaki iptal reddedildi", "Cancelling was refused on GİB's portal"),
    "objection": ("İtiraz edildi", "An objection was made"),
    "return_invoice_agreed": ("İade faturası kararlaştırıldı", "A return invoice was agreed on"),
    "other": ("Not düşüldü", "A note"),
}
CHANNEL_WORDS: Final = {
    "noter": ("noter", "notary"),
    "kep": ("KEP", "KEP"),
    "telgraf": ("telgraf", "telegram"),
    "taahhutlu_mektup": ("taahhütlü mektup", "registered letter"),
}


class NotLawfulNow(Conflict):
    """This way is not open for the document as it stands, or its day is over."""

    code = "way_not_open"
    title_tr, title_en = "Bu yol bu belge için şu an açık değil", "This way is not open for the document now"


class PaperRefused(DomainError):
    """The paper is too large, empty, or neither PDF, JPEG nor PNG."""

    code, http_status = "paper_refused", 422
    title_tr, title_en = "Evrak dosyası alınmadı", "The paper was not taken"


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says that happened. `paper`: the file, if there is one."""

    way: str
    on: date
    channel: str | None = None
    paper_number: str = ""
    note: str = ""
    paper: bytes = b""


@dataclass(frozen=True, slots=True)
class Filed:
    """A paper in the archive, under the id that its record will have."""

    record_id: UUID
    sha256: bytes | None
    media_type: str | None


def file_paper(store: ArchiveStore, *, tenant_id: UUID, paper: bytes) -> Filed:
    """Put the paper away before anything is entered. :raises PaperRefused: 422. :raises ArchiveError: try again."""
    record_id = new_id()
    if not paper:
        return Filed(record_id, None, None)
    if len(paper) > PAPER_BYTES_MAX:
        raise PaperRefused("Dosya 5 MB'tan büyük.", "The file is larger than 5 MB.")
    media_type = next((name for start, name in _TYPES if paper.startswith(start)), None)
    if media_type is None:
        raise PaperRefused("Dosya PDF, JPEG ya da PNG olmalı.", "The file must be PDF, JPEG or PNG.")
    stored = store.put(tenant_id, record_id, PAPER_NAME, paper)
    return Filed(record_id, stored.sha256, media_type)


def record_outgoing(
    session: Session, *, tenant_id: UUID, document_id: UUID, told: Told, filed: Filed, by: str, at: datetime,
    reach: Reach = WHOLE,
) -> MistakeRecord:  # fmt: skip
    """Record a step about a document of the tenant's own, on its timeline.

    :raises NotFound: no such document. :raises NotLawfulNow, InvalidRequest: see `_check`.
    """
    document = queries.lock(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
    since, delivered = document.issue_date, document.final_at if document.state == State.DELIVERED else None
    _check(told, since=since, at=at)
    _check_way(document, told, delivered)
    row = _row(session, tenant_id, document_id, "outgoing", told, filed, by, at)
    tr, en = said(row)
    events.record(
        session, document=document, kind="mistake", code=told.way, text_tr=tr, text_en=en,
        data={"record_id": str(row.record_id)}, at=at,
    )  # fmt: skip
    return row


def record_incoming(
    session: Session, *, tenant_id: UUID, document_id: UUID, told: Told, filed: Filed, by: str, at: datetime
) -> MistakeRecord:
    """Record a step about a document that came in, on its timeline.

    :raises NotFound: no such document. :raises NotLawfulNow, InvalidRequest: see `_check`.
    """
    document = answering.get(session, tenant_id=tenant_id, document_id=document_id, lock=True)
    _check(told, since=document.issue_date, at=at)
    if told.way == "buyer_asked_to_reject":
        raise NotLawfulNow("Bu kayıt kendi kestiğiniz faturalar içindir.", "This is for invoices of your own.")
    _check_day(told, issuer_until(document.received_at))
    row = _row(session, tenant_id, document_id, "incoming", told, filed, by, at)
    tr, en = said(row)
    answering.note_step(session, document=document, kind="mistake", code=told.way, text_tr=tr, text_en=en, at=at)
    return row


def records(session: Session, *, tenant_id: UUID, document_id: UUID) -> Sequence[MistakeRecord]:
    """What was recorded about a document, oldest first."""
    return session.scalars(
        select(MistakeRecord)
        .where(MistakeRecord.tenant_id == tenant_id, MistakeRecord.document_id == document_id)
        .order_by(MistakeRecord.record_id)
    ).all()


def said(row: MistakeRecord) -> tuple[str, str]:
    """A record as a step of the timeline, in Turkish and English."""
    tr, en = WORDS[row.way]
    channel_tr, channel_en = CHANNEL_WORDS.get(row.channel or "", ("", ""))
    tail = f": {row.note}" if row.note else "."
    in_turkish = (tr, channel_tr, f"{row.on_day:%d.%m.%Y}", row.paper_number)
    in_english = (en, channel_en, row.on_day.isoformat(), row.paper_number)
    return ", ".join(filter(None, in_turkish)) + tail, ", ".join(filter(None, in_english)) + tail


def _check(told: Told, *, since: date, at: datetime) -> None:
    """:raises InvalidRequest: an unknown way or channel, a day in the future or before the document, no channel."""
    if told.way not in WAYS:
        raise InvalidRequest("Böyle bir yol yok.", "There is no such way.")
    if (told.way == "objection") != (told.channel in CHANNELS):
        raise InvalidRequest(
            "İtirazın yöntemi noter, kep, telgraf ya da taahhutlu_mektup olmalı; başka kayıtta yöntem yazılmaz.",
            "An objection needs its channel: noter, kep, telgraf or taahhutlu_mektup; no other record has one.",
        )
    if told.way == "objection" and not told.paper_number:
        raise InvalidRequest("İtiraz evrakının sayısını yazın.", "Give the number of the objection's paper.")
    if told.on > istanbul_date(at) or told.on < since:
        raise InvalidRequest(
            "Gün, belgenin tarihinden önce ya da gelecekte olamaz.",
            "The day can be neither before the document's nor in the future.",
        )


def _check_way(document: Document, told: Told, delivered: datetime | None) -> None:
    if told.way == "other":
        return
    if delivered is None:
        raise NotLawfulNow("Belge alıcısına ulaşmış değil.", "The document has not reached its buyer.")
    _check_day(told, issuer_until(delivered))
    # As it was on that day: a record may be made afterwards.
    open_then = {way.code for way in mistake_ways.ways(document, at=delivered)} | set(mistake_ways.FOLLOWS)
    if told.way not in open_then:
        raise NotLawfulNow(
            f"{document.profile} senaryosunda ve bu durumda bu yol yok.",
            f"A document of {document.profile} that stands so has no such way.",
        )


def _check_day(told: Told, until: datetime) -> None:
    if told.way in _DATED and told.on >= istanbul_date(until):
        raise NotLawfulNow(
            f"Bu yol 8 gün açıktır; son gün {istanbul_date(until):%d.%m.%Y} gününden önceki gündü.",
            f"This way is open for 8 days; the last day was the one before {istanbul_date(until).isoformat()}.",
            until=until.isoformat(),
        )


def _row(
    session: Session, tenant_id: UUID, document_id: UUID, side: str, told: Told, filed: Filed, by: str, at: datetime
) -> MistakeRecord:
    row = MistakeRecord(
        tenant_id=tenant_id, record_id=filed.record_id, document_id=document_id, side=side, way=told.way,
        channel=told.channel, on_day=told.on, paper_number=told.paper_number, note=told.note,
        file_type=filed.media_type, file_sha256=filed.sha256, by=by, at=at,
    )  # fmt: skip
    session.add(row)
    deed(
        session, tenant_id=tenant_id, action="mistake.recorded", object_kind="document", object_id=document_id,
        after={"way": told.way, "channel": told.channel or "", "on": told.on.isoformat(), "paper": told.paper_number},
        by=by, at=at,
    )  # fmt: skip
    session.flush()
    return row
