"""The life of an order and of its attempts between placing and crediting."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import uuid4

import pytest

from billing.models.orders import ORDER_STATES
from billing.orders import attempts, cards, expire, place, queries
from billing.orders.attempts import OrderOver
from billing.orders.place import CannotBuy, PaymentUnderWay
from billing.orders.states import CREDITED, ENDED, MOVES, PAYABLE, WORDS, OrderState, UnlawfulOrderMove, check_move
from billing.payments.gateway import PaymentState, SavedCard, StartedPayment
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.core.vault import Vault, VaultError
from tenants import locator
from tests.orders import shop

pytestmark = pytest.mark.usefixtures("settings")
DAY = timedelta(days=1)


def cancel(placed, *, tenant_id=None):
    with tenant_session(placed.tenant_id) as session:
        return place.cancel(
            session, tenant_id=tenant_id or placed.tenant_id, order_id=placed.order_id, by="test", at=utc_now()
        )


def expired(tenant_id, at):
    with tenant_session(tenant_id) as session:
        return expire.expire_unpaid(session, tenant_id=tenant_id, at=at)


def end(placed, attempt_id, state="failed"):
    with tenant_session(placed.tenant_id) as session:
        attempts.ended(
            session, tenant_id=placed.tenant_id, attempt_id=attempt_id, state=state, code="10051",
            text_tr="Yetersiz bakiye.", text_en="Insufficient funds.", at=utc_now(),
        )  # fmt: skip


def test_the_table_knows_every_state_and_what_was_credited_never_becomes_uncredited() -> None:
    assert {state.value for state in OrderState} == set(ORDER_STATES) == set(MOVES) == set(WORDS)
    assert set(OrderState) == PAYABLE | CREDITED | ENDED
    for state in CREDITED:
        assert MOVES[state] <= CREDITED - {state}
    for state in (OrderState.EXPIRED, OrderState.CANCELLED):
        assert MOVES[state] == frozenset()
        with pytest.raises(UnlawfulOrderMove):
            check_move(state, OrderState.CREDITED)


def test_one_live_attempt_at_a_time_and_a_failed_one_makes_room() -> None:
    placed = shop.order(shop.customer(), shop.on_sale())
    first = shop.attempt(placed)
    assert shop.fresh(placed).state == "pending"
    with pytest.raises(PaymentUnderWay) as refused:
        shop.attempt(placed)
    assert refused.value.extra == {"attempt_id": str(first)}
    end(placed, first)
    end(placed, first, "expired")  # it has ended already
    assert shop.fresh_attempt(placed, first).state == "failed"
    now = shop.fresh(placed)
    assert (now.state, now.ended_at is not None) == ("failed", True)
    second = shop.attempt(placed, gateway="stripe")
    now = shop.fresh(placed)
    assert (now.state, now.ended_at, now.method) == ("pending", None, "stripe")
    end(placed, second, "expired")
    assert shop.fresh(placed).state == "draft"


def test_attempt_and_checkout_are_found_before_a_tenant_is_known() -> None:
    placed = shop.order(shop.customer(), shop.on_sale())
    attempt_id = shop.attempt(placed)
    ref = shop.fresh_attempt(placed, attempt_id).gateway_ref
    with tenant_session(shop.customer("Bora A.Ş.")) as session:
        for kind, key in (("payment.attempt", attempt_id.hex), ("payment.checkout", f"iyzico:{ref}")):
            found = locator.locate(session, kind=kind, key=key)
            assert found is not None
            assert (found.tenant_id, found.object_id) == (placed.tenant_id, attempt_id)


def test_opening_twice_is_opening_once_and_a_checkout_belongs_to_one_attempt() -> None:
    code = shop.on_sale()
    placed, other = shop.order(shop.customer(), code), shop.order(shop.customer("Bora A.Ş."), code)
    attempt_id, others = shop.attempt(placed, opened=False), shop.attempt(other, opened=False)
    started, at = StartedPayment("https://pay.example/1", f"tok-{uuid4().hex}", 1800), utc_now()
    for _ in range(2):
        with tenant_session(placed.tenant_id) as session:
            attempts.opened(session, tenant_id=placed.tenant_id, attempt_id=attempt_id, started=started, at=at)
    now = shop.fresh_attempt(placed, attempt_id)
    assert (now.state, now.redirect_url, now.expires_at) == ("pending", started.redirect_url, at + 30 * DAY / 1440)
    with pytest.raises(locator.AlreadyTaken), tenant_session(other.tenant_id) as session:
        attempts.opened(session, tenant_id=other.tenant_id, attempt_id=others, started=started, at=at)
    assert shop.fresh_attempt(other, others).state == "started"


def test_a_call_that_moves_money_is_noted_before_it_is_made() -> None:
    placed = shop.order(shop.customer(), shop.on_sale())
    attempt_id = shop.attempt(placed, kind="saved_card")
    heard = []
    for _ in range(2):
        with tenant_session(placed.tenant_id) as session:
            heard.append(attempts.calling(session, tenant_id=placed.tenant_id, attempt_id=attempt_id, at=utc_now()))
    assert heard == [False, True]
    processing = shop.evidence(placed, attempt_id, payment_id="", state=PaymentState.PENDING)
    assert shop.settled(placed, processing, attempt_id).outcome == "pending"
    with pytest.raises(PaymentUnderWay):
        cancel(placed)
    with tenant_session(placed.tenant_id) as session:
        later = attempts.later(
            session, tenant_id=placed.tenant_id, attempt_id=attempt_id, check_at=utc_now() + DAY, unknown=True
        )
    assert (later.state, later.checks) == ("unknown", 1)
    end(placed, attempt_id)
    assert shop.fresh_attempt(placed, attempt_id).may_have_happened is False
    assert cancel(placed).state == "cancelled"


def test_what_is_paid_ended_or_old_is_not_paid_again() -> None:
    akin, code = shop.customer(), shop.on_sale()
    paid = shop.order(akin, code)
    shop.settled(paid, shop.evidence(paid))
    cancelled = shop.order(akin, code)
    cancel(cancelled)
    old = shop.order(akin, code, at=utc_now() - expire.CARD_ORDER_LIFE)
    transfer = shop.order(akin, code, method="bank")
    for placed in (paid, cancelled, old, transfer):
        with pytest.raises(OrderOver):
            shop.attempt(placed)
    suspended = shop.order(akin, code)
    shop.set_state(akin, "suspended")
    with pytest.raises(CannotBuy):
        shop.attempt(suspended)


def test_cancelling_twice_is_cancelling_once_and_a_credited_order_stays() -> None:
    akin, code = shop.customer(), shop.on_sale()
    placed = shop.order(akin, code)
    assert [cancel(placed).state for _ in range(2)] == ["cancelled"] * 2
    assert len(shop.rows(akin, "SELECT 1 FROM order_event WHERE kind = 'cancelled'")) == 1
    paid = shop.order(akin, code)
    shop.settled(paid, shop.evidence(paid))
    with pytest.raises(UnlawfulOrderMove):
        cancel(paid)
    opening = shop.order(akin, code)
    shop.attempt(opening, opened=False)  # the gateway is being asked for its page
    with pytest.raises(PaymentUnderWay):
        cancel(opening)
    reviewed = shop.order(akin, code)
    shop.settled(reviewed, shop.evidence(reviewed, state=PaymentState.IN_REVIEW))
    with pytest.raises(PaymentUnderWay):
        cancel(reviewed)


def test_a_foreign_order_does_not_exist() -> None:
    placed = shop.order(shop.customer(), shop.on_sale())
    bora = shop.customer("Bora A.Ş.")
    with tenant_session(bora) as session:
        for call in (
            lambda: place.cancel(session, tenant_id=bora, order_id=placed.order_id, by="x", at=utc_now()),
            lambda: queries.get(session, tenant_id=bora, order_id=placed.order_id),
            lambda: attempts.begin(
                session, tenant_id=bora, order_id=placed.order_id, gateway="iyzico", intent={}, at=utc_now()
            ),
        ):
            with pytest.raises(NotFound):
                call()
    assert shop.fresh(placed).state == "draft"


def test_unpaid_orders_end_at_their_time_but_not_while_somebody_pays() -> None:
    akin, code, at = shop.customer(), shop.on_sale(), utc_now()
    by_card, paying = shop.order(akin, code), shop.order(akin, code)
    transfer = shop.order(akin, code, method="bank")
    attempt_id = shop.attempt(paying)
    assert expired(akin, at + expire.CARD_ORDER_LIFE - DAY / 24) == []
    assert expired(akin, at + 2 * DAY) == [by_card.order_id]
    assert expired(akin, at + 2 * DAY) == []
    end(paying, attempt_id, "expired")
    assert transfer.due_at is not None
    assert expired(akin, transfer.due_at) == [paying.order_id]
    assert expired(akin, transfer.due_at + expire.TRANSFER_GRACE) == [transfer.order_id]
    assert {shop.fresh(one).state for one in (by_card, paying, transfer)} == {"expired"}


def test_lists_are_newest_first_and_page_by_order() -> None:
    akin, code = shop.customer(), shop.on_sale()
    placed = [shop.order(akin, code).order_id for _ in range(3)]
    with tenant_session(akin) as session:
        first = queries.orders(session, tenant_id=akin, limit=2)
        rest = queries.orders(session, tenant_id=akin, limit=2, before=first[-1].order_id)
    assert [one.order_id for one in (*first, *rest)] == placed[::-1]


CARD = SavedCard("cus-secret-1", "card-secret-1", "VISA", "0008")


def save(tenant_id, vault, card=CARD):
    with tenant_session(tenant_id) as session:
        return cards.save(session, tenant_id=tenant_id, gateway="iyzico", card=card, vault=vault, at=utc_now())


def test_a_saved_card_is_closed_and_opens_with_its_key_only() -> None:
    akin, vault = shop.customer(), Vault([secrets.token_bytes(32)])
    card_id = save(akin, vault)
    assert save(akin, vault) == card_id
    (row,) = shop.rows(akin, "SELECT * FROM saved_card")
    assert b"secret" not in bytes(row.closed_refs) + bytes(row.card_sha256)
    with tenant_session(akin) as session:
        assert cards.open(session, tenant_id=akin, card_id=card_id, vault=vault) == CARD
        with pytest.raises(VaultError):
            cards.open(session, tenant_id=akin, card_id=card_id, vault=Vault([secrets.token_bytes(32)]))
        cards.remove(session, tenant_id=akin, card_id=card_id, at=utc_now())
        assert cards.listed(session, tenant_id=akin) == []
        with pytest.raises(NotFound):
            cards.open(session, tenant_id=akin, card_id=card_id, vault=vault)
    assert save(akin, vault) == card_id
    with tenant_session(shop.customer("Bora A.Ş.")) as session, pytest.raises(NotFound):
        cards.open(session, tenant_id=akin, card_id=card_id, vault=vault)
