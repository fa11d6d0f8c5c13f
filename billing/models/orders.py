"""Orders, the attempts to pay them, the payments that came of it, and their history."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.columns import Amount, Instant, Json, Words, one_of
from ebelge.core.db import Base

ORDER_STATES = (
    "draft", "pending", "in_review", "failed", "expired", "cancelled",
    "credited", "partially_refunded", "refunded", "disputed", "charged_back",
)  # fmt: skip
CREDITED_STATES = ORDER_STATES[6:]
METHODS = ("iyzico", "stripe", "bank", "open_account")
INVOICE_STATES = ("none", "wanted", "issued", "cancelled")
ATTEMPT_STATES = ("started", "pending", "in_review", "unknown", "disagreed", "succeeded", "failed", "expired")


class KontorOrder(Base):
    """One purchase of kontör: the package as it was offered, what it costs, how far it has come.

    `reference` (KNT-XXXX-XX) is its number for people and in bank transfers, unique over all tenants by the locator.
    """

    __tablename__ = "kontor_order"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "order_id"),
        CheckConstraint(one_of("state", ORDER_STATES), name="state"),
        CheckConstraint(one_of("method", METHODS), name="method"),
        CheckConstraint(one_of("invoice_state", INVOICE_STATES), name="invoice_state"),
        CheckConstraint("gross_kurus = net_kurus + kdv_kurus AND least(net_kurus, kdv_kurus) >= 0", name="adds_up"),
        CheckConstraint("kontor > 0 AND bonus_kontor >= 0 AND quantity > 0", name="amounts"),
        CheckConstraint("refunded_kurus BETWEEN 0 AND gross_kurus", name="refunded_in_range"),
        CheckConstraint(f"({one_of('state', CREDITED_STATES)}) = (credited_at IS NOT NULL)", name="credited_once"),
        CheckConstraint(
            "(invoice_state IN ('none', 'wanted')) = (invoice_document_id IS NULL)", name="invoice_is_named"
        ),
        UniqueConstraint("tenant_id", "reference"),
        Index("kontor_order_open", "created_at", postgresql_where=text("state IN ('draft', 'pending', 'in_review')")),
        Index("kontor_order_to_invoice", "credited_at", postgresql_where=text("invoice_state = 'wanted'")),
    )
    tenant_id: Mapped[UUID]
    order_id: Mapped[UUID]
    reference: Mapped[str] = mapped_column(Words)
    state: Mapped[str] = mapped_column(Words)
    method: Mapped[str] = mapped_column(Words)
    package_version_id: Mapped[UUID]
    package_code: Mapped[str] = mapped_column(Words)
    package_name_tr: Mapped[str] = mapped_column(Words)
    package_name_en: Mapped[str] = mapped_column(Words)
    quantity: Mapped[int] = mapped_column(SmallInteger)
    kontor: Mapped[int] = mapped_column(Amount)
    bonus_kontor: Mapped[int] = mapped_column(Amount)
    validity_months: Mapped[int] = mapped_column(SmallInteger)
    net_kurus: Mapped[int] = mapped_column(Amount)
    kdv_percent: Mapped[int] = mapped_column(SmallInteger)
    kdv_kurus: Mapped[int] = mapped_column(Amount)
    gross_kurus: Mapped[int] = mapped_column(Amount)
    currency: Mapped[str] = mapped_column(Words)
    refunded_kurus: Mapped[int] = mapped_column(Amount, server_default=text("0"))
    reseller_id: Mapped[UUID | None]
    placed_by: Mapped[str] = mapped_column(Words)
    created_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    paid_at: Mapped[datetime | None] = mapped_column(Instant)
    credited_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    invoice_state: Mapped[str] = mapped_column(Words, server_default=text("'none'"))
    invoice_document_id: Mapped[UUID | None]
    invoiced_at: Mapped[datetime | None] = mapped_column(Instant)


class PaymentAttempt(Base):
    """One try to pay an order by one gateway; committed before the gateway is called. Its id goes to the gateway.

    `may_have_happened`: a call that moves money was begun and its outcome is not known yet.
    """

    __tablename__ = "payment_attempt"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "attempt_id"),
        CheckConstraint(one_of("state", ATTEMPT_STATES), name="state"),
        CheckConstraint(one_of("kind", ("checkout", "saved_card")), name="kind"),
        CheckConstraint("amount_kurus > 0", name="amount"),
        CheckConstraint(
            "(state IN ('succeeded', 'failed', 'expired')) = (ended_at IS NOT NULL)", name="ended_has_a_time"
        ),
        Index("payment_attempt_by_order", "tenant_id", "order_id", "attempt_id"),
        Index("payment_attempt_to_check", "check_at", postgresql_where=text("ended_at IS NULL")),
    )
    tenant_id: Mapped[UUID]
    attempt_id: Mapped[UUID]
    order_id: Mapped[UUID]
    gateway: Mapped[str] = mapped_column(Words)
    kind: Mapped[str] = mapped_column(Words)
    state: Mapped[str] = mapped_column(Words)
    amount_kurus: Mapped[int] = mapped_column(Amount)
    currency: Mapped[str] = mapped_column(Words)
    intent: Mapped[dict[str, Any]] = mapped_column(Json)  # what was asked for, redacted; a repetition says the same
    gateway_ref: Mapped[str | None] = mapped_column(Words)
    redirect_url: Mapped[str | None] = mapped_column(Words)
    may_have_happened: Mapped[bool] = mapped_column(server_default=text("false"))
    called_at: Mapped[datetime | None] = mapped_column(Instant)
    code: Mapped[str] = mapped_column(Words, server_default=text("''"))
    text_tr: Mapped[str] = mapped_column(Words, server_default=text("''"))
    text_en: Mapped[str] = mapped_column(Words, server_default=text("''"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    check_at: Mapped[datetime] = mapped_column(Instant)
    checks: Mapped[int] = mapped_column(server_default=text("0"))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Payment(Base):
    """Money that came in for an order, as the gateway (or the bank line) proved it. One row per payment, for ever.

    Unique over all tenants by the locator (kind `payment`, key `gateway:gateway_payment_id`).
    """

    __tablename__ = "payment"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "payment_id"),
        CheckConstraint("amount_kurus > 0 AND paid_kurus >= amount_kurus", name="amounts"),
        CheckConstraint("refunded_kurus BETWEEN 0 AND paid_kurus", name="refunded_in_range"),
        UniqueConstraint("tenant_id", "gateway", "gateway_payment_id"),
        Index("payment_by_order", "tenant_id", "order_id"),
        Index("payment_by_day", "gateway", "paid_at"),
    )
    tenant_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    order_id: Mapped[UUID]
    attempt_id: Mapped[UUID | None]
    gateway: Mapped[str] = mapped_column(Words)  # iyzico, stripe, bank
    gateway_payment_id: Mapped[str] = mapped_column(Words)
    item_ref: Mapped[str] = mapped_column(Words)
    amount_kurus: Mapped[int] = mapped_column(Amount)
    paid_kurus: Mapped[int] = mapped_column(Amount)
    fee_kurus: Mapped[int | None] = mapped_column(Amount)
    refunded_kurus: Mapped[int] = mapped_column(Amount, server_default=text("0"))
    currency: Mapped[str] = mapped_column(Words)
    installments: Mapped[int] = mapped_column(SmallInteger)
    evidence: Mapped[dict[str, Any]] = mapped_column(Json)
    paid_at: Mapped[datetime] = mapped_column(Instant)


class OrderEvent(Base):
    """What happened to an order, in words: its timeline. Append-only."""

    __tablename__ = "order_event"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "event_id"),
        Index("order_event_by_order", "tenant_id", "order_id", "event_id"),
    )
    tenant_id: Mapped[UUID]
    event_id: Mapped[UUID]
    order_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Words)
    text_tr: Mapped[str] = mapped_column(Words)
    text_en: Mapped[str] = mapped_column(Words)
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    by: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(Instant)


class SavedCard(Base):
    """A card that the gateway keeps; its references are closed with the master key. No card data."""

    __tablename__ = "saved_card"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "card_id"),
        UniqueConstraint("tenant_id", "gateway", "card_sha256"),
    )
    tenant_id: Mapped[UUID]
    card_id: Mapped[UUID]
    gateway: Mapped[str] = mapped_column(Words)
    card_sha256: Mapped[bytes]
    closed_refs: Mapped[bytes]
    brand: Mapped[str] = mapped_column(Words)
    last_four: Mapped[str] = mapped_column(Words)
    created_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)


class PaymentNotice(Base):
    """The webhook inbox: every verified notice once. A hint only; the gateway is read before anything is credited."""

    __tablename__ = "payment_notice"
    __table_args__ = (
        PrimaryKeyConstraint("gateway", "notice_id"),
        CheckConstraint(one_of("state", ("new", "passed_on", "ignored", "unplaced")), name="state"),
        Index("payment_notice_waiting", "received_at", postgresql_where=text("state = 'new'")),
    )
    gateway: Mapped[str] = mapped_column(Words)
    notice_id: Mapped[str] = mapped_column(Words)
    kind: Mapped[str] = mapped_column(Words)
    about: Mapped[str] = mapped_column(Words)
    gateway_ref: Mapped[str] = mapped_column(Words)
    gateway_payment_id: Mapped[str] = mapped_column(Words)
    attempt_ref: Mapped[str] = mapped_column(Words)
    claimed: Mapped[str] = mapped_column(Words)
    raw: Mapped[dict[str, Any]] = mapped_column(Json)
    received_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(Words)
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    tenant_id: Mapped[UUID | None]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
