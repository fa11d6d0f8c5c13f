"""What of the service works right now, for everybody: no name, no number of any account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import redis
from flask import Blueprint, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ebelge.core.config import settings
from ebelge.core.db import role_session
from ebelge.documents.travel import health
from ebelge.edge.requests import request_at
from ebelge.web.public import page

blueprint = Blueprint("status", __name__)
# What waits longer than this to be signed is late: a document is signed within seconds.
LATE_AFTER: Final = timedelta(minutes=2)
_REDIS_TIMEOUT_S: Final = 0.5
_OLDEST = text(
    "SELECT min(m.due_at) FROM outbox_message m WHERE m.state = 'waiting' AND m.queue = :queue AND m.due_at < :late"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the service. Tones: good, wait, bad. `since`: since when it is not good."""

    name: tuple[str, str]
    tone: str
    words: tuple[str, str]
    since: datetime | None = None


@blueprint.get("/status")
def show() -> Response:
    """Every part with its state, measured while the page is made."""
    at = request_at()
    parts = [_pages(), *_database(at), _doorbell()]
    worst = next((tone for tone in ("bad", "wait") if any(part.tone == tone for part in parts)), "good")
    response = page("front/status.html", states=parts, worst=worst, at=at)
    response.headers["Cache-Control"] = "no-store"
    return response


def _pages() -> Part:
    return Part(("Portal ve API", "Portal and API"), "good", ("Çalışıyor", "Working"))


def _database(at: datetime) -> list[Part]:
    accepting, signing, gib = (
        ("Belge kabulü", "Accepting documents"),
        ("İmzalama", "Signing"),
        ("GİB bağlantısı", "Connection to GİB"),
    )
    try:
        with role_session("app") as session:
            down = health.down_since(session, mode="live")
        with role_session("relay") as session:
            oldest = session.scalar(_OLDEST, {"queue": "sign", "late": at - LATE_AFTER})
    except SQLAlchemyError:
        closed = ("Şu anda belge alınamıyor", "No document is accepted just now")
        return [Part(accepting, "bad", closed)]
    return [
        Part(accepting, "good", ("Çalışıyor", "Working")),
        Part(signing, "wait", ("Gecikiyor, belgeler sırada", "Late, documents are in the queue"), oldest)
        if oldest
        else Part(signing, "good", ("Çalışıyor", "Working")),
        Part(
            gib, "bad",
            ("GİB yanıt vermiyor; belgeler sırada bekliyor", "GİB does not answer; documents wait in turn"),
            down,
        )
        if down
        else Part(gib, "good", ("Çalışıyor", "Working")),
    ]  # fmt: skip


def _doorbell() -> Part:
    name = ("Bildirim ve sıra", "Queue")
    try:
        with redis.Redis.from_url(
            settings().redis_url, socket_timeout=_REDIS_TIMEOUT_S, socket_connect_timeout=_REDIS_TIMEOUT_S
        ) as connection:
            connection.ping()
    except redis.RedisError:
        return Part(name, "wait", ("Yavaş; hiçbir belge kaybolmaz", "Slow; no document is lost"))
    return Part(name, "good", ("Çalışıyor", "Working"))
