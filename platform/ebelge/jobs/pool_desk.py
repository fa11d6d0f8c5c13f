"""What a pool's page needs of its members: an account found by its VKN, and the pool's kontör that rest with each."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from billing.models.pools import DrawRight
from billing.pools import resting
from billing.pools.rights import Terms
from ebelge.core.db import each, tenant_session, tenants_trip
from ebelge.core.errors import NotFound
from ebelge.jobs import pooling
from tenants import accounts
from tenants.resellers import lookup

# So many members' statements travel in one message.
TOGETHER = 100


def offer_by_vkn(pool_id: UUID, vkn_tckn: str, *, terms: Terms, by: str) -> DrawRight:
    """Offer a taxpayer's account a right to draw. :raises NotFound, NotAPool, InvalidRequest: see `pooling.offer`."""
    with tenant_session(pool_id) as session:
        mode = accounts.get(session, tenant_id=pool_id).mode
        found = lookup.account_of(session, vkn_tckn=vkn_tckn, mode=mode)
    if found is None:
        raise NotFound("Bu VKN ya da TCKN ile bir hesap yok.", "No account has that VKN or TCKN.")
    return pooling.offer(pool_id, found.tenant_id, terms=terms, by=by)


def rest_with(pool_id: UUID, member_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, int]:
    """Member -> the pool's kontör in its wallet that are neither held, spent nor expired: what a recall may bring."""
    found: dict[UUID, int] = {}
    for start in range(0, len(member_ids), TOGETHER):
        part = member_ids[start : start + TOGETHER]
        with tenants_trip() as session:
            answers = each(session, [(one, resting.asked(tenant_id=one, pool_id=pool_id, at=at)) for one in part])
        found |= {one: resting.told(rows) for one, rows in zip(part, answers, strict=True)}
    return found
