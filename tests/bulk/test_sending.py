"""Good documents go out once: in part or all or none, through kills, two workers, missing kontör, second thoughts."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from billing.ledger import lots
from ebelge.bulk import queries, uploads
from ebelge.bulk.uploads import BulkRefused
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.documents.submit import Submission
from ebelge.jobs import bulk
from tests.bulk.conftest import Desk
from tests.bulk.files import ROW, book, zipped


def _many(count: int) -> bytes:
    return book(*(ROW | {"Belge referansı": f"S-{n}"} for n in range(count)))


def test_the_good_ones_go_and_the_bad_ones_stay(desk: Desk):
    data = book(ROW, ROW | {"Belge referansı": "S-2", "Miktar": None}, ROW | {"Belge referansı": "S-3"})
    upload = desk.checked(data)
    desk.send(upload)
    first, bad, third = desk.items(upload)
    assert (first.state, bad.state, third.state) == ("sent", "bad", "sent")
    assert first.number[:3] == "AKA"
    assert first.content is None
    assert desk.world.rows("SELECT created_by FROM document") == [("person:test",)] * 2
    assert desk.state(upload) == "done"
    assert desk.world.spendable() == 98


def test_all_or_nothing_is_not_begun_with_a_bad_one(desk: Desk):
    upload = desk.checked(book(ROW, ROW | {"Belge referansı": "S-2", "Miktar": None}))
    with pytest.raises(BulkRefused):
        desk.start(upload, whole=True)
    assert desk.state(upload) == "checked"


def test_all_go_together_or_none_when_one_was_sent_meanwhile(desk: Desk, xml_files):
    files = xml_files(4)
    upload = desk.checked(zipped(files))
    desk.world.send(Submission(xml=files["fatura-3.xml"]))
    desk.send(upload, whole=True)
    assert desk.documents() == 1
    assert desk.state(upload) == "checked"
    with tenant_session(desk.akin) as session:
        problem = queries.look(session, tenant_id=desk.akin, upload_id=upload).problem
    assert problem is not None
    assert problem["tr"]["code"] == "duplicate_ettn"
    desk.send(upload)
    assert [item.state for item in desk.items(upload)] == ["sent", "sent", "failed", "sent"]
    assert desk.documents() == 4


def test_all_go_in_one_transaction(desk: Desk):
    upload = desk.checked(_many(30))
    desk.send(upload, whole=True)
    assert desk.progress(upload).sent == 30
    assert len(desk.world.rows("SELECT DISTINCT created_at FROM document")) == 1


def test_missing_kontor_stops_it_and_it_goes_on_after_a_purchase(desk: Desk):
    upload = desk.checked(_many(103))
    desk.send(upload)
    assert (desk.state(upload), desk.documents(), desk.world.spendable()) == ("paused", 100, 0)
    with tenant_session(desk.akin) as session:
        problem = queries.look(session, tenant_id=desk.akin, upload_id=upload).problem
        assert problem is not None
        assert problem["en"]["code"] == "insufficient_kontor" and "Those before are sent" in problem["en"]["detail"]
        at = utc_now()
        lots.grant(
            session, tenant_id=desk.akin, source="bonus", source_id=upload, kontor=10, net_price_kurus=0,
            expires_at=at + timedelta(days=365), at=at,
        )  # fmt: skip
    desk.send(upload)
    assert (desk.state(upload), desk.documents()) == ("done", 103)


def test_all_or_nothing_waits_for_kontor_as_a_whole(desk: Desk):
    upload = desk.checked(_many(101))
    desk.send(upload, whole=True)
    assert (desk.state(upload), desk.documents(), desk.world.spendable()) == ("paused", 0, 100)
    with tenant_session(desk.akin) as session:
        problem = queries.look(session, tenant_id=desk.akin, upload_id=upload).problem
    assert problem is not None and "Nothing was stored" in problem["en"]["detail"]


def test_a_message_that_comes_twice_sends_nothing_twice(desk: Desk):
    upload = desk.checked(_many(3))
    desk.start(upload)
    (claim,) = desk.claims()
    bulk.work(claim)
    bulk.work(claim)  # its lease had run out: somebody else did it as well
    desk.work()
    assert desk.documents() == 3


def test_two_workers_at_once_send_each_document_once(desk: Desk):
    upload = desk.checked(_many(20))
    desk.start(upload)
    (claim,) = desk.claims()
    threads = [threading.Thread(target=bulk.work, args=(claim,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    desk.work()
    assert (desk.documents(), desk.state(upload), desk.world.spendable()) == (20, "done", 80)


def test_who_drops_it_keeps_what_was_sent(desk: Desk):
    upload = desk.checked(_many(30))
    desk.start(upload)
    bulk.work(desk.claims()[0])
    with tenant_session(desk.akin) as session:
        uploads.drop(session, tenant_id=desk.akin, upload_id=upload, at=utc_now())
    desk.work()
    assert (desk.documents(), desk.state(upload)) == (25, "dropped")
    with pytest.raises(BulkRefused):
        desk.start(upload)


def test_files_are_forgotten_after_ninety_days_and_documents_stay(desk: Desk):
    upload = desk.checked(_many(2))
    desk.send(upload)
    waiting = desk.checked(_many(1))
    assert bulk.clear_old(utc_now()) == 0
    assert bulk.clear_old(utc_now() + bulk.FILES_KEPT) == 1
    with tenant_session(desk.akin) as session:
        assert queries.look(session, tenant_id=desk.akin, upload_id=upload).file is None
    assert (desk.state(waiting), desk.documents()) == ("dropped", 2)
    assert [item.content for item in desk.items(waiting)] == [None]
