"""e-İrsaliye: drivers and carriers, home and foreign plates, trailers, the printed note, market and IDIS."""

import pytest

from ebelge.ubl import type_examples
from ebelge.ubl.draft import read_draft
from ebelge.ubl.errors import InvalidDraft
from ebelge.ubl.parse import parse
from ebelge.ubl.types import DocumentKind
from ebelge.ubl.validate import check

CARRIER = {"vkn": "1920384751", "name": "Bora Nakliyat A.Ş.", "district": "Konak", "city": "İzmir"}


def body(profile="TEMELIRSALIYE", code="SEVK", **changes):
    draft = type_examples.example(profile, code) | changes
    return {name: value for name, value in draft.items() if value is not None}


def schemes(xml, name):
    return [(e.get("schemeID"), e.text) for e in parse(xml).tree.iter(f"{{*}}{name}") if e.get("schemeID")]


@pytest.mark.parametrize(
    "changes",
    [
        {"drivers": [{"first_name": "Deniz", "family_name": "Kaya", "tckn": "10000000146"}] * 2},
        {"plate": None, "foreign_plate": "B-XY1234"},
        {"plate": None, "drivers": [], "carrier": CARRIER},
        {"carrier": CARRIER, "trailer_plates": ["34AB123", "06CD45"]},
        {"foreign_trailer_plates": ["TR_88-X"]},
        {"despatch_date": "2026-11-21", "despatch_time": "05:45:00"},
    ],
    ids=["two drivers", "foreign plate", "carrier alone", "carrier and trailers", "foreign trailer", "left earlier"],
)
def test_ways_to_carry_keep_the_rules(make, today, changes):
    xml = make("TEMELIRSALIYE", "SEVK", body(**changes))
    assert check(xml, kind=DocumentKind.EIRSALIYE, today=today) == []


def test_a_plate_says_whose_it_is(make):
    home = make("TEMELIRSALIYE", "SEVK", body(trailer_plates=["34AB123"], foreign_trailer_plates=["X-1"]))
    assert schemes(home, "LicensePlateID") == [("PLAKA", "06ABC123")]
    assert [pair for pair in schemes(home, "ID") if "DORSE" in pair[0]] == [
        ("DORSEPLAKA", "34AB123"),
        ("YABANCIDORSEPLAKA", "X-1"),
    ]
    abroad = make("TEMELIRSALIYE", "SEVK", body(plate=None, foreign_plate="B-XY1234"))
    assert schemes(abroad, "LicensePlateID") == [("YABANCIPLAKA", "B-XY1234")]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"drivers": []}, "drivers"),
        ({"plate": None}, "plate"),
        ({"foreign_plate": "B-XY1234"}, "plate"),
        ({"plate": "06 ABC 123"}, "plate"),
        ({"plate": "99ABC12"}, "plate"),
        ({"trailer_plates": ["dorse"]}, "trailer_plates[0]"),
        ({"delivery_address": {"district": "Aliağa", "city": "İzmir"}}, "delivery_address.postal_zone"),
        (
            {"delivery_address": {"district": "Aliağa", "city": "İzmir", "postal_zone": "99800"}},
            "delivery_address.postal_zone",
        ),
        ({"delivery_address": {"city": "İzmir", "postal_zone": "35800"}}, "delivery_address.district"),
    ],
)
def test_what_is_missing_is_told_at_its_field(changes, path):
    with pytest.raises(InvalidDraft) as refused:
        read_draft(body(**changes))
    assert [found.path for found in refused.value.findings] == [path]
    assert all(found.mend_tr and found.mend_en for found in refused.value.findings)


def test_a_printed_note_is_named_as_matbu(make):
    root = parse(make("TEMELIRSALIYE", "MATBUDAN")).tree
    (paper,) = [e for e in root.iterfind("{*}AdditionalDocumentReference") if e.findtext("{*}DocumentType") == "MATBU"]
    assert (paper.findtext("{*}ID"), paper.findtext("{*}IssueDate")) == ("A-012345", "2025-11-02")
    assert parse(make("TEMELIRSALIYE", "MATBUDAN", body("TEMELIRSALIYE", "MATBUDAN", type_code=None))).type_code == (
        "MATBUDAN"
    )


def test_the_printed_note_is_kept_out_of_a_plain_despatch(make):
    paper = {"number": "A-1", "date": "2026-11-02"}
    with pytest.raises(InvalidDraft) as refused:
        make("TEMELIRSALIYE", "SEVK", body(paper=paper))
    assert [(found.rule, found.path) for found in refused.value.findings] == [("EB-TYPE-EXTRA", "paper")]
