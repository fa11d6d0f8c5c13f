"""What goes to GİB and is no document: sent once, asked about, and its owner told how it ended."""

from uuid import UUID

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.documents.travel import parcels, status
from ebelge.documents.travel.pace import BY_THE_RULE
from ebelge.gib.system_response import system_response_document
from ebelge.gib.zarf import GIB_ALIAS, GIB_VKN, Mailbox, ZarfError, build_zarf
from ebelge.jobs import parcels as parcel_jobs
from ebelge.jobs import tasks
from tests.envelopes.conftest import AKIN_PK, BORA_GB


def test_an_answer_goes_in_an_envelope_and_its_owner_hears_once_that_it_arrived(posted):
    object_id, zarf_id = posted.post()
    posted.world.settle()
    assert posted.told() == [(object_id, 1300, "delivered")]
    (envelope,) = posted.world.gib.envelopes()
    assert (envelope["instance_id"], envelope["envelope_type"]) == (str(zarf_id), "USERENVELOPE")
    assert posted.world.rows("SELECT cargo, state, code FROM zarf WHERE zarf_id = :id", id=zarf_id) == [
        ("answer", "ended", 1300)
    ]
    assert posted.world.waiting() == []


def test_a_system_response_ends_when_it_is_taken_and_nobody_asks(posted):
    object_id, _ = posted.post("system")
    posted.world.settle()
    assert posted.told() == [(object_id, parcels.TAKEN, "delivered")]
    assert posted.questions() == 0


def test_a_system_response_whose_answer_was_lost_is_asked_about_and_not_sent_twice(posted):
    posted.world.gib.order({"transport": "drop", "stored": True}, operation="sendDocument")
    object_id, _ = posted.post("system")
    posted.world.settle()
    assert posted.told() == [(object_id, parcels.TAKEN, "delivered")]
    assert len(posted.sends()) == 1


@pytest.mark.parametrize("fault", [2003, 2005])
def test_gibs_trouble_with_a_system_response_costs_time_and_the_same_envelope_is_taken_later(posted, fault):
    posted.world.gib.order({"fault": fault}, times=3, operation="sendDocument")
    object_id, zarf_id = posted.post("system")
    posted.world.work("send")
    ((topic, state, _, error),) = posted.world.waiting()
    assert (topic, state, str(fault) in error, posted.told()) == ("parcel.send", "scheduled", True, [])
    posted.world.settle()
    assert posted.told() == [(object_id, parcels.TAKEN, "delivered")]
    assert posted.sends() == [str(zarf_id)] * 4
    assert posted.world.rows("SELECT state FROM zarf WHERE zarf_id = :id", id=zarf_id) == [("ended",)]


@pytest.mark.parametrize("stored", [True, False])
def test_a_lost_answer_costs_a_question_and_the_same_envelope_arrives_once(posted, stored):
    posted.world.gib.order({"transport": "drop", "stored": stored}, operation="sendDocument")
    object_id, zarf_id = posted.post()
    posted.world.settle()
    assert posted.told() == [(object_id, 1300, "delivered")]
    assert set(posted.sends()) == {str(zarf_id)}
    assert len(posted.world.gib.envelopes()) == 1


@pytest.mark.parametrize(("code", "envelopes"), [(1195, 2), (1130, 2), (1230, 2), (1160, 1), (1171, 1)])
def test_a_new_envelope_only_where_gibs_answer_allows_one(posted, code, envelopes):
    _, zarf_id = posted.post()
    posted.world.gib.order({"status": code}, instance_id=str(zarf_id))
    posted.world.settle()
    assert len(posted.world.gib.envelopes()) == envelopes
    assert [one[1] for one in posted.told()] == [1300 if envelopes == 2 else code]


def test_a_receiver_who_always_fails_is_not_knocked_at_for_ever(posted):
    posted.post()
    posted.world.gib.order({"status": 1215}, times=None)
    posted.world.settle()
    assert len(posted.world.gib.envelopes()) == parcels.DELIVERIES_MAX
    assert [one[1:] for one in posted.told()] == [(1215, "resend_allowed")]


def test_whoever_dies_after_packing_is_followed_by_a_question_and_the_same_bytes(posted, monkeypatch):
    _, zarf_id = posted.post()

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(parcel_jobs.ParcelSender, "_send", dies)
    with pytest.raises(KeyboardInterrupt):
        posted.world.work("send")
    monkeypatch.undo()
    tasks.forget()
    first = posted.world.store.get(posted.world.akin, zarf_id, "zarf.zip")
    posted.world.sweep()
    posted.world.settle()
    assert posted.questions() > 0
    assert posted.sends() == [str(zarf_id)]
    assert posted.world.store.get(posted.world.akin, zarf_id, "zarf.zip") == first


def test_what_is_not_in_the_archive_waits_and_nothing_is_sent(posted):
    posted.post(archived=False)
    posted.world.work("send")
    ((topic, state, _, error),) = posted.world.waiting()
    assert (topic, state) == ("parcel.send", "scheduled")
    assert "not archived" in error
    assert posted.sends() == []


def test_an_owner_who_fails_hears_it_again(posted, monkeypatch):
    tries = []

    def fails_first(session, **said):
        tries.append(said["code"])
        if len(tries) == 1:
            raise RuntimeError("not now")

    monkeypatch.setitem(parcel_jobs.ENDED, "answer", fails_first)
    posted.post()
    posted.world.settle()
    assert tries == [1300, 1300]
    assert posted.world.waiting() == []


def test_a_pushed_answer_ends_it_and_the_question_is_moot(posted):
    object_id, zarf_id = posted.post()
    posted.world.work("send")
    akin = posted.world.akin
    with tenant_session(akin) as session:
        for _ in range(2):
            assert status.apply(
                session, tenant_id=akin, zarf_id=zarf_id, code=1300, text="", pace=BY_THE_RULE, at=utc_now()
            )
    posted.world.settle()
    assert posted.told() == [(object_id, 1300, "delivered")]


def test_a_user_envelope_goes_to_gib_only():
    account = b'<ProcessUserAccount xmlns="http://www.hr-xml.org/3"/>'
    sender = Mailbox("usergb", "1234567808")
    given = {"instance_id": UUID(int=1), "sender": sender, "element_type": "PROCESSUSERACCOUNT", "at": utc_now()}
    zarf = build_zarf([account], receiver=Mailbox(GIB_ALIAS, GIB_VKN), **given)
    assert b"<sh:Type>USERENVELOPE</sh:Type>" in zarf.xml
    with pytest.raises(ZarfError):
        build_zarf([account], receiver=Mailbox("urn:mail:x@y", GIB_VKN), **given)


def test_an_envelope_carries_only_what_its_kind_carries():
    document = system_response_document(
        about=UUID(int=2), about_type="SENDERENVELOPE", code=1200, text="", sender=AKIN_PK, receiver=BORA_GB,
        at=utc_now(),
    ).encode()  # fmt: skip
    given = {
        "instance_id": UUID(int=1), "sender": AKIN_PK, "receiver": BORA_GB, "element_type": "APPLICATIONRESPONSE",
        "at": utc_now(),
    }  # fmt: skip
    assert b">POSTBOXENVELOPE<" in build_zarf([document], **given).xml
    assert b">SYSTEMENVELOPE<" in build_zarf([document], **given, envelope_type="SYSTEMENVELOPE").xml
    with pytest.raises(ZarfError):
        build_zarf([document], **given, envelope_type="SENDERENVELOPE")
