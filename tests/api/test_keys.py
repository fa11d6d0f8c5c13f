"""Keys at the door: addresses, rotation, what is noted of their use; sandboxes of their own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.documents.travel import health
from tenants import api_keys, key_rotation


@pytest.fixture
def behind_one_proxy(api_settings, monkeypatch):
    monkeypatch.setenv("EBELGE_TRUSTED_PROXIES", "1")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def made(tenant_id, **more):
    with tenant_session(tenant_id) as session:
        return api_keys.create(session, tenant_id=tenant_id, mode="live", name="ERP", at=utc_now(), **more)


def seen(tenant_id, key_id):
    with tenant_session(tenant_id) as session:
        return next(key for key in api_keys.keys(session, tenant_id=tenant_id) if key.key_id == key_id)


def test_a_key_opens_from_its_addresses_only(akin, assert_problem) -> None:
    akin.key = made(akin.tenant_id, addresses=["203.0.113.0/24"]).token
    inside, outside = ({"REMOTE_ADDR": address} for address in ("203.0.113.7", "198.51.100.1"))
    assert akin.get("/balance", environ_overrides=inside).status_code == 200
    refused = assert_problem(akin.get("/balance", environ_overrides=outside), 403, "address_not_allowed")
    assert "198.51.100.1" in refused["detail"]
    told = {"X-Forwarded-For": "203.0.113.7"}
    assert_problem(akin.get("/balance", headers=told, environ_overrides=outside), 403, "address_not_allowed")


def test_behind_a_proxy_of_ours_the_address_is_what_it_has_seen(akin, behind_one_proxy, assert_problem) -> None:
    key = made(akin.tenant_id, addresses=["203.0.113.0/24"])
    akin.key = key.token
    answer = akin.get("/balance", headers={"X-Forwarded-For": "evil, 203.0.113.7"})
    assert answer.status_code == 200
    answer.close()  # what is noted is noted when the answer is out
    assert seen(akin.tenant_id, key.key_id).last_used_from == "203.0.113.7"
    for tale in ("203.0.113.7, 198.51.100.1", "203.0.113.7, evil", ""):
        answer = akin.get("/balance", headers={"X-Forwarded-For": tale})
        assert_problem(answer, 403, "address_not_allowed")


def test_the_use_of_each_secret_is_noted_with_its_address(akin) -> None:
    key = made(akin.tenant_id)
    with tenant_session(akin.tenant_id) as session:
        new = key_rotation.rotate(
            session, tenant_id=akin.tenant_id, mode="live", key_id=key.key_id, overlap_days=1, at=utc_now()
        )
    for token, address in ((key.token, "203.0.113.1"), (new.token, "203.0.113.2")):
        akin.key = token
        answer = akin.get("/balance", environ_overrides={"REMOTE_ADDR": address})
        assert answer.status_code == 200
        answer.close()
    found = seen(akin.tenant_id, key.key_id)
    assert (found.old_last_used_from, found.last_used_from) == ("203.0.113.1", "203.0.113.2")


def test_a_sandbox_key_sees_the_sandbox_only(caller) -> None:
    live, sandbox = caller("akin"), caller("akin", sandbox=True)
    sent = sandbox.send("earsiv")
    assert sent.status_code == 202
    assert sent.get_json()["mode"] == "test"
    path = f"/documents/{sent.get_json()['document_id']}"
    assert live.get(path).status_code == 404
    assert sandbox.get("/account").get_json()["mode"] == "test"
    assert sandbox.get(path).get_json()["mode"] == "test"
    assert {one["mode"] for one in sandbox.get("/documents").get_json()["items"]} == {"test"}
    assert "SINAMA BELGESİDİR" in sandbox.get(f"{path}/html").get_data(as_text=True)
    link = sent.get_json()["links"]["buyer"].rpartition("/b/")[2]
    assert "SINAMA BELGESİDİR" in sandbox.client.get(f"/b/{link}/view").get_data(as_text=True)
    real = live.send("earsiv").get_json()
    assert real["mode"] == "live"
    assert "SINAMA" not in live.get(f"/documents/{real['document_id']}/html").get_data(as_text=True)
    assert sandbox.key.startswith("eb_test_")


def test_the_account_says_since_when_gib_does_not_answer(caller) -> None:
    live, sandbox = caller("akin"), caller("akin", sandbox=True)
    assert live.get("/account").get_json()["gib_down_since"] is None
    with role_session("app") as session:
        health.went_down(
            session, mode="live", detail="connection refused", at=datetime(2026, 11, 30, 4, 40, tzinfo=UTC)
        )
    assert live.get("/account").get_json()["gib_down_since"] == "2026-11-30T04:40:00Z"
    assert sandbox.get("/account").get_json()["gib_down_since"] is None
    with role_session("app") as session:
        health.came_back(session, mode="live", at=datetime(2026, 11, 30, 5, 40, tzinfo=UTC))
    assert live.get("/account").get_json()["gib_down_since"] is None
