"""Money that does not agree: it credits nothing, is kept, and a person hears of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing.breaks import end_break
from billing.orders import attempts, place
from billing.orders.expire import CARD_ORDER_LIFE, expire_unpaid
from billing.orders.place import PaymentUnderWay
from billing.payments.gateway import PaymentState
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from tests.orders import shop

pytestmark = pytest.mark.usefixtures("settings")


def paying():
    placed = shop.order(shop.customer(), shop.on_sale())
    return placed, shop.attempt(placed)


def nothing_was_credited(tenant_id) -> bool:
    tables = ("lot", "journal", "outbox_message", "payment")
    return all(shop.rows(tenant_id, f"SELECT 1 FROM {table} WHERE tenant_id = :tenant_id") == [] for table in tables)


@pytest.mark.parametrize(
    ("differs", "changes"),
    [
        (["amount"], {"amount_kurus": 1}),
        (["amount"], {"amount_kurus": 124_989}),
        (["paid"], {"paid_kurus": 124_989}),
        (["currency"], {"currency": "EUR"}),
        (["order"], {"order_ref": "KNT-2222-22"}),
        (["payment_id"], {"payment_id": ""}),
        (["gateway"], {"gateway": "stripe"}),
        (["attempt"], {"attempt_ref": "0" * 32}),
        (["order", "currency", "paid"], {"order_ref": "", "currency": "USD", "paid_kurus": 0}),
    ],
)  # fmt: skip
def test_what_does_not_agree_credits_nothing_and_is_kept(differs: list[str], changes: dict[str, Any]) -> None:
    placed, attempt_id = paying()
    wrong = shop.evidence(placed, attempt_id, **changes)
    outcomes = [shop.settled(placed, wrong, attempt_id).outcome for _ in range(2)]
    assert outcomes == ["disagreed", "disagreed"]
    assert nothing_was_credited(placed.tenant_id)
    (kept,) = shop.rows(placed.tenant_id, "SELECT kind, data, amount_kurus, state FROM finance_break")
    assert (kept.kind, kept.state, kept.amount_kurus) == ("payment_disagrees", "open", wrong.paid_kurus)
    assert kept.data["differs"] == differs
    assert kept.data["evidence"] == {"status": "success"}
    tried = shop.fresh_attempt(placed, attempt_id)
    assert (tried.state, tried.code, tried.ended_at) == ("disagreed", "payment_disagrees", None)
    with pytest.raises(PaymentUnderWay):
        shop.attempt(placed)


def test_a_right_reading_after_a_wrong_one_credits() -> None:
    placed, attempt_id = paying()
    good = shop.evidence(placed, attempt_id)
    shop.settled(placed, shop.evidence(placed, attempt_id, payment_id=good.payment_id, amount_kurus=1), attempt_id)
    assert shop.settled(placed, good, attempt_id).outcome == "credited"
    assert shop.breaks(placed.tenant_id) == [("payment_disagrees", f"iyzico:{good.payment_id}")]


def test_a_wrong_reading_after_a_right_one_is_kept_and_takes_nothing_back() -> None:
    placed, attempt_id = paying()
    good = shop.evidence(placed, attempt_id)
    shop.settled(placed, good, attempt_id)
    wrong = shop.evidence(placed, attempt_id, payment_id=good.payment_id, amount_kurus=1)
    assert shop.settled(placed, wrong, attempt_id).outcome == "disagreed"
    assert (shop.fresh(placed).state, shop.fresh_attempt(placed, attempt_id).state) == ("credited", "succeeded")
    assert shop.breaks(placed.tenant_id) == [("payment_disagrees", f"iyzico:{good.payment_id}")]


def test_once_a_person_has_judged_the_attempt_ends_and_the_break_stays_ended() -> None:
    placed, attempt_id = paying()
    akin = placed.tenant_id
    wrong = shop.evidence(placed, attempt_id, amount_kurus=1)
    shop.settled(placed, wrong, attempt_id)
    (kept,) = shop.rows(akin, "SELECT break_id FROM finance_break")
    with tenant_session(akin) as session:
        end_break(
            session, tenant_id=akin, break_id=kept.break_id, state="resolved", note="given back by hand",
            resolved_by="refund 1", by="finance", at=utc_now(),
        )  # fmt: skip
    assert shop.settled(placed, wrong, attempt_id).outcome == "disagreed"
    assert shop.breaks(akin) == []
    assert shop.fresh_attempt(placed, attempt_id).state == "failed"
    assert shop.settled(placed, shop.evidence(placed, again := shop.attempt(placed)), again).outcome == "credited"


def test_a_surcharge_for_instalments_credits_the_order_and_no_more() -> None:
    placed, attempt_id = paying()
    proof = shop.evidence(placed, attempt_id, paid_kurus=placed.gross_kurus + 4_321, installments=6)
    assert shop.settled(placed, proof, attempt_id).outcome == "credited"
    (payment,) = shop.rows(placed.tenant_id, "SELECT * FROM payment")
    assert (payment.amount_kurus, payment.paid_kurus, payment.installments) == (124_990, 129_311, 6)
    assert shop.rows(placed.tenant_id, "SELECT sum(net_price_kurus) FROM lot")[0][0] == placed.net_kurus
    (said,) = shop.rows(placed.tenant_id, "SELECT text_tr FROM order_event WHERE kind = 'paid'")
    assert "43,21" in said.text_tr


def test_a_second_payment_of_the_order_waits_for_a_person() -> None:
    placed, attempt_id = paying()
    shop.settled(placed, shop.evidence(placed, attempt_id), attempt_id)
    second = shop.evidence(placed, gateway="bank", payment_id="line-2")
    assert [shop.settled(placed, second).outcome for _ in range(2)] == ["second_payment"] * 2
    assert shop.breaks(placed.tenant_id) == [("second_payment", "bank:line-2")]
    assert shop.available(placed.tenant_id) == 1_050
    assert shop.fresh(placed).state == "credited"


def test_one_payment_claimed_by_two_orders_credits_the_first() -> None:
    akin, code = shop.customer(), shop.on_sale()
    first, second = shop.order(akin, code), shop.order(akin, code)
    proof = shop.evidence(first)
    assert shop.settled(first, proof).outcome == "credited"
    claimed = shop.evidence(second, payment_id=proof.payment_id)
    assert shop.settled(second, claimed).outcome == "disagreed"
    assert shop.breaks(akin) == [("payment_claimed_twice", f"iyzico:{proof.payment_id}")]
    assert (shop.available(akin), shop.fresh(second).state) == (1_050, "draft")


def test_one_payment_claimed_by_two_tenants_credits_the_first() -> None:
    code = shop.on_sale()
    mine, theirs = shop.order(shop.customer(), code), shop.order(shop.customer("Bora A.Ş."), code)
    proof = shop.evidence(mine)
    assert shop.settled(mine, proof).outcome == "credited"
    assert shop.settled(theirs, shop.evidence(theirs, payment_id=proof.payment_id)).outcome == "disagreed"
    assert shop.breaks(theirs.tenant_id) == [("payment_claimed_twice", f"iyzico:{proof.payment_id}")]
    assert nothing_was_credited(theirs.tenant_id)
    assert shop.breaks(mine.tenant_id) == []


def test_the_same_number_at_two_gateways_is_two_payments() -> None:
    akin, code = shop.customer(), shop.on_sale()
    for gateway in ("iyzico", "stripe"):
        placed = shop.order(akin, code)
        proof = shop.evidence(placed, gateway=gateway, payment_id=f"same-{akin.hex}")
        assert shop.settled(placed, proof).outcome == "credited"


@pytest.mark.parametrize("end", ["cancelled", "expired"])
def test_money_that_comes_after_the_end_is_known_and_not_credited(end: str) -> None:
    akin = shop.customer()
    placed = shop.order(akin, shop.on_sale(), at=utc_now() - CARD_ORDER_LIFE - timedelta(hours=1))
    with tenant_session(akin) as session:
        if end == "expired":
            assert expire_unpaid(session, tenant_id=akin, at=utc_now()) == [placed.order_id]
        else:
            place.cancel(session, tenant_id=akin, order_id=placed.order_id, by="test", at=utc_now())
    proof = shop.evidence(placed)
    assert shop.settled(placed, proof).outcome == "disagreed"
    assert shop.breaks(akin) == [("payment_after_end", f"iyzico:{proof.payment_id}")]
    assert (shop.fresh(placed).state, shop.available(akin)) == (end, 0)


def test_a_page_left_open_when_the_order_was_cancelled_is_still_read() -> None:
    placed, attempt_id = paying()
    with tenant_session(placed.tenant_id) as session:
        place.cancel(session, tenant_id=placed.tenant_id, order_id=placed.order_id, by="test", at=utc_now())
    assert shop.fresh_attempt(placed, attempt_id).ended_at is None
    assert shop.settled(placed, shop.evidence(placed, attempt_id), attempt_id).outcome == "disagreed"
    assert [kind for kind, _ in shop.breaks(placed.tenant_id)] == ["payment_after_end"]


def test_a_closed_account_is_not_credited_a_suspended_one_is() -> None:
    placed, attempt_id = paying()
    shop.set_state(placed.tenant_id, "closed")
    proof = shop.evidence(placed, attempt_id)
    assert shop.settled(placed, proof, attempt_id).outcome == "disagreed"
    assert [kind for kind, _ in shop.breaks(placed.tenant_id)] == ["payment_for_closed_tenant"]
    shop.set_state(placed.tenant_id, "suspended")
    assert shop.settled(placed, proof, attempt_id).outcome == "credited"


@pytest.mark.parametrize("page_open", [True, False])
def test_a_failed_card_followed_by_a_good_one_credits(page_open: bool) -> None:
    placed, attempt_id = paying()
    failed = shop.evidence(
        placed, attempt_id, payment_id="", state=PaymentState.FAILED, code="10051", text_tr="Yetersiz bakiye.",
        text_en="Insufficient funds.", checkout_open=page_open,
    )  # fmt: skip
    assert [shop.settled(placed, failed, attempt_id).outcome for _ in range(2)] == ["failed", "failed"]
    tried = shop.fresh_attempt(placed, attempt_id)
    assert (tried.state, tried.code) == ("pending" if page_open else "failed", "10051")
    said = shop.rows(placed.tenant_id, "SELECT kind FROM order_event ORDER BY event_id DESC LIMIT 1")
    assert said[0].kind == ("try_failed" if page_open else "attempt_failed")
    good = shop.evidence(placed, attempt_id)
    assert shop.settled(placed, good, attempt_id).outcome == "credited"
    assert shop.settled(placed, failed, attempt_id).outcome == "already"
    assert (shop.fresh(placed).state, shop.fresh_attempt(placed, attempt_id).state) == ("credited", "succeeded")


def test_a_review_holds_the_order_until_it_is_decided() -> None:
    placed, attempt_id = paying()
    review = shop.evidence(placed, attempt_id, state=PaymentState.IN_REVIEW)
    assert shop.settled(placed, review, attempt_id).outcome == "in_review"
    assert (shop.fresh(placed).state, shop.fresh_attempt(placed, attempt_id).state) == ("in_review", "in_review")
    with tenant_session(placed.tenant_id) as session:
        assert expire_unpaid(session, tenant_id=placed.tenant_id, at=utc_now() + timedelta(days=60)) == []
    refused = shop.evidence(placed, attempt_id, state=PaymentState.FAILED, code="fraud")
    assert shop.settled(placed, refused, attempt_id).outcome == "failed"
    assert (shop.fresh(placed).state, shop.fresh_attempt(placed, attempt_id).state) == ("failed", "failed")


def test_an_attempt_beside_an_order_that_was_paid_otherwise_has_its_own_end() -> None:
    placed, attempt_id = paying()
    assert shop.settled(placed, shop.evidence(placed, gateway="bank", payment_id="line-9")).outcome == "credited"
    for state in (PaymentState.PENDING, PaymentState.UNKNOWN, PaymentState.IN_REVIEW):
        open_page = shop.evidence(placed, attempt_id, payment_id="", state=state, checkout_open=True)
        assert shop.settled(placed, open_page, attempt_id).outcome == state.value
    assert shop.fresh(placed).state == "credited"
    gave_up = shop.evidence(placed, attempt_id, payment_id="", state=PaymentState.FAILED)
    assert [shop.settled(placed, gave_up, attempt_id).outcome for _ in range(2)] == ["failed", "already"]
    assert (shop.fresh_attempt(placed, attempt_id).state, shop.fresh(placed).state) == ("failed", "credited")


def test_money_that_disagrees_is_not_ended_by_a_later_failure() -> None:
    placed, attempt_id = paying()
    shop.settled(placed, shop.evidence(placed, attempt_id, amount_kurus=1), attempt_id)
    with tenant_session(placed.tenant_id) as session:
        attempts.ended(
            session, tenant_id=placed.tenant_id, attempt_id=attempt_id, state="failed", at=utc_now()
        )  # fmt: skip
    assert shop.fresh_attempt(placed, attempt_id).state == "disagreed"


def test_an_attempt_of_another_order_is_not_found() -> None:
    placed, _ = paying()
    other = shop.order(placed.tenant_id, shop.on_sale())
    with pytest.raises(NotFound):
        shop.settled(placed, shop.evidence(placed), shop.attempt(other))
    assert nothing_was_credited(placed.tenant_id)
