"""Claims over all tenants, as the role `relay`: turns, leases, the deadline sweep, dead letters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.db import together
from ebelge.core.transaction import Prepared, prepared
from ebelge.outbox.messages import Claim
from ebelge.outbox.topics import TOPICS

# Loose index scan: one probe per tenant with waiting rows, so a bulk of a million rows costs no more than one. It goes
# on from the tenant whose turn was last, and begins anew where the tenants end. All queues in one statement.
_ROUND = """
    (WITH RECURSIVE t AS (
        (SELECT m.tenant_id FROM outbox_message m
          WHERE m.state = 'waiting' AND m.queue = q.name AND m.tenant_id > {after} ORDER BY m.tenant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT m.tenant_id FROM outbox_message m
                 WHERE m.state = 'waiting' AND m.queue = q.name AND m.tenant_id > t.tenant_id
                   AND m.tenant_id <= {until} ORDER BY m.tenant_id LIMIT 1)
          FROM t WHERE t.tenant_id IS NOT NULL
    )
    SELECT t.tenant_id FROM t WHERE t.tenant_id <= {until})
"""
_NIL, _LAST = (f"'{UUID(int=number)}'::uuid" for number in (0, 2**128 - 1))
# A row of VALUES a queue, not arrays: the server knows how many there are and need not plan anew for every look.
_TENANTS = f"""
    SELECT q.name, x.tenant_id
      FROM (VALUES {{}}) AS q(name, after, most)
      CROSS JOIN LATERAL (
        {_ROUND.format(after="q.after", until=_LAST)} UNION ALL {_ROUND.format(after=_NIL, until="q.after")}
        LIMIT q.most
      ) x
"""
# One statement names one tenant, so it can be routed to the tenant's machine. ARRAY(…) is evaluated once; a joined
# subquery with LIMIT and SKIP LOCKED may be run again by the planner and would claim more than its limit.
_CLAIM = Prepared("""
    UPDATE outbox_message
       SET state = 'claimed', attempt = attempt + 1, lease_until = %s
     WHERE tenant_id = %s::uuid AND message_id = ANY (ARRAY(
             SELECT message_id FROM outbox_message
              WHERE tenant_id = %s::uuid AND queue = %s AND state = 'waiting'
              ORDER BY message_id LIMIT %s FOR UPDATE SKIP LOCKED))
 RETURNING tenant_id, message_id, topic, key, attempt, payload
""")
NIL = UUID(int=0)


@dataclass(slots=True)
class Turns:
    """Whose turn comes next in each queue: claims go round the tenants, so that none starves."""

    after: dict[str, UUID]

    def __init__(self) -> None:
        self.after = {}


_PROMOTE = Prepared(
    "WITH due AS MATERIALIZED (SELECT tenant_id, message_id FROM outbox_message "
    "WHERE state = 'scheduled' AND due_at <= %s ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED) "
    "UPDATE outbox_message m SET state = 'waiting' FROM due "
    "WHERE m.tenant_id = due.tenant_id AND m.message_id = due.message_id RETURNING 1"
)


def promote(session: Session, *, at: datetime, limit: int = 5000) -> int:
    """Make scheduled messages that are due wait for a worker; returns how many."""
    (rows,) = together(session, (_PROMOTE, (at, limit)))
    return len(rows)


def claim(session: Session, *, queue: str, limit: int, turns: Turns, at: datetime) -> list[Claim]:
    """Claim up to `limit` waiting messages of a queue, tenants in turn, each tenant's oldest first.

    The caller commits before anything is handed to a worker.
    """
    return claim_all(session, limits={queue: limit}, turns=turns, at=at)[queue]


def claim_all(session: Session, *, limits: Mapping[str, int], turns: Turns, at: datetime) -> dict[str, list[Claim]]:
    """`claim` for several queues, each with its own limit; to look in vain in all of them is one round trip."""
    if not limits:
        return {}
    asked = prepared(_TENANTS.format(", ".join(["(%s::text, %s::uuid, %s::int)"] * len(limits))))
    values = [value for queue, limit in limits.items() for value in (queue, turns.after.get(queue, NIL), limit)]
    (rows,) = together(session, (asked, values))
    waiting: dict[str, list[UUID]] = {queue: [] for queue in limits}
    for row in rows:
        waiting[row.name].append(row.tenant_id)
    return {queue: _claim(session, queue, limits[queue], tenants, turns, at) for queue, tenants in waiting.items()}


def _claim(session: Session, queue: str, limit: int, tenants: list[UUID], turns: Turns, at: datetime) -> list[Claim]:
    lease_until = at + max(topic.lease for topic in TOPICS.values() if topic.queue == queue)
    claims: list[Claim] = []
    while tenants and len(claims) < limit:
        room = limit - len(claims)
        share = max(1, room // len(tenants))
        shares = [(tenant_id, share) for tenant_id in tenants[:room]]
        got = together(
            session, *((_CLAIM, (lease_until, tenant_id, tenant_id, queue, take)) for tenant_id, take in shares)
        )
        for rows in got:
            claims += [Claim(*row) for row in sorted(rows, key=lambda row: row.message_id)]
        turns.after[queue] = shares[-1][0]
        # Only a tenant that filled its share may have more.
        tenants = [tenant_id for (tenant_id, take), rows in zip(shares, got, strict=True) if len(rows) == take]
    return claims


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
