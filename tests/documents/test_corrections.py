"""A refused document is corrected by a new one that takes its number over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from billing.ledger import charges, lots
from billing.ledger.errors import InsufficientKontor
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, NotFound
from ebelge.documents import correct, events, queries
from ebelge.documents.correct import NotCorrectable
from ebelge.documents.models import Document
from ebelge.documents.numbers.numbering import IssueDateGoesBack
from ebelge.documents.states import State
from ebelge.documents.submit import Submission
from ebelge.ubl.errors import InvalidDocument

Unchanged = Callable[[Callable[[], Any], type[DomainError]], DomainError]


def refused(world: Any, document: Document) -> Document:
    """Let the document be signed, sent and refused by GİB, its kontör restored."""
    with tenant_session(world.akin) as session:
        row = queries.lock(session, tenant_id=world.akin, document_id=document.document_id)
        row.signed_sha256, row.signed_at = b"\0" * 32, world.at
        for state in (State.SIGNED, State.SENT, State.REFUSED):
            events.move(session, document=row, to=state, text_tr="-", text_en="-", at=world.at)
        session.flush()
        ids = [document.document_id]
        charges.capture(session, tenant_id=world.akin, charge_ids=ids, at=world.at)
        charges.restore(session, tenant_id=world.akin, charge_ids=ids, at=world.at)
    return document


def mend(world: Any, document_id: UUID, submission: Submission) -> Document:
    """Check and enter a correction as the edge does."""
    tenant, checked = correct.check_correction(submission, tenant_id=world.akin, document_id=document_id, at=world.at)
    with tenant_session(world.akin) as session:
        return correct.correct(
            session, tenant=tenant, document_id=document_id, checked=checked, created_by="key:test", at=world.at
        )


def test_a_correction_takes_the_number_and_is_charged_again(world: Any) -> None:
    old = refused(world, world.send(Submission(draft=world.draft()))[0])
    assert world.spendable() == 100

    new = mend(world, old.document_id, Submission(draft=world.draft(n=2)))

    assert (new.number, new.replaces_id, new.state) == (old.number, old.document_id, "accepted")
    assert new.ettn != old.ettn
    assert world.spendable() == 99
    with tenant_session(world.akin) as session:
        before = queries.get(session, tenant_id=world.akin, document_id=old.document_id)
        assert (before.superseded, before.number_held, before.state) == (True, False, "refused")
        assert queries.by_number(session, tenant_id=world.akin, number=old.number).document_id == new.document_id
        steps = queries.timeline(session, tenant_id=world.akin, document_id=old.document_id)
        assert steps[-1].data == {"replaced_by": str(new.document_id)}
    assert world.rows("SELECT last_serial FROM series_year") == [(1,)]
    assert (new.document_id,) in world.rows("SELECT key FROM outbox_message WHERE state = 'waiting'")


def test_a_correction_in_xml_gets_a_new_ettn(world: Any) -> None:
    xml = world.xml()
    old = refused(world, world.send(Submission(xml=xml))[0])

    new = mend(world, old.document_id, Submission(xml=xml))

    assert new.ettn != old.ettn
    ((source,),) = world.rows("SELECT source FROM document_source WHERE document_id = %s", new.document_id)
    assert str(new.ettn).encode() in bytes(source)
    assert b"Signature_" + str(new.ettn).encode() in bytes(source)


def test_a_correction_of_an_erp_document_carries_its_number(world: Any) -> None:
    world.series("efatura", "ERP", owner="erp")
    draft = world.draft(number=f"ERP{world.today.year}000000041")
    old = refused(world, world.send(Submission(draft=draft))[0])

    assert mend(world, old.document_id, Submission(draft=draft)).number == old.number


def test_a_correction_can_be_corrected(world: Any) -> None:
    first = refused(world, world.send(Submission(draft=world.draft()))[0])
    second = refused(world, mend(world, first.document_id, Submission(draft=world.draft(n=2))))

    third = mend(world, second.document_id, Submission(draft=world.draft(n=3)))

    assert (third.number, third.replaces_id) == (first.number, second.document_id)


def test_a_document_is_corrected_once(world: Any, unchanged: Unchanged) -> None:
    old = refused(world, world.send(Submission(draft=world.draft()))[0])
    mend(world, old.document_id, Submission(draft=world.draft(n=2)))

    unchanged(lambda: mend(world, old.document_id, Submission(draft=world.draft(n=3))), NotCorrectable)


def test_what_was_not_refused_is_not_corrected(world: Any, unchanged: Unchanged) -> None:
    (document,) = world.send(Submission(draft=world.draft()))

    unchanged(lambda: mend(world, document.document_id, Submission(draft=world.draft(n=2))), NotCorrectable)


def test_another_tenants_document_does_not_exist(world: Any, unchanged: Unchanged) -> None:
    (theirs,) = world.send(Submission(draft=world.draft("earsiv")), tenant=world.bora)

    unchanged(lambda: mend(world, theirs.document_id, Submission(draft=world.draft(n=2))), NotFound)


def test_a_correction_keeps_kind_number_and_year(world: Any, unchanged: Unchanged) -> None:
    old = refused(world, world.send(Submission(draft=world.draft()))[0])

    for draft, rule in (
        (world.draft("earsiv"), "EB-CORRECTION-KIND"),
        (world.draft(number=f"AKF{world.today.year}000000009"), "EB-CORRECTION-NUMBER"),
        (world.draft(issue_date=f"{world.today.year - 1}-12-31"), "EB-NUMBER-YEAR"),
    ):
        submission = Submission(draft=draft)
        error = unchanged(lambda wrong=submission: mend(world, old.document_id, wrong), InvalidDocument)
        assert [finding.rule for finding in error.findings] == [rule]


def test_a_correction_keeps_its_place_between_the_neighbours_dates(world: Any, unchanged: Unchanged) -> None:
    days = [world.today - timedelta(days=back) for back in (6, 4, 2)]
    documents = [world.send(Submission(draft=world.draft(issue_date=day.isoformat())))[0] for day in days]
    old = refused(world, documents[1])

    for wrong in (days[0] - timedelta(days=1), days[2] + timedelta(days=1)):
        draft = world.draft(issue_date=wrong.isoformat())
        act = Submission(draft=draft)
        error = unchanged(lambda given=act: mend(world, old.document_id, given), IssueDateGoesBack)
        assert (error.extra["earliest"], error.extra["latest"]) == (days[0].isoformat(), days[2].isoformat())

    assert mend(world, old.document_id, Submission(draft=world.draft())).issue_date == days[1]


def test_a_broken_correction_changes_nothing(world: Any, unchanged: Unchanged) -> None:
    old = refused(world, world.send(Submission(draft=world.draft()))[0])

    unchanged(lambda: mend(world, old.document_id, Submission(xml=b"no")), InvalidDocument)


def test_a_correction_without_kontor_changes_nothing_and_passes_after_a_grant(world: Any, unchanged: Unchanged) -> None:
    old = refused(world, world.send(Submission(draft=world.draft()))[0])
    with tenant_session(world.akin) as session:
        charges.reserve(
            session, tenant_id=world.akin, charge_id=uuid4(), kind="efatura.out", kontor=world.spendable(),
            price_id=old.price_id, at=world.at,
        )  # fmt: skip
    wanted = Submission(draft=world.draft(n=2))

    unchanged(lambda: mend(world, old.document_id, wanted), InsufficientKontor)

    with tenant_session(world.akin) as session:
        lots.grant(
            session, tenant_id=world.akin, source="bonus", source_id=uuid4(), kontor=1, net_price_kurus=0,
            expires_at=world.at + timedelta(days=30), at=world.at,
        )  # fmt: skip
    new = mend(world, old.document_id, wanted)
    assert (new.number, new.replaces_id, world.spendable()) == (old.number, old.document_id, 0)
