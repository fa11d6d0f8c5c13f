"""Writing entries: `note()` in the transaction of the deed, so that neither stands without the other."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.db import fetch
from ebelge.core.ids import new_id
from tenants.audit.actions import ACTIONS
from tenants.audit.actor import AGENT_MAX, Actor, ActorKind, command, system
from tenants.audit.chain import detail_hash, details_text, new_salt
from tenants.audit.kept import apart, changed, harmless, json_text

__all__ = ["AGENT_MAX", "Actor", "ActorKind", "command", "note", "system"]
_INSERT = """
    WITH entry AS (
        INSERT INTO audit_entry (tenant_id, entry_id, at, action, object_kind, object_id, actor_kind, actor_id,
                                 for_whom, request_id, details, change)
        VALUES (%s::uuid, %s::uuid, %s::timestamptz, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ), detail AS (
        INSERT INTO audit_detail (tenant_id, entry_id, part, noted_at, salt, value)
        SELECT %s::uuid, %s::uuid, d.part, %s::timestamptz, d.salt, d.value
          FROM unnest(%s::text[], %s::bytea[], %s::text[]) AS d(part, salt, value)
    ), waits AS (
        INSERT INTO audit_unsealed (tenant_id, entry_id) VALUES (%s::uuid, %s::uuid)
    )
    SELECT 1
"""


def note(
    session: Session,
    *,
    tenant_id: UUID,
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: object,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    at: datetime,
) -> UUID | None:
    """Note a deed in the log of the account it concerns; returns the entry's id.

    Give `before` and `after` the fields the action lists: what differs is kept. If both are given and nothing differs,
    nothing is noted (None). The session is the account's own, or one of staff that may write for every account.
    :raises KeyError: there is no such action. :raises UndeclaredField: the action does not list a field.
    """
    kept = changed(ACTIONS[action], action, before, after)
    if kept is None:
        return None
    fields, personal = kept
    values = {
        "who": {"name": harmless(actor.name, 200)} if actor.name else {},
        "from": {
            name: harmless(value, AGENT_MAX)
            for name, value in (("address", actor.address), ("agent", actor.agent))
            if value
        },
        "personal": personal,
    }
    details = {part: (new_salt(), json_text(value)) for part, value in values.items() if value}
    entry_id = new_id()
    key = (tenant_id, entry_id)
    hashes = {part: detail_hash(salt, value) for part, (salt, value) in details.items()}
    told = (object_kind, apart(object_id), actor.kind, apart(actor.id), apart(actor.for_whom), apart(actor.request_id))
    parts, salts, texts = list(details), [salt for salt, _ in details.values()], [text for _, text in details.values()]
    hashed = (details_text(hashes), json_text(fields))
    fetch(session, _INSERT, *key, at, action, *told, *hashed, *key, at, parts, salts, texts, *key)
    return entry_id
