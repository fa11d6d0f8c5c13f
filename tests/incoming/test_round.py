"""The best proof there is: what Akın sends to Bora over GİB really comes to Bora, and Akın hears that it did."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.serving import make_server

from ebelge.core.clock import utc_now
from ebelge.core.config import settings as current_settings
from ebelge.core.db import role_session, tenant_session
from ebelge.devstack import receiving
from ebelge.documents import submit
from ebelge.documents.answers import answering
from ebelge.documents.incoming.models import INCOMING_NAME
from ebelge.documents.sign import SIGNED_NAME
from ebelge.documents.submit import Submission
from ebelge.jobs import tasks
from ebelge.jobs.claims import to_json
from ebelge.outbox import relay
from ebelge.ubl.examples import BORA, example_json
from ebelge.ubl.types import DocumentKind
from tests.incoming.conftest import Gib
from tests.strangers.gib import Simulator
from tests.strangers.process import all_stopped

QUEUES = ("sign", "send", "incoming")


@dataclass
class Round:
    """Our service on a port, GİB as a process of its own, the workers here."""

    gib: Gib
    simulator: Simulator
    url: str

    def send(self, kind: DocumentKind = DocumentKind.EFATURA, **changes: Any) -> UUID:
        draft = example_json(kind, n=1, buyer=BORA) | changes
        wanted = [Submission(draft=draft, kind=kind.value)]
        known, (checked,) = submit.check_all(wanted, tenant_id=self.gib.akin, at=utc_now())
        with tenant_session(self.gib.akin) as session:
            made = submit.accept(session, tenant=known, checked=[checked], created_by="key:test", at=utc_now())
            return made[0].document_id

    def work(self) -> None:
        with role_session("relay") as session:
            relay.promote(session, at=utc_now())
        for queue in QUEUES:
            with role_session("relay") as session:
                claims = relay.claim(session, queue=queue, limit=50, turns=relay.Turns(), at=utc_now())
            if claims:
                getattr(tasks, queue)([to_json(claim) for claim in claims], utc_now().isoformat())

    def until(self, condition: Any, *, within_s: float = 90.0) -> None:
        end = time.monotonic() + within_s
        while not condition():
            self.work()
            assert time.monotonic() < end, (self.simulator.control("GET", "pushes"), self.outbox())
            time.sleep(0.05)

    def outbox(self) -> list[Any]:
        return self.gib.rows("SELECT topic, state, attempt, last_error FROM outbox_message WHERE state <> 'done'")

    def state(self, document_id: UUID) -> str:
        return str(self.gib.rows("SELECT state FROM document WHERE document_id = :id", id=document_id)[0][0])

    def zarf_of(self, document_id: UUID) -> UUID:
        return UUID(str(self.gib.rows("SELECT zarf_id FROM document WHERE document_id = :id", id=document_id)[0][0]))

    def push(self, zarf_id: UUID) -> dict[str, Any]:
        return next(row for row in self.simulator.control("GET", "pushes") if row["instance_id"] == str(zarf_id))


@pytest.fixture(scope="module")
def _simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with all_stopped() as started:
        folder = tmp_path_factory.mktemp("gib")
        started.append(Simulator.run(folder, "--answer-delay-ms", "0", "--push-retry-ms", "300"))
        yield started[0]


@pytest.fixture
def rounds(app: Flask, gib: Gib, _simulator: Simulator, monkeypatch: pytest.MonkeyPatch, var: Path) -> Iterator[Round]:
    server = make_server("127.0.0.1", 0, app, threaded=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/gib/EFatura"
    monkeypatch.setenv("EBELGE_GIB_LIVE_URL", _simulator.base_url)
    current_settings.cache_clear()
    tasks.forget()
    _simulator.control("POST", "reset")
    _simulator.control("PUT", "routes", url=url, aliases=receiving.routes("gib")[1])
    yield Round(gib, _simulator, url)
    server.shutdown()
    server.server_close()
    monkeypatch.undo()
    current_settings.cache_clear()
    tasks.forget()


def test_an_invoice_of_one_tenant_comes_to_another_and_the_sender_hears_of_it(rounds: Round) -> None:
    document_id = rounds.send()
    rounds.until(lambda: rounds.state(document_id) == "delivered")
    zarf_id = rounds.zarf_of(document_id)
    ((ettn,),) = rounds.gib.rows("SELECT ettn FROM document WHERE document_id = :id", id=document_id)
    (came,) = rounds.gib.documents(zarf_id)
    assert (came.tenant_id, came.ettn) == (rounds.gib.bora, ettn)
    # the very bytes that Akın's seal signed, but for the XML declaration, which stays outside an envelope
    signed = rounds.gib.store.get(rounds.gib.akin, ettn, SIGNED_NAME)
    assert rounds.gib.store.get(rounds.gib.bora, came.document_id, INCOMING_NAME) in signed
    assert (rounds.push(zarf_id)["state"], rounds.push(zarf_id)["answer"]) == ("answered", 1200)
    # GİB passed our system response on to Akın, whom we serve, too
    about = "SELECT code FROM incoming_zarf WHERE zarf_type = 'SYSTEMENVELOPE' AND receiver_id = :akin"
    rounds.until(lambda: rounds.gib.rows(about, akin=rounds.gib.akin) == [(1200,)])
    assert not [row for row in rounds.outbox() if row[1] == "dead"]


def test_nobody_answers_for_a_while_and_gib_comes_again(rounds: Round) -> None:
    routes = receiving.routes("gib")[1]
    rounds.simulator.control("PUT", "routes", url="http://127.0.0.1:9/gib/EFatura", aliases=routes)
    lost = rounds.send()
    rounds.until(lambda: rounds.state(lost) == "undelivered")
    push = rounds.push(rounds.zarf_of(lost))
    assert (push["state"], push["tries"]) == ("lost", 5)  # once, and four times again
    history = rounds.simulator.envelope(rounds.zarf_of(lost))["history"]
    assert history[-1] == 1215
    assert 1210 in history


def test_pushes_that_misbehave_are_answered_as_the_contract_says(rounds: Round) -> None:
    zarf, bad, broken = rounds.gib.zarf(), rounds.gib.zarf(), uuid4()

    def push(instance_id: UUID, data: bytes, **more: str) -> None:
        rounds.simulator.control(
            "POST", "pushes", instance_id=str(instance_id), url=rounds.url, zip_base64=base64.b64encode(data).decode(),
            **more,
        )  # fmt: skip

    push(zarf.instance_id, zarf.zip_bytes)
    rounds.until(lambda: rounds.push(zarf.instance_id)["answer"] == 1200)
    push(zarf.instance_id, zarf.zip_bytes)  # again: 2001 says that it is here
    push(bad.instance_id, bad.zip_bytes, md5="0" * 32)
    push(broken, b"PK broken")
    rounds.until(lambda: "2000" in rounds.push(bad.instance_id)["outcome"])
    code = "SELECT code FROM incoming_zarf WHERE zarf_id = :id"
    rounds.until(lambda: rounds.gib.rows(code, id=broken) == [(1130,)])
    again = [row for row in rounds.simulator.control("GET", "pushes") if row["instance_id"] == str(zarf.instance_id)][1]
    assert again["outcome"].startswith("2001")
    assert len(rounds.gib.documents(zarf.instance_id)) == 1
    with role_session("relay") as session:
        session.execute(text("DELETE FROM outbox_message"))


@pytest.mark.parametrize(("code", "heard"), [("KABUL", "accepted"), ("RED", "rejected")])
def test_the_buyers_answer_goes_the_whole_way_back_to_the_sender(rounds: Round, code: str, heard: str) -> None:
    gib, sent = rounds.gib, rounds.send(profile="TICARIFATURA")
    rounds.until(lambda: rounds.state(sent) == "delivered")
    (came,) = gib.documents(rounds.zarf_of(sent))
    reason = "" if code == "KABUL" else "Fiyat sözleşmeden farklı"
    at = utc_now()
    prepared = answering.prepare_response(
        tenant_id=gib.bora, document_id=came.document_id, code=code, reason=reason, store=gib.store, at=at
    )
    with tenant_session(gib.bora) as session:
        answering.enter(session, tenant_id=gib.bora, prepared=prepared, by="key:test", at=at)
    said = "SELECT buyer_answer FROM document WHERE document_id = :id"
    rounds.until(lambda: gib.rows(said, id=sent) == [(heard,)])
    ended = "SELECT state FROM answer WHERE document_id = :id"
    rounds.until(lambda: gib.rows(ended, id=came.document_id) == [("delivered",)])
    assert rounds.state(sent) == "delivered"  # kontör are kept, whatever the buyer says
    assert not [row for row in rounds.outbox() if row[1] == "dead"]
