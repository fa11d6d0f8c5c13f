"""Put, claim, end: the life of a message. Putting and ending belong to the tenant's own transactions."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.db import driver, fetch, later
from ebelge.core.ids import new_id
from ebelge.core.redaction import redact
from ebelge.core.transaction import Prepared
from ebelge.outbox.topics import LEASE, TOPICS, retry_delay

ERROR_TEXT_MAX = 2000
# Nothing waits before a message that is handed over by its writer, so it is worked on at once or was lost.
HANDED_LEASE = min(LEASE, timedelta(seconds=30))


@dataclass(frozen=True, slots=True)
class Claim:
    """A message in the hands of a worker. `attempt` is the fence: a newer attempt makes this claim void."""

    tenant_id: UUID
    message_id: UUID
    topic: str
    key: UUID
    attempt: int
    payload: dict[str, Any]


def put(
    session: Session,
    *,
    tenant_id: UUID,
    topic: str,
    key: UUID,
    at: datetime,
    payload: dict[str, Any] | None = None,
    due_at: datetime | None = None,
) -> UUID:
    """Write a message in the caller's transaction; it is handed out after the commit, not before `due_at`."""
    return put_many(session, tenant_id=tenant_id, topic=topic, keys=[key], at=at, payload=payload, due_at=due_at)[0]


# One statement whatever the number of messages: a bulk of 1,000 documents puts 1,000 at once.
_PUT = (
    "INSERT INTO outbox_message (tenant_id, queue, topic, payload, state, due_at, created_at, message_id, key) "
    "SELECT %s, %s, %s, %s::jsonb, %s, %s, %s, u.id, u.key FROM unnest(%s::uuid[], %s::uuid[]) AS u(id, key)"
)
_PUT_ONE = Prepared(
    "INSERT INTO outbox_message (tenant_id, queue, topic, payload, state, due_at, created_at, message_id, key) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def put_many(
    session: Session,
    *,
    tenant_id: UUID,
    topic: str,
    keys: Iterable[UUID],
    at: datetime,
    payload: dict[str, Any] | None = None,
    due_at: datetime | None = None,
) -> list[UUID]:
    """Write one message per key in the caller's transaction; returns the message ids in order."""
    due = due_at or at
    keys = list(keys)
    ids = [new_id() for _ in keys]
    if keys:
        state = "scheduled" if due > at else "waiting"
        values = (tenant_id, TOPICS[topic].queue, topic, json.dumps(payload or {}), state, due, at)
        if len(keys) == 1:
            later(session, _PUT_ONE, *values, ids[0], keys[0])
        else:
            driver(session).execute(_PUT, (*values, ids, keys))
    return ids


_PUT_CLAIMED = Prepared(
    "INSERT INTO outbox_message (tenant_id, queue, topic, payload, state, attempt, lease_until, due_at, created_at, "
    "message_id, key) VALUES (%s, %s, %s, '{}', 'claimed', 1, %s, %s, %s, %s, %s)"
)


def put_claimed(session: Session, *, tenant_id: UUID, message_id: UUID, topic: str, key: UUID, at: datetime) -> Claim:
    """Write a message that its writer hands to a worker himself after the commit (ADR 0097); returns the claim.

    If he dies before, or the queue forgets it, its short lease brings it back.
    """
    due = at + HANDED_LEASE
    later(session, _PUT_CLAIMED, tenant_id, TOPICS[topic].queue, topic, due, at, at, message_id, key)
    return Claim(tenant_id, message_id, topic, key, 1, {})


def still_mine(session: Session, claim: Claim) -> bool:
    """Lock the message and tell whether this claim still holds it; False means: change nothing."""
    row = session.execute(
        text(
            "SELECT 1 FROM outbox_message WHERE tenant_id = :tenant_id AND message_id = :message_id "
            "AND state = 'claimed' AND attempt = :attempt FOR UPDATE"
        ),
        {"tenant_id": claim.tenant_id, "message_id": claim.message_id, "attempt": claim.attempt},
    ).first()
    return row is not None


# Ends messages that are still in our hands; for other areas' statements, too: what follows from an end is then one
# round trip with it. Values: `ending`.
ENDING = (
    "UPDATE outbox_message m SET state = 'done', lease_until = NULL, ended_at = %s "
    "FROM unnest(%s::uuid[], %s::int[]) AS c(id, attempt) "
    "WHERE m.tenant_id = %s AND m.message_id = c.id AND m.attempt = c.attempt "
    "AND m.state = 'claimed' RETURNING m.message_id, m.key"
)


