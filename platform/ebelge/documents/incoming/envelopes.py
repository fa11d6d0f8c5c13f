"""Envelopes that come in: stored at once, judged later, delivered whole or refused whole, answered once.

The envelope's row is the fence: whoever ends it (done, refused) does so in the transaction that delivers, under the
row's lock, so a repetition finds it ended. Its zip lies under the operator's tenant of the mode, its documents under
the receiver's. What is checked outside of transactions: `incoming_checks`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_date, istanbul_midnight, micros
from ebelge.core.db import fetch
from ebelge.documents.incoming.checks import CheckedZarf, Header, ZarfRefused
from ebelge.documents.incoming.models import IncomingZarf
from ebelge.gib.status_codes import Reaction, status_of
from ebelge.gib.system_response import write_system_response
from ebelge.gib.zarf import GIB_ALIAS, GIB_VKN, EnvelopeType, Mailbox
from ebelge.outbox import messages
from tenants import locator
from tenants.models import Tenant

TOPIC: Final = "incoming.process"
DONE: Final = 1200
# TİCARİ: until 23:59 of day 8 after the envelope came; e-İrsaliye: of day 7; nothing else is answered (FACTS 3.6).
ANSWER_DAYS: Final = {"TICARIFATURA": 8}
RECEIPT_DAYS: Final = 7
# An envelope is speaking for GİB itself until somebody has read who sent it.
GIB_MAILBOX: Final = Mailbox(GIB_ALIAS, GIB_VKN, "GELİR İDARESİ BAŞKANLIĞI")
_SERVICE: Final = {"INVOICE": "efatura", "APPLICATIONRESPONSE": "efatura"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """An envelope in a worker's hands: whose archive holds its zip, when it came; `code`: it was judged before."""

    mode: str
    zarf_id: UUID
    holder_id: UUID
    received_at: datetime
    sha256: bytes
    code: int | None


@dataclass(frozen=True, slots=True)
class Receiver:
    """To whom an envelope goes."""

    tenant_id: UUID
    alias: str


_BEGIN: Final = (
    "UPDATE incoming_zarf SET state = CASE state WHEN 'stored' THEN 'queued' ELSE state END "
    "WHERE mode = %s AND zarf_id = %s RETURNING holder_id, received_at, sha256, code"
)
# One row where the alias is the tenant's: whether it is open for this kind of document that day.
_OPEN_ALIAS: Final = (
    "SELECT t.vkn_tckn, EXISTS (SELECT 1 FROM own_alias a WHERE a.tenant_id = t.tenant_id AND a.role = %s "
    'AND a.service = %s AND lower(a.alias COLLATE "C") = lower(%s COLLATE "C") '
    "AND (a.state IN ('confirmed', 'closing') OR (a.state = 'closed' AND a.valid_until >= %s))) AS is_open "
    "FROM tenant t WHERE t.tenant_id = %s"
)


def holder_of(session: Session, *, mode: str) -> UUID | None:
    """The operator's own tenant of a mode, under which envelopes lie before it is known whose they are."""
    return session.execute(text("SELECT tenant_id FROM operator_of(:mode)"), {"mode": mode}).scalar_one_or_none()


def is_known(session: Session, *, mode: str, zarf_id: UUID) -> bool:
    """Whether an envelope with this id came before."""
    return session.get(IncomingZarf, (mode, zarf_id)) is not None


def store(
    session: Session, *, mode: str, holder_id: UUID, zarf_id: UUID, zipped: bytes, md5: str, at: datetime
) -> bool:
    """Enter an envelope whose zip is archived already, and have it worked on; False: its id came before.

    The session is the holder's.
    """
    entered = session.execute(
        insert(IncomingZarf)
        .values(
            mode=mode, zarf_id=zarf_id, holder_id=holder_id, state="stored", sha256=hashlib.sha256(zipped).digest(),
            md5=md5, size_bytes=len(zipped), received_at=at,
        )
        .on_conflict_do_nothing()
        .returning(IncomingZarf.zarf_id)
    ).first()  # fmt: skip
    if entered is None:
        return False
    messages.put(session, tenant_id=holder_id, topic=TOPIC, key=zarf_id, at=at, payload={"mode": mode})
    return True


