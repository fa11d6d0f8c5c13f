"""Whether GİB answers: written when that changes, read by pages and the API (TRADE.md 7)."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.documents.registered.models import GibHealth

_DOWN = text(
    "INSERT INTO gib_health (mode, down_since, changed_at, detail) VALUES (:mode, :at, :at, :detail) "
    "ON CONFLICT (mode) DO UPDATE SET down_since = excluded.down_since, changed_at = excluded.changed_at, "
    "detail = excluded.detail WHERE gib_health.down_since IS NULL"
)
_UP = text(
    "UPDATE gib_health SET down_since = NULL, changed_at = :at, detail = '' "
    "WHERE mode = :mode AND down_since IS NOT NULL RETURNING 1"
)
# What was put off because GİB did not answer goes at once, oldest first (claims go by age). Runs as the relay.
_HASTEN = text(
    "UPDATE outbox_message m SET due_at = :at WHERE m.state = 'scheduled' AND m.due_at > :at "
    "AND m.topic IN ('document.send', 'parcel.send', 'zarf.status') AND m.last_error IS NOT NULL RETURNING 1"
)
DETAIL_MAX = 500


def went_down(session: Session, *, mode: str, detail: str, at: datetime) -> None:
    """GİB did not answer. Down already: since when stays."""
    session.execute(_DOWN, {"mode": mode, "detail": detail[:DETAIL_MAX], "at": at})


def came_back(session: Session, *, mode: str, at: datetime) -> bool:
    """GİB answers; True if it did not before."""
    return session.execute(_UP, {"mode": mode, "at": at}).first() is not None


def hasten(session: Session, *, at: datetime) -> int:
    """Let everything that waits because GİB was away be due now; returns how many messages. Runs as the role relay."""
    return len(session.execute(_HASTEN, {"at": at}).all())


def down_since(session: Session, *, mode: str) -> datetime | None:
    """Since when GİB does not answer in this mode; None: it does, as far as we know."""
    found = session.get(GibHealth, mode)
    return found.down_since if found is not None else None
