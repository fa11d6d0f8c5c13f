"""A payer's bank takes a payment back: what a dispute's state asks of the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable


class DisputeStep(StrEnum):
    """What a dispute asks for now."""

    WATCH = "watch"  # an inquiry or an early warning: no money has moved
    FREEZE = "freeze"  # open: what remains of the bought lots is frozen
    THAW = "thaw"  # won, prevented or an inquiry closed: the lots are free again
    VOID = "void"  # lost: the rest is voided, what was used becomes a receivable
    APPEAL = "appeal"  # lost and appealed: nothing changes until it is decided
    ASK = "ask"  # a state nobody knows yet: a person decides, nothing is freed


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute as the gateway (or a person, for iyzico) states it; `state` is the gateway's own word."""

    gateway: str
    dispute_id: str
    payment_id: str
    amount_kurus: int
    currency: str
    state: str
    step: DisputeStep
    reason: str
    answer_due_s: int | None
    fee_kurus: int
    withdrawn: bool
    raw: Mapping[str, Any]


@runtime_checkable
class ReadsDisputes(Protocol):
    """A gateway that can be asked about a dispute; at the others a person enters what he is told."""

    def read_dispute(self, dispute_id: str) -> Dispute:
        """A dispute as it stands now. Reading changes nothing."""
