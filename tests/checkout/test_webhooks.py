"""Webhooks at the door: verified over the raw body, kept once, answered fast; the rest finds no door at all."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
import stripe
from sqlalchemy import text

from billing.orders.attempts import CHECKOUT_KIND
from billing.payments.configured import HalfConfigured
from ebelge.app import create_app
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.devstack.fake_iyzico.signing import sign_webhook
from ebelge.jobs import notices
from ebelge.jobs.gateways import gateways
from tenants import locator
from tests.checkout.world import World
from tests.orders import shop

SECRET = "test-secret-key-0001"


def knock(world: World, name: str, body: bytes, **headers: str) -> Any:
    return requests.post(f"{world.url}/webhooks/{name}", data=body, headers=headers, timeout=10)


def hint(**changes: Any) -> bytes:
    body = {
        "paymentConversationId": uuid4().hex, "merchantId": 123, "token": f"tok-{uuid4().hex}", "status": "SUCCESS",
        "iyziReferenceCode": uuid4().hex, "iyziEventType": "CHECKOUT_FORM_AUTH", "iyziEventTime": 1,
        "iyziPaymentId": 99_000_001,
    }  # fmt: skip
    return json.dumps(body | changes).encode()


def signed(body: bytes) -> dict[str, str]:
    return {"X-IYZ-SIGNATURE-V3": sign_webhook(SECRET, json.loads(body))}


def event(kind: str = "novelty.invented", **value: Any) -> bytes:
    data = {"object": {"object": "novelty", "id": "nov_1"} | value}
    body = {"id": f"evt_{uuid4().hex}", "object": "event", "type": kind, "livemode": False, "data": data}
    return json.dumps(body).encode()


def stripe_signed(body: bytes, secret: str = "whsec_fake", *, at: int | None = None) -> dict[str, str]:
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at or int(time.time()))
    return {"Stripe-Signature": header}


def kept() -> int:
    with role_session("finance") as session:
        return int(session.execute(text("SELECT count(*) FROM payment_notice")).scalar_one())


@pytest.mark.parametrize(
    ("name", "body", "headers"),
    [
        ("iyzico", hint(), {}),
        ("iyzico", hint(), {"X-IYZ-SIGNATURE-V3": "0" * 64}),
        ("iyzico", b"{}", {"X-IYZ-SIGNATURE-V3": ""}),
        ("iyzico", b"\xff\xfe", {"X-IYZ-SIGNATURE-V3": "0" * 64}),
        ("iyzico", b"[" * 5000, {"X-IYZ-SIGNATURE-V3": "0" * 64}),
        ("iyzico", hint(status="\ud800"), {"X-IYZ-SIGNATURE-V3": "0" * 64}),
        ("iyzico", hint(), {"X-Iyzico-Signature": "0" * 64}),
        ("stripe", event(), {}),
        ("stripe", event(), {"Stripe-Signature": "t=1,v1=00"}),
        ("stripe", event(), stripe_signed(event())),
        ("stripe", b"", {"Stripe-Signature": f"t={int(time.time())},v1="}),
    ],
)
def test_what_is_not_signed_is_refused_and_leaves_nothing(
    world: World, name: str, body: bytes, headers: dict[str, str]
) -> None:
    before = kept()
    answer = knock(world, name, body, **headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "payment_answer_untrusted")
    assert "detail" not in answer.json()
    assert kept() == before


def test_an_old_signature_of_stripe_is_refused_and_one_of_two_secrets_is_enough(world: World) -> None:
    body = event()
    assert knock(world, "stripe", body, **stripe_signed(body, at=int(time.time()) - 301)).status_code == 401
    now = int(time.time())
    old, new = (stripe_signed(body, secret, at=now)["Stripe-Signature"] for secret in ("whsec_gone", "whsec_fake"))
    both = f"{old},{new.partition(',')[2]}"
    assert knock(world, "stripe", body, **{"Stripe-Signature": both}).status_code == 200


def test_a_body_beyond_the_bound_is_refused_unread(world: World) -> None:
    body = hint(padding="x" * 70_000)
    answer = knock(world, "iyzico", body, **signed(body))
    assert answer.status_code == 413
    parts = (body[start : start + 10_000] for start in range(0, len(body), 10_000))
    chunked = requests.post(f"{world.url}/webhooks/iyzico", data=parts, headers=signed(body), timeout=10)
    assert chunked.status_code in (401, 413)


def test_duplicates_are_kept_once_and_strange_signs_do_no_harm(world: World) -> None:
    body, before = hint(note="SUC\x00CESS \ud800", status="SUC\x00CESS"), kept()
    for _ in range(3):
        assert knock(world, "iyzico", body, **signed(body)).status_code == 200
    assert kept() == before + 1


def test_a_notice_of_nobody_is_looked_at_for_a_while_then_given_to_the_operator(world: World) -> None:
    body = hint()
    assert knock(world, "iyzico", body, **signed(body)).status_code == 200
    before = len(shop.breaks(world.operator))
    for _ in range(12):
        with role_session("finance") as session:
            session.execute(
                text("UPDATE payment_notice SET received_at = received_at - interval '1 hour' WHERE state = 'new'")
            )
        notices.place(utc_now())
    assert world.notices()[0][1] == "unplaced"
    found = shop.breaks(world.operator)
    assert len(found) == before + 1
    assert ("notice_unplaced", f"iyzico:{json.loads(body)['iyziReferenceCode']}") in found


def test_a_notice_whose_attempt_is_not_known_yet_finds_it_later(told: World) -> None:
    """As when a standby of the database is behind: the locator does not have the attempt's words for a while."""
    told.iyzico.control("PUT", "settings", webhook_held=True)
    akin = told.buyer()
    order = akin.order()
    told.pay(order)
    body = json.loads(told.iyzico.webhooks()[-1]["body"])
    early = json.dumps(body | {"paymentConversationId": "", "token": "tok-not-there-yet"}).encode()
    assert knock(told, "iyzico", early, **signed(early)).status_code == 200
    told.sweep()
    assert told.notices()[-1] == ("iyzico", "new")
    with tenant_session(akin.tenant_id) as session:
        attempt_id = UUID(order["payment"]["attempt_id"])
        locator.put(session, tenant_id=akin.tenant_id, kind=CHECKOUT_KIND, key="iyzico:tok-not-there-yet",
                    object_id=attempt_id)  # fmt: skip
    told.settle(lambda: told.notices()[-1] == ("iyzico", "passed_on"))


