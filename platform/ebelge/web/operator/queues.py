"""What waits, since when, what is dead and why, and one safe button: let it go again."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy import text
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.db import role_session
from ebelge.core.errors import NotFound
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import right
from ebelge.edge.requests import request_at
from ebelge.jobs import dead_letters
from ebelge.outbox.topics import QUEUES, TOPICS
from ebelge.web.frame import account_page
from ebelge.web.operator.words import QUEUE_NAMES, TOPIC_NAMES

blueprint = Blueprint("operator_queues", __name__, url_prefix="/operator/queues")
LETTERS_SHOWN: Final = 100
_FORM_BYTES_MAX: Final = 4096
# Rows that are done are left out by partial indexes: each state has its own.
_STANDING = text(
    "SELECT m.queue, m.topic, m.state, count(*) AS number, min(m.due_at) AS oldest FROM outbox_message m "
    "WHERE m.state IN ('waiting', 'scheduled', 'claimed', 'dead') GROUP BY m.queue, m.topic, m.state"
)


@blueprint.get("")
@right("jobs:work")
def index() -> Response:
    """Every queue with what stands in it, and dead letters, the longest dead first."""
    at = request_at()
    with role_session("reader") as session:
        rows = session.execute(_STANDING).all()
    letters = dead_letters.find(limit=LETTERS_SHOWN)
    return account_page(
        "operator/queues.html", queues=_queues(rows), letters=letters, at=at, topic_names=TOPIC_NAMES,
        dead=sum(row.number for row in rows if row.state == "dead"), said=request.args.get("said", ""),
    )  # fmt: skip


@blueprint.post("/retry")
@right("jobs:work")
@body_up_to(_FORM_BYTES_MAX)
def retry() -> WerkzeugResponse:
    """Let one dead letter go again. :raises NotFound: it is no dead letter (any more)."""
    try:
        message_id = UUID(request.form.get("message", ""))
    except ValueError as error:
        raise _unknown() from error
    if not dead_letters.retry(message_id=message_id, at=request_at()):
        raise _unknown()
    return redirect(url_for("operator_queues.index", said="retried"), 303)


def _queues(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """For each queue: how many wait, are planned, in work and dead, the age of the oldest, and its topics."""
    found = []
    for name in QUEUES:
        mine = [row for row in rows if row.queue == name]
        due = [row.oldest for row in mine if row.state == "waiting"]
        found.append({
            "name": QUEUE_NAMES[name],
            "counts": {
                state: sum(row.number for row in mine if row.state == state)
                for state in ("waiting", "scheduled", "claimed", "dead")
            },
            "oldest": min(due, default=None),
            "topics": [
                (TOPIC_NAMES[topic], [(row.state, row.number) for row in mine if row.topic == topic])
                for topic, rule in TOPICS.items()
                if rule.queue == name and any(row.topic == topic for row in mine)
            ],
        })  # fmt: skip
    return found


def _unknown() -> NotFound:
    return NotFound("Böyle bir durmuş iş yok.", "There is no such dead letter.")