def begin(session: Session, *, mode: str, zarf_id: UUID) -> Waiting | None:
    """Take an envelope up; None: there is none. One that was judged already comes with its code."""
    rows = fetch(session, _BEGIN, mode, zarf_id)
    if not rows:
        return None
    row = rows[0]
    return Waiting(mode, zarf_id, row.holder_id, row.received_at, row.sha256, row.code)


def receiver_of(session: Session, *, mode: str, header: Header) -> UUID:
    """The tenant that an alias belongs to (a session without a tenant). :raises ZarfRefused: 1181 nobody's here."""
    roles = {"SENDERENVELOPE": ("pk",), "POSTBOXENVELOPE": ("gb",)}.get(header.zarf_type, ("gb", "pk"))
    for role in roles:
        key = locator.key_sha256(header.receiver.alias.casefold())
        found = fetch(session, "SELECT tenant_id FROM locate(%s, %s)", f"gib_{role}.{mode}", key)
        if found:
            return UUID(str(found[0].tenant_id))
    raise ZarfRefused(1181, f"{header.receiver.alias} is nobody's alias here")


def check_receiver(session: Session, *, tenant_id: UUID, header: Header, at: datetime) -> None:
    """Whether the alias is open at its owner for this kind of document. :raises ZarfRefused: 1181.

    A suspended account receives like any other (TRADE.md 4).
    """
    role = "PK" if header.zarf_type == "SENDERENVELOPE" else "GB"
    service = _SERVICE.get(header.element_type, "eirsaliye")
    (row,) = fetch(session, _OPEN_ALIAS, role, service, header.receiver.alias, istanbul_date(at), tenant_id)
    if row.vkn_tckn != header.receiver.vkn_tckn:
        raise ZarfRefused(1181, f"{header.receiver.alias} is not of {header.receiver.vkn_tckn}")
    if header.zarf_type != "SYSTEMENVELOPE" and not row.is_open:
        raise ZarfRefused(1181, f"{header.receiver.alias} is not open for {service}")


def lock_open(session: Session, *, waiting: Waiting) -> bool:
    """Lock the envelope's row; False: somebody has ended it meanwhile, change nothing."""
    row = _locked(session, waiting.mode, waiting.zarf_id)
    return row is not None and row.code is None


def end(
    session: Session, *, waiting: Waiting, header: Header, code: int, finding: str, tenant_id: UUID | None, at: datetime
) -> None:
    """Enter what became of the envelope; the row is locked by `lock_open` in the same transaction."""
    row = session.get_one(IncomingZarf, (waiting.mode, waiting.zarf_id))
    row.zarf_type, row.element_type, row.document_count = header.zarf_type, header.element_type, header.count
    row.sender_alias, row.sender_vkn_tckn, row.sender_title = _columns(header.sender)
    row.receiver_alias, row.receiver_vkn_tckn, row.receiver_title = _columns(header.receiver)
    row.receiver_id, row.finding = tenant_id, finding
    row.state = "done" if code == DONE else "refused"
    row.code, row.code_text, row.processed_at = code, status_of(code).text_tr, at
    session.flush()


