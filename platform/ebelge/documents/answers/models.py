"""Tables of answers and of what went wrong: ours to incoming documents, the buyers' to our own, and what happened
outside. What each role may do with them: `tenants.rules.answers`.
"""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
# Names in the archive: a sealed answer of ours, under its own id; a paper of what happened outside, under its record's.
ANSWER_NAME: Final = "answer.xml"
PAPER_NAME: Final = "paper.bin"

FORMS: Final = ("response", "receipt")
CODES: Final = ("KABUL", "RED", "IADE", "KISMI")
# What a code makes of the document that is answered.
MEANING: Final = {
    "KABUL": "accepted",
    "GUMRUKONAY": "accepted",
    "RED": "rejected",
    "IADE": "returned",
    "KISMI": "partly",
    "KABUL_SAYILDI": "assumed",
}
WAYS: Final = (
    "buyer_asked_to_reject", "portal_cancel_asked", "portal_cancel_approved", "portal_cancel_refused", "objection",
    "return_invoice_agreed", "other",
)  # fmt: skip
CHANNELS: Final = ("noter", "kep", "telgraf", "taahhutlu_mektup")


class Answer(Base):
    """An answer of the tenant's to an incoming document, from the moment it is decided. Given once: a second one is
    possible only after GİB has refused the first."""

    __tablename__ = "answer"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "answer_id"),
        UniqueConstraint("tenant_id", "ettn"),
        ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["incoming_document.tenant_id", "incoming_document.document_id"]
        ),
        CheckConstraint(f"form IN {FORMS}", name="form"),
        CheckConstraint(f"code IN {CODES}", name="code"),
        CheckConstraint("state IN ('prepared', 'signed', 'delivered', 'refused')", name="state"),
        CheckConstraint("(signed_sha256 IS NULL) = (signed_at IS NULL)", name="signed_is_whole"),
        CheckConstraint("state NOT IN ('signed', 'delivered') OR signed_sha256 IS NOT NULL", name="sent_is_signed"),
        CheckConstraint("(state IN ('delivered', 'refused')) = (final_at IS NOT NULL)", name="ended_has_an_end"),
        Index("answer_once", "tenant_id", "document_id", unique=True, postgresql_where=text("state <> 'refused'")),
        Index("answer_of", "tenant_id", "document_id", "answer_id"),
    )
    tenant_id: Mapped[UUID]
    answer_id: Mapped[UUID]
    document_id: Mapped[UUID]
    form: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    ettn: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    source: Mapped[bytes] = mapped_column(LargeBinary)
    signed_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    zarf_id: Mapped[UUID | None]
    gib_code: Mapped[int | None]
    gib_text: Mapped[str] = mapped_column(Text, server_default=text("''"))
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    progress_at: Mapped[datetime] = mapped_column(Instant)
    final_at: Mapped[datetime | None] = mapped_column(Instant)


class AnswerYear(Base):
    """How far a tenant's answers of one form have counted in a year; the row is their lock."""

    __tablename__ = "answer_year"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "form", "year"),
        CheckConstraint(f"form IN {FORMS}", name="form"),
        CheckConstraint("last_serial BETWEEN 1 AND 999999999", name="nine_digits"),
    )
    tenant_id: Mapped[UUID]
    form: Mapped[str] = mapped_column(Text)
    year: Mapped[int] = mapped_column(SmallInteger)
    last_serial: Mapped[int] = mapped_column(BigInteger)


class ReceivedAnswer(Base):
    """What a buyer said of an outgoing document, or that he said nothing in time: append-only, once per document.

    Customs may speak several times of an export. `response_id`: the `incoming_answer` it came as, where it came.
    """

    __tablename__ = "received_answer"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "document_id", "response_id"),
        CheckConstraint(f"form IN {FORMS}", name="form"),
        CheckConstraint(f"code IN {(*CODES, 'GUMRUKONAY', 'KABUL_SAYILDI')}", name="code"),
        Index(
            "received_answer_once", "tenant_id", "document_id", unique=True, postgresql_where=text("NOT by_customs")
        ),
        Index("received_answer_as", "tenant_id", "response_id", unique=True),
    )  # fmt: skip
    tenant_id: Mapped[UUID]
    document_id: Mapped[UUID]
    response_id: Mapped[UUID]
    form: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    by_customs: Mapped[bool] = mapped_column(server_default=text("false"))
    reason: Mapped[str] = mapped_column(Text, server_default=text("''"))
    number: Mapped[str] = mapped_column(Text, server_default=text("''"))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    at: Mapped[datetime] = mapped_column(Instant)


class MistakeRecord(Base):
    """What happened outside about a document that is wrong: a notary's objection, a request on GİB's portal …

    Append-only: a wrong entry is answered by a further one. `side`: whose document, the tenant's own or one he got.
    """

    __tablename__ = "mistake_record"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "record_id"),
        CheckConstraint("side IN ('outgoing', 'incoming')", name="side"),
        CheckConstraint(f"way IN {WAYS}", name="way"),
        CheckConstraint(f"channel IS NULL OR channel IN {CHANNELS}", name="channel"),
        CheckConstraint("(way = 'objection') = (channel IS NOT NULL)", name="objection_has_a_channel"),
        CheckConstraint("(file_sha256 IS NULL) = (file_type IS NULL)", name="file_is_whole"),
        Index("mistake_record_of", "tenant_id", "document_id", "record_id"),
    )
    tenant_id: Mapped[UUID]
    record_id: Mapped[UUID]
    document_id: Mapped[UUID]
    side: Mapped[str] = mapped_column(Text)
    way: Mapped[str] = mapped_column(Text)
    channel: Mapped[str | None] = mapped_column(Text)
    on_day: Mapped[date]
    paper_number: Mapped[str] = mapped_column(Text, server_default=text("''"))
    note: Mapped[str] = mapped_column(Text, server_default=text("''"))
    file_type: Mapped[str | None] = mapped_column(Text)
    file_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
