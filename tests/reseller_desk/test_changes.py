"""A customer goes from one reseller to another: with everybody's word, on a day."""

from datetime import timedelta

import pytest

from ebelge.core.clock import istanbul_date, istanbul_midnight, utc_now
from ebelge.core.db import reseller_session
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.jobs import reseller_changes as desk
from tenants.audit import entries
from tenants.resellers import changes
from tenants.resellers.changes import ChangeAnswered, ChangeUnderWay, TooEarlyToDecide
from tests.resellers.desk import NOON, move_on

WHY = "Müşterinin ödenmemiş faturası var"


WHO = entries.command("test", by="Bora Ak")


def today():
    return istanbul_date(utc_now())


def ask(shop, customer, to) -> object:
    return desk.ask_as_customer(customer, new_vkn=shop.vkn(to) if to else None, wanted_on=today(), actor=WHO)


def say(tenant_id, change_id, yes=True, reason="") -> str:
    return desk.answer_as_party(tenant_id, change_id, yes=yes, actor=WHO, reason=reason)


def sees(reseller) -> set[object]:
    from sqlalchemy import text

    with reseller_session(reseller) as session:
        return set(session.execute(text("SELECT tenant_id FROM tenant")).scalars())


def test_with_everybodys_word_the_customer_moves_and_the_old_one_loses_sight_at_once(shop, bora) -> None:
    change = ask(shop, bora, shop.demir)
    assert bora in sees(shop.ceren)
    assert say(shop.ceren, change) == "asked"
    assert say(shop.demir, change) == "asked"
    assert shop.reseller_of(bora) == shop.ceren
    assert say(shop.operator, change) == "done"
    assert shop.reseller_of(bora) == shop.demir
    assert bora in sees(shop.demir)
    assert bora not in sees(shop.ceren)


def test_a_customer_may_go_to_no_reseller_and_come_from_none(shop, bora) -> None:
    change = ask(shop, bora, None)
    with pytest.raises(NotFound):
        say(shop.demir, change)
    say(shop.ceren, change)
    assert say(shop.operator, change) == "done"
    assert shop.reseller_of(bora) is None
    back = desk.ask_as_reseller(shop.demir, customer_vkn=shop.vkn(bora), wanted_on=today(), actor=WHO)
    with pytest.raises(TooEarlyToDecide):
        say(shop.operator, back)
    desk.answer_as_customer(bora, back, yes=True, actor=WHO)
    assert say(shop.operator, back) == "done"
    assert shop.reseller_of(bora) == shop.demir


def test_the_operator_decides_last_and_after_fifteen_days_without_the_old_one(shop, trade, bora) -> None:
    trade.now = NOON
    with trade.session(bora) as session:
        change = changes.ask(
            session, tenant_id=bora, side="customer", old=changes.Reseller(shop.ceren, "Ceren"),
            new=changes.Reseller(shop.demir, "Demir"), operator_id=shop.operator,
            wanted_on=istanbul_date(NOON + timedelta(days=30)), by="Bora Ak", at=NOON,
        ).change_id  # fmt: skip

    def answer(side, yes=True, reason=""):
        return trade.do(changes.answer, bora, change_id=change, side=side, yes=yes, by=side, reason=reason,
                        answer_days=15).state  # fmt: skip

    with pytest.raises(InvalidRequest):
        answer("old", yes=False, reason="yok")
    assert answer("old", yes=False, reason=WHY) == "asked"
    move_on(trade, days=15, microseconds=-1)
    with pytest.raises(TooEarlyToDecide):
        answer("operator")
    move_on(trade, microseconds=1)
    with pytest.raises(TooEarlyToDecide):
        answer("operator")
    answer("new")
    assert answer("operator") == "agreed"
    (row,) = trade.rows(bora, "SELECT effective_at FROM reseller_change")
    assert row.effective_at == istanbul_midnight(istanbul_date(NOON + timedelta(days=30)))
    assert trade.do(changes.move, bora, change_id=change) is None
    assert shop.reseller_of(bora) == shop.ceren
    trade.now = row.effective_at
    assert trade.do(changes.move, bora, change_id=change) is not None
    assert shop.reseller_of(bora) == shop.demir


