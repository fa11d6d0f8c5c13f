"""After everything that may happen at the desk the books agree: reconciliation finds nothing it was not told of."""

from __future__ import annotations

import contextlib
import random
from datetime import timedelta

import pytest
from sqlalchemy import text

from billing.reconciliation import run
from billing.settlement import bank_desk, bank_reversal, on_account, refund_sending, refunds, staff_grants, terms
from billing.settlement.bank_desk import LineDecided, TooMuch
from billing.settlement.refunds import BuyerFacts
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import engine, tenant_session
from ebelge.core.errors import DomainError
from ebelge.core.ids import new_id
from ebelge.jobs import banking
from ebelge.onboarding.accounts import open_tenant
from ebelge.ubl.examples import vkn
from tenants.accounts import Identity

LIMIT_KURUS = 50_000_00
CUSTOMERS_IBAN = "TR320010009999901234567890"


@pytest.fixture
def operator(bank):
    """The operator, whose books hold what belongs to no tenant."""
    tenant_id = new_id()
    identity = Identity(vkn_tckn=vkn(45_000_001), title="Ebelge Entegratör A.Ş.", district="Çankaya", city="Ankara",
                        tax_office="Çankaya")  # fmt: skip
    with tenant_session(tenant_id) as session:
        open_tenant(session, tenant_id=tenant_id, kind="operator", identity=identity, sandbox=False, at=utc_now())
    return tenant_id


def found(*, later: timedelta = timedelta()) -> list[tuple[str, str]]:
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection, connection.begin():
        return [(one.kind, one.subject) for one in run.findings(connection, at=utc_now() + later)]


def look(bank) -> int:
    """Both duties of the clock, once."""
    return banking.match(utc_now()) + banking.carry_out(utc_now())


def test_the_books_agree_after_a_day_at_the_desk(bank, operator):
    exact, split, in_two, over = (bank.order(bank.akin) for _ in range(4))
    other, wrong = bank.order(bank.bora), bank.order(bank.ceren)
    bank.bring(
        bank.row(exact.reference, 1_200_00), bank.row("iki kişi için", 2_400_00), bank.row("ilk yarı", 600_00),
        bank.row("ikinci yarı", 600_00), bank.row(over.reference, 1_300_00), bank.row("kime?", 1_200_00),
    )  # fmt: skip
    by_words = {line.description: line.line_id for line in bank.lines()}
    look(bank)
    bank.allocate(by_words["iki kişi için"], split, other)
    bank.allocate(by_words["ilk yarı"], in_two)
    bank.allocate(by_words["ikinci yarı"], in_two)
    bank.allocate(by_words[over.reference], over)
    (mistake,) = bank.allocate(by_words["kime?"], wrong)
    assert banking.credit(utc_now()).total() == 5
    assert found() == []

    bank.use(bank.ceren, 250)
    bank.desk(bank_reversal.reverse, allocation_id=mistake, by="ayse", note="Bora'nın", limit_kurus=LIMIT_KURUS)
    assert banking.credit(utc_now()) == {"taken_back": 1}
    bank.allocate(by_words["kime?"], bank.order(bank.bora))
    banking.credit(utc_now())
    assert (bank.kontor(bank.akin), bank.kontor(bank.bora), bank.kontor(bank.ceren)) == (4000, 2000, 0)
    assert found() == []


def test_the_books_agree_with_credit_loans_and_gifts(bank, operator):
    with tenant_session(bank.akin) as session:
        terms.set_terms(
            session, tenant_id=bank.akin, limit_kurus=10_000_00, due_days=30, block_when_overdue=True,
            freeze_when_overdue=True, emergency_kontor=80, by="ayse", at=utc_now(),
        )  # fmt: skip
        on_account.lend(session, tenant_id=bank.akin, kontor=80, by="akin", at=utc_now())
        staff_grants.ask(
            session, tenant_id=bank.akin, kind="goodwill", kontor=20, reason="telafi", by="ayse", at=utc_now(),
            limit_kontor=100,
        )  # fmt: skip
    bank.use(bank.akin, 60)
    with tenant_session(bank.akin) as session:
        debt = on_account.buy(session, tenant_id=bank.akin, package_code="k1000", placed_by="akin", at=utc_now())
    assert bank.kontor(bank.akin) == 80 + 20 - 60 + 1000 - 80
    assert found() == []
    bank.bring(bank.row("yanlış para", 1_200_00))
    (mistake,) = bank.allocate(bank.line().line_id, debt)
    banking.credit(utc_now())
    bank.desk(bank_reversal.reverse, allocation_id=mistake, by="ayse", note="Bora'nın", limit_kurus=LIMIT_KURUS)
    banking.credit(utc_now())
    assert found() == []
    bank.bring(bank.row(debt.reference, 1_200_00))
    assert look(bank) == 2
    assert found() == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_the_desk_does_nothing_is_given_out_twice(bank, operator, seed):
    """Random decisions of three people, right and wrong, in any order; refusals change nothing."""
    dice = random.Random(seed)
    orders = [bank.order(dice.choice([bank.akin, bank.bora, bank.ceren])) for _ in range(6)]
    bank.bring(*[bank.row(f"havale {n}", dice.choice([400_00, 800_00, 1_200_00, 2_400_00])) for n in range(10)])

    def step() -> None:
        line, by = dice.choice(bank.lines()).line_id, dice.choice(["ayse", "mehmet", "zeynep"])
        decision = dice.choice([row.allocation_id for row in bank.decisions()] or [line])
        match dice.randrange(8):
            case 0 | 1 | 2:
                bank.allocate(line, *dice.sample(orders, dice.choice([1, 1, 2])), by=by, limit_kurus=1_000_00)
            case 3:
                bank.desk(bank_desk.approve, allocation_id=decision, by=by)
            case 4:
                bank.desk(bank_desk.refuse, allocation_id=decision, by=by, note="olmadı")
            case 5:
                bank.desk(bank_reversal.reverse, allocation_id=decision, by=by, note="yanlış", limit_kurus=1_000_00)
            case 6:
                bank.desk(bank_desk.to_refund, line_id=line, by=by, note="iade")
            case _:
                banking.credit(utc_now())

    done = 0
    for _ in range(80):
        with contextlib.suppress(DomainError):
            step()
            done += 1
    banking.credit(utc_now())
    assert done > 20
    for line in bank.lines():
        given = sum(one.amount_kurus for one in bank.decisions() if one.line_id == line.line_id
                    and one.reverses_id is None and one.state in ("asked", "approved", "credited"))  # fmt: skip
        assert 0 <= given <= line.amount_kurus
    for order in orders:
        credited = sum(one.amount_kurus for one in bank.decisions() if one.order_id == order.order_id
                       and one.reverses_id is None and one.state == "credited")  # fmt: skip
        assert credited == (1_200_00 if bank.state(order) == "credited" else 0)
    assert found() == []


