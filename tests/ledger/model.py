"""The ledger as a person would keep it on paper: no hash, no index, no lock, no SQL. Held against the real one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

LotKey = tuple[str, Any, int]  # source, source document, part


class Refused(Exception):
    """The operation must be refused and leave everything as it was. `code` names the refusal."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class ModelLot:
    key: LotKey
    lot_id: Any
    granted: int
    price: int
    priority: int
    expires_at: datetime
    remaining: int = 0
    held: int = 0
    consumed: int = 0
    expired: int = 0
    voided: int = 0
    frozen: int = 0
    passed: int = 0
    price_left: int = 0
    frozen_at: datetime | None = None
    is_void: bool = False

    def take(self, kontor: int) -> int:
        """Take kontör out of what remains; the price that goes with it, half up."""
        price = (2 * self.price_left * kontor + self.remaining) // (2 * self.remaining)
        self.remaining -= kontor
        self.price_left -= price
        return price


@dataclass
class ModelCharge:
    kind: str
    kontor: int
    reference: str
    state: str = "held"
    shares: list[tuple[LotKey, int, int]] = field(default_factory=list)  # in burn order


@dataclass
class ModelTransfer:
    receiver: Any
    kontor: int
    parts: list[tuple[LotKey, int, int, datetime]] = field(default_factory=list)
    received: bool = False


