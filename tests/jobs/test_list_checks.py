"""An e-Arşiv that an old user list decided: its buyer is looked up in a fresh one before it is signed, if one comes."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.documents.registered import list_checks as rules
from ebelge.documents.withdraw import withdraw
from ebelge.jobs import list_checks, tasks
from ebelge.ubl.examples import supplier

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_buyers = (supplier(n) for n in count(61_000))


@pytest.fixture
def gib_list():
    """`gib_list(hours, …)`: the list was taken in so long ago; taxpayers named stand in it from now on."""

    def aged(hours=0, *newcomers):
        with role_session("app") as session:
            run = session.connection().exec_driver_sql
            run("UPDATE gib_list_load SET loaded_at = %s WHERE mode = 'live'", (utc_now() - timedelta(hours=hours),))
            for one in newcomers:
                run(
                    "INSERT INTO gib_alias (mode, role, vkn_tckn, document_type, alias, title, created_at) VALUES "
                    "('live', 'PK', %s, 'Invoice', 'urn:mail:pk@yeni.example', 'Yeni', %s)",
                    (one.vkn_tckn, utc_now() - timedelta(minutes=1)),
                )

    yield aged
    aged(0)


@pytest.fixture
def waiting(world, gib_list):
    """An e-Arşiv invoice that a list of 30 hours ago decided, and its buyer."""
    gib_list(30)
    buyer = next(_buyers)
    (document_id,) = world.submit(world.draft("earsiv", buyer=buyer))
    return document_id, buyer


def letters(world, kind):
    return [row[0] for row in world.rows("SELECT facts FROM letter WHERE kind = :kind", kind=kind)]


def checks(world):
    return [row[0] for row in world.rows("SELECT state FROM list_check WHERE tenant_id = :akin")]


def test_it_waits_and_is_signed_as_soon_as_a_fresh_list_says_the_same(world, gib_list, waiting):
    document_id, _ = waiting
    assert world.work("sign") == 0
    list_checks.look_again(utc_now())
    assert world.work("sign") == 0
    assert world.events(document_id) == ["accepted", "waiting"]
    gib_list(0)
    assert list_checks.look_again(utc_now()) == 1
    assert list_checks.look_again(utc_now()) == 0
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert (checks(world), world.charges()) == (["same"], {"captured": 1})


def test_a_buyer_who_registered_meanwhile_gets_no_earsiv(world, gib_list, waiting):
    document_id, buyer = waiting
    number = world.document(document_id).number
    gib_list(0, buyer)
    list_checks.look_again(utc_now())
    world.settle()
    document = world.document(document_id)
    assert (document.state, document.number_held, document.signed_sha256) == ("failed", False, None)
    assert (checks(world), world.balance(), world.charges()) == (["refused"], (1000, 0), {"released": 1})
    (said,) = [one for one in letters(world, "buyer_registered") if one["document_id"] == str(document_id)]
    assert (said["number"], said["signed"]) == (number, False)
    # sent anew it goes as an e-Fatura, and the number is the next e-Arşiv's
    anew, other = world.submit(
        world.draft("efatura", n=2, buyer=buyer) | {"kind": "auto"}, world.draft("earsiv", n=3, buyer=next(_buyers))
    )
    assert (world.document(anew).kind, world.document(other).number) == ("efatura", number)


def test_no_list_comes_it_is_signed_in_time_and_flagged_when_the_list_says_otherwise(world, gib_list, waiting):
    document_id, buyer = waiting
    list_checks.look_again(utc_now())
    world.settle()  # brings forward what is planned for the last instant
    document = world.document(document_id)
    assert document.state == "delivered"
    later = document.created_at + timedelta(hours=5)
    list_checks.look_again(later)
    list_checks.look_again(later)
    told = [one["unlooked"] for one in letters(world, "user_list_old")]
    assert (told[-2:], told.count(1)) == ([0, 1], 1)
    gib_list(0, buyer)
    list_checks.look_again(utc_now())
    world.settle()
    assert checks(world) == ["late"]
    assert world.document(document_id).state == "delivered"
    assert world.events(document_id)[-1] == "list_check"
    (said,) = [one for one in letters(world, "buyer_registered") if one["document_id"] == str(document_id)]
    assert said["signed"]


def test_withdrawing_while_it_waits_leaves_nothing_to_look_at(world, gib_list, waiting):
    document_id, buyer = waiting
    with tenant_session(world.akin) as session:
        withdraw(session, tenant_id=world.akin, document_id=document_id, at=utc_now())
    gib_list(0, buyer)
    list_checks.look_again(utc_now())
    assert (checks(world), world.charges()) == (["moot"], {"released": 1})


def test_final_consumers_efatura_and_a_fresh_list_wait_for_nothing(world, gib_list):
    gib_list(23)
    world.submit(world.draft("earsiv", buyer=next(_buyers)))
    gib_list(30)
    consumer = world.draft("earsiv", n=2)
    consumer["buyer"] = consumer["buyer"] | {"vkn": None, "tckn": "11111111111", "first_name": "Nihai",
                                             "family_name": "Tüketici", "name": ""}  # fmt: skip
    world.submit(consumer, world.draft("efatura"))
    assert world.work("sign") == 3
    assert checks(world) == []


def test_a_signer_that_finishes_first_wins_against_the_look(world, gib_list, waiting):
    """The last instant comes, a worker holds the document, and only then the fresh list names the buyer."""
    document_id, buyer = waiting
    world.promote()
    (claim,) = world.claim("sign")
    gib_list(0, buyer)
    list_checks.look_again(utc_now())
    world.run("sign", [claim])
    assert world.document(document_id).state == "failed"
    assert world.charges() == {"released": 1}
    tasks.forget()


@pytest.mark.parametrize(
    ("hour", "minutes"), [((2026, 3, 2, 9, 0), 240), ((2026, 3, 2, 19, 0), 105), ((2026, 3, 2, 20, 55), 10)]
)
def test_what_is_issued_on_a_day_is_signed_on_it(hour, minutes):
    at = datetime(*hour, tzinfo=UTC)
    assert rules.sign_by(at, wait_min=240) - at == timedelta(minutes=minutes)
