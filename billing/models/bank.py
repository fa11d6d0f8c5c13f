"""The operator's bank accounts: imported statements, their lines, and who decided what a line pays."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.columns import Amount, Instant, Json, Words, one_of
from ebelge.core.db import Base

LINE_STATES = ("new", "proposed", "decided", "credited", "to_refund", "refunded", "ignored")
FILE_STATES = ("waiting", "keeping", "matching", "done", "refused")
ALLOCATION_STATES = ("asked", "approved", "credited", "refused", "reversed")


class BankAccount(Base):
    """An account of the seller that transfers go to."""

    __tablename__ = "bank_account"
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    iban: Mapped[str] = mapped_column(Words, unique=True)
    bank_name: Mapped[str] = mapped_column(Words)
    holder: Mapped[str] = mapped_column(Words)
    currency: Mapped[str] = mapped_column(Words)
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(Instant)


class BankStatement(Base):
    """A statement file that was read whole; the same bytes are imported once."""

    __tablename__ = "bank_statement"
    __table_args__ = (UniqueConstraint("account_id", "sha256"),)
    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("bank_account.account_id"))
    sha256: Mapped[str] = mapped_column(Words)
    form: Mapped[str] = mapped_column(Words)
    file_name: Mapped[str] = mapped_column(Words)
    lines: Mapped[int]
    new_lines: Mapped[int]
    imported_by: Mapped[str] = mapped_column(Words)
    imported_at: Mapped[datetime] = mapped_column(Instant)


class BankFile(Base):
    """A statement file handed in on a page: its bytes until a worker has taken it in, then what came of it.

    `refusal`: by language, what was wrong with it. `already`: the same bytes had been imported in another way.
    """

    __tablename__ = "bank_file"
    __table_args__ = (
        CheckConstraint(one_of("state", FILE_STATES), name="state"),
        CheckConstraint("(state IN ('done', 'refused')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("(data IS NULL) = (ended_at IS NOT NULL)", name="bytes_until_it_ends"),
        Index("bank_file_once", "account_id", "sha256", unique=True, postgresql_where=text("state <> 'refused'")),
        Index("bank_file_newest", "asked_at"),
    )
    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("bank_account.account_id"))
    sha256: Mapped[str] = mapped_column(Words)
    file_name: Mapped[str] = mapped_column(Words)
    data: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Words)
    lines: Mapped[int] = mapped_column(server_default=text("0"))
    lines_done: Mapped[int] = mapped_column(server_default=text("0"))
    new_lines: Mapped[int] = mapped_column(server_default=text("0"))
    matched: Mapped[int] = mapped_column(server_default=text("0"))
    already: Mapped[bool] = mapped_column(server_default=text("false"))
    refusal: Mapped[dict[str, Any] | None] = mapped_column(Json)
    statement_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_statement.statement_id"))
    asked_by: Mapped[str] = mapped_column(Words)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class BankLine(Base):
    """A movement of an account, once, in however many files it stands. Above zero: money that came in."""

    __tablename__ = "bank_line"
    __table_args__ = (
        UniqueConstraint("account_id", "bank_ref", "booked_on", "amount_kurus"),
        CheckConstraint(one_of("state", LINE_STATES), name="state"),
        CheckConstraint("amount_kurus <> 0", name="amount"),
        Index("bank_line_to_do", "booked_on", postgresql_where=text("state IN ('new', 'proposed', 'to_refund')")),
    )
    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("bank_account.account_id"))
    statement_id: Mapped[UUID] = mapped_column(ForeignKey("bank_statement.statement_id"))
    bank_ref: Mapped[str] = mapped_column(Words)
    booked_on: Mapped[date]
    value_on: Mapped[date | None]
    amount_kurus: Mapped[int] = mapped_column(Amount)
    currency: Mapped[str] = mapped_column(Words)
    description: Mapped[str] = mapped_column(Words)
    sender_name: Mapped[str] = mapped_column(Words)
    sender_vkn: Mapped[str] = mapped_column(Words)
    sender_iban: Mapped[str] = mapped_column(Words)
    balance_kurus: Mapped[int | None] = mapped_column(Amount)
    state: Mapped[str] = mapped_column(Words)
    match: Mapped[str | None] = mapped_column(Words)
    proposed_tenant_id: Mapped[UUID | None]
    proposed_order_id: Mapped[UUID | None]
    confidence_percent: Mapped[int | None]
    pays_back_id: Mapped[UUID | None]  # money out: the line or refund it gave back; money in: the debt it paid
    decided_by: Mapped[str | None] = mapped_column(Words)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(Words, server_default=text("''"))


class BankAllocation(Base):
    """A decision about a line: pay this order with it. Above the limit a second person approves. Never edited back:
    a wrong one is reversed by another row with the amount below zero.

    `payment_ref` is the payment's id of gateway `bank`: the line's id, from the second decision about a line on with
    a running number behind it.
    """

    __tablename__ = "bank_allocation"
    __table_args__ = (
        CheckConstraint(one_of("state", ALLOCATION_STATES), name="state"),
        CheckConstraint("amount_kurus <> 0", name="amount"),
        CheckConstraint(
            "NOT second_person OR state IN ('asked', 'refused') OR coalesce(approved_by <> asked_by, false)",
            name="two_persons",
        ),
        CheckConstraint("(reverses_id IS NULL) = (amount_kurus > 0)", name="reversal_takes_back"),
        CheckConstraint("(reverses_id IS NULL) = (payment_ref IS NOT NULL)", name="reversal_is_no_payment"),
        UniqueConstraint("payment_ref"),
        Index("bank_allocation_by_line", "line_id"),
        Index("bank_allocation_by_order", "to_tenant_id", "order_id"),
        Index("bank_allocation_reversed_once", "reverses_id", unique=True, postgresql_where=text("state <> 'refused'")),
        Index("bank_allocation_to_credit", "asked_at", postgresql_where=text("state IN ('asked', 'approved')")),
    )
    allocation_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID] = mapped_column(ForeignKey("bank_line.line_id"))
    to_tenant_id: Mapped[UUID]
    order_id: Mapped[UUID]
    amount_kurus: Mapped[int] = mapped_column(Amount)
    state: Mapped[str] = mapped_column(Words)
    second_person: Mapped[bool]
    payment_ref: Mapped[str | None] = mapped_column(Words)
    reverses_id: Mapped[UUID | None]
    asked_by: Mapped[str] = mapped_column(Words)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    approved_by: Mapped[str | None] = mapped_column(Words)
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(Words, server_default=text("''"))
