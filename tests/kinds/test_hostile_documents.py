"""The corpus of hostile documents: none gets in, each gets words, none takes more than a bounded time."""

import time as clock

import pytest

from ebelge.ubl.errors import UnreadableDocument
from ebelge.ubl.parse import parse
from ebelge.ubl.render import html
from ebelge.ubl.types import DocumentKind
from ebelge.ubl.validate import check
from tests.kinds import hostile

BOUND_S = 5.0  # a loaded machine; on an idle one the longest takes 0.2 s


def findings(xml, today):
    try:
        parse(xml)
        return [found for found in check(xml, kind=DocumentKind.EFATURA, today=today) if found.severity == "error"]
    except UnreadableDocument as refused:
        return refused.findings


@pytest.mark.parametrize("name", hostile.everything())
def test_it_is_refused_with_words_in_bounded_time(make, today, name):
    xml = hostile.everything()[name](make("TEMELFATURA", "SATIS"))
    began = clock.perf_counter()
    found = findings(xml, today)
    assert clock.perf_counter() - began < BOUND_S
    assert found
    for one in found:
        assert one.message_tr and one.message_en and one.mend_tr and one.mend_en
        assert len(one.message_tr) < 2_000


def test_the_plain_document_that_they_are_made_from_gets_in(make, today):
    assert findings(make("TEMELFATURA", "SATIS"), today) == []


def test_none_of_them_breaks_the_view(make):
    for hurt in hostile.everything().values():
        try:
            page = html(hurt(make("TEMELFATURA", "SATIS")))
        except UnreadableDocument:
            continue
        assert b"root:" not in page
        assert b"<script" not in page


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("comment in the amount", "EB-COMMENT"),
        ("comment in the buyer", "EB-COMMENT"),
        ("instruction inside", "EB-INSTRUCTION"),
        ("two signatures", "EB-SIGNATURES"),
        ("two extensions, each signed", "EB-SIGNATURES"),
        ("wrapped original", "EB-NESTED"),
        ("forty digits of quantity", "EB-FIGURE"),
        ("20,000 namespaces", "EB-RULES-UNREADABLE"),
        ("100,000 lines", "EB-TOO-MANY"),
    ],
)
def test_the_reason_is_the_right_one(make, today, name, rule):
    assert rule in {found.rule for found in findings(hostile.CORPUS[name](make("TEMELFATURA", "SATIS")), today)}


def test_comments_between_elements_are_tolerated(make, today):
    xml = make("TEMELFATURA", "SATIS").replace(b"<cbc:Note>", b"<!-- ERP 12.4 --><cbc:Note>", 1)
    assert findings(xml, today) == []


def test_a_value_in_cdata_is_the_value(make, today):
    xml = make("TEMELFATURA", "SATIS").replace(b"<cbc:ID>AKN2026", b"<cbc:ID><![CDATA[AKN]]>2026", 1)
    assert parse(xml).number == "AKN2026000000001"
    assert findings(xml, today) == []
