"""Money that goes back, payments in dispute, what is owed to us, and kontör given without a sale."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.columns import Amount, Instant, Json, Words, one_of
from ebelge.core.db import Base

REFUND_STATES = ("awaiting_return_invoice", "ready", "sent", "unknown", "to_transfer", "done", "failed", "cancelled")
HOLD_STATES = ("frozen", "thawed", "voided", "given_back")


class Refund(Base):
    """Unused kontör given back for money. The lots are frozen before the gateway is asked, voided after it paid."""

    __tablename__ = "refund"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "refund_id"),
        CheckConstraint(one_of("state", REFUND_STATES), name="state"),
        CheckConstraint("gross_kurus = net_kurus + kdv_kurus AND gross_kurus > 0", name="adds_up"),
        CheckConstraint("kontor >= 0", name="kontor"),
        CheckConstraint("coalesce(release ->> 'approved_by' <> release ->> 'by', true)", name="two_persons"),
        Index("refund_by_order", "tenant_id", "order_id"),
        Index("refund_one_under_way", "tenant_id", "order_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        # A return invoice stands for one refund (TRADE.md 9): the refund's tenant is who numbers it.
        Index(
            "refund_return_document",
            "tenant_id",
            "tax_document",
            unique=True,
            postgresql_where=text(
                "tax_way = 'iade_faturasi' AND tax_document <> '' AND state NOT IN ('failed', 'cancelled')"
            ),
        ),
        Index("refund_to_do", "check_at", postgresql_where=text("ended_at IS NULL OR state = 'done'")),
    )
    tenant_id: Mapped[UUID]
    refund_id: Mapped[UUID]
    order_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    gateway: Mapped[str] = mapped_column(Words)
    kontor: Mapped[int] = mapped_column(Amount)
    net_kurus: Mapped[int] = mapped_column(Amount)
    kdv_kurus: Mapped[int] = mapped_column(Amount)
    gross_kurus: Mapped[int] = mapped_column(Amount)
    currency: Mapped[str] = mapped_column(Words)
    state: Mapped[str] = mapped_column(Words)
    tax_way: Mapped[str] = mapped_column(Words)  # cancel_invoice, iade_faturasi, gider_pusulasi
    tax_document: Mapped[str] = mapped_column(Words, server_default=text("''"))
    tax_document_on: Mapped[date | None]
    release: Mapped[dict[str, Any] | None] = mapped_column(Json)  # what the first of two persons entered
    to_iban: Mapped[str] = mapped_column(Words, server_default=text("''"))
    reason: Mapped[str] = mapped_column(Words)
    may_have_happened: Mapped[bool] = mapped_column(server_default=text("false"))
    called_at: Mapped[datetime | None] = mapped_column(Instant)
    gateway_refund_id: Mapped[str] = mapped_column(Words, server_default=text("''"))
    failure: Mapped[str] = mapped_column(Words, server_default=text("''"))
    requested_by: Mapped[str] = mapped_column(Words)
    requested_at: Mapped[datetime] = mapped_column(Instant)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    check_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class RefundLot(Base):
    """A lot's part in a refund, as it was quoted."""

    __tablename__ = "refund_lot"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "refund_id", "lot_id"),
        CheckConstraint("kontor > 0 AND net_kurus >= 0", name="amounts"),
    )
    tenant_id: Mapped[UUID]
    refund_id: Mapped[UUID]
    lot_id: Mapped[UUID]
    kontor: Mapped[int] = mapped_column(Amount)
    net_kurus: Mapped[int] = mapped_column(Amount)


