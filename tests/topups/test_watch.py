"""The low-balance watch: told once, and again only after the balance has risen to the threshold."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from billing.topups import watch
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.jobs import upkeep
from tests.orders import shop
from tests.topups.filling import Filling

pytestmark = pytest.mark.usefixtures("settings")


def keep(tenant_id: UUID, low: int = 50, emails: Any = ("kontor@akin.example",), language: str = "tr") -> None:
    with tenant_session(tenant_id) as session:
        watch.keep(session, tenant_id=tenant_id, low_kontor=low, emails=emails, language=language, at=utc_now())


def told(tenant_id: UUID) -> int:
    upkeep.look_at_watches(utc_now())
    upkeep.look_at_watches(utc_now())
    rows = shop.rows(tenant_id, "SELECT state FROM letter WHERE kind = 'kontor_low'")
    return len(rows)


def test_a_low_balance_is_told_once_until_it_has_risen_above_the_threshold_again() -> None:
    akin = Filling.of_akin()
    keep(akin.tenant_id)
    assert told(akin.tenant_id) == 1
    akin.gift(49)
    assert told(akin.tenant_id) == 1  # risen, but still below
    akin.gift(1)
    assert told(akin.tenant_id) == 1
    akin.spend()
    assert told(akin.tenant_id) == 2


def test_a_new_threshold_is_told_anew_and_none_tells_nothing() -> None:
    akin = shop.customer()
    keep(akin, 0)
    assert told(akin) == 0
    keep(akin, 10)
    assert told(akin) == 1
    keep(akin, 10)
    assert told(akin) == 1
    keep(akin, 20)
    assert told(akin) == 2


@pytest.mark.parametrize(
    "wrong",
    [{"low": -1}, {"emails": ["a@b"]}, {"emails": ["a@b.example\nBcc: x@y.example"]}, {"language": "de"},
     {"emails": [f"a{n}@b.example" for n in range(11)]}, {"emails": ["a@b.example, c@d.example"]}],
    ids=["below zero", "no address", "a header", "language", "too many", "two in one"],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    akin = shop.customer()
    with pytest.raises(InvalidRequest):
        keep(akin, **wrong)
