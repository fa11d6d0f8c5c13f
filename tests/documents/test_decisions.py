"""What a person may decide: withdraw, send again, give up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from billing.ledger import charges
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.documents import correct, events, queries, withdraw
from ebelge.documents.models import Document
from ebelge.documents.states import State, UnlawfulMove
from ebelge.documents.submit import Submission
from ebelge.documents.withdraw import AlreadySigned, IssuedForGood, NotUndelivered, UnderWay
from ebelge.outbox import messages, relay

Unchanged = Callable[[Callable[[], Any], type[DomainError]], DomainError]


def act(world: Any, decision: Callable[..., Document], document: Document, **settings: Any) -> Document:
    with tenant_session(world.akin) as session:
        return decision(session, tenant_id=world.akin, document_id=document.document_id, at=world.at, **settings)


def undelivered(world: Any, kind: str = "efatura") -> Document:
    """A document that was signed and could not be delivered; no message is under way for it."""
    (document,) = world.send(Submission(draft=world.draft(kind)))
    with tenant_session(world.akin) as session:
        messages.call_off(session, tenant_id=world.akin, topic="document.sign", key=document.document_id, at=world.at)
        row = queries.lock(session, tenant_id=world.akin, document_id=document.document_id)
        row.signed_sha256, row.signed_at = b"\0" * 32, world.at
        for state in (State.SIGNED, State.UNDELIVERED):
            events.move(session, document=row, to=state, text_tr="-", text_en="-", at=world.at)
        session.flush()
        charges.capture(session, tenant_id=world.akin, charge_ids=[document.document_id], at=world.at)
    return document


def state_of(world: Any, document: Document) -> str:
    ((state,),) = world.rows("SELECT state FROM document WHERE document_id = %s", document.document_id)
    return str(state)


def test_a_document_that_is_not_signed_yet_is_withdrawn(world: Any) -> None:
    (document,) = world.send(Submission(draft=world.draft()))

    act(world, withdraw.withdraw, document)

    assert state_of(world, document) == "withdrawn"
    assert world.spendable() == 100
    assert world.rows("SELECT reason, taken_at FROM open_number") == [("withdrawn", None)]
    assert world.rows("SELECT state FROM outbox_message") == [("done",)]
    assert world.rows("SELECT kind, kontor FROM document_event ORDER BY event_id") == [
        ("accepted", -1), ("withdrawn", 1),
    ]  # fmt: skip


def test_a_worker_that_holds_a_withdrawn_document_has_lost_its_claim(world: Any) -> None:
    (document,) = world.send(Submission(draft=world.draft()))
    with role_session("relay") as session:
        claims = relay.claim(session, queue="sign", limit=10, turns=relay.Turns(), at=world.at)

    act(world, withdraw.withdraw, document)

    with tenant_session(world.akin) as session:
        assert messages.done(session, claims, at=world.at) == []


@pytest.mark.parametrize("kind", ["efatura", "earsiv"])
def test_a_signed_document_is_not_withdrawn(world: Any, unchanged: Unchanged, kind: str) -> None:
    document = undelivered(world, kind)

    error = unchanged(lambda: act(world, withdraw.withdraw, document), AlreadySigned)

    assert (error.http_status, error.code) == (409, "already_signed")


def test_a_document_is_withdrawn_once(world: Any, unchanged: Unchanged) -> None:
    (document,) = world.send(Submission(draft=world.draft()))
    act(world, withdraw.withdraw, document)

    unchanged(lambda: act(world, withdraw.withdraw, document), AlreadySigned)


def test_another_tenants_document_is_not_withdrawn(world: Any, unchanged: Unchanged) -> None:
    (theirs,) = world.send(Submission(draft=world.draft("earsiv")), tenant=world.bora)

    unchanged(lambda: act(world, withdraw.withdraw, theirs), NotFound)


def test_giving_up_brings_the_kontor_back_and_opens_the_way_to_a_correction(world: Any) -> None:
    document = undelivered(world)
    assert world.spendable() == 99

    act(world, withdraw.give_up, document)

    assert (state_of(world, document), world.spendable()) == ("given_up", 100)
    tenant, checked = correct.check_correction(
        Submission(draft=world.draft(n=2)), tenant_id=world.akin, document_id=document.document_id, at=world.at
    )
    with tenant_session(world.akin) as session:
        new = correct.correct(
            session, tenant=tenant, document_id=document.document_id, checked=checked, created_by="x", at=world.at
        )
    assert new.number == document.number


def test_an_earsiv_invoice_is_issued_for_good(world: Any, unchanged: Unchanged) -> None:
    document = undelivered(world, "earsiv")

    unchanged(lambda: act(world, withdraw.give_up, document), IssuedForGood)


def test_an_undelivered_document_is_sent_again_for_nothing(world: Any) -> None:
    document = undelivered(world)

    act(world, withdraw.resend, document)

    assert world.spendable() == 99
    assert world.rows("SELECT topic, key FROM outbox_message WHERE state = 'waiting'") == [
        ("document.send", document.document_id)
    ]


def test_while_it_is_sent_again_nothing_else_is_decided(world: Any, unchanged: Unchanged) -> None:
    document = undelivered(world)
    act(world, withdraw.resend, document)

    unchanged(lambda: act(world, withdraw.resend, document), UnderWay)
    unchanged(lambda: act(world, withdraw.give_up, document), UnderWay)


def test_a_mail_is_sent_again_to_another_address(world: Any, unchanged: Unchanged) -> None:
    document = undelivered(world, "earsiv")

    unchanged(lambda: act(world, withdraw.resend, document, buyer_email="no address"), InvalidRequest)
    act(world, withdraw.resend, document, buyer_email="yeni@alici.example")

    assert world.rows("SELECT recipient, state FROM mail_delivery") == [("yeni@alici.example", "queued")]
    assert world.rows("SELECT buyer_email FROM document") == [("yeni@alici.example",)]


@pytest.mark.parametrize("decision", [withdraw.resend, withdraw.give_up])
def test_what_is_on_its_way_is_neither_resent_nor_given_up(
    world: Any, unchanged: Unchanged, decision: Callable[..., Document]
) -> None:
    (document,) = world.send(Submission(draft=world.draft()))

    unchanged(lambda: act(world, decision, document), NotUndelivered)


def test_every_move_is_in_the_table_and_on_the_timeline(world: Any) -> None:
    (document,) = world.send(Submission(draft=world.draft()))
    with tenant_session(world.akin) as session:
        row = queries.lock(session, tenant_id=world.akin, document_id=document.document_id)
        with pytest.raises(UnlawfulMove):
            events.move(session, document=row, to=State.DELIVERED, text_tr="-", text_en="-", at=world.at)

    assert state_of(world, document) == "accepted"
    with tenant_session(world.akin) as session:
        steps = queries.timeline(session, tenant_id=world.akin, document_id=document.document_id)
    assert [(step.kind, step.state, step.kontor) for step in steps] == [("accepted", "accepted", -1)]


def test_a_final_state_has_a_time_until_it_is_left(world: Any) -> None:
    (document,) = world.send(Submission(draft=world.draft("earsiv")))
    with tenant_session(world.akin) as session:
        row = queries.lock(session, tenant_id=world.akin, document_id=document.document_id)
        row.signed_sha256, row.signed_at = b"\0" * 32, world.at
        seen = []
        for state in (State.SIGNED, State.DELIVERED, State.UNDELIVERED):
            events.move(session, document=row, to=state, text_tr="-", text_en="-", at=world.at)
            seen.append(row.final_at)
    assert seen == [None, world.at, None]