class ReturnInvoice(Base):
    """An iade faturası that a buyer of kontör sent to the operator, about the invoice of one of his orders.

    `document_id`: the document that came in, under `operator_id`. `state`: waiting (no refund of the order awaits it),
    proposed (`refund_id` does), taken (it confirmed that refund), dismissed (staff: it is about something else).
    """

    __tablename__ = "return_invoice"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "document_id"),
        CheckConstraint(one_of("state", ("waiting", "proposed", "taken", "dismissed")), name="state"),
        CheckConstraint("(state IN ('taken', 'dismissed')) = (decided_at IS NOT NULL)", name="decided"),
        CheckConstraint("state NOT IN ('proposed', 'taken') OR refund_id IS NOT NULL", name="of_a_refund"),
        Index("return_invoice_open", "came_at", postgresql_where=text("state IN ('waiting', 'proposed')")),
    )
    tenant_id: Mapped[UUID]
    document_id: Mapped[UUID]
    operator_id: Mapped[UUID]
    order_id: Mapped[UUID]
    refund_id: Mapped[UUID | None]
    number: Mapped[str] = mapped_column(Words)
    issued_on: Mapped[date]
    payable_kurus: Mapped[int] = mapped_column(Amount)
    currency: Mapped[str] = mapped_column(Words)
    state: Mapped[str] = mapped_column(Words)
    came_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(Words, server_default=text("''"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class DisputeRow(Base):
    """A payment that its payer's bank takes back (chargeback): opened, won or lost."""

    __tablename__ = "dispute"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "dispute_id"),
        CheckConstraint(one_of("step", ("watch", "freeze", "thaw", "void", "appeal", "ask")), name="step"),
        CheckConstraint(one_of("rest", ("", "void", "keep")), name="rest"),
        CheckConstraint("amount_kurus > 0 AND fee_kurus >= 0", name="amounts"),
        Index("dispute_by_order", "tenant_id", "order_id"),
        Index("dispute_open", "step_at", postgresql_where=text("ended_at IS NULL")),
        UniqueConstraint("tenant_id", "gateway", "gateway_dispute_id"),
    )
    tenant_id: Mapped[UUID]
    dispute_id: Mapped[UUID]
    gateway: Mapped[str] = mapped_column(Words)
    gateway_dispute_id: Mapped[str] = mapped_column(Words)
    payment_id: Mapped[UUID]
    order_id: Mapped[UUID]
    amount_kurus: Mapped[int] = mapped_column(Amount)
    fee_kurus: Mapped[int] = mapped_column(Amount)
    gateway_state: Mapped[str] = mapped_column(Words)
    step: Mapped[str] = mapped_column(Words)
    step_at: Mapped[datetime] = mapped_column(Instant)  # when this step was asked for: later ones overrule it
    rest: Mapped[str] = mapped_column(Words, server_default=text("''"))  # of a partial chargeback: what staff decided
    withdrawn: Mapped[bool]
    reason: Mapped[str] = mapped_column(Words)
    answer_due_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class LotHold(Base):
    """Why a lot of this tenant is frozen: a refund or a dispute, of its own or of whoever passed the kontör on.

    A lot may have several. `at` and `ended_at` are the instants at which freezing and its end were *asked for* where
    the cause lies: an older instruction that comes late changes nothing. `kontor` and `net_kurus`: what was frozen, and
    once voided, what was voided. `given_back`: voided, then credited anew as another part of the same source document.
    """

    __tablename__ = "lot_hold"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "cause_id", "lot_id"),
        CheckConstraint(one_of("cause", ("refund", "dispute", "staff", "overdue")), name="cause"),
        CheckConstraint(one_of("state", HOLD_STATES), name="state"),
        CheckConstraint("kontor >= 0 AND net_kurus >= 0", name="amounts"),
        Index("lot_hold_by_lot", "tenant_id", "lot_id", postgresql_where=text("state = 'frozen'")),
    )
    tenant_id: Mapped[UUID]
    cause_id: Mapped[UUID]
    lot_id: Mapped[UUID]
    cause: Mapped[str] = mapped_column(Words)
    cause_tenant_id: Mapped[UUID]
    kontor: Mapped[int] = mapped_column(Amount)
    net_kurus: Mapped[int] = mapped_column(Amount)
    state: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Receivable(Base):
    """What this tenant owes us: money (an order on open account, kontör used from a payment that was charged back), or
    kontör (an emergency lot: as many come back from the next purchase, ADR 0076).
    """

    __tablename__ = "receivable"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "receivable_id"),
        CheckConstraint(one_of("kind", ("open_account", "chargeback", "emergency")), name="kind"),
        CheckConstraint(one_of("state", ("open", "settled", "written_off")), name="state"),
        CheckConstraint("settled_kurus BETWEEN 0 AND gross_kurus", name="amounts"),
        CheckConstraint("settled_kontor BETWEEN 0 AND kontor", name="kontor_amounts"),
        CheckConstraint("(kind = 'emergency') = (gross_kurus = 0)", name="money_or_kontor"),
        CheckConstraint("(state = 'settled') <= (settled_kurus = gross_kurus)", name="settled_is_whole"),
        UniqueConstraint("tenant_id", "kind", "source_id"),
        Index("receivable_open", "tenant_id", "due_at", postgresql_where=text("state = 'open'")),
        Index("receivable_due", "due_at", postgresql_where=text("state = 'open'")),
    )
    tenant_id: Mapped[UUID]
    receivable_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Words)
    source_id: Mapped[UUID]  # the order, dispute or grant it came from
    kontor: Mapped[int] = mapped_column(Amount)
    gross_kurus: Mapped[int] = mapped_column(Amount)
    settled_kurus: Mapped[int] = mapped_column(Amount, server_default=text("0"))
    settled_kontor: Mapped[int] = mapped_column(Amount, server_default=text("0"))
    state: Mapped[str] = mapped_column(Words)
    due_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(Words, server_default=text("''"))