def test_late_replayed_and_forged_notices_change_nothing_after_the_credit(told: World) -> None:
    akin = told.buyer()
    order = akin.order()
    told.pay(order)
    told.settle(lambda: akin.balance() == 1_050)
    number = told.iyzico.webhooks()[-1]["id"]
    for manner, count in (("right", 2), ("wrong", 3), ("missing", 4), ("right", 5)):
        told.iyzico.control("POST", f"webhooks/{number}", signature=manner)
        told.settle(lambda count=count: len(told.iyzico.webhooks()[-1]["answers"]) >= count)
    assert told.iyzico.webhooks()[-1]["answers"] == [200, 200, 401, 401, 200]
    assert (akin.balance(), akin.count("payment"), akin.breaks()) == (1_050, 1, [])


def test_a_claim_of_success_without_a_payment_credits_nothing(world: World) -> None:
    """Signed by iyzico and still only a hint: the gateway is asked."""
    akin = world.buyer()
    order = akin.order()
    token = order["payment"]["redirect_url"].rpartition("/")[2]
    body = hint(token=token, paymentConversationId=order["payment"]["attempt_id"].replace("-", ""))
    assert knock(world, "iyzico", body, **signed(body)).status_code == 200
    world.sweep()
    assert (akin.balance(), akin.fresh(order)["payment"]["state"]) == (0, "pending")


def test_a_notice_about_another_tenants_attempt_and_our_token_credits_nobody(world: World) -> None:
    akin, bora = world.buyer(), world.buyer("Bora A.Ş.")
    ours, theirs = akin.order(), bora.order()
    world.pay(ours)
    token = ours["payment"]["redirect_url"].rpartition("/")[2]
    body = hint(token=token, paymentConversationId=theirs["payment"]["attempt_id"].replace("-", ""))
    assert knock(world, "iyzico", body, **signed(body)).status_code == 200
    world.sweep()
    assert (akin.balance(), bora.balance()) == (0, 0)
    assert bora.breaks() == ["payment_disagrees"]
    world.due(ours)
    world.sweep()
    assert (akin.balance(), bora.balance(), akin.breaks()) == (1_050, 0, [])


def test_without_a_gateway_its_routes_do_not_exist(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IYZICO_API_KEY", "IYZICO_SECRET_KEY", "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET"):
        monkeypatch.setenv(f"EBELGE_{name}", "")
    kept_gateways = dict(gateways())
    gateways.cache_clear()
    try:
        client = create_app().test_client()
        for name in ("iyzico", "stripe"):
            answer = client.post(f"/webhooks/{name}", data=hint(), headers=signed(hint()))
            assert (answer.status_code, answer.data) == (404, _nowhere(client, answer))
    finally:
        gateways.cache_clear()
        monkeypatch.undo()
        found: Any = gateways()
        found.update(kept_gateways)


def test_a_key_without_its_webhook_secret_stops_the_start(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_gateways = dict(gateways())
    monkeypatch.setenv("EBELGE_STRIPE_WEBHOOK_SECRET", " ")
    gateways.cache_clear()
    try:
        with pytest.raises(HalfConfigured, match="EBELGE_STRIPE_WEBHOOK_SECRET"):
            create_app()
    finally:
        monkeypatch.undo()
        gateways.cache_clear()
        found: Any = gateways()
        found.update(kept_gateways)


def _nowhere(client: Any, like: Any) -> bytes:
    """What a route answers that there never was, under the same request id."""
    answer = client.post("/webhooks/nobody", headers={"X-Request-Id": like.headers["X-Request-Id"]})
    assert answer.status_code == 404
    return bytes(answer.data)
