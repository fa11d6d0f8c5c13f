"""The webhook inbox: every verified notice once, until it is clear whose it is. All calls as the role finance."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from billing.models.orders import PaymentNotice
from billing.payments.gateway import Notice
from ebelge.core.db import one

# A notice may come before its attempt is known here; after this many looks (the pause doubles from one second: about
# a quarter of an hour) nobody knows it.
TRIES_MAX = 10
# What PostgreSQL's jsonb and text refuse: NUL, and halves of a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_WAITING = text(
    "SELECT gateway, notice_id FROM payment_notice WHERE state = 'new' "
    "AND received_at + make_interval(secs => power(2, tries) - 1) <= :at ORDER BY received_at LIMIT :limit"
)


def keep(session: Session, *, notice: Notice, at: datetime) -> bool:
    """Write a notice down; False if it was here before (duplicates share `notice_id`)."""
    row = one(
        session,
        "INSERT INTO payment_notice (gateway, notice_id, kind, about, gateway_ref, gateway_payment_id, attempt_ref, "
        "claimed, raw, received_at, state) VALUES (:gateway, :notice_id, :kind, :about, :gateway_ref, :payment_id, "
        ":attempt_ref, :claimed, CAST(:raw AS jsonb), :at, 'new') ON CONFLICT DO NOTHING RETURNING 1",
        **{
            name: _storable(getattr(notice, name))
            for name in (
                "gateway", "notice_id", "kind", "about", "gateway_ref", "payment_id", "attempt_ref", "claimed",
            )
        },
        raw=json.dumps(_storable(notice.raw)),
        at=at,
    )  # fmt: skip
    return row is not None


def waiting(session: Session, *, at: datetime, limit: int) -> Sequence[PaymentNotice]:
    """Notices that nobody has placed yet and whose next look is due, the oldest first."""
    keys = session.execute(_WAITING, {"at": at, "limit": limit}).all()
    found = [session.get(PaymentNotice, (row.gateway, row.notice_id)) for row in keys]
    return [row for row in found if row is not None]


def passed_on(session: Session, *, gateway: str, notice_id: str, tenant_id: UUID, at: datetime) -> None:
    """It is this tenant's, and what it asks for was put in its outbox."""
    _end(session, gateway, notice_id, "passed_on", at, tenant_id)


def ignored(session: Session, *, gateway: str, notice_id: str, at: datetime) -> None:
    """It asks for nothing here."""
    _end(session, gateway, notice_id, "ignored", at, None)


def looked(session: Session, *, gateway: str, notice_id: str, at: datetime) -> bool:
    """Nobody's yet: look again later. True if that was the last look; then a person has to."""
    row = session.execute(
        select(PaymentNotice)
        .where(PaymentNotice.gateway == gateway, PaymentNotice.notice_id == notice_id, PaymentNotice.state == "new")
        .with_for_update()
    ).scalar_one_or_none()
    if row is None:
        return False
    row.tries += 1
    if row.tries < TRIES_MAX:
        return False
    row.state, row.ended_at = "unplaced", at
    return True


def _end(session: Session, gateway: str, notice_id: str, state: str, at: datetime, tenant_id: UUID | None) -> None:
    session.execute(
        text(
            "UPDATE payment_notice SET state = :state, ended_at = :at, tenant_id = :tenant_id "
            "WHERE gateway = :gateway AND notice_id = :notice_id AND state IN ('new', 'unplaced')"
        ),
        {"state": state, "at": at, "tenant_id": tenant_id, "gateway": gateway, "notice_id": notice_id},
    )


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("?", value)
    if isinstance(value, Mapping):
        return {_storable(name): _storable(item) for name, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list) else value
