"""Many at the same instant, on connections of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from billing.ledger import charges
from billing.ledger.errors import InsufficientKontor
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError
from ebelge.documents import sign, withdraw
from ebelge.documents.models import Document
from ebelge.documents.sign import Signed
from ebelge.documents.submit import DuplicateEttn, Submission
from ebelge.documents.withdraw import AlreadySigned
from ebelge.outbox import relay


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all acts, begun together; each answer is the act's, or the refusal it raised."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait(timeout=30)
        try:
            return act()
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, act) for act in acts]]


def test_sixteen_threads_into_one_series_leave_no_gap(world: Any) -> None:
    one, facts = world.check(Submission(draft=world.draft("earsiv"))), world.facts()

    def send() -> list[Document]:
        sent = []
        for count in (1, 3, 1):
            sent += world.accept(facts, [replace(one, ettn=uuid4()) for _ in range(count)])
        return sent

    answers = at_once([send] * 16)

    serials = sorted(document.serial for sent in answers for document in sent)
    assert serials == list(range(1, 81))
    assert [row[0] for row in world.rows("SELECT serial FROM document ORDER BY serial")] == serials
    assert world.rows("SELECT last_serial FROM series_year") == [(80,)]
    assert world.spendable() == 20


def test_refusals_among_them_take_no_number(world: Any) -> None:
    one, facts = world.check(Submission(draft=world.draft("earsiv"))), world.facts()
    batches = [[replace(one, ettn=uuid4()) for _ in range(12)] for _ in range(16)]

    answers = at_once([lambda batch=batch: world.accept(facts, batch) for batch in batches])

    accepted = [sent for sent in answers if isinstance(sent, list)]
    refused = [sent for sent in answers if isinstance(sent, InsufficientKontor)]
    assert (len(accepted), len(refused)) == (8, 8)
    assert sorted(document.serial for sent in accepted for document in sent) == list(range(1, 97))
    assert world.rows("SELECT count(*) FROM locator WHERE kind = 'ettn.live'") == [(96,)]


def test_bulks_into_two_series_in_opposite_order_do_not_lock_each_other_out(world: Any) -> None:
    earsiv, emm = (world.check(Submission(draft=world.draft(kind))) for kind in ("earsiv", "emm"))
    facts = world.facts()

    def send(order: Sequence[Any]) -> list[Document]:
        return world.accept(facts, [replace(one, ettn=uuid4()) for one in order])

    answers = at_once([lambda n=n: send((earsiv, emm) if n % 2 else (emm, earsiv)) for n in range(12)])

    assert all(isinstance(sent, list) for sent in answers)


@pytest.mark.parametrize("_round", range(5))
def test_of_two_tenants_with_one_ettn_exactly_one_is_accepted(world: Any, _round: int) -> None:
    ettn = uuid4()
    checked = {
        tenant: world.check(Submission(draft=world.draft("earsiv", ettn=str(ettn))), tenant=tenant)
        for tenant in (world.akin, world.bora)
    }
    facts = {tenant: world.facts(tenant) for tenant in checked}

    answers = at_once([lambda t=tenant: world.accept(facts[t], [checked[t]]) for tenant in checked])

    assert sorted(type(answer) for answer in answers if not isinstance(answer, list)) == [DuplicateEttn]
    assert world.rows("SELECT ettn FROM document") == [(ettn,)]
    assert sorted((world.spendable(world.akin), world.spendable(world.bora))) == [99, 100]
    assert world.rows("SELECT sum(last_serial) FROM series_year") == [(1,)]


def test_bulks_that_share_ettns_in_opposite_order_do_not_lock_each_other_out(world: Any) -> None:
    ettns = [uuid4() for _ in range(20)]
    one = {t: world.check(Submission(draft=world.draft("earsiv")), tenant=t) for t in (world.akin, world.bora)}
    facts = {tenant: world.facts(tenant) for tenant in one}

    def send(tenant: Any, order: Sequence[Any]) -> list[Document]:
        return world.accept(facts[tenant], [replace(one[tenant], ettn=ettn) for ettn in order])

    answers = at_once([lambda: send(world.akin, ettns), lambda: send(world.bora, ettns[::-1])])

    assert sorted(isinstance(answer, list) for answer in answers) == [False, True]


@pytest.mark.parametrize("_round", range(5))
def test_withdrawing_against_signing_the_first_wins_and_the_other_changes_nothing(world: Any, _round: int) -> None:
    documents = world.accept(
        world.facts(), [replace(world.check(Submission(draft=world.draft("emm"))), ettn=uuid4()) for _ in range(4)]
    )
    with role_session("relay") as session:
        claims = relay.claim(session, queue="sign", limit=10, turns=relay.Turns(), at=world.at)
    assert len(claims) == 4

    def finish() -> set[Any]:
        with tenant_session(world.akin) as session:
            signed = [Signed(claim, b"\1" * 32, world.at) for claim in claims]
            return set(sign.finish_many(session, tenant_id=world.akin, signed=signed, at=world.at))

    def take_back(document: Document) -> Document:
        with tenant_session(world.akin) as session:
            return withdraw.withdraw(session, tenant_id=world.akin, document_id=document.document_id, at=world.at)

    answers = at_once([finish, *(lambda d=document: take_back(d) for document in documents)])

    signed, decisions = answers[0], answers[1:]
    for document, decision in zip(documents, decisions, strict=True):
        assert isinstance(decision, AlreadySigned) == (document.document_id in signed)
    charged = dict(world.rows("SELECT charge_id, state FROM charge"))
    states = dict(world.rows("SELECT document_id, state FROM document"))
    for document in documents:
        was_signed = document.document_id in signed
        assert charged[document.document_id] == ("captured" if was_signed else "released")
        assert states[document.document_id] == ("signed" if was_signed else "withdrawn")
    open_serials = {row[0] for row in world.rows("SELECT serial FROM open_number")}
    assert open_serials == {document.serial for document in documents if document.document_id not in signed}


def test_of_two_corrections_one_takes_the_number(world: Any) -> None:
    from ebelge.documents import correct, events, queries
    from ebelge.documents.states import State

    (old,) = world.send(Submission(draft=world.draft()))
    with tenant_session(world.akin) as session:
        row = queries.lock(session, tenant_id=world.akin, document_id=old.document_id)
        row.signed_sha256, row.signed_at = b"\0" * 32, world.at
        for state in (State.SIGNED, State.REFUSED):
            events.move(session, document=row, to=state, text_tr="-", text_en="-", at=world.at)
        session.flush()
        charges.capture(session, tenant_id=world.akin, charge_ids=[old.document_id], at=world.at)

    def mend(n: int) -> Document:
        tenant, checked = correct.check_correction(
            Submission(draft=world.draft(n=n)), tenant_id=world.akin, document_id=old.document_id, at=world.at
        )
        with tenant_session(world.akin) as session:
            return correct.correct(
                session, tenant=tenant, document_id=old.document_id, checked=checked, created_by="x", at=world.at
            )

    answers = at_once([lambda n=n: mend(n) for n in range(6)])

    assert sum(isinstance(answer, Document) for answer in answers) == 1
    assert sum(isinstance(answer, correct.NotCorrectable) for answer in answers) == 5
