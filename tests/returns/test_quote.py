"""What unused kontör are worth at the refund desk, lot by lot, and why something is worth nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.ledger import lots
from billing.settlement import quote
from ebelge.core.errors import NotFound
from tests.returns.desk import Desk, unknown_id


def whys(worth: quote.Quote) -> list[tuple[str, int, int, str]]:
    return [(lot.source, lot.kontor, lot.net_kurus, lot.why) for lot in worth.lots]


def test_an_untouched_order_is_worth_exactly_what_was_paid(desk: Desk):
    order = desk.bought(desk.customer(), 700, bonus=30, net_kurus=104_158)
    worth = desk.quote(order)
    assert (worth.kontor, worth.net_kurus, worth.kdv_kurus, worth.gross_kurus) == (730, 104_158, 20_832, 124_990)
    assert whys(worth) == [("payment", 700, 104_158, ""), ("bonus", 30, 0, "bonus")]
    assert worth.whole
    assert worth.why == ""


def test_a_used_order_is_worth_what_the_ledger_has_left_of_its_price(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 3, net_kurus=100)
    desk.spend(akin, 1)
    worth = desk.quote(order)
    (lot,) = desk.lots(akin)
    assert (worth.kontor, worth.net_kurus) == (2, lot.net_left_kurus)
    assert worth.gross_kurus == 67 + 13  # 66,67 -> 67 and 20 % of it
    assert not worth.whole


def test_held_kontor_are_not_refundable_and_say_so(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 5, net_kurus=500)
    desk.reserve(akin, 5)
    worth = desk.quote(order)
    assert (worth.gross_kurus, worth.why) == (0, "nothing_left")
    assert whys(worth) == [("payment", 0, 0, "held")]
    assert worth.lots[0].held == 5
    assert "belgeler" in worth.lots[0].words[0]


def test_used_passed_on_frozen_and_expired_kontor_say_why_they_are_worth_nothing(desk: Desk):
    akin, bora = desk.customer(), desk.customer("Bora A.Ş.")
    used, passed = desk.bought(akin, 5, net_kurus=500), desk.bought(bora, 7, net_kurus=700)
    desk.spend(akin, 5)
    desk.pass_on(bora, akin, 7)
    assert whys(desk.quote(used)) == [("payment", 0, 0, "used")]
    assert whys(desk.quote(passed)) == [("payment", 0, 0, "passed_on")]
    frozen = desk.bought(bora, 9, net_kurus=900)
    desk.dispute(frozen)
    assert (desk.quote(frozen).why, whys(desk.quote(frozen))) == ("disputed", [("payment", 0, 0, "frozen")])


@pytest.mark.parametrize("posted", [False, True])
def test_expired_kontor_are_worth_nothing_whether_the_sweeper_ran_or_not(desk: Desk, posted: bool):
    akin = desk.customer()
    order = desk.bought(akin, 5, net_kurus=500)
    desk.now = desk.at() + timedelta(days=200)
    if posted:
        desk.do(lots.expire_lots, akin)
    assert whys(desk.quote(order)) == [("payment", 0, 0, "expired")]


def test_a_refund_window_ends_when_the_setting_says_so_and_not_without_one(desk: Desk):
    order = desk.bought(desk.customer())
    desk.now = desk.at() + timedelta(days=15)
    assert desk.quote(order).why == ""
    assert desk.quote(order, window_days=14).why == "window_over"
    assert desk.quote(order, window_days=16).until == order.credited_at + timedelta(days=16)


def test_received_lots_are_worth_nothing_here_and_say_who_sold_them(desk: Desk):
    ceren, akin = desk.customer("Ceren Bilişim", kind="reseller"), desk.customer()
    desk.bought(ceren, 100, net_kurus=10_000)
    desk.pass_on(ceren, akin, 40)
    (lot,) = desk.do(quote.received, akin)
    assert (lot.source, lot.kontor, lot.net_kurus, lot.why, lot.sold_by) == ("received", 0, 0, "received", ceren)


def test_an_order_that_is_not_ones_own_does_not_exist(desk: Desk):
    akin, bora = desk.customer(), desk.customer("Bora A.Ş.")
    order = desk.bought(akin)
    for tenant_id, order_id in ((bora, order.order_id), (akin, unknown_id())):
        with pytest.raises(NotFound):
            desk.do(quote.quote, tenant_id, order_id=order_id)


def test_every_reason_has_words_in_both_languages():
    for code, (turkish, english) in quote.WORDS.items():
        assert bool(turkish) == bool(english) == bool(code)
        assert not code or turkish != english
