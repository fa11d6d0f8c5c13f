"""Input that is meant to hurt, or was never a document: bounded, refused, with words that say why."""

import time as clock
from uuid import uuid4

import pytest

from ebelge.ubl.errors import UnreadableDocument
from ebelge.ubl.parse import parse
from ebelge.ubl.render import html
from ebelge.ubl.types import DocumentKind
from ebelge.ubl.validate import check

EFATURA = DocumentKind.EFATURA


def refusal(xml: bytes) -> str:
    began = clock.perf_counter()
    with pytest.raises(UnreadableDocument) as refused:
        parse(xml)
    assert clock.perf_counter() - began < 1
    (finding,) = refused.value.findings
    assert finding.message_tr and finding.message_en and finding.mend_tr and finding.mend_en
    assert (refused.value.code, refused.value.http_status) == ("invalid_document", 422)
    return finding.rule


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (c + 1, *[c] * 8) for c in range(ord("a"), ord("p"))
)


@pytest.mark.parametrize(
    ("xml", "rule"),
    [
        (b"", "EB-XML"),
        (b"merhaba", "EB-XML"),
        (b'{"kind": "efatura"}', "EB-XML"),
        (b"%PDF-1.7 ...", "EB-XML"),
        (b"PK\x03\x04 zip", "EB-XML"),
        (b"<a><b></a>", "EB-XML"),
        (b"<html/>", "EB-ROOT"),
        (b'<Invoice xmlns="urn:wrong"/>', "EB-ROOT"),
        (LAUGHS + b"]><l>&p;</l>", "EB-DTD"),
        (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', "EB-DTD"),
        (b'<?xml version="1.0"?>\n<!-- <Invoice> -->\n<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><r/>', "EB-DTD"),
        (b"<r>&x;</r>", "EB-XML"),
        (b"<?php echo 1 ?><r/>", "EB-INSTRUCTION"),
        (b'<?xml version="1.0" encoding="windows-1254"?><r/>', "EB-ENCODING"),
        (b'<?xml version="1.0" encoding="UTF-7"?><r/>', "EB-ENCODING"),
        ("<?xml version='1.0' encoding='UTF-16'?><r/>".encode("utf-16"), "EB-ENCODING"),
        ("<r/>".encode("utf-16-le"), "EB-ENCODING"),
        ("<r/>".encode("utf-32"), "EB-ENCODING"),
        (b"<r>\xff\xfe\xfa</r>", "EB-XML"),
        (b"<a>" * 3000 + b"</a>" * 3000, "EB-DEPTH"),
        (b"<r>" + b"x" * (50 * 1024 * 1024) + b"</r>", "EB-SIZE"),
        (b"<!--" + b"-" * 10, "EB-XML"),
        (b"<?xml", "EB-XML"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_no_document_is_refused(xml, rule):
    assert refusal(xml) == rule


def test_two_ettns_are_refused(write):
    xml = write(EFATURA)
    twice = xml.replace(b"<cbc:IssueDate>", b"<cbc:UUID>%s</cbc:UUID><cbc:IssueDate>" % str(uuid4()).encode(), 1)
    assert refusal(twice) == "EB-ETTN-TWICE"


def test_two_numbers_are_refused(write):
    xml = write(EFATURA).replace(b"<cbc:CopyIndicator>", b"<cbc:ID>X</cbc:ID><cbc:CopyIndicator>", 1)
    assert refusal(xml) == "EB-NUMBER-TWICE"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"<cbc:UUID>", b"<cbc:UUID>x", "EB-ETTN"),
        (b"<cbc:IssueDate>2026-11-22", b"<cbc:IssueDate>22.11.2026", "EB-DATE"),
        (b"<cbc:IssueDate>2026-11-22", b"<cbc:IssueDate>20261122", "EB-DATE"),
        (b"cac:AccountingCustomerParty>", b"cac:BuyerCustomerParty>", "EB-PARTY"),
    ],
)
def test_a_document_without_its_essentials_is_refused(write, old, new, rule):
    assert refusal(write(EFATURA).replace(old, new)) == rule


def test_a_byte_order_mark_is_tolerated(write, today):
    xml = b"\xef\xbb\xbf" + write(EFATURA)
    assert parse(xml).number == "AKN2026000000001"
    assert check(xml, kind=EFATURA, today=today) == []
    assert html(xml)


def test_a_stylesheet_instruction_of_the_field_is_tolerated(write, today):
    declaration, rest = write(EFATURA).split(b"\n", 1)
    xml = declaration + b'\n<?xml-stylesheet type="text/xsl" href="general.xslt"?>\n' + rest
    assert check(xml, kind=EFATURA, today=today) == []


def test_the_refusal_names_the_line(write):
    with pytest.raises(UnreadableDocument) as refused:
        parse(write(EFATURA).replace(b"</cbc:ProfileID>", b"</cbc:Profil>"))
    assert refused.value.findings[0].line == 10


def test_the_wrong_kind_is_one_clear_finding(write, today):
    (finding,) = check(write(DocumentKind.EIRSALIYE), kind=EFATURA, today=today)
    assert finding.rule == "EB-KIND"


def test_huge_numbers_are_read_without_harm(write):
    xml = write(EFATURA).replace(b'<cbc:PayableAmount currencyID="TRY">', b'<cbc:PayableAmount currencyID="TRY">9E999')
    assert parse(xml).payable_kurus == 0


def test_a_document_inside_a_document_is_refused(write):
    xml = write(EFATURA)
    inner = xml[xml.index(b"<Invoice") :].strip()
    nested = xml.replace(b"<ext:ExtensionContent/>", b"<ext:ExtensionContent>%s</ext:ExtensionContent>" % inner)
    assert refusal(nested) == "EB-NESTED"


def repeated(xml: bytes, first: bytes, last: bytes, times: int) -> bytes:
    start, end = xml.index(first), xml.index(last) + len(last)
    return xml[:start] + xml[start:end] * times + xml[end:]


@pytest.mark.parametrize(
    ("first", "last", "times"),
    [
        (b"<cac:InvoiceLine>", b"</cac:InvoiceLine>", 5001),
        (b"<cbc:Note>", b"</cbc:Note>", 1001),
        (b"<cac:TaxSubtotal>", b"</cac:TaxSubtotal>", 201),
        (b"<cac:PartyIdentification>", b"</cac:PartyIdentification>", 1001),
    ],
)
def test_too_much_of_a_kind_is_refused_before_the_rules_run(write, today, first, last, times):
    began = clock.perf_counter()
    (finding,) = check(repeated(write(EFATURA), first, last, times), kind=EFATURA, today=today)
    assert finding.rule == "EB-TOO-MANY"
    assert clock.perf_counter() - began < 2


def test_a_thousand_wrong_lines_are_told_in_bounded_time(write, today):
    xml = write(EFATURA, line_count=1000)
    began = clock.perf_counter()
    found = check(xml.replace(b'"C62"', b'"ADET"'), kind=EFATURA, today=today)
    assert 1 <= len(found) <= 700
    assert {f.rule for f in found} == {"sch-GeneralUnitCodeCheck-1"}
    assert check(xml.replace(b'"C62"', b'"ADET"', 200), kind=EFATURA, today=today)[199].line is not None
    assert clock.perf_counter() - began < 30


@pytest.mark.parametrize(
    ("xml", "told"),
    [
        (b"<Invoice>", "dosya yarım kalmış"),
        (b"<a><b></a>", "bir etiket açıldığı adla kapanmıyor"),
        (b"<a>Ar & Ge</a>", "metinde yalın & var"),
        (b"<a>\xe7elik</a>", "UTF-8 değil"),
        (b"merhaba", "başı XML değil"),
        (b"<a/><b/>", "belge bittikten sonra içerik var"),
    ],
)
def test_a_broken_file_is_told_in_turkish(xml, told):
    with pytest.raises(UnreadableDocument) as refused:
        parse(xml)
    (finding,) = refused.value.findings
    assert told in finding.message_tr and "line" not in finding.message_tr
