"""Kontör given without a sale: a reason always, a second person above the limit, nothing left of a refusal."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from billing.settlement import staff_grants
from billing.settlement.bank_lines import SecondPersonNeeded
from billing.settlement.staff_grants import GrantEnded
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest, NotFound


@pytest.fixture
def ask(bank):
    def asked(kontor, *, tenant_id=None, by="ayse", **other):
        values = {"kind": "goodwill", "reason": "kesinti telafisi", "limit_kontor": 100}
        whose = tenant_id or bank.akin
        with tenant_session(whose) as session:
            return staff_grants.ask(
                session, tenant_id=whose, kontor=kontor, by=by, at=utc_now(), **values | other
            ).grant_id

    return asked


@pytest.fixture
def decide(bank):
    def decided(function, grant_id, **values):
        with tenant_session(bank.akin) as session:
            return function(session, tenant_id=bank.akin, grant_id=grant_id, at=utc_now(), **values).state

    return decided


def grants(bank):
    return bank.rows(bank.akin, "SELECT state, second_person, approved_by FROM staff_grant ORDER BY grant_id")


def test_up_to_the_limit_kontor_are_given_at_once_at_no_price(bank, ask):
    grant_id = ask(100, kind="correction")
    assert grants(bank) == [("granted", False, None)]
    lot = bank.rows(bank.akin, "SELECT source, source_id, granted, net_price_kurus, reason FROM lot")
    assert lot == [("goodwill", grant_id, 100, 0, "correction: kesinti telafisi")]


def test_above_it_another_person_approves(bank, ask, decide):
    grant_id = ask(101, by="Ayşe Işık")
    assert (grants(bank), bank.kontor(bank.akin)) == ([("asked", True, None)], 0)
    for name in ("Ayşe Işık", "AYSE ISIK"):
        with pytest.raises(SecondPersonNeeded):
            decide(staff_grants.approve, grant_id, by=name)
    assert decide(staff_grants.approve, grant_id, by="mehmet") == "granted"
    assert decide(staff_grants.approve, grant_id, by="mehmet") == "granted"
    assert bank.kontor(bank.akin) == 101
    with pytest.raises(GrantEnded):
        decide(staff_grants.refuse, grant_id, by="mehmet", note="geç")


def test_giving_in_parts_does_not_help(bank, ask):
    ask(60)
    ask(40)
    ask(1)
    assert [row.state for row in grants(bank)] == ["granted", "granted", "asked"]
    ask(100, tenant_id=bank.bora)
    assert bank.kontor(bank.bora) == 100


def test_sixteen_gifts_at_once_do_not_get_past_the_limit(bank, ask):
    threads = [threading.Thread(target=ask, args=(30,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = [row.state for row in grants(bank)]
    assert (states.count("granted"), states.count("asked"), bank.kontor(bank.akin)) == (3, 13, 90)


def test_a_refused_one_leaves_its_row_and_nothing_else(bank, ask, decide):
    grant_id = ask(500)
    with pytest.raises(InvalidRequest):
        decide(staff_grants.refuse, grant_id, by="mehmet", note=" ")
    assert decide(staff_grants.refuse, grant_id, by="mehmet", note="gerek yok") == "refused"
    assert bank.rows(bank.akin, "SELECT 1 FROM lot") == []
    with pytest.raises(GrantEnded):
        decide(staff_grants.approve, grant_id, by="mehmet")
    assert bank.rows(bank.akin, "SELECT data FROM staff_grant")[0].data == {
        "refused_by": "mehmet", "note": "gerek yok",
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [{"kontor": 0}, {"kontor": -5}, {"kontor": 1.5}, {"kontor": True}, {"kontor": 10_000_001}, {"reason": "  "},
     {"by": ""}, {"kind": "emergency"}, {"validity_months": 0}, {"validity_months": 25}],
)  # fmt: skip
def test_nonsense_is_refused(bank, ask, wrong):
    with pytest.raises(InvalidRequest):
        ask(**{"kontor": 10} | wrong)
    assert (grants(bank), bank.kontor(bank.akin)) == ([], 0)


def test_the_database_itself_wants_two_persons(bank, ask):
    grant_id = ask(500)
    with pytest.raises(IntegrityError), tenant_session(bank.akin) as session:
        session.execute(
            text("UPDATE staff_grant SET state = 'granted', approved_by = asked_by WHERE grant_id = :id"),
            {"id": grant_id},
        )


def test_another_tenants_grant_is_not_found(bank, ask):
    grant_id = ask(500, tenant_id=bank.bora)
    with pytest.raises(NotFound), tenant_session(bank.akin) as session:
        staff_grants.approve(session, tenant_id=bank.akin, grant_id=grant_id, by="mehmet", at=utc_now())
    with bank.finance() as session:
        assert [grant.grant_id for grant in staff_grants.waiting(session)] == [grant_id]