def ending(claims: Sequence[Claim], *, at: datetime) -> tuple[Any, ...]:
    """The values of `ENDING` for messages of one tenant."""
    ids, attempts = [claim.message_id for claim in claims], [claim.attempt for claim in claims]
    return at, ids, attempts, claims[0].tenant_id


def done(session: Session, claims: Sequence[Claim], *, at: datetime) -> list[Claim]:
    """End messages of one tenant as done; returns those that were still ours. The rest changed hands: leave them."""
    if not claims:
        return []
    ended = {row.message_id for row in fetch(session, ENDING, *ending(claims, at=at))}
    return [claim for claim in claims if claim.message_id in ended]


def call_off(session: Session, *, tenant_id: UUID, topic: str, key: UUID, at: datetime) -> bool:
    """End what is still to be done for `key`; True if there was something. A worker that holds it loses its claim.

    Waits for a worker that is just ending it: then that one was first, and the answer is False.
    """
    ended = session.execute(
        text(
            "UPDATE outbox_message SET state = 'done', lease_until = NULL, ended_at = :at, last_error = 'called off' "
            "WHERE tenant_id = :tenant_id AND key = :key AND topic = :topic AND state <> 'done' RETURNING 1"
        ),
        {"tenant_id": tenant_id, "key": key, "topic": topic, "at": at},
    ).first()
    return ended is not None


def hasten(session: Session, *, tenant_id: UUID, topic: str, key: UUID, at: datetime) -> bool:
    """Let what is planned for `key` be due at once; True if something was."""
    due = session.execute(
        text(
            "UPDATE outbox_message SET due_at = :at WHERE tenant_id = :tenant_id AND key = :key AND topic = :topic "
            "AND state = 'scheduled' AND due_at > :at RETURNING 1"
        ),
        {"tenant_id": tenant_id, "key": key, "topic": topic, "at": at},
    ).first()
    return due is not None


def under_way(session: Session, *, tenant_id: UUID, keys: Sequence[UUID]) -> bool:
    """True if a message for one of `keys` waits, is planned or is in a worker's hands (dead letters do not count)."""
    return bool(
        session.execute(
            text(
                "SELECT EXISTS (SELECT 1 FROM outbox_message WHERE tenant_id = :tenant_id AND key = ANY(:keys) "
                "AND state IN ('scheduled', 'waiting', 'claimed'))"
            ),
            {"tenant_id": tenant_id, "keys": list(keys)},
        ).scalar_one()
    )


def again(session: Session, claim: Claim, *, at: datetime, due_at: datetime | None = None, error: str = "") -> str:
    """Give a message back: it waits until `due_at` (default: the topic's growing pause), or is dead after its
    last attempt. A given `due_at` is a planned next step and does not count towards the last attempt.

    Returns the state it went to ("scheduled", "dead"), or "lost" when the claim was no longer ours.
    """
    topic = TOPICS[claim.topic]
    dead = due_at is None and claim.attempt >= topic.attempts_max
    state = "dead" if dead else "scheduled"
    row = session.execute(
        text(
            "UPDATE outbox_message SET state = :state, lease_until = NULL, due_at = :due_at, last_error = :error, "
            "ended_at = CASE WHEN :dead THEN CAST(:at AS timestamptz) END "
            "WHERE tenant_id = :tenant_id AND message_id = :message_id AND attempt = :attempt "
            "AND state = 'claimed' RETURNING 1"
        ),
        {
            "state": state,
            "dead": dead,
            "due_at": due_at or at + retry_delay(topic, claim.attempt),
            "error": redact(error)[:ERROR_TEXT_MAX] or None,
            "tenant_id": claim.tenant_id,
            "message_id": claim.message_id,
            "attempt": claim.attempt,
            "at": at,
        },
    ).first()
    return state if row is not None else "lost"


def bury(session: Session, claim: Claim, *, at: datetime, error: str) -> None:
    """Make a message a dead letter at once: trying again by itself cannot help."""
    session.execute(
        text(
            "UPDATE outbox_message SET state = 'dead', lease_until = NULL, last_error = :error, ended_at = :at "
            "WHERE tenant_id = :tenant_id AND message_id = :message_id AND attempt = :attempt AND state = 'claimed'"
        ),
        {
            "tenant_id": claim.tenant_id,
            "message_id": claim.message_id,
            "attempt": claim.attempt,
            "error": redact(error)[:ERROR_TEXT_MAX],
            "at": at,
        },
    )
