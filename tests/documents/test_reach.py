"""Whoever is narrowed to series or branches neither lists, opens, finds, sends nor decides about what is outside."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.ids import new_id
from ebelge.documents import queries, submit, withdraw
from ebelge.documents.queries import Filters
from ebelge.documents.reached import OutOfReach
from ebelge.documents.submission import Submission
from tenants.company.models import Branch
from tenants.members.reach import WHOLE, Reach, reach_of

AKA = Reach(series_prefixes=frozenset({"AKA"}))


def listed(world: Any, reach: Reach, **filters: Any) -> list[str]:
    with tenant_session(world.akin) as session:
        page = queries.list_page(session, tenant_id=world.akin, filters=Filters(**filters), reach=reach)
    return [document.number[:3] for document in page.documents]


def branch(world: Any, code: str) -> UUID:
    branch_id = new_id()
    with tenant_session(world.akin) as session:
        session.add(
            Branch(tenant_id=world.akin, branch_id=branch_id, code=code, name=code, district="Çankaya", city="Ankara",
                   created_at=world.at)
        )  # fmt: skip
    return branch_id


def test_a_list_holds_what_is_within(world: Any) -> None:
    world.send(Submission(draft=world.draft("earsiv")))
    (outside,) = world.send(Submission(draft=world.draft("emm")))

    assert listed(world, WHOLE) == ["AKM", "AKA"]
    assert listed(world, AKA) == ["AKA"]
    assert listed(world, AKA, kind="emm") == []
    assert listed(world, AKA, number=outside.number) == []
    assert listed(world, Reach(series_prefixes=frozenset({"ZZZ"}))) == []


def test_pages_of_a_narrowed_list_are_full(world: Any) -> None:
    for _ in range(3):
        world.send(Submission(draft=world.draft("earsiv")), Submission(draft=world.draft("emm")))
    with tenant_session(world.akin) as session:
        first = queries.list_page(session, tenant_id=world.akin, filters=Filters(), limit=2, reach=AKA)
        rest = queries.list_page(
            session, tenant_id=world.akin, filters=Filters(), limit=2, after=first.next_after, reach=AKA
        )
    assert ([one.serial for one in first.documents], [one.serial for one in rest.documents]) == ([3, 2], [1])
    assert rest.next_after is None


def test_what_is_outside_is_as_if_it_were_not_there(world: Any) -> None:
    (outside,) = world.send(Submission(draft=world.draft("emm")))
    at, tenant, one = world.at, world.akin, outside.document_id
    with tenant_session(tenant) as session:
        for look in (
            lambda: queries.get(session, tenant_id=tenant, document_id=one, reach=AKA),
            lambda: queries.lock(session, tenant_id=tenant, document_id=one, reach=AKA),
            lambda: queries.by_ettn(session, tenant_id=tenant, ettn=outside.ettn, reach=AKA),
            lambda: queries.by_number(session, tenant_id=tenant, number=outside.number, reach=AKA),
            lambda: queries.timeline(session, tenant_id=tenant, document_id=one, reach=AKA),
            lambda: queries.source_xml(session, tenant_id=tenant, document_id=one, reach=AKA),
            lambda: withdraw.resend(session, tenant_id=tenant, document_id=one, at=at, reach=AKA),
            lambda: withdraw.give_up(session, tenant_id=tenant, document_id=one, at=at, reach=AKA),
        ):
            with pytest.raises(NotFound) as unknown:
                look()
            assert unknown.value.detail_en == "There is no such document."
    with pytest.raises(NotFound), tenant_session(tenant) as session:
        withdraw.withdraw(session, tenant_id=tenant, document_id=one, at=at, reach=AKA)
    with tenant_session(tenant) as session:
        assert queries.get(session, tenant_id=tenant, document_id=one).state == "accepted"


def test_a_document_of_another_series_is_not_sent(world: Any, unchanged: Any) -> None:
    known, (inside, outside) = submit.check_all(
        [Submission(draft=world.draft("earsiv")), Submission(draft=world.draft("emm"))],
        tenant_id=world.akin,
        at=world.at,
    )

    def send(*checked: Any) -> Any:
        with tenant_session(world.akin) as session:
            return submit.accept(session, tenant=known, checked=checked, created_by="x", at=world.at, reach=AKA)

    unchanged(lambda: send(inside, outside), OutOfReach)
    assert [one.number[:3] for one in send(inside)] == ["AKA"]


def test_a_branch_reaches_the_documents_of_its_series(world: Any) -> None:
    ankara, izmir = branch(world, "ANK"), branch(world, "IZM")
    world.series("earsiv", "ANA", branch="ANK")
    world.send(Submission(draft=world.draft("earsiv"), series="ANA"))
    world.send(Submission(draft=world.draft("earsiv")))

    assert listed(world, reach_of([ankara], [])) == ["ANA"]
    assert listed(world, reach_of([izmir], [])) == []
    assert listed(world, reach_of([ankara], ["AKA"])) == [], "both named: both must fit"
    assert listed(world, reach_of([new_id()], [])) == [], "a branch of nobody's reaches nothing"


def test_a_reach_covers_what_is_narrower() -> None:
    both = Reach(series_prefixes=frozenset({"AKA", "AKM"}))
    assert WHOLE.covers(both)
    assert both.covers(AKA)
    assert not AKA.covers(both)
    assert not AKA.covers(WHOLE)
    assert not AKA.covers(Reach(branch_ids=frozenset({new_id()})))


@pytest.mark.parametrize("letters", ["ak", "AKAA", "aka", "AK-", "İKA", "ıKA", ""])
def test_letters_that_no_series_has_narrow_nothing(letters: str) -> None:
    with pytest.raises(InvalidRequest):
        reach_of([], [letters])


def test_a_narrowing_names_a_few() -> None:
    with pytest.raises(InvalidRequest):
        reach_of([new_id() for _ in range(51)], [])
