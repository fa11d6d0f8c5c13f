"""Who sells to a tenant: the operator, or its reseller by the contract that is in force (TRADE.md 9).

The contract is the reseller's row. Instead of a function that may look into every tenant, the caller's transaction is
bound to the reseller for this one reading and back again: the policy of the table stays the plain one.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.db import fetch, set_tenant
from ebelge.core.errors import Conflict

_MODEL = "SELECT model FROM reseller_contract WHERE tenant_id = %s AND valid @> %s::timestamptz"


class BuysFromReseller(Conflict):
    """The tenant's reseller buys from the operator and sells on in his own name: the tenant buys from him."""

    code = "buys_from_reseller"
    title_tr, title_en = "Kontörü bayinizden alırsınız", "You buy kontör from your reseller"


def contract_model(session: Session, *, tenant_id: UUID, reseller_id: UUID, at: datetime) -> str | None:
    """`commission` or `resale` by the reseller's contract at an instant; None where he has none then.

    The session is `tenant_id`'s before and after.
    """
    session.flush()
    set_tenant(session, reseller_id)
    found = fetch(session, _MODEL, reseller_id, at)
    set_tenant(session, tenant_id)
    return str(found[0].model) if found else None


def check_buys_here(session: Session, *, tenant_id: UUID, reseller_id: UUID | None, at: datetime) -> None:
    """:raises BuysFromReseller: by the contract in force the tenant's reseller sells to it, not the operator."""
    if reseller_id is None:
        return
    if contract_model(session, tenant_id=tenant_id, reseller_id=reseller_id, at=at) == "resale":
        raise BuysFromReseller(
            "Bayinizle yapılan sözleşmeye göre kontörü size bayiniz satar; siparişi ona verin.",
            "By its contract your reseller sells kontör to you; please order from them.",
        )
