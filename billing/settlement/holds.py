"""Lots held back because of a refund or a dispute: frozen, thawed with the frozen time, or voided.

A hold says why a lot is frozen; a lot may have several and is thawed when the last one ends. Kontör that were passed on
are held where they are: each draw gets a message `kontor.follow`, whose worker acts as the receiver (`follow`), and so
on down the chain. Every instruction carries the instant at which it was asked for: an older one that comes late changes
nothing. Everything here begins with the wallet's lock, so two instructions never meet half-way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.ledger import lots, transfers
from billing.ledger.models import Lot, Wallet
from billing.ledger.transfers import Passage
from billing.models.returns import LotHold
from billing.settlement import descent
from ebelge.core.ids import new_id
from ebelge.outbox import messages

FOLLOW = "kontor.follow"
TICK = timedelta(microseconds=1)
Action = Literal["freeze", "thaw", "void"]
CauseKind = Literal["refund", "dispute", "overdue"]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why lots are held: a refund, a dispute or an overdue debt, and whose."""

    cause_id: UUID
    kind: CauseKind
    tenant_id: UUID


@dataclass(frozen=True, slots=True)
class Instruction:
    """What is to become of the lots that a cause reaches, and when that was asked for."""

    cause: Cause
    action: Action
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Sum:
    """Kontör and their net price."""

    kontor: int = 0
    net_kurus: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.kontor + other.kontor, self.net_kurus + other.net_kurus)


def lock(session: Session, *, tenant_id: UUID, at: datetime) -> datetime:
    """Lock the tenant's wallet until the transaction ends, and post what is past due; returns the instant by which the
    ledger judges expiry from here on."""
    session.flush()
    lots.expire_lots(session, tenant_id=tenant_id, at=at)
    last = session.execute(select(Wallet.last_entry_at).where(Wallet.tenant_id == tenant_id)).scalar_one()
    return max(at, last)


def asked(session: Session, *, cause: Cause, action: Action, at: datetime) -> Instruction:
    """An instruction given now, where the cause lies: newer than all that the cause has asked for before, whichever of
    two callers read the clock first. Locks the wallet."""
    lock(session, tenant_id=cause.tenant_id, at=at)
    last = session.execute(
        select(func.max(func.greatest(LotHold.at, LotHold.ended_at))).where(
            LotHold.tenant_id == cause.tenant_id, LotHold.cause_id == cause.cause_id
        )
    ).scalar_one()
    return Instruction(cause, action, at if last is None else max(at, last + TICK))


def act(
    session: Session, *, tenant_id: UUID, instruction: Instruction, lot_ids: Sequence[UUID], at: datetime, reason: str,
    further: bool = True,
) -> Sum:  # fmt: skip
    """Freeze, thaw or void these lots of the tenant. Returns what the action moved here. Repeating it moves nothing.

    :param reason: stands in the journal's entries (freeze, void).
    :param further: also the grace lots that came of them, and a message for each draw by which kontör of theirs left.
    """
    standing = lock(session, tenant_id=tenant_id, at=at)
    moved = Sum()
    reached = descent.family(session, tenant_id=tenant_id, lot_ids=lot_ids) if further else lot_ids
    for lot_id in reached:
        moved += _Act(session, tenant_id, instruction, at, standing, reason).on(lot_id)
    session.flush()
    for step in descent.onward(session, tenant_id=tenant_id, lot_ids=reached) if further else ():
        messages.put(
            session, tenant_id=tenant_id, topic=FOLLOW, key=step.draw_id, at=at,
            payload=_payload(instruction, step.origin_lot_id),
        )  # fmt: skip
    return moved


def instruction_of(payload: dict[str, Any]) -> tuple[Instruction, UUID]:
    """The instruction in a message `kontor.follow`, and the giver's lot it is about."""
    cause = Cause(UUID(payload["cause_id"]), payload["cause"], UUID(payload["cause_tenant_id"]))
    action: Action = payload["action"]
    return Instruction(cause, action, datetime.fromisoformat(payload["asked_at"])), UUID(payload["origin_lot_id"])


