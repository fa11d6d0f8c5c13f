"""Searching the archive: words as people type them, filters, pages; never another tenant's."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from ebelge.archive import index, search
from ebelge.archive.index import Entry
from ebelge.archive.search import Filters
from ebelge.archive.words import asked, lexemes, words
from ebelge.core.clock import utc_now
from ebelge.core.db import fetch, role_session, tenant_session
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.ids import new_id

DAY = date(2026, 3, 1)
ISIK = "Işık Elektrik Ltd. Şti."
SEARCH = (
    "SELECT * FROM archive_search(%s, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{}', %s, NULL, NULL, "
    "NULL, 50)"
)


@pytest.fixture(scope="module")
def both(settings):
    """Akın with five entries, Bora with one of the same words."""
    akin, bora = new_id(), new_id()
    series = new_id()
    made = [
        Entry(entry_id=new_id(), source="outgoing", direction="out", kind="efatura", day=DAY + timedelta(days=n),
              title=title, number=f"AKN202600000000{n}", vkn_tckn="1234567808", amount_kurus=n * 100_00, currency="TRY",
              series_id=series if n < 2 else None, texts=texts)
        for n, (title, texts) in enumerate([
            (ISIK, ("Kablo 3x2,5", "İzmir şubesi")),
            ("Çağrı İnşaat A.Ş.", ("Çimento torbası",)),
            ("Doğan Nakliyat", ("Kablo makarası",)),
        ])
    ]  # fmt: skip
    made.append(Entry(entry_id=new_id(), source="file", direction="none", kind="contract", day=DAY,
                      title="kira-sozlesmesi.pdf", texts=("Depo kirası",)))  # fmt: skip
    made.append(Entry(entry_id=new_id(), source="incoming", direction="in", kind="efatura", day=DAY, title="Ece",
                      number="ECE2026000000001", vkn_tckn="9876543217", amount_kurus=-5, currency="USD"))  # fmt: skip
    foreign = Entry(entry_id=new_id(), source="outgoing", direction="out", kind="efatura", day=DAY, title="Işık Gizli",
                    number="BRA2026000000001", vkn_tckn="1234567808", amount_kurus=7, currency="TRY")  # fmt: skip
    for tenant_id, entries in ((akin, made), (bora, [foreign])):
        with tenant_session(tenant_id) as session:
            index.write(session, tenant_id=tenant_id, entries=entries, at=utc_now())
            index.write(session, tenant_id=tenant_id, entries=entries, at=utc_now())  # twice is once
    return akin, bora, series


def find(tenant_id: UUID, series_ids=None, **filters) -> list[str]:
    """Titles of what is found."""
    with tenant_session(tenant_id) as session:
        page = search.search(session, tenant_id=tenant_id, filters=Filters(**filters), series_ids=series_ids)
    return [one.title for one in page.entries]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("isik", [ISIK]), ("IŞIK elekt", [ISIK]), ("ışık", [ISIK]),
        ("kablo", ["Doğan Nakliyat", ISIK]), ("kablo izmir", [ISIK]),
        ("İNŞ", ["Çağrı İnşaat A.Ş."]), ("akn20260000", ["Doğan Nakliyat", "Çağrı İnşaat A.Ş.", ISIK]),
        ("depo", ["kira-sozlesmesi.pdf"]), ("9876543217", ["Ece"]), ("yok", []), ("ablo", []), ("!!", []),
        ("gizli", []),
    ],
)  # fmt: skip
def test_words_are_found_as_people_type_them(both, text, titles):
    assert find(both[0], text=text) == titles


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 5), ({"source": "file"}, 1), ({"direction": "in"}, 1), ({"kind": "contract"}, 1),
        ({"day_from": DAY + timedelta(days=1)}, 2), ({"day_to": DAY}, 3), ({"vkn_tckn": "9876543217"}, 1),
        ({"number": "AKN2026000000001"}, 1), ({"amount_from": 100_00, "amount_to": 100_00}, 1),
        ({"amount_to": -1}, 1), ({"text": "kablo", "amount_from": 1}, 1),
    ],
)  # fmt: skip
def test_filters_narrow(both, filters, count):
    assert len(find(both[0], **filters)) == count


def test_pages_follow_each_other_without_gap_or_repetition(both):
    akin, seen, after = both[0], [], None
    while True:
        with tenant_session(akin) as session:
            page = search.search(session, tenant_id=akin, filters=Filters(), after=after, limit=2)
        seen += [one.entry_id for one in page.entries]
        after = page.next_after
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5


def test_whoever_is_narrowed_finds_what_his_series_numbered(both):
    akin, _, series = both
    assert find(akin, series_ids={series}) == ["Çağrı İnşaat A.Ş.", ISIK]
    assert find(akin, series_ids=set()) == []
    with tenant_session(akin) as session:
        (ece,) = search.search(session, tenant_id=akin, filters=Filters(source="incoming")).entries
        with pytest.raises(NotFound):
            search.get(session, tenant_id=akin, entry_id=ece.entry_id, series_ids={series})
        assert search.within(session, tenant_id=akin, entry_ids=[ece.entry_id], series_ids={series}) == []


def test_a_foreign_tenant_gets_nothing_however_it_asks(both):
    akin, bora, _ = both
    with tenant_session(bora) as session:
        assert fetch(session, SEARCH, akin, []) == []
        assert fetch(session, SEARCH, akin, ["ISIK"]) == []
        assert [row.title for row in fetch(session, SEARCH, bora, ["ISIK"])] == ["Işık Gizli"]
        assert search.within(session, tenant_id=bora, entry_ids=_ids(akin), series_ids=None) == []
    with role_session("app") as session:
        assert fetch(session, SEARCH, akin, []) == []
    # the marks of two tenants may meet; the function's own predicate does not rest on them
    assert lexemes(akin, ["X"]) != lexemes(bora, ["X"])


def _ids(tenant_id: UUID) -> list[UUID]:
    with tenant_session(tenant_id) as session:
        return [one.entry_id for one in search.search(session, tenant_id=tenant_id, filters=Filters()).entries]


@pytest.mark.parametrize(
    "text",
    [
        "' OR 1=1 --", "'); DROP TABLE archive_entry; --", "a & !b | c:*", "\\' || current_user || \\'", ":* <-> (",
        "%_%", "\x00kablo", "'" * 200, "ж" * 300,
    ],
)  # fmt: skip
def test_what_looks_like_a_query_is_words(both, text):
    assert "Işık Gizli" not in find(both[0], text=text)
    with pytest.raises(InvalidRequest):
        find(both[0], number="A\x00")
    with tenant_session(both[0]) as session:  # and what comes round Python is no query either
        assert fetch(session, SEARCH, both[0], [text.replace("\x00", "")]) == []


def test_what_is_kept_of_texts_is_bounded():
    assert words(["a " * 50_000, "b"]) == ["A", "B"]
    assert len(words([" ".join(map(str, range(5000)))])) == 400
    assert words(["x" * 500]) == ["X" * 40]
    assert len(asked(" ".join(map(str, range(50))))) == 12


def test_saved_filters_read_as_they_were_written():
    filters = Filters(source="file", day_from=DAY, amount_from=5, tag_ids=(new_id(),), text="depo kirası")
    assert search.of_texts(search.as_texts(filters)) == filters
    for wrong in ({"from": "dün"}, {"amount_from": "x"}, {"tags": "1"}, {"source": "x"}, {"amount_to": "9" * 20}):
        with pytest.raises(InvalidRequest):
            search.of_texts(wrong)
