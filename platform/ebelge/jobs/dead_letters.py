"""Dead letters: messages that trying again by itself did not help. A person sees why, and lets them go again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from ebelge.core.db import role_session
from ebelge.jobs import bell
from tenants.audit.deeds import deed

_LIST = text(
    "SELECT m.tenant_id, m.message_id, m.topic, m.key, m.attempt, m.created_at, m.ended_at, m.last_error, "
    "d.document_id, d.number, d.state AS document_state, t.title "
    "FROM outbox_message m JOIN tenant t ON t.tenant_id = m.tenant_id "
    "LEFT JOIN document d ON d.tenant_id = m.tenant_id AND (d.document_id = m.key OR d.zarf_id = m.key) "
    "WHERE m.state = 'dead' AND (CAST(:message_id AS uuid) IS NULL OR m.message_id = :message_id) "
    "AND (CAST(:tenant_id AS uuid) IS NULL OR m.tenant_id = :tenant_id) "
    "ORDER BY m.ended_at, m.message_id LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message at its end: what it was to do, for whom, since when it is dead and why."""

    tenant_id: UUID
    message_id: UUID
    topic: str
    key: UUID
    attempts: int
    created_at: datetime
    died_at: datetime
    reason: str
    tenant_title: str
    document_id: UUID | None
    number: str | None
    document_state: str | None


def find(*, message_id: UUID | None = None, tenant_id: UUID | None = None, limit: int = 1000) -> list[DeadLetter]:
    """Dead letters of all tenants, the longest dead first (an envelope's letter appears once per document)."""
    with role_session("reader") as session:
        rows = session.execute(_LIST, {"message_id": message_id, "tenant_id": tenant_id, "limit": limit}).all()
    return [
        DeadLetter(
            tenant_id=row.tenant_id,
            message_id=row.message_id,
            topic=row.topic,
            key=row.key,
            attempts=row.attempt,
            created_at=row.created_at,
            died_at=row.ended_at,
            reason=row.last_error or "",
            tenant_title=row.title,
            document_id=row.document_id,
            number=row.number,
            document_state=row.document_state,
        )
        for row in rows
    ]


def retry(*, message_id: UUID | None = None, tenant_id: UUID | None = None, at: datetime) -> int:
    """Let dead letters (one, a tenant's, or all) wait for a worker again, as if never tried; returns how many."""
    with role_session("relay") as session:
        rows = session.execute(
            text(
                "UPDATE outbox_message SET state = 'waiting', attempt = 0, due_at = :at, ended_at = NULL "
                "WHERE state = 'dead' AND (CAST(:message_id AS uuid) IS NULL OR message_id = :message_id) "
                "AND (CAST(:tenant_id AS uuid) IS NULL OR tenant_id = :tenant_id) "
                "RETURNING tenant_id, message_id, topic, key"
            ),
            {"message_id": message_id, "tenant_id": tenant_id, "at": at},
        ).all()
        for row in rows:
            deed(
                session, tenant_id=row.tenant_id, action="job.retried", object_kind="message",
                object_id=row.message_id, after={"topic": row.topic, "about": row.key}, at=at,
            )  # fmt: skip
    if rows:
        bell.ring()
    return len(rows)


def counts() -> dict[str, dict[str, int]]:
    """How many messages of each topic stand in each state (finished ones left out)."""
    with role_session("reader") as session:
        rows = session.execute(
            text("SELECT topic, state, count(*) AS n FROM outbox_message WHERE state <> 'done' GROUP BY topic, state")
        ).all()
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.topic, {})[row.state] = row.n
    return found