def follow(
    session: Session, *, tenant_id: UUID, passage: Passage, instruction: Instruction, origin_lot_id: UUID, at: datetime
) -> Sum:
    """Act as the receiver of a draw on what came of one of the giver's lots.

    What has not arrived yet is received here first, in the same transaction: nothing slips through on its way.
    """
    transfers.receive(session, tenant_id=tenant_id, passage=passage, at=at)
    found = descent.children(session, tenant_id=tenant_id, draw_id=passage.draw_id, origin_lot_id=origin_lot_id)
    cause = instruction.cause
    reason = f"{cause.kind} {cause.cause_id} of {cause.tenant_id}"
    return act(session, tenant_id=tenant_id, instruction=instruction, lot_ids=found, at=at, reason=reason)


def held(session: Session, *, tenant_id: UUID, cause_id: UUID, lot_ids: Sequence[UUID]) -> dict[UUID, LotHold]:
    """A cause's holds on these lots of the tenant."""
    rows = session.scalars(
        select(LotHold).where(
            LotHold.tenant_id == tenant_id, LotHold.cause_id == cause_id, LotHold.lot_id.in_(list(lot_ids))
        )
    )
    return {row.lot_id: row for row in rows}


def give_back(session: Session, *, tenant_id: UUID, cause_id: UUID, payment_id: UUID, at: datetime, reason: str) -> Sum:
    """Credit anew what a cause voided here (a refund that failed days later, a dispute won on appeal): another part of
    the same source document, with the voided kontör, their price, and the old expiry plus the time since freezing.

    What is void stays void in the ledger. Lots that had come home by way of others, and grace lots, are credited as
    parts of the payment that once bought them.
    """
    lock(session, tenant_id=tenant_id, at=at)
    moved = Sum()
    rows = session.scalars(
        select(LotHold)
        .where(LotHold.tenant_id == tenant_id, LotHold.cause_id == cause_id, LotHold.state == "voided")
        .order_by(LotHold.lot_id)
    ).all()
    for lot_id in [row.lot_id for row in rows]:
        hold = session.get_one(LotHold, (tenant_id, cause_id, lot_id))
        lot = session.get_one(Lot, (tenant_id, lot_id))
        if hold.kontor == 0:
            continue
        source, source_id = lot.source, lot.source_id
        if source in ("received", "grace"):
            source, source_id = "payment", payment_id
        parts = select(func.max(Lot.part)).where(
            Lot.tenant_id == tenant_id, Lot.source == source, Lot.source_id == source_id
        )
        part = (session.execute(parts).scalar_one() or 0) + 1
        moved += Sum(hold.kontor, hold.net_kurus)
        terms: dict[str, Any] = {
            "source": source, "source_id": source_id, "kontor": hold.kontor, "priority": lot.priority,
            "net_price_kurus": hold.net_kurus, "expires_at": lot.expires_at + (at - hold.at),
        }  # fmt: skip
        hold.state, hold.ended_at = "given_back", at
        session.flush()
        lots.grant(session, tenant_id=tenant_id, part=part, reason=reason, lot_id=new_id(), at=at, **terms)
    return moved


