"""Statement files come in whole or not at all, and each movement once."""

from __future__ import annotations

import threading
from datetime import date
from uuid import UUID

import pytest

from billing.payments.errors import StatementOfAnotherAccount, StatementUnreadable
from billing.settlement import bank_import
from billing.settlement.bank_import import AccountExists, Imported, UnknownAccount
from ebelge.core.clock import utc_now
from ebelge.core.errors import InvalidRequest

IBAN = "TR330006100519786457841326"
OTHER_IBAN = "TR320010009999901234567890"


def test_a_statement_is_kept_with_every_word_of_its_lines(bank):
    done = bank.bring(bank.row("KNT-9999-99 kontör", 1_200_00, sender="AKIN GIDA", vkn=bank.vkns[bank.akin]))
    assert (done.lines, done.new_lines, done.already, done.form) == (1, 1, False, "csv")
    line = bank.line()
    assert (line.amount_kurus, line.currency, line.sender_name, line.sender_vkn, line.state) == (
        1_200_00, "TRY", "AKIN GIDA", bank.vkns[bank.akin], "new",
    )  # fmt: skip


def test_the_same_file_twice_changes_nothing_and_says_so(bank):
    data = bank.statement(bank.row("a", 100_00), bank.row("b", 200_00))
    first, second = bank.bring(data=data), bank.bring(data=data)
    assert (second.already, second.new_lines, second.statement_id) == (True, 0, first.statement_id)
    assert len(bank.lines()) == 2


def test_a_line_that_stands_in_two_files_is_kept_once(bank):
    shared = bank.row("b", 200_00)
    first = bank.bring(bank.row("a", 100_00), shared)
    second = bank.bring(shared, bank.row("c", 300_00))
    assert (first.new_lines, second.lines, second.new_lines) == (2, 2, 1)
    assert [line.amount_kurus for line in bank.lines()] == [100_00, 200_00, 300_00]


def test_the_same_file_from_two_desks_at_once_is_one_import(bank):
    data = bank.statement(*[bank.row(f"satır {n}", 100_00 + n) for n in range(200)])
    done: list[Imported] = []
    threads = [threading.Thread(target=lambda: done.append(bank.bring(data=data))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.new_lines for one in done) == [0, 0, 0, 0, 0, 200]
    assert len(bank.lines()) == 200


def test_a_file_in_a_wrong_encoding_is_refused_whole(bank):
    data = bank.statement(bank.row("Işık şirketi", 100_00)).decode().encode("utf-32")
    with pytest.raises(StatementUnreadable):
        bank.bring(data=data)
    assert bank.lines() == []


def test_one_bad_row_refuses_the_whole_file(bank):
    with pytest.raises(StatementUnreadable):
        bank.bring(bank.row("iyi", 100_00), "31.02.2026;kötü;1,00;;;D-9")
    assert bank.lines() == []


def test_a_file_of_another_account_is_refused(bank):
    named = f"Hesap Özeti\nIBAN;{OTHER_IBAN}\n\n".encode() + bank.statement(bank.row("a", 100_00))
    with pytest.raises(StatementOfAnotherAccount) as refused:
        bank.bring(data=named)
    assert OTHER_IBAN in str(refused.value)
    own = f"Hesap Özeti\nIBAN;{IBAN[:4]} {IBAN[4:]}\n\n".encode() + bank.statement(bank.row("a", 100_00))
    assert bank.bring(data=own).new_lines == 1


def test_an_mt940_file_of_another_account_is_refused(bank):
    text = (
        ":20:1\n:25:{}\n:28C:1\n:60F:C261201TRY0,00\n:61:2612021202C100,00NTRFNONREF//D-1\n:86:KNT\n"
        ":62F:C261202TRY100,00\n"
    )
    with pytest.raises(StatementOfAnotherAccount):
        bank.bring(data=text.format(OTHER_IBAN).encode())
    assert bank.bring(data=text.format(IBAN).encode()).form == "mt940"


def test_an_unknown_account_is_refused(bank):
    read = bank_import.read(bank.statement(bank.row("a", 100_00)), iban=OTHER_IBAN)
    with pytest.raises(UnknownAccount), bank.finance() as session:
        bank_import.keep(session, iban=OTHER_IBAN, statement=read, file_name="x", by="ayse", at=utc_now())
    assert bank.lines() == []


def test_money_that_went_out_is_kept_and_set_aside(bank):
    bank.bring(bank.row("Kira", -2_000_00), bank.row("Bilgi", 0))
    assert [(line.amount_kurus, line.state) for line in bank.lines()] == [(-2_000_00, "ignored")]


def test_money_in_another_currency_is_kept_and_proposed_for_nothing(bank):
    order = bank.order(bank.akin)
    data = f"Tarih;Açıklama;Tutar;Döviz;Dekont No\n{date.today():%d.%m.%Y};{order.reference};1.200,00;USD;D-1\n"
    bank.bring(data=data.encode())
    assert bank.take_automatic() == 0
    line = bank.line()
    assert (line.state, line.match, line.proposed_order_id) == ("new", "other_currency", None)


def test_an_account_is_entered_once_and_only_with_a_right_iban(bank):
    with pytest.raises(AccountExists), bank.finance() as session:
        bank_import.open_account(session, iban=IBAN, bank_name="x", holder="y", at=utc_now())
    with pytest.raises(InvalidRequest), bank.finance() as session:
        bank_import.open_account(session, iban=IBAN[:-1] + "7", bank_name="x", holder="y", at=utc_now())
    with bank.finance() as session:
        assert [account.iban for account in bank_import.accounts(session)] == [IBAN]


def test_a_long_statement_tells_of_its_progress(bank):
    read = bank_import.read(bank.statement(*[bank.row("x", 1_00 + n) for n in range(2_500)]), iban=IBAN)
    told: list[int] = []
    with bank.finance() as session:
        done = bank_import.keep(
            session, iban=IBAN, statement=read, file_name="uzun.csv", by="ayse", at=utc_now(), progress=told.append
        )
    assert (done.new_lines, told) == (2_500, [1000, 1000, 500])
    assert isinstance(done.statement_id, UUID)
