"""What the companies of the seed world agree on, all invented: Ceren's contract; the pool's offer waits for Akın."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from billing.pools import rights
from billing.pools.rights import Terms
from billing.resellers import contracts
from ebelge.core.db import tenant_session
from ebelge.jobs import pooling

COMMISSION_BP = 1_500
TERMS = Terms(block_kontor=100, monthly_cap_kontor=1_000, threshold_kontor=0)


def plant(accounts: Mapping[str, UUID], *, at: datetime) -> None:
    """Enter both, each once; what was ended or changed since stays as it is."""
    ceren, holding, akin = accounts["ceren"], accounts["akin-holding"], accounts["akin"]
    with tenant_session(ceren) as session:
        if not contracts.contracts(session, tenant_id=ceren):
            contracts.conclude(
                session,
                tenant_id=ceren,
                model="commission",
                commission_bp=COMMISSION_BP,
                valid_from=at,
                created_by="seed",
                at=at,
            )
    with tenant_session(holding) as session:
        known = rights.pool_side(session, tenant_id=holding, member_id=akin)
    if known is None:
        pooling.offer(holding, akin, terms=TERMS, by="seed")
