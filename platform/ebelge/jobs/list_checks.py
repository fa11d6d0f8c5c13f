"""The clock's part for documents that an old user list decided: looked at again when a fresh one is there, told aloud
while none is."""

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import text

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.documents.models import Document
from ebelge.documents.registered import list_checks
from ebelge.documents.registered.taxpayer import STALE_AFTER
from ebelge.documents.submit import SIGN
from ebelge.jobs import bell
from ebelge.notify import post

log = logging.getLogger(__name__)
BATCH = 500
_WAITING = (
    "FROM list_check c JOIN tenant t ON t.tenant_id = c.tenant_id "
    "JOIN gib_list_load l ON l.mode = t.mode AND l.role = 'PK' WHERE c.state = 'waiting' "
)
_READY = text(
    f"SELECT c.tenant_id, c.document_id, t.mode {_WAITING} AND l.loaded_at >= :fresh "
    "AND l.loaded_at > c.list_loaded_at ORDER BY c.entered_at LIMIT :limit"
)
_LEFT = text(
    "SELECT t.mode, l.loaded_at, count(*) AS documents, count(*) FILTER (WHERE c.sign_at <= :at) AS unlooked, "
    f"min(c.sign_at) AS sign_at {_WAITING} AND l.loaded_at < :fresh GROUP BY t.mode, l.loaded_at"
)
_OPERATOR = text("SELECT tenant_id FROM operator_of(:mode)")


def look_again(at: datetime) -> int:
    """Look at every document that an old list decided and a fresh one can judge; returns how many were looked at."""
    with role_session("reader") as session:
        found = session.execute(_READY, {"fresh": at - STALE_AFTER, "limit": BATCH}).all()
        left = session.execute(_LEFT, {"at": at, "fresh": at - STALE_AFTER}).all()
    for row in found:
        with bind(tenant_id=row.tenant_id):
            try:
                _look(row)
            except Exception:  # one document's trouble holds up no other
                log.exception("a document could not be looked at again", extra={"document_id": str(row.document_id)})
    for row in left:
        _alarm(row, at)
    if found:
        bell.ring()
    return len(found)


def _look(row: Any) -> None:
    at = utc_now()
    with tenant_session(row.tenant_id) as session:
        said = list_checks.look_again(
            session, tenant_id=row.tenant_id, document_id=row.document_id, mode=row.mode, topic=SIGN, at=at
        )
        if said not in ("refused", "late"):
            return
        document = session.get_one(Document, (row.tenant_id, row.document_id))
        facts = {
            "document_id": str(row.document_id), "number": document.number, "buyer": document.buyer_title,
            "signed": said == "late", "kontor": document.kontor,
        }  # fmt: skip
        occasion = f"buyer.registered {row.document_id}"
        post.write(session, tenant_id=row.tenant_id, kind="buyer_registered", occasion=occasion, facts=facts, at=at)
    log.warning("buyer of an e-Arşiv is registered", extra={"document_id": str(row.document_id), "signed": said})


def _alarm(row: Any, at: datetime) -> None:
    """Documents wait for a list that does not come: told when it begins, and daily while some were signed without."""
    step = f"signed {istanbul_date(at)}" if row.unlooked else "waits"
    facts = {
        "mode": row.mode, "loaded_at": row.loaded_at.isoformat(), "documents": row.documents, "unlooked": row.unlooked,
        "sign_at": row.sign_at.isoformat(),
    }  # fmt: skip
    with role_session("app") as session:
        operator = session.execute(_OPERATOR, {"mode": row.mode}).scalar()
    if operator is None:
        log.error("documents wait for GİB's user list", extra=facts)
        return
    occasion = f"list.old {row.mode} {row.loaded_at.isoformat()} {step}"
    with tenant_session(operator) as session:
        written = post.write(session, tenant_id=operator, kind="user_list_old", occasion=occasion, facts=facts, at=at)
    if written:
        log.error("documents wait for GİB's user list", extra=facts)
