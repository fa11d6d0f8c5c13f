"""Tables of what comes in: envelopes as GİB pushed them, documents of a tenant, answers to his own documents.

What each role may do with them: `tenants.rules.incoming`.
"""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
# Names in the archive: the envelope as it came (under the operator's tenant), a document or an answer as its sender
# signed it (under the tenant's own).
INCOMING_ZARF_NAME: Final = "incoming.zip"
INCOMING_NAME: Final = "incoming.xml"
SYSTEM_RESPONSE_NAME: Final = "system-response.xml"


class IncomingZarf(Base):
    """An envelope that GİB pushed to us, before it is known whose it is. Its zip is in the archive before the row is.

    `holder_id`: the operator's tenant under which the zip is archived. `receiver_id`: the tenant it was delivered to.
    `code`: what our system response says of it.
    """

    __tablename__ = "incoming_zarf"
    __table_args__ = (
        PrimaryKeyConstraint("mode", "zarf_id"),
        CheckConstraint("mode IN ('live', 'test')", name="mode"),
        CheckConstraint("state IN ('stored', 'queued', 'done', 'refused')", name="state"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256_length"),
        CheckConstraint("md5 ~ '^[0-9a-f]{32}$'", name="md5_form"),
        CheckConstraint(
            "(state IN ('done', 'refused')) = (code IS NOT NULL AND processed_at IS NOT NULL)", name="ended_has_a_code"
        ),
        CheckConstraint("state <> 'done' OR code = 1200", name="done_is_1200"),
        CheckConstraint("(response_zarf_id IS NULL) = (response_sha256 IS NULL)", name="response_is_whole"),
        Index("incoming_zarf_open", "received_at", postgresql_where=text("state IN ('stored', 'queued')")),
        Index("incoming_zarf_by_time", "mode", "received_at"),
    )
    mode: Mapped[str] = mapped_column(Text)
    zarf_id: Mapped[UUID]
    holder_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    md5: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(Instant)
    processed_at: Mapped[datetime | None] = mapped_column(Instant)
    zarf_type: Mapped[str] = mapped_column(Text, server_default=text("''"))
    element_type: Mapped[str] = mapped_column(Text, server_default=text("''"))
    sender_alias: Mapped[str] = mapped_column(Text, server_default=text("''"))
    sender_vkn_tckn: Mapped[str] = mapped_column(Text, server_default=text("''"))
    sender_title: Mapped[str] = mapped_column(Text, server_default=text("''"))
    receiver_alias: Mapped[str] = mapped_column(Text, server_default=text("''"))
    receiver_vkn_tckn: Mapped[str] = mapped_column(Text, server_default=text("''"))
    receiver_title: Mapped[str] = mapped_column(Text, server_default=text("''"))
    document_count: Mapped[int] = mapped_column(server_default=text("0"))
    receiver_id: Mapped[UUID | None]
    code: Mapped[int | None]
    code_text: Mapped[str] = mapped_column(Text, server_default=text("''"))
    finding: Mapped[str] = mapped_column(Text, server_default=text("''"))
    response_zarf_id: Mapped[UUID | None]
    response_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)


