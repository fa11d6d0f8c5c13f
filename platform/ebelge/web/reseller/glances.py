"""How long the kontör of customers last, of whom the reseller's own session has told that they are his."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from billing.expiry import at_a_glance
from billing.expiry.at_a_glance import Glance
from ebelge.core.db import each, tenants_trip

TOGETHER: Final = 100


def read(customer_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, Glance]:
    """Customer -> what is left and for how many days; one statement a customer, a hundred a round trip."""
    found: dict[UUID, Glance] = {}
    for start in range(0, len(customer_ids), TOGETHER):
        part = customer_ids[start : start + TOGETHER]
        with tenants_trip() as session:
            answers = each(session, [(one, at_a_glance.asked(tenant_id=one, at=at)) for one in part])
        found |= {one: at_a_glance.told(rows, at=at) for one, rows in zip(part, answers, strict=True)}
    return found
