"""Claims over all tenants, as the role `relay`: turns, leases, the deadline sweep, dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.db import fetch
from ebelge.outbox.messages import Claim
from ebelge.outbox.topics import TOPICS

# Loose index scan: one probe per tenant with waiting rows, so a bulk of a million rows costs no more than one.
_TENANTS = text(
    """
    WITH RECURSIVE t AS (
        (SELECT tenant_id FROM outbox_message
          WHERE state = 'waiting' AND queue = :queue AND tenant_id > :after ORDER BY tenant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT m.tenant_id FROM outbox_message m
                 WHERE m.state = 'waiting' AND m.queue = :queue AND m.tenant_id > t.tenant_id
                 ORDER BY m.tenant_id LIMIT 1)
          FROM t WHERE t.tenant_id IS NOT NULL
    )
    SELECT tenant_id FROM t WHERE tenant_id IS NOT NULL LIMIT :limit
    """
)
# One statement names one tenant, so it can be routed to the tenant's machine. ARRAY(…) is evaluated once; a joined
# subquery with LIMIT and SKIP LOCKED may be run again by the planner and would claim more than its limit.
_CLAIM = """
    UPDATE outbox_message
       SET state = 'claimed', attempt = attempt + 1, lease_until = %(lease_until)s
     WHERE tenant_id = %(tenant_id)s AND message_id = ANY (ARRAY(
             SELECT message_id FROM outbox_message
              WHERE tenant_id = %(tenant_id)s AND queue = %(queue)s AND state = 'waiting'
              ORDER BY message_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
 RETURNING tenant_id, message_id, topic, key, attempt, payload
"""
_WAITING = (
    "SELECT q.name FROM unnest(%s::text[]) AS q(name) "
    "WHERE EXISTS (SELECT 1 FROM outbox_message m WHERE m.state = 'waiting' AND m.queue = q.name)"
)
NIL = UUID(int=0)


@dataclass(slots=True)
class Turns:
    """Whose turn comes next in each queue: claims go round the tenants, so that none starves."""

    after: dict[str, UUID]

    def __init__(self) -> None:
        self.after = {}


def promote(session: Session, *, at: datetime, limit: int = 5000) -> int:
    """Make scheduled messages that are due wait for a worker; returns how many."""
    rows = session.execute(
        text(
            "WITH due AS MATERIALIZED (SELECT tenant_id, message_id FROM outbox_message "
            "WHERE state = 'scheduled' AND due_at <= :at ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED) "
            "UPDATE outbox_message m SET state = 'waiting' FROM due "
            "WHERE m.tenant_id = due.tenant_id AND m.message_id = due.message_id RETURNING 1"
        ),
        {"at": at, "limit": limit},
    ).all()
    return len(rows)


def busy_queues(session: Session, queues: Sequence[str]) -> set[str]:
    """Of these queues those in which a message waits: one round trip, so that looking in vain costs little."""
    return {row.name for row in fetch(session, _WAITING, list(queues))}


def claim(session: Session, *, queue: str, limit: int, turns: Turns, at: datetime) -> list[Claim]:
    """Claim up to `limit` waiting messages of a queue, tenants in turn, each tenant's oldest first.

    The caller commits before anything is handed to a worker.
    """
    tenants = _next_tenants(session, queue, limit, turns)
    if not tenants:
        return []
    lease_until = at + max(topic.lease for topic in TOPICS.values() if topic.queue == queue)
    claims: list[Claim] = []
    while tenants and len(claims) < limit:
        wishes: list[dict[str, Any]] = []
        room = limit - len(claims)
        share = max(1, room // len(tenants))
        for tenant_id in tenants:
            take = min(share, room)
            if take <= 0:
                break
            room -= take
            wishes.append({"tenant_id": tenant_id, "queue": queue, "limit": take, "lease_until": lease_until})
        got = _claim_each(session, wishes)
        claims += [claim for _, batch in got for claim in batch]
        last: UUID = wishes[-1]["tenant_id"]
        turns.after[queue] = last
        # Only a tenant that filled its share may have more.
        tenants = [wish["tenant_id"] for wish, batch in got if len(batch) == wish["limit"]]
    return claims


def _next_tenants(session: Session, queue: str, limit: int, turns: Turns) -> list[UUID]:
    after = turns.after.get(queue, NIL)
    values: dict[str, Any] = {"queue": queue, "limit": limit}
    tenants = list(session.execute(_TENANTS, values | {"after": after}).scalars())
    if len(tenants) < limit and after != NIL:
        known = set(tenants)
        first = session.execute(_TENANTS, values | {"after": NIL}).scalars()
        tenants += [tenant_id for tenant_id in first if tenant_id not in known]
    return tenants[:limit]


def _claim_each(session: Session, wishes: list[dict[str, Any]]) -> list[tuple[dict[str, Any], list[Claim]]]:
    """One claiming statement per tenant, sent down the wire together."""
    connection: Any = session.connection().connection.dbapi_connection
    got: list[tuple[dict[str, Any], list[Claim]]] = []
    with connection.cursor() as cursor:
        cursor.executemany(_CLAIM, wishes, returning=True)
        for wish in wishes:
            rows = sorted(cursor.fetchall(), key=lambda row: row[1])
            got.append((wish, [Claim(*row) for row in rows]))
            cursor.nextset()
    return got


def sweep(session: Session, *, at: datetime, limit: int = 5000) -> int:
    """Put every message whose holder let its lease run out back into the queue (or, after its last attempt, among
    the dead letters); returns how many. The holder may still live: its attempt number no longer counts."""
    rows = session.execute(
        text(
            "SELECT tenant_id, message_id, topic, attempt FROM outbox_message "
            "WHERE state = 'claimed' AND lease_until < :at ORDER BY lease_until LIMIT :limit FOR UPDATE SKIP LOCKED"
        ),
        {"at": at, "limit": limit},
    ).all()
    for row in rows:
        dead = row.attempt >= TOPICS[row.topic].attempts_max
        session.execute(
            text(
                "UPDATE outbox_message SET state = :state, lease_until = NULL, "
                "last_error = 'the worker did not report back in time', "
                "ended_at = CASE WHEN :dead THEN CAST(:at AS timestamptz) END "
                "WHERE tenant_id = :tenant_id AND message_id = :message_id"
            ),
            {
                "state": "dead" if dead else "waiting",
                "dead": dead,
                "tenant_id": row.tenant_id,
                "message_id": row.message_id,
                "at": at,
            },
        )
    return len(rows)


def give_back(session: Session, claims: list[Claim]) -> None:
    """Undo claims that could not be handed to a worker (Redis away): they wait again, the attempt does not count."""
    for claim in claims:
        session.execute(
            text(
                "UPDATE outbox_message SET state = 'waiting', lease_until = NULL, attempt = attempt - 1 "
                "WHERE tenant_id = :tenant_id AND message_id = :message_id AND attempt = :attempt AND state = 'claimed'"
            ),
            {"tenant_id": claim.tenant_id, "message_id": claim.message_id, "attempt": claim.attempt},
        )