class IncomingDocument(Base):
    """An invoice or a despatch note that somebody issued to the tenant. The file: archive, `incoming.xml`.

    `answer` and what belongs to it are moved by `documents.answers`. `references_id`: the tenant's own outgoing
    document that a return names.
    """

    __tablename__ = "incoming_document"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "document_id"),
        UniqueConstraint("tenant_id", "ettn"),
        UniqueConstraint("tenant_id", "kind", "sender_vkn_tckn", "number"),
        CheckConstraint("kind IN ('efatura', 'eirsaliye')", name="kind"),
        CheckConstraint("answer IN ('none', 'accepted', 'rejected', 'returned', 'partly', 'assumed')", name="answer"),
        CheckConstraint("octet_length(signed_sha256) = 32", name="signed_sha256_length"),
        CheckConstraint("(answer = 'none') = (answered_at IS NULL)", name="answered_has_an_instant"),
        CheckConstraint("kontor >= 0", name="kontor_counted"),
        Index("incoming_document_by_day", "tenant_id", "issue_date", "document_id"),
        Index("incoming_document_by_sender", "tenant_id", "sender_vkn_tckn", "document_id"),
        Index("incoming_document_by_number", "tenant_id", "number", "document_id"),
        Index("incoming_document_by_alias", "tenant_id", "receiver_alias", "document_id"),
        Index("incoming_document_by_zarf", "tenant_id", "zarf_id"),
        # Returns of the tenant's own documents, by arrival.
        Index(
            "incoming_document_returning",
            "tenant_id",
            "received_at",
            postgresql_where=text("references_id IS NOT NULL"),
        ),
        # What is new for the archive's index, over all tenants.
        Index("incoming_document_by_arrival", "received_at", postgresql_using="brin"),
        Index("incoming_document_by_answer", "tenant_id", "answer", "document_id"),
        CheckConstraint("(taken_at IS NULL) = (taken_by IS NULL)", name="taken_by_somebody"),
        Index(
            "incoming_document_untaken",
            "tenant_id",
            "issue_date",
            "document_id",
            postgresql_where=text("taken_at IS NULL"),
        ),
        Index(
            "incoming_document_due",
            "tenant_id",
            "answerable_until",
            "document_id",
            postgresql_where=text("answer = 'none' AND answerable_until IS NOT NULL"),
        ),
        Index(
            "incoming_document_of_ours",
            "tenant_id",
            "references_id",
            postgresql_where=text("references_id IS NOT NULL"),
        ),
        Index(
            "incoming_document_answerable",
            "answerable_until",
            postgresql_where=text("answer = 'none' AND answerable_until IS NOT NULL"),
        ),
        Index(
            "incoming_document_assumable",
            "answerable_until",
            postgresql_where=text("answer = 'none' AND kind = 'efatura' AND answerable_until IS NOT NULL"),
        ),
    )
    tenant_id: Mapped[UUID]
    document_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    profile: Mapped[str] = mapped_column(Text)
    type_code: Mapped[str] = mapped_column(Text)
    ettn: Mapped[UUID]
    number: Mapped[str] = mapped_column(Text)
    issue_date: Mapped[date]
    sender_vkn_tckn: Mapped[str] = mapped_column(Text)
    sender_title: Mapped[str] = mapped_column(Text)
    sender_alias: Mapped[str] = mapped_column(Text)
    receiver_alias: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    line_count: Mapped[int]
    base_kurus: Mapped[int] = mapped_column(BigInteger)
    kdv_kurus: Mapped[int] = mapped_column(BigInteger)
    other_tax_kurus: Mapped[int] = mapped_column(BigInteger)
    tevkifat_kurus: Mapped[int] = mapped_column(BigInteger)
    payable_kurus: Mapped[int] = mapped_column(BigInteger)
    # per tax and rate: {"code", "rate", "base_kurus", "tax_kurus", "withheld"}
    taxes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    zarf_id: Mapped[UUID]
    signed_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    file_bytes: Mapped[int]
    signer_vkn_tckn: Mapped[str] = mapped_column(Text)
    signer_name: Mapped[str] = mapped_column(Text)
    signing_time: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    answerable_until: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(Text, server_default=text("'none'"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    references_number: Mapped[str | None] = mapped_column(Text)
    references_id: Mapped[UUID | None]
    kontor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    # when and by whom it was marked as taken over into the books
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    taken_by: Mapped[str | None] = mapped_column(Text)


class IncomingEvent(Base):
    """A step in an incoming document's life, for its timeline: append-only."""

    __tablename__ = "incoming_event"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "document_id", "event_id"),)
    tenant_id: Mapped[UUID]
    document_id: Mapped[UUID]
    event_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text, server_default=text("''"))
    text_tr: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class IncomingAnswer(Base):
    """An application response or a receipt advice about a document of the tenant's own, as it came.

    Kept before it is entered (`documents.answers`), so none is lost; the file: archive, `incoming.xml`.
    """

    __tablename__ = "incoming_answer"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "response_id"),
        UniqueConstraint("tenant_id", "ettn"),
        CheckConstraint("kind IN ('application_response', 'receipt_advice')", name="kind"),
        CheckConstraint("state IN ('waiting', 'entered', 'refused')", name="state"),
        CheckConstraint("octet_length(signed_sha256) = 32", name="signed_sha256_length"),
        Index("incoming_answer_by_zarf", "tenant_id", "zarf_id"),
        Index("incoming_answer_waiting", "tenant_id", "received_at", postgresql_where=text("state = 'waiting'")),
    )
    tenant_id: Mapped[UUID]
    response_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    ettn: Mapped[UUID]
    sender_vkn_tckn: Mapped[str] = mapped_column(Text)
    sender_alias: Mapped[str] = mapped_column(Text)
    receiver_alias: Mapped[str] = mapped_column(Text)
    about_ettn: Mapped[UUID | None]
    about_number: Mapped[str] = mapped_column(Text, server_default=text("''"))
    zarf_id: Mapped[UUID]
    signed_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    signer_vkn_tckn: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Instant)