class ModelWallet:
    """One tenant's ledger."""

    def __init__(self) -> None:
        self.lots: dict[LotKey, ModelLot] = {}
        self.charges: dict[Any, ModelCharge] = {}
        self.transfers: dict[Any, ModelTransfer] = {}
        self.last_at: datetime | None = None

    def balances(self) -> tuple[int, int, int]:
        lots = self.lots.values()
        return sum(x.remaining for x in lots), sum(x.held for x in lots), sum(x.frozen for x in lots)

    def effective(self, at: datetime) -> datetime:
        return at if self.last_at is None else max(at, self.last_at)

    def wrote(self, at: datetime) -> None:
        self.last_at = self.effective(at)

    def _credit(self, lot: ModelLot) -> None:
        lot.remaining, lot.price_left = lot.granted, lot.price
        self.lots[lot.key] = lot

    def burn_order(self, at: datetime) -> list[ModelLot]:
        lots = [x for x in self.lots.values() if x.remaining and x.expires_at > at]
        return sorted(lots, key=lambda x: (x.priority, x.expires_at, x.lot_id))

    def grant(
        self, key: LotKey, lot_id: Any, kontor: int, price: int, priority: int, until: datetime, at: datetime
    ) -> bool:
        old = self.lots.get(key)
        if old is not None:
            if (old.granted, old.price, old.priority) != (kontor, price, priority):
                raise Refused("same_key_other_content")
            return False
        if until <= self.effective(at):
            raise Refused("lot_has_expired")
        self._credit(ModelLot(key, lot_id, kontor, price, priority, until))
        self.wrote(at)
        return True

    def reserve(self, wishes: list[tuple[Any, str, int, str]], *, partial: bool, at: datetime) -> tuple[int, int]:
        """(how many of the wishes are reserved, the kontör the rest is short of)."""
        now = self.effective(at)
        content = {charge_id: (c.kind, c.kontor, c.reference) for charge_id, c in self.charges.items()}
        for charge_id, *rest in wishes:
            if content.setdefault(charge_id, tuple(rest)) != tuple(rest):
                raise Refused("same_key_other_content")
        spendable = sum(x.remaining for x in self.burn_order(now))
        new: list[tuple[Any, str, int, str]] = []
        count, short, seen = 0, 0, set(self.charges)
        for wish in wishes:
            cost = 0 if wish[0] in seen else wish[2]
            if short or cost > spendable:
                short += cost - spendable
                spendable = 0
                seen.add(wish[0])
                continue
            spendable -= cost
            count += 1
            if wish[0] not in seen:
                new.append(wish)
            seen.add(wish[0])
        if short and not partial:
            return 0, short
        for charge_id, kind, kontor, reference in new:
            charge = self.charges[charge_id] = ModelCharge(kind, kontor, reference)
            need = kontor
            for lot in self.burn_order(now):
                taken = min(need, lot.remaining)
                charge.shares.append((lot.key, taken, lot.take(taken)))
                lot.held += taken
                need -= taken
                if not need:
                    break
        if new:
            self.wrote(at)
        return count, short

    def _moving(self, charge_ids: list[Any], start: str, end: str) -> list[Any]:
        moving: list[Any] = []
        for charge_id in dict.fromkeys(charge_ids):
            if charge_id not in self.charges:
                raise Refused("unknown_charge")
            state = self.charges[charge_id].state
            if state == start:
                moving.append(charge_id)
            elif state != end:
                raise Refused("charge_state_conflict")
        return moving

    def capture(self, charge_ids: list[Any], at: datetime) -> int:
        moving = self._moving(charge_ids, "held", "captured")
        for charge_id in moving:
            self.charges[charge_id].state = "captured"
            for key, kontor, _ in self.charges[charge_id].shares:
                self.lots[key].held -= kontor
                self.lots[key].consumed += kontor
            self.wrote(at)
        return len(moving)

    def give_back(self, charge_ids: list[Any], *, restore: bool, grace_until: datetime, at: datetime) -> int:
        start, end = ("captured", "restored") if restore else ("held", "released")
        moving = self._moving(charge_ids, start, end)
        now = self.effective(at)
        for charge_id in reversed(moving):
            charge = self.charges[charge_id]
            charge.state = end
            part = 0
            order = sorted(
                charge.shares,
                key=lambda s: (self.lots[s[0]].priority, self.lots[s[0]].expires_at, self.lots[s[0]].lot_id),
            )
            for key, kontor, price in reversed(order):
                lot = self.lots[key]
                if restore:
                    lot.consumed -= kontor
                else:
                    lot.held -= kontor
                if lot.is_void:
                    lot.voided += kontor
                elif lot.frozen_at is not None:
                    lot.frozen += kontor
                    lot.price_left += price
                elif lot.expires_at <= now:
                    part += 1
                    lot.passed += kontor
                    self._credit(ModelLot(("grace", charge_id, part), None, kontor, price, lot.priority, grace_until))
                else:
                    lot.remaining += kontor
                    lot.price_left += price
            self.wrote(at)
        return len(moving)

    def expire(self, at: datetime) -> int:
        due = [x for x in self.lots.values() if x.remaining and x.expires_at <= self.effective(at)]
        total = sum(x.remaining for x in due)
        for lot in due:
            lot.expired += lot.remaining
            lot.remaining = lot.price_left = 0
            self.wrote(at)
        return total

    def freeze(self, key: LotKey, at: datetime) -> int:
        lot = self.lots[key]
        if lot.frozen_at is not None or lot.is_void:
            return 0
        if lot.expires_at <= self.effective(at):
            raise Refused("lot_has_expired")
        lot.frozen, lot.remaining, lot.frozen_at = lot.remaining, 0, self.effective(at)
        self.wrote(at)
        return lot.frozen

    def thaw(self, key: LotKey, at: datetime) -> int:
        lot = self.lots[key]
        if lot.frozen_at is None:
            return 0
        lot.expires_at += self.effective(at) - lot.frozen_at
        lot.remaining, lot.frozen, lot.frozen_at = lot.frozen, 0, None
        self.wrote(at)
        return lot.remaining

    def void(self, key: LotKey, at: datetime) -> int:
        lot = self.lots[key]
        if lot.is_void:
            return 0
        if lot.frozen_at is None:
            raise Refused("lot_not_frozen")
        gone = lot.frozen
        lot.voided += gone
        lot.frozen, lot.price_left, lot.frozen_at, lot.is_void = 0, 0, None, True
        self.wrote(at)
        return gone

    def pass_on(self, draw_id: Any, receiver: Any, kontor: int, at: datetime) -> None:
        old = self.transfers.get(draw_id)
        if old is not None:
            if (old.receiver, old.kontor) != (receiver, kontor):
                raise Refused("same_key_other_content")
            return
        lots = self.burn_order(self.effective(at))
        if sum(x.remaining for x in lots) < kontor:
            raise Refused("insufficient_kontor")
        transfer = self.transfers[draw_id] = ModelTransfer(receiver, kontor)
        for lot in lots:
            taken = min(kontor, lot.remaining)
            transfer.parts.append((lot.key, taken, lot.take(taken), lot.expires_at))
            lot.passed += taken
            kontor -= taken
            if not kontor:
                break
        self.wrote(at)

    def receive(self, draw_id: Any, transfer: ModelTransfer, at: datetime) -> int:
        if transfer.received:
            return 0
        transfer.received = True
        for part, (_, kontor, price, until) in enumerate(transfer.parts, 1):
            self._credit(ModelLot(("received", draw_id, part), None, kontor, price, 100, until))
        self.wrote(at)
        return transfer.kontor
