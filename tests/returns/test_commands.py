"""The refund desk and the chargebacks as staff work them: `ebelge refund …`, `ebelge dispute …`."""

from __future__ import annotations

import re

from click.testing import CliRunner, Result

from billing.models.upkeep import TopupPlan
from ebelge.cli.main import cli
from ebelge.core.clock import istanbul_date
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from tenants.people import persons
from tests.orders import shop
from tests.returns.desk import IBAN, Desk

BY = ("--by", "Deniz")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def refund_of(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output.split()[0]


def test_quote_request_confirm_and_the_list(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 1_000, bonus=50, net_kurus=104_158)
    desk.spend(akin, 100)
    shown = run("refund", "quote", order.reference).output
    assert "950 kontör: 937,42 + KDV 187,48 = 1.124,90 TRY" in shown
    assert "Bonus kontör: worth nothing" in shown
    gross = re.search(r"= ([0-9.,]+) TRY", shown)[1]
    asked = run("refund", "request", order.reference, "--reason", "Fazla alındı", "--shown", gross, *BY)
    refund = refund_of(asked)
    assert "awaiting_return_invoice" in asked.output
    assert "iade_faturasi" in asked.output
    assert refund in run("refund", "list").output
    assert run("refund", "request", order.reference, "--reason", "x", *BY).exit_code == 1
    confirmed = run("refund", "confirm", refund, "--document", "IAD2026000000007", *BY)
    assert "ready" in confirmed.output
    assert desk.refund(akin, refund).tax_document_on == istanbul_date(desk.at())


def test_a_refund_is_called_off_and_gone_from_the_list(desk: Desk):
    akin = desk.customer()
    refund = refund_of(run("refund", "request", desk.bought(akin).reference, "--reason", "Fazla", *BY))
    assert "cancelled" in run("refund", "cancel", refund, *BY).output
    assert refund not in run("refund", "list").output
    assert refund in run("refund", "list", "--all").output
    assert desk.balances(akin) == (1_000, 0, 0)


def test_a_transfer_that_bounced_brings_the_kontor_back(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, via="bank")
    refund = refund_of(run("refund", "request", order.reference, "--reason", "Fazla", "--iban", IBAN, *BY))
    told = run("refund", "confirm", refund, "--document", "IAD2026000000008", *BY).output
    assert f"transfer to {IBAN}" in told
    assert run("refund", "mark-transferred", refund, "--line", "00000000", *BY).exit_code == 1
    assert run("refund", "bounced", refund, "--reason", "hesap kapalı", *BY).exit_code == 1
    assert desk.refund(akin, refund).state == "to_transfer"


def test_unknown_orders_and_refunds_are_told_in_a_sentence(desk: Desk):
    for command in (("quote", "KNT-0000-00"), ("cancel", "00000000-0000-7000-8000-000000000000", *BY)):
        answer = run("refund", *command)
        assert answer.exit_code == 1
        assert answer.output.startswith("Error: There is no")


def test_a_chargeback_by_e_mail_is_opened_and_lost(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 1_000, net_kurus=100_000)
    desk.spend(akin, 300)
    opened = run(
        "dispute", "open", order.reference, "--case", "IYZ-77", "--fee", "15", "--answer-by", "2026-12-01", *BY
    )
    assert opened.exit_code == 0, opened.output
    assert f"{order.reference} is disputed" in opened.output
    assert "answer by 01.12.2026" in run("dispute", "list").output
    assert "charged_back" in run("dispute", "lose", order.reference, "--case", "IYZ-77", *BY).output
    assert "charged_back" in run("dispute", "lose", order.reference, "--case", "IYZ-77", *BY).output
    assert desk.owed(akin) == [(36_000, "open")]
    assert "IYZ-77" not in run("dispute", "list").output
    assert "IYZ-77" in run("dispute", "list", "--all").output


def test_a_chargeback_of_a_part_wants_a_decision_and_a_won_one_frees_all(desk: Desk):
    akin = desk.customer()
    order, other = desk.bought(akin, 100, net_kurus=10_000), desk.bought(akin, 50, net_kurus=5_000)
    run("dispute", "open", order.reference, "--case", "A-1", "--amount", "30", *BY)
    assert "--rest void" in run("dispute", "lose", order.reference, "--case", "A-1", *BY).output
    assert desk.balances(akin) == (50, 0, 100)
    kept = run("dispute", "lose", order.reference, "--case", "A-1", "--rest", "keep", *BY)
    assert kept.exit_code == 0
    assert (desk.balances(akin), desk.owed(akin)) == ((150, 0, 0), [(3_000, "open")])
    run("dispute", "open", other.reference, "--case", "A-2", *BY)
    assert f"{other.reference} is credited" in run("dispute", "win", other.reference, "--case", "A-2", *BY).output
    assert run("dispute", "win", other.reference, "--case", "A-3", *BY).exit_code == 1
    assert run("dispute", "win", order.reference, "--case", "A-2", *BY).exit_code == 1
    assert desk.state(shop.fresh(other)) == "credited"


def test_a_dispute_entered_by_hand_tells_the_customer_that_top_up_has_stopped(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin)
    with tenant_session(akin) as session:
        session.add(
            TopupPlan(
                tenant_id=akin, state="on", package_code="p", threshold_kontor=10, monthly_cap_kurus=100_000,
                card_id=new_id(), changed_by="test", changed_at=desk.at(),
            )
        )  # fmt: skip
    assert run("dispute", "open", order.reference, "--case", "IYZ-78", *BY).exit_code == 0
    assert run("dispute", "lose", order.reference, "--case", "IYZ-78", *BY).exit_code == 0
    letters = desk.rows(akin, "SELECT kind FROM letter WHERE tenant_id = :tenant_id")
    assert [row.kind for row in letters] == ["topup_suspended"]


def test_who_asked_at_a_page_is_listed_by_name(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 1_000, net_kurus=104_158)
    with role_session("people") as session:
        made = persons.create(session, email="ayse@akin.example", full_name="Ayşe Akın", at=desk.at())
        mark = f"person:{made.person_id}"
    run("refund", "request", order.reference, "--reason", "Fazla alındı", "--shown", "1.249,90", "--by", mark)
    listed = run("refund", "list").output
    assert "by Ayşe Akın: " in listed and "person:" not in listed
