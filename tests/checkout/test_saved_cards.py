"""Charging without the payer: once, whatever gets lost; never again before it is known what became of the first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from billing.orders import cards
from billing.payments.gateway import SavedCard
from billing.payments.iyzico import cards as iyzico_cards
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import gateways, intents
from tests.checkout.cards import save_card, top_up
from tests.checkout.world import PAYER, Buyer, Fake, World
from tests.orders import shop

QUIET = timedelta(seconds=121)
CALL = {"iyzico": "payment.create", "stripe": "intent.create"}
BOTH = pytest.mark.parametrize("gateway", ["iyzico", "stripe"])


def charges(world: World, gateway: str) -> int:
    fake: Fake = getattr(world, gateway)
    return len(fake.calls(CALL[gateway]))


@BOTH
def test_a_saved_card_is_charged_and_credited_once(world: World, gateway: str) -> None:
    akin = world.buyer()
    order = top_up(world, akin, gateway, save_card(world, akin, gateway))
    world.work()
    assert (akin.fresh(order)["state"], akin.balance(), charges(world, gateway)) == ("credited", 2_100, 1)
    assert world.sweep() == 0


def test_who_pays_is_kept_closed_and_only_with_a_card(world: World) -> None:
    akin = world.buyer()
    save_card(world, akin, "iyzico")
    with role_session("reader") as session:
        intents = session.execute(text("SELECT intent::text FROM payment_attempt")).scalars().all()
        tables = ("payment", "order_event", "payment_notice", "outbox_message", "saved_card", "idempotency")
        rest = [str(row) for table in tables for row in session.execute(text(f"SELECT t::text FROM {table} t"))]
    assert any("closed_buyer" in intent for intent in intents)
    for word in (PAYER["identity_number"], PAYER["phone"], PAYER["address"]):
        assert not [row for row in (*intents, *rest) if word in row]


def test_a_card_that_nobody_asked_to_keep_is_not_kept_and_who_paid_is_forgotten_with_the_last_card(
    world: World,
) -> None:
    akin = world.buyer()
    world.come_back(world.pay(akin.order(), save=True))  # the payer ticks the box at iyzico by himself
    world.work()
    assert (akin.balance(), akin.count("saved_card")) == (1_050, 0)
    over = akin.order(save_card=True)
    world.age(over, timedelta(minutes=40))
    world.sweep()
    assert akin.fresh(over)["payment"]["state"] == "expired"
    world.come_back(world.pay(akin.order(save_card=True)))  # and does not tick it
    world.work()
    closed = "SELECT 1 FROM payment_attempt WHERE intent::text LIKE '%closed_buyer%'"
    assert (shop.rows(akin.tenant_id, closed), akin.count("saved_card")) == ([], 0)
    save_card(world, akin, "iyzico")
    with tenant_session(akin.tenant_id) as session:
        assert intents.kept_buyer(session, tenant_id=akin.tenant_id, gateway="iyzico").name == "Ayşe"
        intents.forget_buyers(session, tenant_id=akin.tenant_id, gateway="iyzico")
        assert intents.kept_buyer(session, tenant_id=akin.tenant_id, gateway="iyzico") is None
    assert shop.rows(akin.tenant_id, closed) == []


@BOTH
@pytest.mark.parametrize("moved", [True, False], ids=["after the money moved", "before"])
def test_an_answer_that_is_lost_is_read_back_after_a_silence_and_charged_once(
    world: World, gateway: str, moved: bool
) -> None:
    akin = world.buyer()
    order = top_up(world, akin, gateway, save_card(world, akin, gateway))
    getattr(world, gateway).order(CALL[gateway], transport="drop", moved=moved)
    world.work()
    assert (akin.fresh(order)["payment"]["state"], akin.balance()) == ("unknown", 1_050)
    world.due(order)
    world.sweep()  # nothing may be sent while the first call may still be at work
    assert charges(world, gateway) == 1
    assert akin.post(f"/orders/{order['order_id']}/cancel").status_code == 409
    world.age(order, QUIET)
    world.sweep()
    assert (akin.fresh(order)["state"], akin.balance()) == ("credited", 2_100)
    assert paid(world, gateway) == 2
    assert charges(world, gateway) == (1 if moved else 2)


@BOTH
def test_a_forged_answer_to_a_charge_is_not_believed_and_the_charge_not_repeated(world: World, gateway: str) -> None:
    akin = world.buyer()
    order = top_up(world, akin, gateway, save_card(world, akin, gateway))
    forged: dict[str, Any] = {"signature": "wrong"} if gateway == "iyzico" else {"change": {"livemode": True}}
    getattr(world, gateway).order(CALL[gateway], **forged)
    world.work()
    assert (akin.balance(), akin.breaks()) == (1_050, ["payment_untrusted"])
    world.age(order, QUIET)
    world.sweep()
    assert (akin.balance(), charges(world, gateway), paid(world, gateway)) == (2_100, 1, 2)


@BOTH
def test_a_charge_whose_amount_disagrees_is_never_made_again(world: World, gateway: str) -> None:
    akin = world.buyer()
    order = top_up(world, akin, gateway, save_card(world, akin, gateway))
    lie: dict[str, Any] = {"price": "1.0", "paidPrice": "1.0"} if gateway == "iyzico" else {"amount": 100}
    getattr(world, gateway).order(CALL[gateway], change=lie)
    world.work()
    assert (akin.balance(), akin.breaks()) == (1_050, ["payment_disagrees"])
    world.age(order, timedelta(days=2))
    world.sweep()
    assert (charges(world, gateway), paid(world, gateway)) == (1, 2)
    assert akin.balance() in (1_050, 2_100)  # read again it may agree; charged again it never is


def test_a_refusal_while_reading_back_says_nothing_of_the_money(world: World) -> None:
    akin = world.buyer()
    order = top_up(world, akin, "iyzico", save_card(world, akin, "iyzico"))
    world.iyzico.order("payment.create", transport="drop")
    world.work()
    world.iyzico.order("payment.read", fail="1001")
    world.age(order, QUIET)
    world.sweep()
    assert akin.fresh(order)["payment"]["state"] == "unknown"
    world.age(order, timedelta(minutes=20))
    world.sweep()
    assert (akin.balance(), charges(world, "iyzico")) == (2_100, 1)


@pytest.mark.parametrize(
    ("card", "code"), [("4000002500003155", "authentication_required"), ("4000000000000341", "card_declined")]
)
def test_a_bank_that_wants_the_owner_or_says_no_is_asked_once(world: World, card: str, code: str) -> None:
    akin = world.buyer()
    order = top_up(world, akin, "stripe", save_card(world, akin, "stripe", card=card))
    world.work()
    failed = akin.fresh(order)
    assert (failed["state"], failed["payment"]["state"], failed["payment"]["code"]) == ("failed", "failed", code)
    assert failed["payment"]["text"]
    world.age(order, timedelta(hours=1))
    world.sweep()
    assert (charges(world, "stripe"), akin.balance()) == (1, 1_050)


def test_an_order_whose_charge_waits_is_not_cancelled_and_one_that_ended_is_not_charged(world: World) -> None:
    akin = world.buyer()
    card_id = save_card(world, akin, "stripe")
    order = top_up(world, akin, "stripe", card_id)
    assert akin.post(f"/orders/{order['order_id']}/cancel").json()["code"] == "payment_under_way"
    shop.rows(
        akin.tenant_id,
        "UPDATE kontor_order SET state = 'expired', ended_at = now() WHERE order_id = :order_id RETURNING 1",
        order_id=order["order_id"],
    )
    world.work()
    assert (charges(world, "stripe"), akin.balance()) == (0, 1_050)
    assert akin.fresh(order)["payment"]["state"] == "expired"


def test_a_card_that_was_removed_is_not_charged(world: World) -> None:
    akin = world.buyer()
    card_id = save_card(world, akin, "iyzico")
    order = top_up(world, akin, "iyzico", card_id)
    remove(akin)
    world.work()
    assert (akin.fresh(order)["payment"]["code"], charges(world, "iyzico")) == ("card_gone", 0)


@BOTH
def test_a_removed_card_is_deleted_at_its_gateway_however_often_that_fails(world: World, gateway: str) -> None:
    akin, fake = world.buyer(), getattr(world, gateway)
    card_id = save_card(world, akin, gateway)
    name = {"iyzico": "cards.delete", "stripe": "method.detach"}[gateway]
    with tenant_session(akin.tenant_id) as session:
        found = cards.removed(session, tenant_id=akin.tenant_id, card_id=card_id, vault=intents.vault())
        assert found is None, "it is in use"
        kept = cards.open(session, tenant_id=akin.tenant_id, card_id=card_id, vault=intents.vault())
        cards.remove(session, tenant_id=akin.tenant_id, card_id=card_id, at=utc_now())
    fake.order(name, transport="http_500", moved=True)  # it was deleted, and the answer was lost
    world.work()
    state, error = waits(akin)
    assert (state, "GatewayUnavailable" in error) == ("scheduled", True), "it is not lost"
    hurry(akin)
    world.work()
    assert (waits(akin)[0], len(fake.calls(name)) >= 2, there(gateway, kept)) == ("done", True, False)
    forgotten = gateways.gateway(gateway)
    forgotten.forget_card(kept)  # the message came twice


def there(name: str, card: SavedCard) -> bool:
    """Whether the gateway still keeps the card."""
    found: Any = gateways.gateway(name)
    if name == "iyzico":
        return bool(iyzico_cards.saved_cards(found.account, card.customer_ref))
    return found._v1.payment_methods.retrieve(card.card_ref).customer is not None


def waits(buyer: Buyer) -> tuple[str, str]:
    found = shop.rows(buyer.tenant_id, "SELECT state, coalesce(last_error, '') FROM outbox_message "
                      "WHERE tenant_id = :tenant_id AND topic = 'card.forget'")  # fmt: skip
    ((state, error),) = found
    return state, error


def hurry(buyer: Buyer) -> None:
    shop.rows(buyer.tenant_id, "UPDATE outbox_message SET due_at = now() WHERE tenant_id = :tenant_id "
              "AND topic = 'card.forget' RETURNING 1")  # fmt: skip


def remove(buyer: Buyer) -> None:
    shop.rows(buyer.tenant_id, "UPDATE saved_card SET removed_at = now() WHERE tenant_id = :tenant_id RETURNING 1")


def paid(world: World, gateway: str) -> int:
    """How many payments the gateway has taken."""
    if gateway == "iyzico":
        return sum(entry["paymentStatus"] == "SUCCESS" for entry in world.iyzico.control("GET", "payments"))
    return sum(entry["status"] == "succeeded" for entry in world.stripe.control("GET", "intents"))