def _payload(instruction: Instruction, origin_lot_id: UUID) -> dict[str, str]:
    cause = instruction.cause
    return {
        "cause_id": str(cause.cause_id), "cause": cause.kind, "cause_tenant_id": str(cause.tenant_id),
        "action": instruction.action, "asked_at": instruction.asked_at.isoformat(),
        "origin_lot_id": str(origin_lot_id),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Act:
    """One instruction, for one lot after another."""

    session: Session
    tenant_id: UUID
    instruction: Instruction
    at: datetime
    standing: datetime
    reason: str

    def on(self, lot_id: UUID) -> Sum:
        """What the instruction moves of this lot."""
        hold = self.session.get(LotHold, (self.tenant_id, self.instruction.cause.cause_id, lot_id))
        if hold is not None and self.instruction.asked_at < (hold.ended_at or hold.at):
            return Sum()
        if hold is not None and hold.state in ("voided", "given_back"):
            return Sum()
        if self.instruction.action == "thaw":
            return self._thaw(lot_id, hold)
        moved = Sum()
        if hold is None or hold.state != "frozen":
            moved = self._freeze(lot_id, hold)
        return moved if self.instruction.action == "freeze" else self._void(lot_id)

    def _freeze(self, lot_id: UUID, hold: LotHold | None) -> Sum:
        lot = self.session.get_one(Lot, (self.tenant_id, lot_id))
        before = Sum(lot.frozen, lot.net_left_kurus if lot.frozen_at else 0)
        if lot.frozen_at is None and lot.voided_at is None and lot.expires_at > self.standing:
            lots.freeze(self.session, tenant_id=self.tenant_id, lot_id=lot_id, reason=self.reason, at=self.at)
        lot = self.session.get_one(Lot, (self.tenant_id, lot_id))
        cause = self.instruction.cause
        if hold is None:
            hold = LotHold(
                tenant_id=self.tenant_id, cause_id=cause.cause_id, lot_id=lot_id, cause=cause.kind,
                cause_tenant_id=cause.tenant_id,
            )  # fmt: skip
            self.session.add(hold)
        hold.at, hold.ended_at, hold.state = self.instruction.asked_at, None, "frozen"
        hold.kontor, hold.net_kurus = lot.frozen, lot.net_left_kurus if lot.frozen_at else 0
        if lot.frozen_at is None:  # expired or void: there is nothing to hold
            hold.state, hold.ended_at = "thawed", self.instruction.asked_at
        self.session.flush()
        return Sum(hold.kontor - before.kontor, hold.net_kurus - before.net_kurus)

    def _thaw(self, lot_id: UUID, hold: LotHold | None) -> Sum:
        cause, asked_at = self.instruction.cause, self.instruction.asked_at
        if hold is None:  # the freezing is late: this hold makes it come to nothing
            self.session.add(
                LotHold(
                    tenant_id=self.tenant_id, cause_id=cause.cause_id, lot_id=lot_id, cause=cause.kind,
                    cause_tenant_id=cause.tenant_id, kontor=0, net_kurus=0, state="thawed", at=asked_at,
                    ended_at=asked_at,
                )
            )  # fmt: skip
            self.session.flush()
            return Sum()
        if hold.state != "frozen":
            return Sum()
        hold.state, hold.ended_at = "thawed", asked_at
        self.session.flush()
        lot = self.session.get_one(Lot, (self.tenant_id, lot_id))
        if lot.frozen_at is None or self._others(lot_id):
            return Sum()
        moved = Sum(lot.frozen, lot.net_left_kurus)
        lots.thaw(self.session, tenant_id=self.tenant_id, lot_id=lot_id, at=self.at)
        return moved

    def _void(self, lot_id: UUID) -> Sum:
        hold = self.session.get_one(LotHold, (self.tenant_id, self.instruction.cause.cause_id, lot_id))
        lot = self.session.get_one(Lot, (self.tenant_id, lot_id))
        moved = Sum(lot.frozen, lot.net_left_kurus) if lot.frozen_at is not None else Sum()
        hold.state, hold.ended_at = "voided", self.instruction.asked_at
        hold.kontor, hold.net_kurus = moved.kontor, moved.net_kurus
        self.session.flush()
        if lot.frozen_at is not None:
            lots.void(self.session, tenant_id=self.tenant_id, lot_id=lot_id, reason=self.reason, at=self.at)
        return moved

    def _others(self, lot_id: UUID) -> bool:
        found = select(LotHold.cause_id).where(
            LotHold.tenant_id == self.tenant_id, LotHold.lot_id == lot_id, LotHold.state == "frozen",
            LotHold.cause_id != self.instruction.cause.cause_id,
        )  # fmt: skip
        return self.session.execute(found.limit(1)).first() is not None