class CreditTerms(Base):
    """The contract for buying on open account, and how much emergency kontör may be lent. Versions, newest counts."""

    __tablename__ = "credit_terms"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "terms_id"),
        CheckConstraint("limit_kurus >= 0 AND due_days BETWEEN 0 AND 365 AND emergency_kontor >= 0", name="amounts"),
        Index("credit_terms_newest", "tenant_id", "valid_from"),
    )
    tenant_id: Mapped[UUID]
    terms_id: Mapped[UUID]
    limit_kurus: Mapped[int] = mapped_column(Amount)
    due_days: Mapped[int] = mapped_column(SmallInteger)
    block_when_overdue: Mapped[bool]
    freeze_when_overdue: Mapped[bool]  # only by a rule of the contract, never silently
    emergency_kontor: Mapped[int] = mapped_column(Amount)
    valid_from: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(Words)
    created_at: Mapped[datetime] = mapped_column(Instant)


class StaffGrant(Base):
    """Kontör given by staff without a sale: goodwill or a correction (price 0), or an emergency lot (owed)."""

    __tablename__ = "staff_grant"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "grant_id"),
        CheckConstraint(one_of("kind", ("goodwill", "correction", "emergency")), name="kind"),
        CheckConstraint(one_of("state", ("asked", "granted", "refused")), name="state"),
        CheckConstraint("kontor > 0 AND validity_months BETWEEN 1 AND 24", name="amounts"),
        CheckConstraint(
            "NOT second_person OR state <> 'granted' OR coalesce(approved_by <> asked_by, false)", name="two_persons"
        ),
        Index("staff_grant_asked", "asked_at", postgresql_where=text("state = 'asked'")),
    )
    tenant_id: Mapped[UUID]
    grant_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Words)
    kontor: Mapped[int] = mapped_column(Amount)
    validity_months: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str] = mapped_column(Words)
    state: Mapped[str] = mapped_column(Words)
    second_person: Mapped[bool]
    asked_by: Mapped[str] = mapped_column(Words)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    approved_by: Mapped[str | None] = mapped_column(Words)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    data: Mapped[dict[str, Any]] = mapped_column(Json, server_default=text("'{}'"))
