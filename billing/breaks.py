"""What does not agree and waits for a person: opened once, ended with a note. Nothing a break speaks of is ever edited.

Kinds are named by whoever finds them; `subject` names the thing (an id or key). What belongs to no tenant lies with the
operator's tenant.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from billing.models.finance import Break
from ebelge.core.db import fetch
from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.ids import new_id
from tenants.audit.deeds import house_deed

EndState = Literal["explained", "resolved"]
NOTE_MAX = 2000
BY_ITSELF = "reconciliation "  # and the run's id: what a run has ended, because the difference was gone

_OPEN = """
    INSERT INTO finance_break (tenant_id, break_id, kind, subject, amount_kurus, kontor, data, state, found_at, seen_at)
    SELECT %(tenant_id)s, %(break_id)s, %(kind)s, %(subject)s, %(amount_kurus)s, %(kontor)s, %(data)s::jsonb, 'open',
           %(at)s, %(at)s
     WHERE %(again)s OR NOT EXISTS (
           SELECT 1 FROM finance_break b WHERE b.tenant_id = %(tenant_id)s AND b.kind = %(kind)s
              AND b.subject = %(subject)s AND b.state <> 'open' AND NOT starts_with(b.resolved_by, %(by_itself)s)
              AND (b.amount_kurus, b.kontor)
                  IS NOT DISTINCT FROM (CAST(%(amount_kurus)s AS bigint), CAST(%(kontor)s AS bigint)))
    ON CONFLICT (tenant_id, kind, subject) WHERE state = 'open'
    DO UPDATE SET seen_at = greatest(finance_break.seen_at, excluded.seen_at)
    RETURNING break_id
"""


class BreakEnded(Conflict):
    """Somebody has ended the break already, another way."""

    code = "break_ended"
    title_tr, title_en = "Bu fark kapatılmış", "The break is ended already"


def open_break(
    session: Session,
    *,
    tenant_id: UUID,
    kind: str,
    subject: str,
    at: datetime,
    amount_kurus: int | None = None,
    kontor: int | None = None,
    data: Mapping[str, Any] | None = None,
    again: bool = True,
) -> bool:
    """Note a difference; True when it is new. One that is open is seen once more and keeps what was found first.

    `again=False`: one that a person has ended before stays ended while it is of the same size. The session must be the
    tenant's, or finance's.
    """
    break_id = new_id()
    with_values = {
        "tenant_id": tenant_id, "break_id": break_id, "kind": kind, "subject": subject, "at": at, "kontor": kontor,
        "amount_kurus": amount_kurus, "data": json.dumps(dict(data or {}), default=str), "again": again,
        "by_itself": BY_ITSELF,
    }  # fmt: skip
    session.flush()
    rows = session.connection().exec_driver_sql(_OPEN, with_values).fetchall()
    return bool(rows) and rows[0][0] == break_id


def end_break(
    session: Session,
    *,
    tenant_id: UUID,
    break_id: UUID,
    state: EndState,
    note: str,
    resolved_by: str,
    by: str,
    at: datetime,
) -> None:
    """End a break: `explained` (nothing was wrong) or `resolved`; `resolved_by` names the entry that set it right.

    :raises InvalidRequest: no note, or a resolution without its entry. :raises NotFound: no such break.
    :raises BreakEnded: it was ended otherwise before; the same ending again changes nothing.
    """
    note = check_note(note)
    if state == "resolved" and not resolved_by:
        raise InvalidRequest(
            "Farkı düzelten kaydı yazın (iade, dekont, hibe ...).",
            "Name the entry that set it right (refund, bank line, grant ...).",
        )
    if resolved_by.startswith(BY_ITSELF):
        raise InvalidRequest("Mutabakat kaydı elle yazılamaz.", "A reconciliation run is no entry of a person.")
    found = session.scalars(
        select(Break).where(Break.tenant_id == tenant_id, Break.break_id == break_id).with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound()
    if found.state != "open":
        if (found.state, found.note, found.resolved_by) == (state, note, resolved_by):
            return
        raise BreakEnded()
    found.state, found.note, found.resolved_by = state, note, resolved_by
    found.owner, found.ended_at = by, at
    session.flush()
    house_deed(
        session, tenant_id=tenant_id, action="break.decided", object_kind="break", object_id=break_id,
        before={"state": "open"}, by=by, at=at,
        after={"kind": found.kind, "state": state, "reason": note, "resolved_by": resolved_by},
    )  # fmt: skip


def was_ended(session: Session, *, tenant_id: UUID, kind: str, subject: str) -> bool:
    """True if a person has ended such a break and none is open."""
    states = set(
        session.scalars(
            select(Break.state).where(Break.tenant_id == tenant_id, Break.kind == kind, Break.subject == subject)
        )
    )
    return bool(states) and "open" not in states


def take_on(session: Session, *, tenant_id: UUID, break_id: UUID, owner: str, at: datetime) -> None:
    """A person takes an open break on. :raises NotFound: no such open break."""
    taken = session.execute(
        text(
            "UPDATE finance_break SET owner = :owner "
            "WHERE tenant_id = :tenant_id AND break_id = :break_id AND state = 'open' RETURNING kind"
        ),
        {"owner": owner, "tenant_id": tenant_id, "break_id": break_id},
    ).first()
    if taken is None:
        raise NotFound()
    house_deed(
        session, tenant_id=tenant_id, action="break.taken", object_kind="break", object_id=break_id,
        after={"kind": taken.kind}, by=owner, at=at,
    )  # fmt: skip


def remark(session: Session, *, tenant_id: UUID, break_id: UUID, note: str, by: str, at: datetime) -> None:
    """Keep a note in the history of an open break; it decides nothing.

    :raises InvalidRequest: no note. :raises NotFound: no such open break.
    """
    words = check_note(note)
    found = session.execute(
        text("SELECT kind FROM finance_break WHERE tenant_id = :tenant_id AND break_id = :break_id AND state = 'open'"),
        {"tenant_id": tenant_id, "break_id": break_id},
    ).first()
    if found is None:
        raise NotFound()
    house_deed(
        session, tenant_id=tenant_id, action="break.noted", object_kind="break", object_id=break_id,
        after={"kind": found.kind, "reason": words}, by=by, at=at,
    )  # fmt: skip


def open_kinds(session: Session, *, tenant_id: UUID) -> list[tuple[str, int]]:
    """Kinds of a tenant's open breaks and how many there are, most first."""
    rows = fetch(
        session,
        "SELECT kind, count(*) FROM finance_break WHERE tenant_id = %s AND state = 'open' "
        "GROUP BY kind ORDER BY count(*) DESC, kind",
        tenant_id,
    )
    return [(row[0], row[1]) for row in rows]


def check_note(note: str) -> str:
    """A note without blanks around it. :raises InvalidRequest: none, or too long."""
    said = note.strip()
    if not said or len(said) > NOTE_MAX:
        raise InvalidRequest("Açıklama gerekir (en çok 2000 harf).", "A note is needed (at most 2000 letters).")
    return said
