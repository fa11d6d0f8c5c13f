"""Refunds by the API: the quote, asking once, calling off, and what strangers get."""

from __future__ import annotations

import pytest

from tests.orders import shop


@pytest.fixture
def order(akin):
    """A paid order of Akın's: 1.000 kontör and 50 bonus for 1.041,58 TL + KDV."""
    placed = shop.order(akin.tenant_id, shop.on_sale(kontor=1_000, bonus=50, net_kurus=104_158))
    shop.settled(placed, shop.evidence(placed))
    return placed


def test_the_quote_says_lot_by_lot_what_is_worth_what(akin, order) -> None:
    answer = akin.get(f"/orders/{order.order_id}/refund-quote").get_json()
    assert (answer["refundable"], answer["kontor"]) == (True, 1_050)
    assert [answer[name]["amount_kurus"] for name in ("net", "kdv", "gross")] == [104_158, 20_832, 124_990]
    assert [(lot["source"], lot["kontor"], lot["why"]) for lot in answer["lots"]] == [
        ("payment", 1_000, ""), ("bonus", 50, "bonus"),
    ]  # fmt: skip


def test_a_refund_is_asked_for_once_shown_and_called_off(akin, order, assert_problem) -> None:
    before = shop.available(akin.tenant_id)
    path = f"/orders/{order.order_id}/refunds"
    body = {"reason": "Fazla aldık.", "gross_kurus": 124_990}
    asked = akin.post(path, json=body, headers={"Idempotency-Key": "iade-1"})
    again = akin.post(path, json=body, headers={"Idempotency-Key": "iade-1"})
    assert (asked.status_code, again.get_json()) == (201, asked.get_json())
    refund = asked.get_json()
    assert (refund["state"], refund["gross"]["amount_kurus"]) == ("awaiting_return_invoice", 124_990)
    assert shop.available(akin.tenant_id) == before - 1_050
    assert_problem(akin.post(path, json=body), 409, "refund_under_way")
    assert [one["refund_id"] for one in akin.get(path).get_json()["items"]] == [refund["refund_id"]]
    off = akin.post(f"/refunds/{refund['refund_id']}/cancel")
    assert (off.status_code, off.get_json()["state"]) == (200, "cancelled")
    assert shop.available(akin.tenant_id) == before
    assert akin.get(f"/orders/{order.order_id}/refund-quote").get_json()["refundable"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"reason": "x", "gross_kurus": 1}, 409, "quote_changed"),
        ({"reason": "x", "gross_kurus": 1.5}, 400, "invalid_request"),
        ({"reason": ""}, 400, "invalid_request"),
        ({"reason": "x", "kontor": 10}, 400, "invalid_request"),
        ({"reason": "x", "iban": "TR00"}, 400, "invalid_request"),
    ],
)
def test_what_is_refused_changes_nothing(akin, order, snapshot, assert_problem, body, status, code) -> None:
    before = snapshot()
    assert_problem(akin.post(f"/orders/{order.order_id}/refunds", json=body), status, code)
    assert snapshot() == before


def test_others_orders_and_refunds_do_not_exist(akin, bora, order, assert_problem) -> None:
    path = f"/orders/{order.order_id}"
    refund = akin.post(f"{path}/refunds", json={"reason": "x"}).get_json()
    for answer in (
        bora.get(f"{path}/refund-quote"),
        bora.get(f"{path}/refunds"),
        bora.post(f"{path}/refunds", json={"reason": "x"}),
        bora.post(f"/refunds/{refund['refund_id']}/cancel"),
    ):
        assert_problem(answer, 404, "not_found")
