"""A client's document is made ready for the seal, and nothing else in it changes."""

from base64 import b64decode

import pytest
from lxml import etree

from ebelge.ubl import examples
from ebelge.ubl.names import DS, tag
from ebelge.ubl.parse import parse
from ebelge.ubl.prepare import prepare, replace_number
from ebelge.ubl.types import DocumentKind, Signatory
from ebelge.ubl.validate import check
from tests.ubl.kinds import UBL_KINDS

EFATURA = DocumentKind.EFATURA
OPERATOR = Signatory(vkn_tckn="7300164821", name="Ebelge Entegratör A.Ş.", city="Ankara", district="Yenimahalle")


def bare(xml: bytes) -> bytes:
    """The document as a simple ERP writes it: no extensions, no cac:Signature, no stylesheet."""
    root = etree.fromstring(xml)
    for name in ("ext:UBLExtensions", "cac:Signature", "cac:AdditionalDocumentReference"):
        for element in root.findall(tag(name)):
            root.remove(element)
    return etree.tostring(root, encoding="UTF-8")


def canonical(xml: bytes, *leave_out: str) -> bytes:
    root = etree.fromstring(xml, etree.XMLParser(remove_blank_text=True))
    for name in leave_out:
        for element in root.findall(tag(name)):
            root.remove(element)
    return etree.tostring(root, method="c14n")


@pytest.mark.parametrize("kind", UBL_KINDS)
def test_a_bare_document_becomes_ready_for_the_seal(write, today, kind):
    xml = bare(write(kind))
    assert check(xml, kind=kind, today=today) == []
    ready = prepare(xml, signatory=OPERATOR)
    root = parse(ready).tree
    contents = list(root.iter(tag("ext:ExtensionContent")))
    assert [len(content) for content in contents] == [0]
    assert root.findtext("/".join(map(tag, ("cac:Signature", "cbc:ID")))) == OPERATOR.vkn_tckn
    uri = root.findtext(f"{tag('cac:Signature')}//{tag('cbc:URI')}")
    assert uri == f"#Signature_{root.findtext(tag('cbc:UUID'))}"
    parts = "ext:UBLExtensions", "cac:Signature", "cac:AdditionalDocumentReference"
    assert canonical(ready, *parts) == canonical(xml, *parts)
    assert check(ready, kind=kind, today=today) == []


def test_preparing_twice_changes_nothing(write):
    once = prepare(bare(write(EFATURA)), signatory=OPERATOR)
    assert prepare(once, signatory=OPERATOR) == once


def test_a_stale_signature_is_taken_out(write, today):
    signature = f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo/></ds:Signature>'.encode()
    xml = write(EFATURA).replace(
        b"<ext:ExtensionContent/>", b"<ext:ExtensionContent>%s</ext:ExtensionContent>" % signature
    )
    assert parse(xml).signed
    assert check(xml, kind=EFATURA, today=today) == []
    ready = prepare(xml, signatory=OPERATOR)
    assert not parse(ready).signed
    assert ready.count(b"<ext:UBLExtension>") == 1


def test_other_extensions_of_the_client_stay(write):
    other = (
        b'<ext:UBLExtension><ext:ExtensionContent><x xmlns="urn:erp">1</x></ext:ExtensionContent></ext:UBLExtension>'
    )
    xml = write(EFATURA).replace(b"</ext:UBLExtensions>", other + b"</ext:UBLExtensions>")
    root = parse(prepare(xml, signatory=OPERATOR)).tree
    assert [len(content) for content in root.iter(tag("ext:ExtensionContent"))] == [0, 1]


def test_the_clients_own_stylesheet_stays(write):
    xml = write(EFATURA)
    own = xml.replace(b'mimeCode="application/xml">', b'mimeCode="application/xml">AAAA', 1)
    assert prepare(own, signatory=OPERATOR).count(b"AAAA") == 1


def test_the_embedded_stylesheet_stands_alone(write):
    root = parse(write(EFATURA)).tree
    embedded = root.findtext(f"{tag('cac:AdditionalDocumentReference')}//{tag('cbc:EmbeddedDocumentBinaryObject')}")
    view = bytes(etree.XSLT(etree.fromstring(b64decode(embedded)))(root))
    assert b"<h1>e-Fatura</h1>" in view


def test_a_number_is_written_where_the_client_left_it_out(write):
    xml = write(EFATURA).replace(b"<cbc:ID>AKN2026000000001</cbc:ID>", b"")
    assert parse(xml).number == ""
    ready = prepare(xml, signatory=OPERATOR, number="BEN2026000000042")
    assert parse(ready).number == "BEN2026000000042"


def test_an_empty_number_is_checked_as_if_it_were_given(write, today):
    xml = write(EFATURA).replace(b"<cbc:ID>AKN2026000000001</cbc:ID>", b"<cbc:ID/>")
    assert [f.rule for f in check(xml, kind=EFATURA, today=today)] == ["sch-InvoiceIDCheck-1"]
    assert check(xml, kind=EFATURA, today=today, number="BEN2026000000000") == []


@pytest.mark.parametrize("kind", UBL_KINDS)
def test_replacing_the_number_changes_the_number_only(write, kind):
    xml = write(kind)
    other = replace_number(xml, "BEN2026000000042")
    assert other == xml.replace(b"<cbc:ID>AKN2026000000001</cbc:ID>", b"<cbc:ID>BEN2026000000042</cbc:ID>", 1)
    assert parse(other).number == "BEN2026000000042"


def test_the_number_is_found_by_its_place_not_by_its_look(write):
    xml = write(EFATURA, notes=["<cbc:ID>AKN2026000000001</cbc:ID>"]).replace(
        b"<cbc:ProfileID>", b"<!-- <cbc:ID>AKN2026000000001</cbc:ID> --><cbc:ProfileID>"
    )
    assert parse(replace_number(xml, "BEN2026000000042")).number == "BEN2026000000042"


def test_a_number_with_attributes_space_and_cdata_is_replaced_whole(write):
    xml = write(EFATURA).replace(
        b"<cbc:ID>AKN2026000000001</cbc:ID>", b"<cbc:ID \n schemeName='a>b' ><![CDATA[AKN]]>1 </cbc:ID>"
    )
    assert parse(replace_number(xml, "BEN2026000000042")).number == "BEN2026000000042"


@pytest.mark.parametrize("number", ["", "BEN2026", "ben2026000000042", "<x/>2026000000042", "BEN2026000000042 "])
def test_only_a_document_number_goes_in(write, number):
    with pytest.raises(ValueError):
        replace_number(write(EFATURA), number)


def test_a_document_without_number_is_no_case_for_replacing(write):
    xml = write(EFATURA)
    for changed in (b"", b"<cbc:ID/>"):
        with pytest.raises(ValueError):
            replace_number(xml.replace(b"<cbc:ID>AKN2026000000001</cbc:ID>", changed), "BEN2026000000042")


def test_the_signatory_may_be_a_person(write, today):
    person = Signatory(vkn_tckn=examples.tckn(3), name="Ceren Işık", city="Bursa", district="Nilüfer")
    root = parse(prepare(bare(write(EFATURA)), signatory=person)).tree
    scheme = root.find(
        f"{tag('cac:Signature')}/{tag('cac:SignatoryParty')}/{tag('cac:PartyIdentification')}/{tag('cbc:ID')}"
    )
    assert scheme is not None and scheme.get("schemeID") == "TCKN"
