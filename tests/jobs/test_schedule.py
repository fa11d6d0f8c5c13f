"""The clock's duties: leases, stranded documents, expiry, cleaning, GİB's list, files without a row."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import requests
from sqlalchemy import text

from billing.ledger import lots
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.gib.taxpayers import Alias, RegisteredUser, write_user_list
from ebelge.jobs import schedule, user_lists
from ebelge.outbox import messages
from ebelge.ubl.examples import BORA

LATER = timedelta(hours=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _drop_messages():
    with role_session("relay") as session:
        session.execute(text("DELETE FROM outbox_message"))


@pytest.mark.parametrize("reached", ["accepted", "signed", "sent"])
def test_a_document_whose_message_vanished_moves_on(world, reached):
    (document_id,) = world.submit(world.draft())
    for name in {"accepted": (), "signed": ("sign",), "sent": ("sign", "send")}[reached]:
        world.work(name)
    assert world.document(document_id).state == reached
    _drop_messages()
    assert schedule.stranded(utc_now()) == 0  # it moved a moment ago
    assert schedule.stranded(utc_now() + LATER) == 1
    assert schedule.stranded(utc_now() + LATER) == 0  # it has its message again
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert world.charges() == {"captured": 1}


def test_a_mail_whose_message_vanished_is_sent(world):
    (document_id,) = world.submit(world.draft("earsiv"))
    world.work("sign")
    _drop_messages()
    assert schedule.stranded(utc_now() + LATER) == 1
    world.settle()
    assert world.document(document_id).state == "delivered"


def test_a_dead_letter_is_a_persons_and_breeds_no_second(world):
    world.submit(world.draft())
    (claim,) = world.claim("sign")
    with tenant_session(world.akin) as session:
        messages.bury(session, claim, at=utc_now(), error="x")
    assert schedule.stranded(utc_now() + LATER) == 0


def test_the_sweepers_see_every_tenant(world, superuser):
    world.submit(world.draft())
    world.submit(world.draft(), tenant=world.bora)
    _drop_messages()
    (seen,) = superuser.execute(
        "SELECT count(*) FROM document d WHERE state IN ('accepted','signed','sent','unknown') AND NOT EXISTS "
        "(SELECT 1 FROM outbox_message m WHERE m.state <> 'done' AND m.key IN (d.document_id, d.zarf_id))"
    ).fetchone()
    assert schedule.stranded(utc_now() + LATER) == seen >= 2


def test_leases_that_ran_out_come_back(world):
    world.submit(world.draft())
    world.claim("sign")
    assert schedule.leases(utc_now()) == 0
    assert schedule.leases(utc_now() + LATER) == 1
    world.settle()
    assert world.states() == {"delivered": 1}


def test_lots_past_due_are_posted_as_expired(world, superuser):
    lot_id = new_id()
    with tenant_session(world.akin) as session:
        lots.grant(
            session, tenant_id=world.akin, source="bonus", source_id=uuid4(), kontor=7, net_price_kurus=0,
            expires_at=utc_now() + timedelta(seconds=1), at=utc_now(), lot_id=lot_id,
        )  # fmt: skip
    assert world.balance() == (1007, 0)
    world.wait_for(lambda: schedule.expiry(utc_now()) == 1)
    assert world.balance() == (1000, 0)
    assert schedule.expiry(utc_now()) == 0


def test_old_keys_and_finished_messages_go_young_and_dead_ones_stay(world, superuser):
    world.submit(world.draft("earsiv"))
    world.settle()
    world.submit(world.draft("earsiv", n=2))
    (claim,) = world.claim("sign")
    with tenant_session(world.akin) as session:
        messages.bury(session, claim, at=utc_now(), error="x")
        for key, days in (("old", 31), ("young", 29)):
            session.execute(
                text(
                    "INSERT INTO idempotency (tenant_id, principal, key, request_sha256, status, body, created_at) "
                    "VALUES (:t, 'p', :key, '', 202, '', :at)"
                ),
                {"t": world.akin, "key": key, "at": utc_now() - timedelta(days=days)},
            )
    assert schedule.cleaning(utc_now()) == 1
    assert world.rows("SELECT key FROM idempotency WHERE tenant_id = :akin") == [("young",)]
    assert schedule.cleaning(utc_now() + timedelta(days=8)) == 2 + 1
    assert [row[1] for row in world.waiting()] == ["dead"]


def _serve(world, *aliases):
    users = [RegisteredUser(BORA.vkn_tckn, BORA.name, "OZEL", "", aliases, LONG_AGO)] if aliases else []
    answer = requests.put(f"{world.gib.control_url}/user-list/pk", data=write_user_list(users), timeout=10)
    answer.raise_for_status()


def test_gibs_list_is_taken_in_at_most_hourly_and_never_empty(world, monkeypatch):
    monkeypatch.setenv("EBELGE_GIB_LIVE_URL", "")
    settings.cache_clear()
    user_lists.fetched.clear()
    names = ("urn:mail:defaultpk@bora.example", "urn:mail:yenipk@bora.example")
    taken = (
        "SELECT alias FROM gib_alias WHERE mode = 'test' AND document_type = 'Invoice' AND deleted_at IS NULL "
        "ORDER BY alias"
    )
    soon = utc_now() + timedelta(minutes=61)  # other tests take lists in, too
    _serve(world)
    assert user_lists.fetch(soon) == 0
    user_lists.fetched.clear()
    despatch = Alias("DespatchAdvice", "urn:mail:irsaliyepk@bora.example", LONG_AGO)
    _serve(world, *(Alias("Invoice", name, LONG_AGO) for name in names), despatch)
    assert user_lists.fetch(soon) == 3
    assert world.rows(taken) == [(name,) for name in names]
    assert user_lists.fetch(soon) == 0


def test_files_without_a_row_are_reported_and_stay(world):
    world.submit(world.draft())
    world.settle()
    stray = new_id()
    world.store.put(world.akin, stray, "signed.xml", b"x")
    assert schedule.archive(utc_now()) == 1
    assert world.store.exists(world.akin, stray, "signed.xml")
