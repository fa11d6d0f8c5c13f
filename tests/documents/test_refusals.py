"""What is refused costs nothing, takes no number and leaves no row: every table is the same before and after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from billing.ledger.errors import InsufficientKontor
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.documents.check import ServiceNotActive, TenantNotActive
from ebelge.documents.numbers.numbering import DuplicateNumber, IssueDateGoesBack
from ebelge.documents.submit import DuplicateEttn, Submission
from ebelge.ubl.errors import InvalidDocument, InvalidDraft, UnreadableDocument
from ebelge.ubl.examples import BORA
from tenants.models import Service, Tenant

XXE = b'<?xml version="1.0"?><!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]><Invoice>&x;</Invoice>'
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><Invoice>&c;</Invoice>'
)
Unchanged = Callable[[Callable[[], Any], type[DomainError]], DomainError]


def rules(error: DomainError) -> set[str]:
    return {finding.rule for finding in error.findings}


@pytest.mark.parametrize(
    ("xml", "rule"),
    [
        (b"PDF-1.7 this is no XML", "EB-XML"),
        (XXE, "EB-DTD"),
        (LAUGHS, "EB-DTD"),
        (b"<Invoice>" + b"x" * 50 * 1024 * 1024 + b"</Invoice>", "EB-SIZE"),
        (b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>', "EB-ROOT"),
    ],
    ids=["not XML", "XXE", "billion laughs", "50 MB", "wrong root"],
)
def test_bytes_that_are_no_document_of_ours(world: Any, unchanged: Unchanged, xml: bytes, rule: str) -> None:
    error = unchanged(lambda: world.send(Submission(xml=xml)), UnreadableDocument)

    assert (error.http_status, error.code, rules(error)) == (422, "invalid_document", {rule})


def test_another_taxpayers_vkn_as_supplier(world: Any, unchanged: Unchanged) -> None:
    of_akin = world.xml("efatura")

    error = unchanged(lambda: world.send(Submission(xml=of_akin), tenant=world.bora), InvalidDocument)

    assert rules(error) == {"EB-SUPPLIER"}


def test_a_date_in_the_future(world: Any, unchanged: Unchanged) -> None:
    tomorrow = (world.today + timedelta(days=1)).isoformat()

    error = unchanged(lambda: world.send(Submission(draft=world.draft(issue_date=tomorrow))), InvalidDocument)

    assert "EB-FUTURE-DATE" in rules(error)
    assert all(finding.mend_tr and finding.mend_en for finding in error.findings)


def test_wrong_sums(world: Any, unchanged: Unchanged) -> None:
    xml = world.xml("efatura")
    start = xml.index(b"PayableAmount")
    digit = xml.index(b">", start) + 1
    wrong = xml[:digit] + b"9" + xml[digit:]

    error = unchanged(lambda: world.send(Submission(xml=wrong)), InvalidDocument)

    assert any(finding.line for finding in error.findings)


def test_an_ettn_that_the_tenant_used(world: Any, unchanged: Unchanged) -> None:
    xml = world.xml("efatura")
    world.send(Submission(xml=xml))

    error = unchanged(lambda: world.send(Submission(xml=xml)), DuplicateEttn)

    assert (error.http_status, error.code) == (409, "duplicate_ettn")


def test_an_ettn_that_another_tenant_used_without_a_hint_whose(world: Any, unchanged: Unchanged) -> None:
    ettn = str(uuid4())
    world.send(Submission(draft=world.draft("earsiv", ettn=ettn)))
    mine = world.send(Submission(draft=world.draft("earsiv", ettn=str(uuid4()), n=2)))[0]

    others = unchanged(
        lambda: world.send(Submission(draft=world.draft("earsiv", ettn=ettn)), tenant=world.bora), DuplicateEttn
    )
    own = unchanged(lambda: world.send(Submission(draft=world.draft("earsiv", ettn=str(mine.ettn)))), DuplicateEttn)

    hidden = {"ettn": None, "detail": None}
    assert others.problem("en") | hidden == own.problem("en") | hidden
    assert others.detail_en.replace(ettn, "") == own.detail_en.replace(str(mine.ettn), "")


def test_one_ettn_twice_in_a_batch(world: Any, unchanged: Unchanged) -> None:
    draft = world.draft("earsiv", ettn=str(uuid4()))

    unchanged(lambda: world.send(Submission(draft=draft), Submission(draft=draft)), DuplicateEttn)


def test_a_number_that_was_used(world: Any, unchanged: Unchanged) -> None:
    world.series("efatura", "ERP", owner="erp")
    number = f"ERP{world.today.year}000000041"
    world.send(Submission(draft=world.draft(number=number)))

    error = unchanged(lambda: world.send(Submission(draft=world.draft(number=number, n=2))), DuplicateNumber)

    assert (error.http_status, error.code) == (409, "duplicate_number")


def test_a_number_twice_in_a_batch(world: Any, unchanged: Unchanged) -> None:
    world.series("efatura", "ERP", owner="erp")
    draft = world.draft(number=f"ERP{world.today.year}000000041")

    unchanged(lambda: world.send(Submission(draft=draft), Submission(draft=draft)), DuplicateNumber)


def test_a_number_from_before_the_series_came_to_us(world: Any, unchanged: Unchanged) -> None:
    world.series("efatura", "ERP", owner="erp", year=world.today.year, last_used=50)

    used = world.draft(number=f"ERP{world.today.year}000000050")

    unchanged(lambda: world.send(Submission(draft=used)), DuplicateNumber)


def test_a_number_in_a_series_of_ours(world: Any, unchanged: Unchanged) -> None:
    given = world.draft(number=f"AKF{world.today.year}000000007")

    error = unchanged(lambda: world.send(Submission(draft=given)), InvalidDocument)

    assert rules(error) == {"EB-NUMBER-GIVEN"}


def test_a_date_before_the_series_last(world: Any, unchanged: Unchanged) -> None:
    world.send(Submission(draft=world.draft()))
    yesterday = (world.today - timedelta(days=1)).isoformat()

    error = unchanged(lambda: world.send(Submission(draft=world.draft(issue_date=yesterday, n=2))), IssueDateGoesBack)

    assert (error.http_status, error.extra["earliest"]) == (422, world.today.isoformat())


def test_an_unknown_unit(world: Any, unchanged: Unchanged) -> None:
    draft = world.draft()
    draft["lines"][0]["unit"] = "çuvalcık"

    error = unchanged(lambda: world.send(Submission(draft=draft)), InvalidDraft)

    assert [finding.path for finding in error.findings] == ["lines[0].unit"]


def test_what_a_draft_breaks_is_told_at_its_field_and_once(world: Any, unchanged: Unchanged) -> None:
    draft = world.draft("earsiv", issue_date=(world.today + timedelta(days=1)).isoformat())

    error = unchanged(lambda: world.send(Submission(draft=draft)), InvalidDocument)

    assert [(found.rule, found.path, found.line) for found in error.findings] == [
        ("EB-FUTURE-DATE", "issue_date", None)
    ]


def test_an_unknown_unit_in_xml(world: Any, unchanged: Unchanged) -> None:
    xml = world.xml("efatura").replace(b'unitCode="C62"', b'unitCode="ADET"')

    unchanged(lambda: world.send(Submission(xml=xml)), InvalidDocument)


@pytest.mark.parametrize("state", ["not_wanted", "asked_at_gib", "closed"])
def test_a_service_that_is_not_active(world: Any, unchanged: Unchanged, state: str) -> None:
    with tenant_session(world.akin) as session:
        session.get_one(Service, (world.akin, "efatura")).state = state

    error = unchanged(lambda: world.send(Submission(draft=world.draft())), ServiceNotActive)

    assert (error.http_status, error.code, error.extra["service"]) == (409, "service_not_active", "efatura")


def test_a_document_dated_before_its_service_began(world: Any, unchanged: Unchanged) -> None:
    with tenant_session(world.akin) as session:
        session.get_one(Service, (world.akin, "efatura")).active_from = world.today

    yesterday = (world.today - timedelta(days=1)).isoformat()

    unchanged(lambda: world.send(Submission(draft=world.draft(issue_date=yesterday))), ServiceNotActive)
    world.send(Submission(draft=world.draft()))


def test_a_suspended_tenant(world: Any, unchanged: Unchanged) -> None:
    with tenant_session(world.akin) as session:
        session.get_one(Tenant, world.akin).state = "suspended"

    unchanged(lambda: world.send(Submission(draft=world.draft())), TenantNotActive)


def test_too_little_kontor_for_the_whole_batch(world: Any, unchanged: Unchanged) -> None:
    one = world.check(Submission(draft=world.draft("earsiv")))
    batch = [replace(one, ettn=uuid4()) for _ in range(103)]

    error = unchanged(lambda: world.accept(world.facts(), batch), InsufficientKontor)

    assert (error.http_status, error.extra) == (402, {"needed_kontor": 103, "missing_kontor": 3})
    world.accept(world.facts(), batch[:100])
    assert world.spendable() == 0


def test_a_refusal_takes_no_number(world: Any) -> None:
    world.send(Submission(draft=world.draft("earsiv")))
    one = world.check(Submission(draft=world.draft("earsiv")))
    with pytest.raises(InsufficientKontor):
        world.accept(world.facts(), [replace(one, ettn=uuid4()) for _ in range(500)])

    (second,) = world.send(Submission(draft=world.draft("earsiv", n=2)))

    assert second.serial == 2


def test_a_sandbox_and_the_live_world_may_use_one_ettn(world: Any) -> None:
    from ebelge.documents.submit import ettn_kind

    assert ettn_kind("live") != ettn_kind("test")


def test_a_document_in_another_language_of_numbers_is_refused(world: Any, unchanged: Unchanged) -> None:
    draft = world.draft(buyer=BORA)
    draft["lines"][0]["unit_price"] = 120.5

    unchanged(lambda: world.send(Submission(draft=draft)), InvalidDraft)
