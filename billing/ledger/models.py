"""Tables of the ledger, mapped for reading. Rows are written by the functions of `sql/` only.

PostgreSQL reads a table's CHECKs anew for every statement, and lists of words are dear to read: what a lot's source,
a charge's state and an entry's kind may be is kept by the functions; the sums are kept by CHECKs.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
HOT = {"postgresql_with": {"fillfactor": "75"}}
PUBLIC_SCOPE = UUID(int=0)


class Wallet(Base):
    """One per tenant, created with it: the mutex of its ledger and its balance in O(1)."""

    __tablename__ = "wallet"
    __table_args__ = (
        CheckConstraint("available >= 0 AND held >= 0 AND frozen >= 0", name="never_negative"),
        HOT,
    )
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    available: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger)
    frozen: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(BigInteger)
    head_hash: Mapped[bytes] = mapped_column(LargeBinary)
    last_entry_at: Mapped[datetime] = mapped_column(Instant)


class Lot(Base):
    """Kontör credited together: one source document, one price, one expiry.

    `net_left_kurus` is the price of what remains or is frozen; every share that leaves takes its part with it.
    """

    __tablename__ = "lot"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "lot_id"),
        UniqueConstraint("tenant_id", "source", "source_id", "part"),
        CheckConstraint(
            "lot_adds_up(granted, remaining, held, consumed, expired, voided, frozen, passed,"
            " net_price_kurus, net_left_kurus, open, frozen_at, voided_at)",
            name="adds_up",
        ),
        Index("lot_burn_order", "tenant_id", "priority", "expires_at", "lot_id", postgresql_where=text("open")),
        Index("lot_due", "expires_at", "tenant_id", postgresql_where=text("open")),
        HOT,
    )
    tenant_id: Mapped[UUID]
    lot_id: Mapped[UUID]
    source: Mapped[str] = mapped_column(Text)
    source_id: Mapped[UUID]
    part: Mapped[int] = mapped_column(SmallInteger)
    origin_tenant_id: Mapped[UUID | None]
    origin_lot_id: Mapped[UUID | None]
    priority: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str] = mapped_column(Text)
    granted: Mapped[int] = mapped_column(BigInteger)
    remaining: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger)
    consumed: Mapped[int] = mapped_column(BigInteger)
    expired: Mapped[int] = mapped_column(BigInteger)
    voided: Mapped[int] = mapped_column(BigInteger)
    frozen: Mapped[int] = mapped_column(BigInteger)
    passed: Mapped[int] = mapped_column(BigInteger)
    net_price_kurus: Mapped[int] = mapped_column(BigInteger)
    net_left_kurus: Mapped[int] = mapped_column(BigInteger)
    credited_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    frozen_at: Mapped[datetime | None] = mapped_column(Instant)
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    open: Mapped[bool]


class Charge(Base):
    """What something costs: held -> captured -> restored, or held -> released. The key is its idempotency."""

    __tablename__ = "charge"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "charge_id"),
        CheckConstraint("kontor > 0", name="kontor"),
        CheckConstraint("(state = 'held') = (ended_at IS NULL)", name="ended_has_a_time"),
        HOT,
    )
    tenant_id: Mapped[UUID]
    charge_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    kontor: Mapped[int] = mapped_column(BigInteger)
    price_id: Mapped[UUID]
    reference: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    reserved_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ChargeLot(Base):
    """A charge's share in a lot, and the part of the lot's net price that goes with it."""

    __tablename__ = "charge_lot"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "charge_id", "lot_id"),
        CheckConstraint("kontor > 0 AND net_kurus >= 0", name="amounts"),
    )
    tenant_id: Mapped[UUID]
    charge_id: Mapped[UUID]
    lot_id: Mapped[UUID]
    kontor: Mapped[int] = mapped_column(BigInteger)
    net_kurus: Mapped[int] = mapped_column(BigInteger)


class Entry(Base):
    """A movement of kontör, for ever: one per charge and lot, or per lot. Balances are those after the entry.

    `kontor` and `net_kurus` carry no sign: the kind says which way they went.
    """

    __tablename__ = "journal"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "version"),
        CheckConstraint("kontor >= 0 AND net_kurus >= 0", name="amounts"),
        Index("journal_at", "tenant_id", "at", "version"),
        # What comes in and goes out other than by use: few, so what was used follows from balances (ADR 0147).
        Index(
            "journal_in_and_out",
            "tenant_id",
            "at",
            postgresql_where=text("kind NOT IN ('reserved', 'captured', 'released', 'restored')"),
        ),
    )
    tenant_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    charge_id: Mapped[UUID | None]
    lot_id: Mapped[UUID]
    kontor: Mapped[int] = mapped_column(BigInteger)
    net_kurus: Mapped[int] = mapped_column(BigInteger)
    available: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger)
    frozen: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Instant)
    correlation_id: Mapped[UUID]
    detail: Mapped[str] = mapped_column(Text)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class Transfer(Base):
    """Kontör on its way from this tenant to another (a draw of a pool, a reseller passing on)."""

    __tablename__ = "transfer"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "draw_id"),
        CheckConstraint("kontor > 0 AND to_tenant_id <> tenant_id", name="to_another"),
    )
    tenant_id: Mapped[UUID]
    draw_id: Mapped[UUID]
    to_tenant_id: Mapped[UUID]
    kontor: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Instant)


class TransferLot(Base):
    """A lot's part in a transfer: what the child lot on the other side will be."""

    __tablename__ = "transfer_lot"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "draw_id", "part"),
        CheckConstraint("kontor > 0 AND net_kurus >= 0", name="amounts"),
    )
    tenant_id: Mapped[UUID]
    draw_id: Mapped[UUID]
    part: Mapped[int] = mapped_column(SmallInteger)
    lot_id: Mapped[UUID]
    kontor: Mapped[int] = mapped_column(BigInteger)
    net_kurus: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class ChargeKindRow(Base):
    """A kind of thing that is paid in kontör; the table is open: a new service is a new row."""

    __tablename__ = "charge_kind"
    __table_args__ = (CheckConstraint("position(';' in kind) = 0", name="kind_form"),)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    title_tr: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str] = mapped_column(Text)


class PriceRow(Base):
    """A version of a price: kontör per unit of a charge kind while `valid`; append-only, never overlapping."""

    __tablename__ = "price"
    __table_args__ = (
        CheckConstraint("kontor >= 0", name="kontor"),
        CheckConstraint("NOT isempty(valid)", name="valid_is_a_period"),
        ExcludeConstraint(("kind", "="), ("scope", "="), ("valid", "&&"), using="gist", name="price_no_overlap"),
    )
    price_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    scope: Mapped[UUID]
    kontor: Mapped[int] = mapped_column(BigInteger)
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    note: Mapped[str] = mapped_column(Text)