def refuse(session: Session, *, waiting: Waiting, header: Header, refusal: ZarfRefused, at: datetime) -> None:
    """End an envelope by a refusal (a session without a tenant)."""
    if lock_open(session, waiting=waiting):
        end(
            session, waiting=waiting, header=header, code=refusal.code, finding=refusal.finding, tenant_id=None, at=at
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SystemAnswer:
    """What our system response about an envelope says, and between whom it travels (swapped already)."""

    about: UUID
    about_type: EnvelopeType
    code: int
    text: str
    sender: Mailbox
    receiver: Mailbox
    at: datetime


def answer_about(session: Session, *, mode: str, zarf_id: UUID) -> SystemAnswer | None:
    """What we say of an envelope: 1000 while it waits, 1100 while it is worked on, then its end; None: never came."""
    row = session.get(IncomingZarf, (mode, zarf_id))
    if row is None:
        return None
    code = row.code if row.code is not None else (1000 if row.state == "stored" else 1100)
    known = bool(row.sender_alias and row.sender_vkn_tckn)
    own = Mailbox(row.receiver_alias, row.receiver_vkn_tckn, row.receiver_title) if known else GIB_MAILBOX
    other = Mailbox(row.sender_alias, row.sender_vkn_tckn, row.sender_title) if known else GIB_MAILBOX
    return SystemAnswer(
        about=zarf_id,
        about_type="POSTBOXENVELOPE" if row.zarf_type == "POSTBOXENVELOPE" else "SENDERENVELOPE",
        code=code,
        text=status_of(code).text_tr,
        sender=own,
        receiver=other,
        at=row.processed_at or row.received_at,
    )


def system_response(answer: SystemAnswer) -> str:
    """The whole system response envelope; asked twice, it is the same text."""
    return write_system_response(
        about=answer.about, about_type=answer.about_type, code=answer.code, text=answer.text, sender=answer.sender,
        receiver=answer.receiver, at=answer.at,
    )  # fmt: skip


def to_be_answered(session: Session, *, waiting: Waiting, lock: bool = True) -> SystemAnswer | None:
    """The system response that is still to be pushed to GİB; None: it was, or there is nobody to push it to.

    A system response is never answered.
    """
    if lock:
        row = _locked(session, waiting.mode, waiting.zarf_id)
    else:
        row = session.get(IncomingZarf, (waiting.mode, waiting.zarf_id))
    if row is None or row.code is None or row.response_zarf_id is not None or not row.sender_vkn_tckn:
        return None
    if row.zarf_type not in ("SENDERENVELOPE", "POSTBOXENVELOPE"):
        return None
    return answer_about(session, mode=waiting.mode, zarf_id=waiting.zarf_id)


def answered_in(session: Session, *, waiting: Waiting, response_zarf_id: UUID, sha256: bytes) -> None:
    """Enter in which envelope of ours the system response goes, and the archived file's hash."""
    row = session.get_one(IncomingZarf, (waiting.mode, waiting.zarf_id))
    row.response_zarf_id, row.response_sha256 = response_zarf_id, sha256
    session.flush()


def response_ended(
    session: Session, *, tenant_id: UUID, object_id: UUID, zarf_id: UUID, code: int, reaction: Reaction, text: str,
    at: datetime,
) -> None:  # fmt: skip
    """Our system response was taken; if it could not even be packed (0), that is noted beside the envelope."""
    if code == 0:
        row = _locked(session, session.get_one(Tenant, tenant_id).mode, object_id)
        if row is not None:
            row.finding = f"{row.finding} [no system response was pushed: {text}]".strip()[:2000]


def answerable_until(kind: str, profile: str, *, received_at: datetime) -> datetime | None:
    """The last instant (23:59:59 Istanbul) of the day until which an answer may be given; None: none is."""
    days = RECEIPT_DAYS if kind == "eirsaliye" else ANSWER_DAYS.get(profile)
    if days is None:
        return None
    return istanbul_midnight(istanbul_date(received_at) + timedelta(days=days + 1)) - timedelta(seconds=1)


def document_id_of(waiting: Waiting, index: int) -> UUID:
    """A document's id: the same whenever its envelope is worked on, and ordered by when that came (like uuidv7)."""
    milliseconds = micros(waiting.received_at) // 1000
    digest = hashlib.sha256(f"{waiting.mode} {waiting.zarf_id} {index}".encode()).digest()
    random = int.from_bytes(digest[:10], "big")
    value = (
        (milliseconds << 80) | (0x7 << 76) | ((random >> 68 & 0xFFF) << 64) | (0b10 << 62) | (random & (1 << 62) - 1)
    )
    return UUID(int=value)


def double_of(checked: CheckedZarf) -> int:
    """The code that says that a document of the envelope came before."""
    return 1163 if checked.documents and checked.documents[0].facts.element_type == "INVOICE" else 1164


def _locked(session: Session, mode: str, zarf_id: UUID) -> IncomingZarf | None:
    return session.get(IncomingZarf, (mode, zarf_id), with_for_update=True, populate_existing=True)


def _columns(mailbox: Mailbox) -> tuple[str, str, str]:
    return mailbox.alias, mailbox.vkn_tckn, mailbox.title
