"""Which account a VKN or TCKN has, by exact match: for requests that reach an account nobody shows."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.errors import NotFound
from tenants import accounts
from tenants.resellers.changes import Reseller


@dataclass(frozen=True, slots=True)
class Account:
    """That a taxpayer has an account, and of which kind. Whose customer it is, is not told."""

    tenant_id: UUID
    kind: str


def account_of(session: Session, *, vkn_tckn: str, mode: str = "live") -> Account | None:
    """The account of a taxpayer; works in any session of the role app."""
    row = session.execute(
        text("SELECT tenant_id, kind FROM account_of(:mode, :vkn)"), {"mode": mode, "vkn": vkn_tckn}
    ).first()
    return None if row is None else Account(row.tenant_id, row.kind)


def operator_id(session: Session) -> UUID:
    """The operator's account. :raises NotFound: the instance has none yet."""
    found = session.execute(text("SELECT tenant_id FROM operator_of('live')")).scalar()
    if found is None:
        raise NotFound("İşletici hesabı yok.", "There is no operator's account.")
    return UUID(str(found))


def reseller(session: Session, *, tenant_id: UUID) -> Reseller:
    """As the reseller: itself as a side of a change. :raises NotFound: no reseller with an open account."""
    found = accounts.get(session, tenant_id=tenant_id)
    if found.kind != "reseller" or found.mode != "live" or found.state != "active":
        raise NotFound("Böyle bir bayi yok.", "There is no such reseller.")
    return Reseller(found.tenant_id, found.title)
