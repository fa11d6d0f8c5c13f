"""Bad input: a clear error, and nothing changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import requests

from billing.settlement import bank_import
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs.gateways import gateways
from tenants import api_keys
from tests.checkout.world import PAYER, World
from tests.orders import shop

AWAY = "https://evil.example/x"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"package": "no-such-package"}, 404, "unknown_package"),
        ({"package": "Kontör 1000"}, 400, "invalid_request"),
        ({"quantity": 0}, 400, "invalid_request"),
        ({"quantity": -1}, 400, "invalid_request"),
        ({"quantity": 1.5}, 400, "invalid_request"),
        ({"quantity": "2"}, 400, "invalid_request"),
        ({"quantity": True}, 400, "invalid_request"),
        ({"quantity": 1_001}, 400, "invalid_request"),
        ({"method": "cash"}, 400, "invalid_request"),
        ({"method": "bank"}, 409, "method_not_offered"),
        ({"method": "open_account"}, 409, "no_credit_terms"),
        ({"currency": "USD"}, 400, "invalid_request"),
        ({"amount_kurus": 1}, 400, "invalid_request"),
        ({"buyer": None}, 400, "invalid_request"),
        ({"buyer": PAYER | {"identity_number": ""}}, 422, "buyer_invalid"),
        ({"buyer": PAYER | {"identity_number": "11111111111"}}, 422, "buyer_invalid"),
        ({"buyer": PAYER | {"identity_number": "1234567890"}}, 422, "buyer_invalid"),
        ({"buyer": PAYER | {"identity_number": "１１１１１１１１１１０"}}, 422, "buyer_invalid"),
        ({"buyer": PAYER | {"email": "nobody"}}, 400, "invalid_request"),
        ({"buyer": {name: PAYER[name] for name in PAYER if name != "phone"}}, 422, "buyer_invalid"),
        ({"installments": [4]}, 422, "buyer_invalid"),
        ({"installments": []}, 400, "invalid_request"),
        ({"return_url": AWAY}, 422, "return_url_refused"),
        ({"return_url": "javascript:alert(1)"}, 422, "return_url_refused"),
        ({"return_url": "https://erp.akin.example@evil.example/"}, 422, "return_url_refused"),
        ({"return_url": "https://erp.akin.example\\@evil.example/"}, 422, "return_url_refused"),
        ({"return_url": "https://erp.akin.example.evil.example/"}, 422, "return_url_refused"),
        ({"return_url": "https://erp.akin.example:8443/"}, 422, "return_url_refused"),
        ({"return_url": "http://erp.akin.example/"}, 422, "return_url_refused"),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_leaves_nothing(
    world: World, change: dict[str, Any], status: int, code: str
) -> None:
    akin = world.buyer()
    answer = akin.ask(key="k-refused", **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [akin.count(table) for table in ("kontor_order", "payment_attempt", "idempotency")] == [0, 0, 0]
    assert world.iyzico.calls("form.start") == []
    assert "11111111111" not in answer.text


def test_a_package_off_sale_is_not_sold(world: World) -> None:
    akin = world.buyer()
    code = shop.on_sale(until=utc_now())
    assert akin.ask(package=code).json()["code"] == "package_off_sale"


def test_a_gateway_that_is_not_set_up_is_not_offered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(gateways(), "stripe")  # type: ignore[arg-type]  # the one dictionary of this process
    akin = world.buyer()
    answer = akin.ask("stripe")
    assert (answer.status_code, answer.json()["code"]) == (404, "payment_gateway_not_configured")
    assert akin.count("kontor_order") == 0


def test_another_tenants_order_is_404_on_every_route(world: World) -> None:
    akin, bora = world.buyer(), world.buyer("Bora A.Ş.")
    order = akin.order()
    for path, body in (("", None), ("/cancel", {}), ("/pay", {"buyer": PAYER})):
        for order_id in (order["order_id"], str(uuid4())):
            where = f"/orders/{order_id}{path}"
            answer = bora.get(where) if body is None else bora.post(where, body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert bora.get("/orders").json()["items"] == []
    assert akin.fresh(order)["state"] == "pending"


def test_a_key_that_may_only_read_orders_nothing(world: World) -> None:
    akin = world.buyer()
    with tenant_session(akin.tenant_id) as session:
        akin.key = api_keys.create(
            session, tenant_id=akin.tenant_id, mode="live", name="reads", at=utc_now(), scopes=["billing:read"]
        ).token
    assert akin.ask().json()["code"] == "scope_missing"
    assert akin.get("/orders").status_code == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"token": ""}, {"token": "x" * 300}, {"token": "tok-of-nobody-0001"}, {"token": "a\x00b-cdefgh"},
     {"other": "field"}],
)  # fmt: skip
def test_a_callback_with_garbage_leads_to_a_neutral_page_and_changes_nothing(world: World, body: dict) -> None:
    answer = requests.post(f"{world.url}/payments/iyzico/callback", data=body, timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/payments/result")
    assert "no payment to show" in world.page(answer)
    assert "Ödeme sonucu" in world.page(answer, "tr")
    assert world.work() == 0


def test_raw_bytes_at_the_callback_and_a_strange_session_id_do_no_harm(world: World) -> None:
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain", ""):
        answer = requests.post(
            f"{world.url}/payments/iyzico/callback", data=b"\xff\xfe\x00{", headers={"Content-Type": kind}, timeout=10,
            allow_redirects=False,
        )  # fmt: skip
        assert (answer.status_code, answer.headers["Location"]) == (303, "/payments/result")
    back = requests.get(f"{world.url}/payments/stripe/return?session_id=cs_none_of_ours", timeout=10)
    assert (back.status_code, back.url) == (200, f"{world.url}/payments/result")
    big = requests.post(f"{world.url}/payments/iyzico/callback", data={"token": "x" * 20_000}, timeout=10)
    assert big.status_code == 413


def test_a_result_page_that_was_guessed_is_not_there(world: World) -> None:
    for token in ("x", "A" * 32, "../../etc/passwd", str(uuid4())):
        assert requests.get(f"{world.url}/payments/result/{token}", timeout=10).status_code == 404


def test_the_callback_takes_no_cookie_gives_none_and_is_the_only_form_of_strangers(world: World) -> None:
    akin = world.buyer()
    back = world.come_back(world.pay(akin.order()))
    assert "Set-Cookie" not in back.headers
    page = requests.get(world.url + back.headers["Location"], timeout=10)
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_tokens_of_two_tenants_lead_each_to_its_own(world: World) -> None:
    akin, bora = world.buyer(), world.buyer("Bora A.Ş.")
    orders = akin.order(), bora.order()
    pages = [world.pay(order) for order in orders]
    backs = [world.come_back(page) for page in pages]
    world.work()
    for order, back in zip(orders, backs, strict=True):
        assert order["reference"] in world.page(back)
    assert (akin.balance(), bora.balance()) == (1_050, 1_050)


def test_a_transfer_names_accounts_reference_exact_amount_and_day(world: World) -> None:
    with role_session("finance") as session:
        account = bank_import.open_account(
            session, iban="TR330006100519786457841326", bank_name="Örnek Bankası", holder="Ebelge A.Ş.", at=utc_now()
        )
    try:
        akin = world.buyer()
        order = akin.order("bank", buyer=None, key="k-bank")
        transfer = order["transfer"]
        assert order["state"] == "pending"
        assert transfer["reference"] == order["reference"]
        assert transfer["amount"] == order["gross"] == {"amount_kurus": 1_249_90, "currency": "TRY"}
        assert transfer["due_at"] > order["created_at"]
        assert [one["iban"] for one in transfer["accounts"]] == ["TR330006100519786457841326"]
        assert akin.ask("bank", buyer=None, key="k-bank").json() == order
        refused = akin.post(f"/orders/{order['order_id']}/pay", {"buyer": PAYER})
        assert (refused.status_code, refused.json()["code"]) == (409, "method_not_offered")
    finally:
        with role_session("finance") as session:
            session.merge(account).active = False


def test_orders_are_paged_newest_first(world: World) -> None:
    akin = world.buyer()
    made = [akin.order()["order_id"] for _ in range(3)]
    first = akin.get("/orders?limit=2").json()
    rest = akin.get(f"/orders?limit=2&cursor={first['next_cursor']}").json()
    assert [one["order_id"] for one in (*first["items"], *rest["items"])] == made[::-1]
    assert rest["next_cursor"] is None
    assert akin.get("/orders?cursor=nonsense").status_code == 400


def test_the_same_key_for_another_order_is_refused(world: World) -> None:
    akin = world.buyer()
    akin.order(key="k-same")
    answer = akin.ask(key="k-same", quantity=2)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")


def test_two_requests_with_one_key_at_once_make_one_order_with_one_page(world: World) -> None:
    akin = world.buyer()
    world.iyzico.order("form.start", transport="slow", seconds=0.1, times=2)
    with ThreadPoolExecutor(4) as pool:
        answers = [one.result() for one in [pool.submit(akin.ask, key="k-both") for _ in range(4)]]
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert len({answer.json()["payment"]["redirect_url"] for answer in answers}) == 1
    assert (akin.count("kontor_order"), akin.count("payment_attempt")) == (1, 1)
    world.pay(answers[0].json())
    world.due(answers[0].json())
    world.sweep()
    assert akin.balance() == 1_050


def test_an_order_whose_page_was_not_opened_is_resumed_without_any_key(world: World) -> None:
    akin = world.buyer()
    world.iyzico.order("form.start", transport="drop")
    lost = akin.ask()
    assert lost.status_code == 503
    order = akin.post(f"/orders/{lost.json()['order_id']}/pay", {"buyer": PAYER}).json()
    assert order["payment"]["redirect_url"]
    assert akin.count("payment_attempt") == 1


def test_asking_to_pay_again_gives_the_page_that_is_open(world: World) -> None:
    akin = world.buyer()
    order = akin.order()
    again = akin.post(f"/orders/{order['order_id']}/pay", {"buyer": PAYER}).json()
    assert again["payment"]["redirect_url"] == order["payment"]["redirect_url"]
    other = akin.post(f"/orders/{order['order_id']}/pay", {"buyer": PAYER, "method": "stripe"})
    assert (other.status_code, other.json()["code"]) == (409, "payment_under_way")
