"""The two copies of a right to draw: what each says, and how a row takes the other's over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from billing.models.pools import RIGHT_STATES, DrawRight, PoolMembership

State = Literal["offered", "active", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How much a member may draw: at least a block at a time, up to the cap in an Istanbul month; below the threshold
    its wallet is refilled ahead (0: only when it is short)."""

    block_kontor: int
    monthly_cap_kontor: int
    threshold_kontor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side's copy of a right."""

    terms: Terms
    state: State
    offered_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None


def may_follow(row: DrawRight | PoolMembership, side: Side) -> bool:
    """Whether a row may take a side over: a newer offer, or one that went at least as far."""
    if row.offered_at != side.offered_at:
        return row.offered_at < side.offered_at
    return RIGHT_STATES.index(row.state) <= RIGHT_STATES.index(side.state)


def put(row: DrawRight | PoolMembership, side: Side, *, terms: bool) -> None:
    """Write a side into a row; its terms only where the row is the member's."""
    if terms:
        put_terms(row, side.terms)
    row.state, row.offered_at = side.state, side.offered_at
    row.accepted_at, row.ended_at = side.accepted_at, side.ended_at


def put_terms(row: DrawRight | PoolMembership, terms: Terms) -> None:
    """Write terms into a row."""
    row.block_kontor = terms.block_kontor
    row.monthly_cap_kontor = terms.monthly_cap_kontor
    row.threshold_kontor = terms.threshold_kontor


def side_of(row: DrawRight | PoolMembership) -> Side:
    """A row's copy of the right."""
    state: State = "offered" if row.state == "offered" else "active" if row.state == "active" else "ended"
    terms = Terms(
        block_kontor=row.block_kontor,
        monthly_cap_kontor=row.monthly_cap_kontor,
        threshold_kontor=row.threshold_kontor,
    )
    return Side(terms=terms, state=state, offered_at=row.offered_at, accepted_at=row.accepted_at, ended_at=row.ended_at)
