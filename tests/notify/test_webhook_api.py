"""Endpoints over the API: the secret once, nothing of it afterwards; events sent again, deliveries shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from ebelge.app import create_app
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from tenants import api_keys
from tests.notify.conftest import Told
from tests.orders import shop

Ask = Callable[..., Any]


@pytest.fixture
def ask(told: Told) -> Ask:
    """Akın's requests."""
    return asking(told.tenant_id)


def asking(tenant_id: Any) -> Ask:
    with tenant_session(tenant_id) as session:
        key = api_keys.create(session, tenant_id=tenant_id, mode="live", name="test", at=utc_now()).token
    client = create_app().test_client()

    def request(method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}
        return client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    return request


def test_an_endpoint_is_made_shown_rotated_and_removed(told: Told, ask: Ask) -> None:
    made = ask("POST", "/webhooks", {"url": told.receiver.url, "events": ["order.paid", "kontor.low"]})
    assert (made.status_code, made.json["events"]) == (201, ["kontor.low", "order.paid"])
    secret, path = made.json["secret"], f"/webhooks/{made.json['endpoint_id']}"
    assert secret not in ask("GET", "/webhooks").text
    rotated = ask("POST", f"{path}/rotate")
    assert rotated.json["secret"] not in (secret, "")
    assert rotated.json["old_secret_until"] > made.json["created_at"]
    assert (ask("DELETE", path).json["state"], ask("DELETE", path).status_code) == ("removed", 404)
    assert ask("GET", "/webhooks").json == {"items": []}


def test_a_test_event_arrives_and_is_shown_and_can_be_sent_again(told: Told, ask: Ask) -> None:
    made = ask("POST", "/webhooks", {"url": told.receiver.url, "events": ["order.paid"]}).json
    told.receiver.secrets.append(made["secret"])
    path = f"/webhooks/{made['endpoint_id']}"
    sent = ask("POST", f"{path}/test")
    assert (sent.status_code, sent.json["type"], sent.json["state"]) == (202, "webhook.test", "waiting")
    told.work()
    assert told.receiver.got[0]["verified"] == 1
    (shown,) = ask("GET", f"{path}/deliveries").json["items"]
    assert (shown["state"], shown["status"], shown["answer"]) == ("delivered", 200, "ok")
    assert ask("POST", f"{path}/replay", {"event_id": shown["event_id"]}).json == {"count": 1}
    told.work()
    assert [one["id"] for one in told.receiver.got] == [shown["event_id"]] * 2
    assert ask("POST", f"{path}/replay", {"since": "2020-01-01T00:00:00Z"}).json == {"count": 0}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"url": "https://10.0.0.1/", "events": ["order.paid"]}, 422),
        ({"url": "https://[::ffff:169.254.169.254]/latest", "events": ["order.paid"]}, 422),
        ({"url": "ftp://erp.akin.example/", "events": ["order.paid"]}, 422),
        ({"url": "https://erp.akin.example/", "events": ["no.such"]}, 400),
        ({"url": "https://erp.akin.example/", "events": []}, 400),
        ({"url": "https://erp.akin.example/", "events": ["order.paid"], "secret": "mine"}, 400),
        ({"url": 5, "events": ["order.paid"]}, 400),
        ([], 400),
    ],
)
def test_what_cannot_be_called_is_refused(ask: Ask, body: Any, status: int) -> None:
    assert ask("POST", "/webhooks", body).status_code == status
    assert ask("GET", "/webhooks").json == {"items": []}


def test_another_tenants_endpoint_is_404(told: Told, ask: Ask) -> None:
    made, bora = told.endpoint(), asking(shop.customer("Bora A.Ş."))
    for endpoint_id in (made.endpoint.endpoint_id, uuid4()):
        for method, end, body in (
            ("DELETE", "", None), ("POST", "/rotate", None), ("POST", "/test", None), ("POST", "/activate", None),
            ("GET", "/deliveries", None), ("POST", "/replay", {"event_id": str(uuid4())}),
        ):  # fmt: skip
            assert bora(method, f"/webhooks/{endpoint_id}{end}", body).status_code == 404
    assert ask("GET", "/webhooks").json["items"][0]["state"] == "active"


def test_the_forecast_and_an_unset_watch_and_plan_are_answers(ask: Ask) -> None:
    told = ask("GET", "/forecast").json
    assert (told["spendable"], told["empty_because"], told["lots"]) == (0, "empty_now", [])
    assert ask("GET", "/kontor-watch").json["low_kontor"] == 0
    assert (ask("GET", "/topup").json["state"], ask("POST", "/topup/resume").status_code) == ("off", 404)


@pytest.mark.parametrize(
    "body",
    [{"low_kontor": -1}, {"low_kontor": 1.5}, {"low_kontor": "1"}, {"low_kontor": 1, "emails": ["nobody"]},
     {"low_kontor": 1, "language": "de"}, {"low_kontor": 1, "more": 1}, {}],
)  # fmt: skip
def test_a_watch_that_makes_no_sense_is_refused(ask: Ask, body: Any) -> None:
    assert ask("PUT", "/kontor-watch", body).status_code == 400
    assert ask("GET", "/kontor-watch").json["emails"] == []
