"""Whether GİB answers, how fresh its lists are, and which envelopes and reports wait for its word."""

from datetime import timedelta
from typing import Final

from flask import Blueprint, Response
from sqlalchemy import text

from ebelge.core.db import role_session
from ebelge.edge.people import right
from ebelge.edge.requests import request_at
from ebelge.web.frame import account_page

blueprint = Blueprint("operator_gib", __name__, url_prefix="/operator/gib")
# Older lists decide no more for good (TRADE.md 7).
STALE_AFTER: Final = timedelta(hours=24)
OLDEST_SHOWN: Final = 50
_HEALTH = text("SELECT mode, down_since, changed_at, detail FROM gib_health ORDER BY mode")
_LISTS = text("SELECT mode, role, loaded_at, aliases, refused_at, refused FROM gib_list_load ORDER BY mode, role")
_OPEN = text(
    "SELECT z.state, z.cargo, count(*) AS count, min(z.created_at) AS oldest FROM zarf z "
    "WHERE z.state <> 'ended' GROUP BY z.state, z.cargo ORDER BY z.cargo, z.state"
)
_OLDEST = text(
    "SELECT z.zarf_id, z.state, z.cargo, z.code, z.code_text, z.created_at, z.sent_at, z.next_question_at, "
    "z.document_count, z.tenant_id, t.title FROM zarf z JOIN tenant t ON t.tenant_id = z.tenant_id "
    "WHERE z.state <> 'ended' ORDER BY z.created_at LIMIT :limit"
)


@blueprint.get("")
@right("jobs:work")
def index() -> Response:
    """The connection, the lists, and what is open, the oldest first."""
    with role_session("reader") as session:
        health, lists = session.execute(_HEALTH).all(), session.execute(_LISTS).all()
        open_now = session.execute(_OPEN).all()
        oldest = session.execute(_OLDEST, {"limit": OLDEST_SHOWN}).all()
    return account_page(
        "operator/gib.html", at=request_at(), stale_after=STALE_AFTER, health=health, lists=lists, open_now=open_now,
        oldest=oldest,
    )  # fmt: skip
