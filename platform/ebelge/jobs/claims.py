"""Claims as JSON, and the order in which a job works through them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from ebelge.outbox.messages import Claim

T = TypeVar("T")


def to_json(claim: Claim) -> list[Any]:
    """A claim as RQ's JSON serializer can carry it."""
    return [
        str(claim.tenant_id),
        str(claim.message_id),
        claim.topic,
        str(claim.key),
        claim.attempt,
        claim.payload,
    ]


def from_json(value: Sequence[Any]) -> Claim:
    """The claim that `to_json` wrote."""
    tenant_id, message_id, topic, key, attempt, payload = value
    return Claim(UUID(tenant_id), UUID(message_id), topic, UUID(key), int(attempt), payload)


def by_tenant(claims: Iterable[Claim]) -> dict[UUID, list[Claim]]:
    """Claims of each tenant, both in the order of arrival."""
    found: dict[UUID, list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.tenant_id, []).append(claim)
    return found


def slices(items: Sequence[T], *, count_max: int, size_max: int, size: Callable[[T], int]) -> Iterable[list[T]]:
    """Cut a sequence into runs of at most `count_max` items and `size_max` in sum (one large item is a run)."""
    run: list[T] = []
    total = 0
    for item in items:
        if run and (len(run) >= count_max or total + size(item) > size_max):
            yield run
            run, total = [], 0
        run.append(item)
        total += size(item)
    if run:
        yield run
