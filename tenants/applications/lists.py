"""Applications with their accounts, as the operator (role reader) or a reseller (his role) sees them: the policies
decide which."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.errors import NotFound

_ROWS: Final = """
    SELECT a.tenant_id, a.application_id, a.state, a.full_name, a.email, a.phone, a.language, a.services, a.product,
           a.invited_by, a.created_at, a.confirmed_at, a.asked, a.decided_at, a.decided_by, a.reason,
           t.vkn_tckn, t.title, t.city, t.district, t.tax_office, t.state AS tenant_state, t.reseller_id
      FROM application a JOIN tenant t ON t.tenant_id = a.tenant_id
"""
# GİB's list as it was last loaded, and who else came with this address or this taxpayer.
_CHECKS: Final = """
    SELECT (SELECT min(g.title) FROM gib_alias g WHERE g.mode = 'live' AND g.vkn_tckn = t.vkn_tckn
               AND g.deleted_at IS NULL) AS gib_title,
           (SELECT count(*) FROM application o WHERE o.tenant_id = a.tenant_id
               AND o.application_id <> a.application_id) AS earlier,
           (SELECT count(DISTINCT o.tenant_id) FROM application o WHERE o.person_id = a.person_id
               AND o.tenant_id <> a.tenant_id) AS others,
           (SELECT count(*) FROM lead l WHERE l.vkn_tckn = t.vkn_tckn) AS leads,
           t.title
      FROM application a JOIN tenant t ON t.tenant_id = a.tenant_id
     WHERE a.application_id = :application_id
"""


@dataclass(frozen=True, slots=True)
class Checks:
    """What staff look at before they decide; the VKN's digits were checked when it was typed.

    `gib_title`: under which name GİB's list has the taxpayer, None if it has not (not registered yet). `earlier`:
    applications for the same taxpayer before; `others`: further companies of the same person; `leads`: enquiries.
    """

    gib_title: str | None
    earlier: int
    others: int
    leads: int


def listed(session: Session, *, states_wanted: list[str], limit: int = 50, before: UUID | None = None) -> list[Any]:
    """Applications in these states, newest first."""
    where = (
        "WHERE a.state = ANY(CAST(:states AS text[])) AND (CAST(:before AS uuid) IS NULL OR a.application_id < :before)"
        " ORDER BY a.application_id DESC LIMIT :limit"
    )
    return list(session.execute(text(_ROWS + where), {"states": states_wanted, "limit": limit, "before": before}))


def one(session: Session, *, application_id: UUID) -> Any:
    """One of them. :raises NotFound: there is none, or the session does not reach it."""
    found = session.execute(text(f"{_ROWS} WHERE a.application_id = :id"), {"id": application_id}).one_or_none()
    if found is None:
        raise NotFound("Böyle bir başvuru yok.", "There is no such application.")
    return found


def checks(session: Session, *, application_id: UUID) -> Checks:
    """What there is to check (role reader)."""
    row = session.execute(text(_CHECKS), {"application_id": application_id}).one()
    return Checks(row.gib_title, row.earlier, row.others, row.leads)
