"""Whoever dies in the middle: nothing is lost, nothing is double, and one answer goes to GİB."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from ebelge.documents.incoming import envelopes as incoming
from ebelge.documents.incoming.models import INCOMING_NAME, SYSTEM_RESPONSE_NAME
from ebelge.jobs.receiving import Receiver
from ebelge.outbox import relay
from tests.incoming.conftest import Gib


class Killed(BaseException):
    """The process is gone: no handler of ours may see it."""


def stands(gib: Gib, zarf_id: UUID) -> tuple[int, int, int]:
    """Documents, events and system responses about an envelope."""
    count = (
        "SELECT count(*) FROM incoming_event e JOIN incoming_document d USING (tenant_id, document_id) "
        "WHERE d.zarf_id = :id"
    )
    ((events,),) = gib.rows(count, id=zarf_id)
    ((responses,),) = gib.rows("SELECT count(*) FROM parcel WHERE object_id = :id", id=zarf_id)
    return len(gib.documents(zarf_id)), int(events), int(responses)


def test_the_same_work_done_twice_is_done_once(gib: Gib) -> None:
    zarf = gib.zarf(gib.document(), gib.document())
    gib.push(zarf)
    claims = gib.claims()
    Receiver(gib.store).work(claims)
    Receiver(gib.store).work(claims)
    assert stands(gib, zarf.instance_id) == (2, 2, 1)
    assert gib.rows("SELECT state FROM outbox_message WHERE key = :id", id=zarf.instance_id) == [("done",)]


def test_a_worker_whose_lease_ran_out_and_its_successor_do_it_once(gib: Gib) -> None:
    zarf = gib.zarf()
    gib.push(zarf)
    late = gib.claims()
    with role_session("relay") as session:
        session.execute(text("UPDATE outbox_message SET lease_until = now() - interval '1 minute'"))
        assert relay.sweep(session, at=utc_now()) == 1
    Receiver(gib.store).work(gib.claims())
    Receiver(gib.store).work(late)
    assert stands(gib, zarf.instance_id) == (1, 1, 1)


@pytest.mark.parametrize("where", ["_keep", "_deliver", "_answer"])
def test_a_process_that_dies_anywhere_between_leaves_work_that_is_finished(
    gib: Gib, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """It dies after the files were written, after the delivery was committed, before the answer was posted."""
    zarf = gib.zarf()
    gib.push(zarf)
    real = getattr(Receiver, where)

    def dies(self: Receiver, *given: Any) -> None:
        if where != "_answer":
            real(self, *given)
        raise Killed

    claims = gib.claims()
    with monkeypatch.context() as patch:
        patch.setattr(Receiver, where, dies)
        with pytest.raises(Killed):
            Receiver(gib.store).work(claims)
    with role_session("relay") as session:
        session.execute(text("UPDATE outbox_message SET lease_until = now() - interval '1 minute'"))
        relay.sweep(session, at=utc_now())
    assert gib.work() == 1
    assert stands(gib, zarf.instance_id) == (1, 1, 1)
    (document,) = gib.documents(zarf.instance_id)
    assert gib.store.get(gib.bora, document.document_id, INCOMING_NAME)
    with role_session("app") as session:
        holder = incoming.holder_of(session, mode="live")
    assert holder is not None
    assert b">1200<" in gib.store.get(holder, zarf.instance_id, SYSTEM_RESPONSE_NAME)


def test_a_call_that_died_after_the_archive_is_pushed_again_and_taken(gib: Gib) -> None:
    zarf = gib.zarf()
    with role_session("app") as session:
        holder = incoming.holder_of(session, mode="live")
    assert holder is not None
    gib.store.put(holder, zarf.instance_id, "incoming.zip", zarf.zip_bytes)
    assert gib.receive(zarf).code == 1200
    other = gib.zarf()
    gib.store.put(holder, other.instance_id, "incoming.zip", b"something else")
    assert gib.push(other).fault == 2002


def test_what_cannot_be_judged_now_is_judged_later(gib: Gib, monkeypatch: pytest.MonkeyPatch) -> None:
    zarf = gib.zarf()
    gib.push(zarf)

    def fails(*_: Any) -> None:
        raise OSError("the disk is away")

    with monkeypatch.context() as patch:
        patch.setattr(Receiver, "_keep", fails)
        gib.work()
    assert gib.said(zarf.instance_id).code == 1100
    ((state, error),) = gib.rows("SELECT state, last_error FROM outbox_message WHERE key = :id", id=zarf.instance_id)
    assert (state, "disk is away" in error) == ("scheduled", True)
    gib.work()
    assert gib.said(zarf.instance_id).code == 1200
