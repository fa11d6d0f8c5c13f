"""Answers and bodies about pools: what a pool sees of its members, and what a member sees of itself."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from billing.models.pools import DrawRight, PoolMembership, PoolUse
from billing.pools.draws import Drawable
from ebelge.api.answers import Answer, Instant

Kontor = Annotated[int, Field(strict=True, ge=1, le=10**12)]
Limit = Annotated[int, Field(strict=True, ge=0, le=10**12)]
State = Literal["offered", "active", "ended"]


class RightBody(BaseModel):
    """A right to draw, as the pool offers it. Sent again, it changes the terms of an offered or active right."""

    model_config = ConfigDict(extra="forbid")

    member_id: Annotated[UUID, Field(description="`tenant_id` of the account that may draw (GET /account shows it)")]
    block_kontor: Annotated[Kontor, Field(description="A draw takes so much, or the shortage if that is more")]
    monthly_cap_kontor: Annotated[Limit, Field(description="At most so much in an Istanbul month; 0: nothing")]
    threshold_kontor: Annotated[
        Limit, Field(description="Below it the wallet is refilled ahead; 0: only when short")
    ] = 0


class PoolBody(BaseModel):
    """Which pool."""

    model_config = ConfigDict(extra="forbid")

    pool_id: UUID


class RecallBody(BaseModel):
    """What is called back."""

    model_config = ConfigDict(extra="forbid")

    member_id: UUID
    kontor: (
        Annotated[Kontor, Field(description="At most so much; absent: all that is neither held nor spent")] | None
    ) = None
    end: Annotated[bool, Field(description="true: the right ends, and all of the rest comes back")] = False


class RightAnswer(Answer):
    """A right to draw, as the pool sees it."""

    member_id: UUID
    member_title: str
    state: State
    block_kontor: int
    monthly_cap_kontor: int
    threshold_kontor: int
    drawn_this_month: int = Field(description="Kontör drawn in this Istanbul month, less what came back of it")
    offered_at: Instant
    accepted_at: Instant | None = None
    ended_at: Instant | None = None


class UseAnswer(Answer):
    """Kontör of the pool that a member used in a day, less what came back that day. Never documents."""

    member_id: UUID
    day: date
    used_kontor: int


class PoolAnswer(Answer):
    """The pool as it sees itself."""

    role: Literal["pool"] = "pool"
    spendable: int
    rights: list[RightAnswer]
    use: list[UseAnswer] = Field(description="The last 31 days")


class MembershipAnswer(Answer):
    """A right to draw, as the member sees it."""

    pool_id: UUID
    pool_title: str
    state: State
    block_kontor: int
    monthly_cap_kontor: int
    threshold_kontor: int
    offered_at: Instant
    accepted_at: Instant | None = None
    ended_at: Instant | None = None


class MemberAnswer(Answer):
    """An account that may belong to a pool: its own wallet, and what it could draw. Nothing of its sisters."""

    role: Literal["member"] = "member"
    spendable: int = Field(description="Kontör in the own wallet")
    drawable: int = Field(description="Çekilebilir: what the pool would give now, up to the month's cap")
    cap_left: int = Field(description="What this month's cap leaves")
    memberships: list[MembershipAnswer]


class RecalledAnswer(Answer):
    """What has gone back to the pool."""

    kontor: int
    state: State = Field(description="The right's state now")


def right(row: DrawRight, *, drawn: int) -> RightAnswer:
    """A pool's row."""
    return RightAnswer(
        member_id=row.member_id,
        member_title=row.member_title,
        drawn_this_month=drawn,
        **_terms(row),
    )


def membership(row: PoolMembership) -> MembershipAnswer:
    """A member's row."""
    return MembershipAnswer(pool_id=row.pool_id, pool_title=row.pool_title, **_terms(row))


def use(row: PoolUse) -> UseAnswer:
    """A member's day."""
    return UseAnswer(member_id=row.member_id, day=row.day, used_kontor=row.used_kontor)


def member(rows: list[MembershipAnswer], *, spendable: int, can: Drawable | None) -> MemberAnswer:
    """A member's view; `can` None: it belongs to no pool now."""
    return MemberAnswer(
        spendable=spendable,
        drawable=can.kontor if can else 0,
        cap_left=can.cap_left_kontor if can else 0,
        memberships=rows,
    )


def _terms(row: DrawRight | PoolMembership) -> dict[str, Any]:
    names = ("state", "block_kontor", "monthly_cap_kontor", "threshold_kontor", "offered_at", "accepted_at", "ended_at")
    return {name: getattr(row, name) for name in names}
