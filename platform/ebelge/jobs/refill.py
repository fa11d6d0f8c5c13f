"""When reserve is short: the transaction has rolled back, the pool refills the wallet, and the work is done once more.

Whoever does not belong to a pool pays one look at his membership, and only when he is short anyway.
"""

import logging
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from billing.ledger.errors import InsufficientKontor
from billing.pools.draws import DrawRefused
from ebelge.jobs import drawing

T = TypeVar("T")
# Others of the same tenant may spend what was drawn before we come to it; every draw of ours covers our own shortage.
DRAWS_MAX = 5
_log = logging.getLogger(__name__)


def refill(tenant_id: UUID, *, short_kontor: int) -> bool:
    """Draw a block, or the shortage if that is more, from the tenant's pool; False if it belongs to none.

    :raises DrawRefused: the pool or the month's cap has less than the shortage.
    """
    return drawing.draw(tenant_id, needed_kontor=max(1, short_kontor)) is not None


def refilled(work: Callable[[], T], *, tenant_id: UUID) -> T:
    """Do `work`; while its kontör is short and the pool gives, refill and do it anew. `work` is a whole transaction.

    :raises InsufficientKontor: the tenant has no pool, or pool or cap are empty: the words and `pool` say which.
    """
    for _ in range(DRAWS_MAX):
        try:
            return work()
        except InsufficientKontor as short:
            try:
                if not refill(tenant_id, short_kontor=int(short.extra["missing_kontor"])):
                    raise
            except DrawRefused as refusal:
                _log.info("the pool could not help", extra={"tenant_id": str(tenant_id), "reason": refusal.code})
                raise InsufficientKontor(
                    f"{short.detail_tr} {refusal.detail_tr}",
                    f"{short.detail_en} {refusal.detail_en}",
                    **short.extra,
                    pool=refusal.code,
                ) from refusal
    return work()
