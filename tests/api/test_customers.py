"""A reseller's own system: its customers listed and onboarded by a key that only resellers can have."""

from __future__ import annotations

import itertools
import secrets
from uuid import UUID

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.ubl.examples import vkn
from tenants import api_keys

_numbers = itertools.count(secrets.randbelow(40_000_000))


@pytest.fixture
def ceren(caller):
    return caller("ceren")


def company(**changes) -> dict[str, object]:
    number = next(_numbers)
    return {"vkn_tckn": vkn(number), "title": "Işık Ltd.", "district": "Şişli", "city": "İstanbul",
            "owner_email": f"isik{number}@ornek.example"} | changes  # fmt: skip


def test_a_customer_is_onboarded_once_and_listed(ceren) -> None:
    body = company(services=["efatura"])
    first, second = (ceren.post("/customers", json=body, headers={"Idempotency-Key": "c1"}) for _ in range(2))
    assert (first.status_code, first.get_json()["state"]) == (201, "applied")
    assert second.get_json() == first.get_json()
    made = first.get_json()["customer_id"]
    found = ceren.get("/customers?q=isik&order=title").get_json()["items"]
    assert made in {one["customer_id"] for one in found}
    one = ceren.get(f"/customers/{made}").get_json()
    assert (one["state"], one["available"], one["services"]) == ("applied", 0, [])
    again = ceren.post("/customers", json=body)
    assert (again.status_code, again.get_json()["code"]) == (409, "already_your_customer")
    assert again.get_json()["customer_id"] == made


def test_pages_follow_each_other(ceren) -> None:
    for _ in range(3):
        ceren.post("/customers", json=company())
    seen, cursor = [], ""
    while cursor is not None:
        page = ceren.get(f"/customers?limit=2{cursor}").get_json()
        seen += [one["customer_id"] for one in page["items"]]
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    assert len(seen) == len(set(seen)) >= 4


def test_of_anothers_account_nothing_is_told(ceren, akin, world, assert_problem, snapshot) -> None:
    before = snapshot()
    taken = company(vkn_tckn=world.accounts["akin"].vkn_tckn)
    problem = assert_problem(ceren.post("/customers", json=taken), 409, "has_account")
    assert world.accounts["akin"].title not in str(problem)
    assert_problem(ceren.get(f"/customers/{akin.tenant_id}"), 404, "not_found")
    for wrong in (
        company(vkn_tckn="1234567891"), company(title=None), company(title="=1+1"), company(owner_email="ö@ö"),
        company(extra=1), company(services=["faks"]), company(district=""),
    ):  # fmt: skip
        assert ceren.post("/customers", json=wrong).status_code in (400, 422), wrong
    assert_problem(ceren.get("/customers?cursor=x"), 400, "invalid_request")
    assert snapshot() == before


def test_only_a_reseller_has_such_keys(akin, caller, assert_problem, world) -> None:
    with tenant_session(akin.tenant_id) as session, pytest.raises(InvalidRequest):
        api_keys.create(
            session, tenant_id=akin.tenant_id, mode="live", name="x", at=utc_now(), scopes=["customers:read"]
        )
    assert_problem(akin.get("/customers"), 403, "scope_missing")
    assert_problem(akin.post("/customers", json=company()), 403, "scope_missing")
    ceren = UUID(world.accounts["ceren"].tenant_id)
    with tenant_session(ceren) as session:
        made = api_keys.create(
            session, tenant_id=ceren, mode="live", name="reads", at=utc_now(), scopes=["customers:read"]
        )
    reader = caller("ceren")
    reader.key = made.token
    assert reader.get("/customers").status_code == 200
    assert_problem(reader.post("/customers", json=company()), 403, "scope_missing")