def test_a_no_of_the_customer_the_new_one_or_the_operator_ends_it(shop, bora) -> None:
    asked = desk.ask_as_reseller(shop.demir, customer_vkn=shop.vkn(bora), wanted_on=today(), actor=WHO)
    assert desk.answer_as_customer(bora, asked, yes=False, actor=WHO) == "refused"
    with pytest.raises(ChangeAnswered):
        say(shop.operator, asked)
    second = ask(shop, bora, shop.demir)
    assert say(shop.demir, second, yes=False) == "refused"
    third = ask(shop, bora, shop.demir)
    with pytest.raises(InvalidRequest):
        say(shop.operator, third, yes=False)
    assert say(shop.operator, third, yes=False, reason=WHY) == "refused"
    assert shop.reseller_of(bora) == shop.ceren


def test_each_side_answers_once_and_nobody_for_another(shop, bora) -> None:
    change = ask(shop, bora, shop.demir)
    say(shop.ceren, change)
    with pytest.raises(ChangeAnswered):
        say(shop.ceren, change, yes=False, reason=WHY)
    with pytest.raises(ChangeAnswered):
        desk.answer_as_customer(bora, change, yes=True, actor=WHO)
    stranger = shop.trade.open("reseller", "Ece Ltd.")
    with pytest.raises(NotFound):
        say(stranger, change)
    with pytest.raises(NotFound):
        desk.withdraw_as_party(stranger, change, actor=WHO)


def test_one_request_waits_at_a_time_and_is_withdrawn_by_its_own(shop, trade, bora) -> None:
    change = ask(shop, bora, shop.demir)
    with pytest.raises(ChangeUnderWay):
        ask(shop, bora, None)
    with pytest.raises(ChangeAnswered):
        desk.withdraw_as_party(shop.ceren, change, actor=WHO)
    for _ in range(2):
        trade.do(changes.withdraw, bora, change_id=change, side="customer")
    with pytest.raises(ChangeAnswered):
        say(shop.ceren, change)
    mine = desk.ask_as_reseller(shop.demir, customer_vkn=shop.vkn(bora), wanted_on=today(), actor=WHO)
    desk.withdraw_as_party(shop.demir, mine, actor=WHO)
    assert trade.rows(bora, "SELECT state FROM reseller_change ORDER BY change_id DESC LIMIT 1")[0].state == "withdrawn"


def test_what_changes_nothing_or_names_nobody_is_refused(shop, bora) -> None:
    with pytest.raises(InvalidRequest):
        ask(shop, bora, shop.ceren)
    with pytest.raises(NotFound):
        ask(shop, bora, bora)
    with pytest.raises(NotFound):
        desk.ask_as_customer(bora, new_vkn="1234567890", wanted_on=today(), actor=WHO)
    for vkn in ("1234567890", shop.vkn(shop.ceren), shop.vkn(shop.operator)):
        with pytest.raises(NotFound):
            desk.ask_as_reseller(shop.demir, customer_vkn=vkn, wanted_on=today(), actor=WHO)
    for day in (today() - timedelta(days=1), today() + timedelta(days=400)):
        with pytest.raises(InvalidRequest):
            desk.ask_as_customer(bora, new_vkn=None, wanted_on=day, actor=WHO)


def test_every_word_stands_in_the_customers_log_and_its_owners_are_written_to(shop, trade, bora) -> None:
    trade.rows(bora, "UPDATE tenant SET email = 'bora@ornek.example' RETURNING 1")
    asked = desk.ask_as_reseller(shop.demir, customer_vkn=shop.vkn(bora), wanted_on=today(), actor=WHO)
    desk.answer_as_customer(bora, asked, yes=True, actor=WHO)
    say(shop.ceren, asked)
    say(shop.operator, asked)
    noted = [row.action for row in trade.rows(bora, "SELECT action FROM audit_entry ORDER BY entry_id")]
    assert noted == ["reseller.change_asked", *["reseller.change_answered"] * 3, "reseller.changed"]
    kinds = [row.kind for row in trade.rows(bora, "SELECT kind FROM letter ORDER BY letter_id")]
    assert kinds == ["reseller_change_asked", "reseller_changed"]


def test_every_other_side_is_written_to_and_only_the_old_one_by_name(shop, trade, bora) -> None:
    title = trade.rows(bora, "SELECT title FROM tenant")[0].title
    asked = ask(shop, bora, shop.demir)
    facts = {}
    for side in (shop.ceren, shop.demir, shop.operator):
        sql = "SELECT facts FROM letter WHERE kind = 'reseller_change_waits' AND occasion LIKE :of"
        (letter,) = trade.rows(side, sql, of=f"%{asked}%")
        facts[side] = letter.facts["customer"]
    assert facts == {shop.ceren: title, shop.demir: shop.vkn(bora), shop.operator: title}
