"""What people do to their own sign-in, in the audit log of every account they belong to."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ebelge.core.db import person_session, role_session, tenant_session
from ebelge.edge.actors import actor, known_as
from ebelge.edge.requests import request_at
from tenants.audit import entries
from tenants.members import memberships
from tenants.people import persons

# Who works for more accounts than this leaves his sign-ins in the list of his sessions only.
_SIGN_INS_MAX = 20


def signed_in(person_id: UUID, *, factor: str) -> None:
    """Somebody signed in, with that second factor."""
    note(person_id, "person.signed_in", after={"factor": factor})


def note(
    person_id: UUID, action: str, *, before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None
) -> None:
    """Note a deed of a person at his own account with every tenant of his (live ones; sandboxes go with them)."""
    with role_session("people") as db:
        name = persons.get(db, person_id=person_id).full_name
    with person_session(person_id) as session:
        seats = memberships.seats(session, person_id=person_id)
    if action == "person.signed_in" and len(seats) > _SIGN_INS_MAX:
        return
    known_as(person_id=person_id, name=name)
    at, who = request_at(), actor()
    for seat in seats:
        if seat.mode != "live":
            continue
        with tenant_session(seat.tenant_id) as session:
            entries.note(
                session, tenant_id=seat.tenant_id, actor=who, action=action, object_kind="person",
                object_id=str(person_id), before=before, after=after, at=at,
            )  # fmt: skip
