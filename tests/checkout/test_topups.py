"""Automatic top-up with gateways that are strangers: credited, declined, asked back by the bank, lost on the way."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import requests

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from ebelge.jobs import sales, upkeep
from ebelge.outbox import relay
from tests.checkout.cards import save_card
from tests.checkout.world import GROSS, Buyer, World
from tests.orders import shop

QUIET = timedelta(seconds=121)
BOTH = pytest.mark.parametrize("gateway", ["iyzico", "stripe"])
CALL = {"iyzico": "payment.create", "stripe": "intent.create"}


def put(buyer: Buyer, path: str, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {buyer.key}", "Accept-Language": "en"}
    return requests.put(f"{buyer.world.url}/api/v1{path}", json=body, headers=headers, timeout=30)


def with_plan(world: World, gateway: str, *, card: str | None = None, **terms: Any) -> Buyer:
    """Akın with a saved card and a plan whose threshold lies above its 1,050 kontör."""
    akin = world.buyer()
    card_id = save_card(world, akin, gateway, card=card)
    said = put(akin, "/kontor-watch", low_kontor=0, emails=["kontor@akin.example"])
    assert said.status_code == 200, said.text
    asked = {
        "package": world.package,
        "threshold_kontor": 1_100,
        "monthly_cap_kurus": 3 * GROSS,
        "card_id": str(card_id),
    }
    answer = put(akin, "/topup", **(asked | terms))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["spent_this_month"]["amount_kurus"]) == ("on", 0)
    return akin


def turn(world: World) -> None:
    """The clock and the workers take a turn."""
    upkeep.start_topups(utc_now())
    world.sweep()
    with role_session("relay") as session:
        claims = relay.claim(session, queue="ledger", limit=50, turns=relay.Turns(), at=utc_now())
    sales.work(claims)
    upkeep.end_topups(utc_now())


def letters(buyer: Buyer) -> list[Any]:
    return shop.rows(buyer.tenant_id, "SELECT kind, facts FROM letter ORDER BY letter_id")


def plan(buyer: Buyer) -> dict[str, Any]:
    return dict(buyer.get("/topup").json())


def charges(world: World, gateway: str) -> int:
    return len(getattr(world, gateway).calls(CALL[gateway]))


@BOTH
def test_a_low_wallet_is_filled_once_by_the_saved_card(world: World, gateway: str) -> None:
    akin = with_plan(world, gateway)
    turn(world)
    turn(world)
    state = plan(akin)
    assert (akin.balance(), charges(world, gateway), state["state"]) == (2_100, 1, "on")
    assert [(run["state"], run["gross"]["amount_kurus"]) for run in state["runs"]] == [("credited", GROSS)]
    assert state["spent_this_month"]["amount_kurus"] == GROSS
    assert [row.kind for row in letters(akin)] == ["topup_done"]


def test_switched_off_and_on_again_it_keeps_its_terms(world: World) -> None:
    akin = with_plan(world, "stripe", failure_limit=7)
    terms = ("package", "threshold_kontor", "monthly_cap", "card_id", "failure_limit")
    before = {name: plan(akin)[name] for name in terms}
    for on, state in ((False, "off"), (True, "on")):
        answer = put(akin, "/topup", on=on).json()
        assert (answer["state"], {name: answer[name] for name in terms}) == (state, before)
    changed = put(akin, "/topup", threshold_kontor=900).json()
    assert (changed["state"], {name: changed[name] for name in terms}) == ("on", before | {"threshold_kontor": 900})
    refused = put(world.buyer(), "/topup", on=False)
    assert refused.status_code == 400
    assert "package, threshold_kontor, monthly_cap_kurus, card_id" in refused.json()["detail"]


def test_a_threshold_that_is_never_reached_stops_at_the_months_cap(world: World) -> None:
    akin = with_plan(world, "stripe", threshold_kontor=10**9)
    for _ in range(6):
        turn(world)
    assert (akin.balance(), charges(world, "stripe")) == (4 * 1_050, 3)
    assert [row.kind for row in letters(akin)] == ["topup_done", "topup_done", "topup_done", "topup_capped"]


def test_a_declined_card_pauses_and_is_suspended_at_the_limit(world: World) -> None:
    akin = with_plan(world, "stripe", card="4000000000000341", failure_limit=2)
    turn(world)
    turn(world)
    assert (charges(world, "stripe"), plan(akin)["failures"]) == (1, 1)
    shop.rows(akin.tenant_id, "UPDATE topup_plan SET next_try_at = now() RETURNING 1")
    turn(world)
    turn(world)
    state = plan(akin)
    assert (state["state"], state["suspended_why"], charges(world, "stripe")) == ("suspended", "failures", 2)
    assert [row.kind for row in letters(akin)] == ["topup_failed", "topup_failed", "topup_suspended"]
    assert akin.post("/topup/resume").json()["state"] == "on"
    assert (akin.post("/topup/resume").status_code, akin.balance()) == (409, 1_050)


@BOTH
def test_a_charge_that_is_lost_after_the_money_moved_is_found_and_nothing_bought_meanwhile(
    world: World, gateway: str
) -> None:
    akin = with_plan(world, gateway)
    getattr(world, gateway).order(CALL[gateway], transport="drop", moved=True)
    for _ in range(3):
        turn(world)
    (run,) = plan(akin)["runs"]
    assert (run["state"], akin.balance(), charges(world, gateway)) == ("started", 1_050, 1)
    world.age(run, QUIET)
    turn(world)
    turn(world)
    assert (plan(akin)["runs"][0]["state"], akin.balance(), charges(world, gateway)) == ("credited", 2_100, 1)


def test_a_bank_that_wants_the_owner_gets_him_by_a_link_and_is_not_asked_again(world: World) -> None:
    akin = with_plan(world, "stripe", card="4000002500003155")
    for _ in range(3):
        turn(world)
    assert charges(world, "stripe") == 1
    (letter,) = letters(akin)
    link = letter.facts["link"]
    assert (letter.kind, link.startswith(world.url + "/payments/confirm/")) == ("topup_confirm", True)
    owner = requests.Session()
    page = owner.get(link, headers={"Accept-Language": "en"}, timeout=10)
    assert (page.status_code, "Go to the payment page" in page.text) == (200, True)
    assert akin.balance() == 1_050  # looking does nothing
    assert requests.post(link, timeout=10).status_code == 400  # without the page's form
    form = {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]}
    result = owner.post(link, data=form, timeout=10, headers={"Accept-Language": "en"})
    assert "/payments/result/" in result.url
    again = owner.post(link, data=form, timeout=10)  # a second click leads to the same page
    assert again.url == result.url
    checkout = re.search(r'<a class="btn btn-primary" href="([^"]+)"', result.text)
    assert checkout is not None, result.text
    paid = requests.post(f"{checkout[1]}/card", data={"card": "4242424242424242"}, timeout=10, allow_redirects=False)
    world.come_back(paid)
    turn(world)
    assert akin.balance() == 2_100
    assert "Already paid" in requests.get(link, headers={"Accept-Language": "en"}, timeout=10).text
    assert owner.post(link, data=form, timeout=10).status_code == 404
    assert charges(world, "stripe") == 1


def test_a_link_that_was_never_sent_shows_nothing(world: World) -> None:
    for token in ("x" * 32, "short", "a" * 100):
        assert requests.get(f"{world.url}/payments/confirm/{token}", timeout=10).status_code == 404
