"""Packages and prices of every scope, as lists: what is valid now or later, or all that ever was."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

_VALID: Final = "(CAST(:everything AS boolean) OR upper_inf(valid) OR upper(valid) > CAST(:at AS timestamptz))"
_TERMS: Final = (
    "code, name_tr, name_en, note, kontor, bonus_kontor, net_price_kurus, kdv_percent, validity_months, valid"
)
_PACKAGES: Final = f"""
    SELECT {_TERMS}, scope, NULL::uuid AS tenant_id FROM package_version WHERE {_VALID}
    UNION ALL
    SELECT {_TERMS}, NULL, tenant_id FROM tenant_package WHERE {_VALID}
     ORDER BY tenant_id NULLS FIRST, scope, code, valid
"""
_PRICES: Final = f"""
    SELECT kind, kontor, valid, scope, NULL::uuid AS tenant_id FROM price WHERE {_VALID}
    UNION ALL
    SELECT kind, kontor, valid, NULL, tenant_id FROM tenant_price WHERE {_VALID}
     ORDER BY tenant_id NULLS FIRST, scope, kind, valid
"""


def packages(session: Session, *, at: datetime, everything: bool = False) -> Sequence[Any]:
    """Package versions, everybody's first; `everything`: also those that are over. In a session of the role finance."""
    return session.execute(text(_PACKAGES), {"at": at, "everything": everything}).all()


def prices(session: Session, *, at: datetime, everything: bool = False) -> Sequence[Any]:
    """Price versions per kind of charge, in the same way."""
    return session.execute(text(_PRICES), {"at": at, "everything": everything}).all()