def test_a_debt_past_its_day_and_a_line_nobody_looks_at_are_told(bank, operator):
    with tenant_session(bank.akin) as session:
        terms.set_terms(
            session, tenant_id=bank.akin, limit_kurus=10_000_00, due_days=2, block_when_overdue=True,
            freeze_when_overdue=False, emergency_kontor=0, by="ayse", at=utc_now(),
        )  # fmt: skip
        on_account.buy(session, tenant_id=bank.akin, package_code="k1000", placed_by="akin", at=utc_now())
    bank.bring(bank.row("bilinmeyen", 77_00))
    kinds = {kind for kind, _ in found(later=timedelta(days=5))}
    assert {"receivable_overdue", "bank_line_waits"} <= kinds


def test_the_duty_goes_on_when_one_customer_is_in_trouble(bank):
    """A closed account's money is refused and kept; the others' is credited in the same round."""
    closed, fine = bank.order(bank.akin), bank.order(bank.bora)
    bank.bring(bank.row(closed.reference, 1_200_00), bank.row(fine.reference, 1_200_00))
    with tenant_session(bank.akin) as session:
        session.execute(text("UPDATE tenant SET state = 'closed' WHERE tenant_id = :id"), {"id": bank.akin})
    assert banking.match(utc_now()) == 2
    assert banking.credit(utc_now()) == {"disagreed": 1, "credited": 1}
    assert bank.breaks(bank.akin) == [("payment_for_closed_tenant", "open")]
    assert bank.kontor(bank.bora) == 1000
    assert look(bank) == 0


def test_a_customers_refund_by_transfer_is_proved_by_the_line_that_paid_it(bank):
    order = bank.order(bank.akin)
    bank.bring(bank.row(order.reference, 1_200_00))
    look(bank)
    with tenant_session(bank.akin) as session:
        refund_id = refunds.request(
            session, tenant_id=bank.akin, order_id=order.order_id, buyer=BuyerFacts(False, False, False), by="akin",
            reason="vazgeçtim", at=utc_now(), to_iban=CUSTOMERS_IBAN,
        )  # fmt: skip
        refunds.confirm_tax_document(
            session, tenant_id=bank.akin, refund_id=refund_id, document="ABC2026000000001", on=istanbul_date(utc_now()),
            by="ayse", at=utc_now(),
        )  # fmt: skip
    bank.bring(bank.row(f"iade {CUSTOMERS_IBAN}", -1_199_00), bank.row(f"iade {CUSTOMERS_IBAN}", -1_200_00))
    bank.propose()
    wrong, out = bank.lines()[1:]
    assert (wrong.state, out.state, out.match, out.proposed_order_id) == (
        "ignored", "proposed", "refund_out", order.order_id,
    )  # fmt: skip
    with pytest.raises(TooMuch):
        bank.desk(bank_desk.pays_refund, out_line_id=wrong.line_id, refund_id=refund_id, by="ayse")
    for _ in range(2):  # said twice it is done once
        tenant_id = bank.desk(bank_desk.pays_refund, out_line_id=out.line_id, refund_id=refund_id, by="ayse")
        with tenant_session(tenant_id) as session:
            refund_sending.transferred(
                session, tenant_id=tenant_id, refund_id=refund_id, bank_ref=str(out.line_id), by="ayse", at=utc_now()
            )
    assert (bank.line().state, bank.kontor(bank.akin), bank.state(order)) == ("refunded", 0, "refunded")
    bank.bring(bank.row(f"iade {CUSTOMERS_IBAN}", -1_200_00))  # sent by mistake a second time: it proves nothing
    with pytest.raises(LineDecided):
        bank.desk(bank_desk.pays_refund, out_line_id=bank.line().line_id, refund_id=refund_id, by="ayse")
    assert bank.line().pays_back_id is None
