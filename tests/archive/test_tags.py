"""Tags and saved searches: limits, many at once, everybody's and one's own."""

import pytest

from ebelge.archive import index, saved, search, tags
from ebelge.archive.index import Entry
from ebelge.archive.saved import TooManySearches
from ebelge.archive.search import Filters
from ebelge.archive.tags import TagRefused
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.ids import new_id
from tenants.audit.entries import command

BY = command("test", by="Derya")


@pytest.fixture
def akin(settings):
    tenant_id, at = new_id(), utc_now()
    entries = [
        Entry(entry_id=new_id(), source="file", direction="none", kind="other", day=istanbul_date(at), title=f"{n}.pdf")
        for n in range(3)
    ]
    with tenant_session(tenant_id) as session:
        index.write(session, tenant_id=tenant_id, entries=entries, at=at)
    return tenant_id, [one.entry_id for one in entries]


def create(session, tenant_id, name="Önemli", colour="red"):
    return tags.create(session, tenant_id=tenant_id, name=name, colour=colour, actor=BY, at=utc_now())


def test_tags_are_hung_on_many_at_once_found_by_all_of_them_and_taken_off(akin):
    tenant_id, (first, second, _) = akin
    with tenant_session(tenant_id) as session:
        red, blue = create(session, tenant_id), create(session, tenant_id, "Kira", "blue")
        hang = {"session": session, "tenant_id": tenant_id, "at": utc_now()}
        tags.hang(**hang, entry_ids=[first, second], add=[red.tag_id], take=[])
        tags.hang(**hang, entry_ids=[first, first], add=[blue.tag_id, red.tag_id], take=[])

        def found(*chosen):
            filters = Filters(tag_ids=tuple(one.tag_id for one in chosen))
            return {one.entry_id for one in search.search(session, tenant_id=tenant_id, filters=filters).entries}

        assert (found(red), found(red, blue)) == ({first, second}, {first})
        shown = tags.of_entries(session, tenant_id=tenant_id, entry_ids=[first, second])
        assert [one.name for one in shown[first]] == ["Kira", "Önemli"]
        tags.hang(**hang, entry_ids=[first], add=[], take=[blue.tag_id])
        assert found(blue) == set()
        tags.remove(session, tenant_id=tenant_id, tag_id=red.tag_id, actor=BY, at=utc_now())
        assert tags.of_entries(session, tenant_id=tenant_id, entry_ids=[first, second]) == {}


def test_names_colours_and_numbers_of_tags_have_limits(akin):
    tenant_id, (first, *_) = akin
    with tenant_session(tenant_id) as session:
        create(session, tenant_id)
        with pytest.raises(TagRefused):
            create(session, tenant_id, "  ÖNEMLİ ")
        for name, colour in (("", "red"), ("!!", "red"), ("x" * 41, "red"), ("a\x00", "red"), ("a", "ultraviolet")):
            with pytest.raises(InvalidRequest):
                create(session, tenant_id, name, colour)
        more = [create(session, tenant_id, f"Etiket {n}").tag_id for n in range(99)]
        with pytest.raises(TagRefused):
            create(session, tenant_id, "bir fazla")
        tags.hang(session, tenant_id=tenant_id, entry_ids=[first], add=more[:20], take=[], at=utc_now())
        with pytest.raises(TagRefused, match="Nothing was changed"):
            tags.hang(session, tenant_id=tenant_id, entry_ids=[first], add=more[20:21], take=[], at=utc_now())
    with tenant_session(bora := new_id()) as session, pytest.raises(NotFound):
        tags.hang(session, tenant_id=bora, entry_ids=[first], add=more[:1], take=[], at=utc_now())


def test_saved_searches_are_ones_own_or_everybodys(akin):
    tenant_id, _ = akin

    def keep(session, owner, name, **filters):
        return saved.keep(
            session,
            tenant_id=tenant_id,
            owner=owner,
            by="person:1",
            name=name,
            filters=Filters(**filters),
            at=utc_now(),
        )

    with tenant_session(tenant_id) as session:
        own = keep(session, "person:1", "Kablolar", text="kablo")
        assert keep(session, "person:1", "KABLOLAR", text="kablo", kind="efatura").search_id == own.search_id
        everybodys = keep(session, saved.EVERYBODY, "Faturalar", kind="efatura")

        def names(owner):
            return [one.name for one in saved.listed(session, tenant_id=tenant_id, owner=owner)]

        assert (names("person:1"), names("person:2")) == (["Faturalar", "KABLOLAR"], ["Faturalar"])
        with pytest.raises(NotFound):
            saved.remove(session, tenant_id=tenant_id, search_id=own.search_id, owner="person:2")
        with pytest.raises(NotFound):
            saved.remove(session, tenant_id=tenant_id, search_id=everybodys.search_id, owner="person:1", only_own=True)
        saved.remove(session, tenant_id=tenant_id, search_id=own.search_id, owner="person:1")
        with pytest.raises(InvalidRequest):
            keep(session, "person:1", "Boş")
        for n in range(50):
            keep(session, "person:3", f"Arama {n}", text="x")
        with pytest.raises(TooManySearches):
            keep(session, "person:3", "bir fazla", text="x")
