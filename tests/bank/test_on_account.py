"""Open account by contract: within the limit, overdue, frozen by rule, paid."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text

from billing.orders import attempts
from billing.payments.gateway import PaymentEvidence, PaymentState
from billing.settlement import bank_reversal, on_account, quote, refunds, terms
from billing.settlement.on_account import CreditLimitExceeded, NoCreditTerms, OverdueAccount
from billing.settlement.settle import settle
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.jobs import banking
from tests.bank.books import debts, is_sound


def late(bank, tenant_id, days=1):
    """Let every debt of the tenant have been due so many days ago."""
    with tenant_session(tenant_id) as session:
        session.execute(text("UPDATE receivable SET due_at = :due"), {"due": utc_now() - timedelta(days=days)})


def worth(order):
    with tenant_session(order.tenant_id) as session:
        return quote.quote(session, tenant_id=order.tenant_id, order_id=order.order_id, at=utc_now())


def test_an_order_on_account_is_credited_at_once_and_owed(bank, agree, buy):
    agree(bank.akin)
    order = buy(bank.akin)
    assert (bank.kontor(bank.akin), bank.state(order)) == (1000, "credited")
    assert debts(bank, bank.akin) == [("open_account", "open", 1_200_00, 0, 1000, 0)]
    assert bank.rows(bank.akin, "SELECT source, source_id, net_price_kurus FROM lot") == [
        ("receivable", order.order_id, 1_000_00)
    ]


def test_a_debt_is_due_at_the_end_of_the_turkish_day():
    noon = datetime(2026, 12, 31, 12, tzinfo=ISTANBUL)
    due = on_account.due_at(noon, 30).astimezone(ISTANBUL)
    assert (due.date(), due.hour, due.minute, due.second) == (date(2027, 1, 30), 23, 59, 59)
    late_evening = datetime(2026, 12, 31, 23, 30, tzinfo=ISTANBUL)
    assert on_account.due_at(late_evening, 0).astimezone(ISTANBUL).date() == date(2026, 12, 31)


def test_without_a_contract_nothing_goes_on_account(bank, agree, buy, lend):
    for act in (lambda: buy(bank.akin), lambda: lend(bank.akin, 1)):
        with pytest.raises(NoCreditTerms):
            act()
    agree(bank.akin, limit_kurus=0, emergency_kontor=0)
    for act in (lambda: buy(bank.akin), lambda: lend(bank.akin, 1)):
        with pytest.raises(NoCreditTerms):
            act()
    assert bank.rows(bank.akin, "SELECT 1 FROM kontor_order") == []


def test_what_does_not_fit_the_limit_is_refused_and_leaves_nothing(bank, agree, buy):
    agree(bank.akin, limit_kurus=2_399_99)
    buy(bank.akin)
    with pytest.raises(CreditLimitExceeded) as refused:
        buy(bank.akin)
    assert refused.value.extra == {"limit_kurus": 2_399_99, "owed_kurus": 1_200_00, "left_kurus": 1_199_99}
    assert (len(bank.rows(bank.akin, "SELECT 1 FROM kontor_order")), bank.kontor(bank.akin)) == (1, 1000)
    agree(bank.akin, limit_kurus=2_400_00)
    buy(bank.akin)
    assert bank.kontor(bank.akin) == 2000


def test_sixteen_orders_at_once_fit_the_limit_together(bank, agree, buy):
    agree(bank.akin, limit_kurus=6_000_00)
    refused: list[str] = []

    def one():
        try:
            buy(bank.akin)
        except CreditLimitExceeded as error:
            refused.append(error.code)

    threads = [threading.Thread(target=one) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), bank.kontor(bank.akin)) == (11, 5000)
    assert sum(row.gross_kurus for row in debts(bank, bank.akin)) == 6_000_00
    assert is_sound(bank.akin)


def test_terms_are_versions_and_never_change_the_past(bank, agree):
    agree(bank.akin)
    at = utc_now()
    with tenant_session(bank.akin) as session:
        with pytest.raises(InvalidRequest):
            terms.set_terms(
                session, tenant_id=bank.akin, limit_kurus=1, due_days=1, block_when_overdue=True,
                freeze_when_overdue=False, emergency_kontor=0, by="ayse", at=at, valid_from=at - timedelta(days=1),
            )  # fmt: skip
        terms.set_terms(
            session, tenant_id=bank.akin, limit_kurus=9_000_00, due_days=60, block_when_overdue=False,
            freeze_when_overdue=False, emergency_kontor=0, by="ayse", at=at, valid_from=at + timedelta(days=1),
        )  # fmt: skip
        assert terms.terms_at(session, tenant_id=bank.akin, at=at).limit_kurus == 5_000_00
        assert terms.terms_at(session, tenant_id=bank.akin, at=at + timedelta(days=1)).limit_kurus == 9_000_00
    with pytest.raises(Exception, match="permission denied"), tenant_session(bank.akin) as session:
        session.execute(text("UPDATE credit_terms SET limit_kurus = 1"))


@pytest.mark.parametrize(
    "wrong",
    [{"limit_kurus": -1}, {"due_days": 366}, {"emergency_kontor": -5}, {"limit_kurus": 10.5}, {"limit_kurus": True}],
)
def test_terms_that_make_no_sense_are_refused(agree, bank, wrong):
    with pytest.raises(InvalidRequest):
        agree(bank.akin, **wrong)


def test_overdue_blocks_buying_until_it_is_paid(bank, agree, buy, lend):
    agree(bank.akin)
    order = buy(bank.akin)
    late(bank, bank.akin)
    for act in (lambda: buy(bank.akin), lambda: lend(bank.akin, 1)):
        with pytest.raises(OverdueAccount) as refused:
            act()
        assert refused.value.code == "overdue_account"
    bank.bring(bank.row(order.reference, 1_200_00))
    assert (bank.take_automatic(), bank.credit()) == (1, ["paid_on_account"])
    assert debts(bank, bank.akin)[0][:4] == ("open_account", "settled", 1_200_00, 1_200_00)
    assert bank.kontor(bank.akin) == 1000  # the payment credits nothing a second time
    buy(bank.akin)


def test_a_contract_may_let_overdue_buyers_go_on(bank, agree, buy):
    agree(bank.akin, block_when_overdue=False)
    buy(bank.akin)
    late(bank, bank.akin)
    buy(bank.akin)
    assert bank.kontor(bank.akin) == 2000


def test_kontor_are_frozen_only_by_the_contract_and_thawed_when_it_is_paid(bank, agree, buy):
    agree(bank.akin)
    buy(bank.akin)
    late(bank, bank.akin)
    assert banking.overdue(utc_now()) == 0
    assert (bank.kontor(bank.akin), bank.breaks(bank.akin)) == (1000, [("receivable_overdue", "open")])

    agree(bank.bora, freeze_when_overdue=True)
    order = buy(bank.bora)
    bank.use(bank.bora, 300)
    late(bank, bank.bora)
    assert [banking.overdue(utc_now()), banking.overdue(utc_now())] == [1, 0]
    assert bank.kontor(bank.bora) == 0
    told = bank.rows(bank.bora, "SELECT kind, data FROM order_event ORDER BY event_id")[-1]
    assert (told.kind, told.data) == ("overdue_frozen", {"kontor": 700})
    bank.bring(bank.row(order.reference, 1_200_00))
    bank.take_automatic()
    assert (bank.credit(), bank.kontor(bank.bora)) == (["paid_on_account"], 700)
    assert bank.breaks(bank.bora) == [("receivable_overdue", "resolved")]
    assert banking.overdue(utc_now()) == 0
    assert is_sound(bank.bora)


def test_a_debt_that_was_paid_with_the_wrong_money_is_open_again(bank, agree, buy):
    agree(bank.akin)
    order = buy(bank.akin)
    bank.bring(bank.row("havale", 1_200_00))
    (decision,) = bank.allocate(bank.line().line_id, order)
    assert bank.credit() == ["paid_on_account"]
    bank.desk(bank_reversal.reverse, allocation_id=decision, by="ayse", note="Bora'nın", limit_kurus=50_000_00)
    assert bank.take_back() == 1
    assert (bank.kontor(bank.akin), debts(bank, bank.akin)[0][:2]) == (1000, ("open_account", "open"))
    assert worth(order).why == "on_account"  # the money that was somebody else's is not refunded
    bank.bring(bank.row(order.reference, 1_200_00))
    right = bank.line().line_id
    bank.take_automatic()
    assert (bank.credit(), debts(bank, bank.akin)[0].state) == (["paid_on_account"], "settled")
    refundable = worth(order)
    (payment,) = bank.rows(bank.akin, "SELECT payment_id FROM payment WHERE gateway_payment_id = :ref", ref=str(right))
    assert (refundable.gross_kurus, refundable.payment_id) == (1_200_00, payment.payment_id)


def test_kontor_are_frozen_again_when_the_money_for_them_was_somebody_elses(bank, agree, buy):
    agree(bank.akin, freeze_when_overdue=True)
    order = buy(bank.akin)
    late(bank, bank.akin)
    assert banking.overdue(utc_now()) == 1
    bank.bring(bank.row("havale", 1_200_00))
    (decision,) = bank.allocate(bank.line().line_id, order)
    bank.credit()
    assert (bank.kontor(bank.akin), banking.overdue(utc_now())) == (1000, 0)
    bank.desk(bank_reversal.reverse, allocation_id=decision, by="ayse", note="Bora'nın", limit_kurus=50_000_00)
    bank.take_back()
    assert (banking.overdue(utc_now()), banking.overdue(utc_now()), bank.kontor(bank.akin)) == (1, 0, 0)
    assert is_sound(bank.akin)


def test_a_refund_that_waits_is_called_off_when_its_payment_was_somebody_elses(bank, agree, buy):
    agree(bank.akin)
    order = buy(bank.akin)
    bank.bring(bank.row("havale", 1_200_00))
    (decision,) = bank.allocate(bank.line().line_id, order)
    bank.credit()
    with tenant_session(bank.akin) as session:
        refund_id = refunds.request(
            session, tenant_id=bank.akin, order_id=order.order_id, buyer=refunds.BuyerFacts(efatura_user=True),
            reason="vazgeçtik", by="akin", at=utc_now(),
        )  # fmt: skip
    bank.desk(bank_reversal.reverse, allocation_id=decision, by="ayse", note="Bora'nın", limit_kurus=50_000_00)
    bank.take_back()
    (refund,) = bank.rows(bank.akin, "SELECT state FROM refund WHERE refund_id = :id", id=refund_id)
    assert (refund.state, bank.kontor(bank.akin), debts(bank, bank.akin)[0].state) == ("cancelled", 1000, "open")
    assert is_sound(bank.akin)


def test_a_debt_can_be_paid_by_card_and_a_card_that_fails_changes_nothing(bank, agree, buy):
    agree(bank.akin)
    order = buy(bank.akin)
    late(bank, bank.akin)

    def attempt(state, payment_id):
        with tenant_session(bank.akin) as session:
            begun = attempts.begin(
                session, tenant_id=bank.akin, order_id=order.order_id, gateway="iyzico", intent={}, at=utc_now(),
                expires_at=utc_now() - timedelta(seconds=1),
            )  # fmt: skip
            evidence = PaymentEvidence(
                gateway="iyzico", payment_id=payment_id, amount_kurus=1_200_00, paid_kurus=1_200_00, currency="TRY",
                order_ref=order.reference, state=state, raw={}, attempt_ref=begun.attempt_id.hex,
            )  # fmt: skip
            return settle(
                session, tenant_id=bank.akin, order_id=order.order_id, attempt_id=begun.attempt_id, evidence=evidence,
                at=utc_now(),
            ).outcome  # fmt: skip

    assert attempt(PaymentState.FAILED, "P-1") == "failed"
    assert (bank.state(order), debts(bank, bank.akin)[0].state) == ("credited", "open")
    assert attempt(PaymentState.PAID, "P-2") == "paid_on_account"
    assert (bank.kontor(bank.akin), debts(bank, bank.akin)[0].state) == (1000, "settled")
    with pytest.raises(attempts.OrderOver):
        attempt(PaymentState.PAID, "P-3")
