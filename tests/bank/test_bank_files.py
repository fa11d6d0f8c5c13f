"""A statement file that was handed in: taken in once, whoever dies on the way, and once more by no second upload."""

from __future__ import annotations

from billing.settlement import bank_files, bank_import
from ebelge.core.clock import utc_now
from ebelge.jobs import bank_files as work
from tests.bank.conftest import IBAN, Bank


def handed_in(bank: Bank, data: bytes):
    with bank.finance() as session:
        return bank_files.hand_in(session, iban=IBAN, file_name="ekstre.csv", data=data, by="ayse", at=utc_now())


def seen(bank: Bank, file_id):
    with bank.finance() as session:
        found = bank_files.one(session, file_id=file_id)
        return found.state, found.lines_done, found.new_lines, found.already, found.refusal


def test_where_a_worker_died_the_next_goes_on_and_nothing_is_credited_twice(bank: Bank) -> None:
    order = bank.order(bank.akin)
    data = bank.statement(bank.row(order.reference, order.gross_kurus), bank.row("kira", 5_00))
    file_id, new = handed_in(bank, data)
    assert (new, seen(bank, file_id)[0]) == (True, "waiting")
    with bank.finance() as session:  # the worker kept the lines, and died
        statement = bank_import.read(data, iban=IBAN)
        done = bank_import.keep(session, iban=IBAN, statement=statement, file_name="x", by="ayse", at=utc_now())
        bank_files.kept(session, file_id=file_id, imported=done)
    assert seen(bank, file_id)[:3] == ("matching", 2, 2)
    for _ in range(2):
        work.work_on(file_id)
    assert seen(bank, file_id)[:4] == ("done", 2, 2, False)
    assert (len(bank.lines()), bank.kontor(bank.akin)) == (2, 1000)
    with bank.finance() as session:
        assert bank_files.waiting(session, file_id=file_id) is None, "the bytes are gone"
    assert handed_in(bank, data) == (file_id, False)
    work.work_on(file_id)
    assert (len(bank.lines()), bank.kontor(bank.akin)) == (2, 1000)


def test_what_was_imported_by_command_is_known_and_what_is_refused_may_come_again(bank: Bank) -> None:
    row = bank.row("kira", 5_00)
    bank.bring(row)
    file_id, new = handed_in(bank, bank.statement(row))
    assert (new, seen(bank, file_id)[:1], seen(bank, file_id)[3]) == (False, ("done",), True)
    wrong = bank.statement("31.02.2026;x;1,00;;;D-9")
    for _ in range(2):
        refused, new = handed_in(bank, wrong)
        assert new
        work.work_on(refused)
        state, *_, refusal = seen(bank, refused)
        assert (state, refusal["en"]["findings"][0][0]) == ("refused", 2)
    assert len(bank.lines()) == 1
