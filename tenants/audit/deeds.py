"""Noting a deed from inside the domain, which knows `by` and no request; and deeds that concern no account."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.db import fetch
from tenants.audit import entries
from tenants.audit.actor import actor_of

# The log of the house, where an installation has no account of the operator yet.
HOUSE: Final = UUID(int=0)


def deed(
    session: Session,
    *,
    tenant_id: UUID,
    action: str,
    object_kind: str,
    object_id: object,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    by: str = "",
    at: datetime,
) -> None:
    """`entries.note` by whoever the request, the command or `by` names."""
    entries.note(
        session, tenant_id=tenant_id, actor=actor_of(by), action=action, object_kind=object_kind, object_id=object_id,
        before=before, after=after, at=at,
    )  # fmt: skip


def house_deed(
    session: Session,
    *,
    action: str,
    object_kind: str,
    object_id: object,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    by: str = "",
    tenant_id: UUID | None = None,
    at: datetime,
) -> None:
    """A deed of the operator's staff about what is nobody's (a public price, a bank line): in the operator's own log.

    `tenant_id`: the account it concerns after all. The session is one of the role finance.
    """
    deed(
        session, tenant_id=tenant_id or house(session), action=action, object_kind=object_kind, object_id=object_id,
        before=before, after=after, by=by, at=at,
    )  # fmt: skip


def house(session: Session) -> UUID:
    """Whose log is the operator's own; the session is one of finance or reader."""
    found = fetch(session, "SELECT tenant_id FROM tenant WHERE kind = 'operator' AND mode = 'live'")
    return UUID(str(found[0].tenant_id)) if found else HOUSE
