"""Envelopes of other makers are read too; dangerous ones are not."""

from __future__ import annotations

from uuid import uuid4

import pytest
from lxml import etree

from ebelge.gib.errors import ZarfUnreadable
from ebelge.gib.opened import open_zarf
from ebelge.gib.simulator.signatures import check_signature


def test_a_document_signed_before_enveloping_verifies_when_taken_out_of_a_reserialised_envelope(paper, ca):
    zarf = paper.zarf()
    rewritten = etree.tostring(etree.fromstring(zarf.xml), encoding="UTF-16", xml_declaration=True)
    (document,) = open_zarf(rewritten).documents
    check_signature(document, trust=[ca.certificate], at=paper.seal.certificate.not_valid_before_utc.replace(
        year=paper.seal.certificate.not_valid_before_utc.year + 1))  # fmt: skip


def test_prefixes_declared_on_the_envelope_are_kept():
    xml = ENVELOPE.replace("xmlns:ef", 'xmlns:p="urn:p" xmlns:ef', 1).format(id=uuid4(), list="<p:Invoice/>")
    (document,) = open_zarf(xml.encode()).documents
    assert etree.fromstring(document).tag == "{urn:p}Invoice"


def test_the_samples_published_by_gib_can_be_read(shared_dir):
    xml = (shared_dir / "gib/samples/zarf/gecerli_POSTBOXENVELOPE_irsaliyeyaniti.xml").read_bytes()
    assert open_zarf(xml).envelope_type == "POSTBOXENVELOPE"


ENVELOPE = (
    '<sh:StandardBusinessDocument xmlns:ef="http://www.efatura.gov.tr/package-namespace" '
    'xmlns:sh="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">'
    "<sh:StandardBusinessDocumentHeader><sh:DocumentIdentification>"
    "<sh:InstanceIdentifier>{id}</sh:InstanceIdentifier></sh:DocumentIdentification>"
    "</sh:StandardBusinessDocumentHeader><ef:Package><Elements><ElementType>INVOICE</ElementType>"
    "<ElementCount>1</ElementCount><ElementList>{list}</ElementList></Elements></ef:Package>"
    "</sh:StandardBusinessDocument>"
)
GOOD = ENVELOPE.format(id=uuid4(), list="<Invoice/>")


@pytest.mark.parametrize(
    ("xml", "status"),
    [
        ("", 1132),
        ("<a>", 1132),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + GOOD.replace("INVOICE", "&x;"), 1132),
        ("<a/>", 1140),
        (GOOD.replace("ef:Package", "ef:Paket"), 1140),
        (GOOD.replace(">1<", ">bir<"), 1140),
        (GOOD.replace(">1<", ">-1<"), 1140),
        (ENVELOPE.format(id="", list="<Invoice/>"), 1141),
        (ENVELOPE.format(id="12345", list="<Invoice/>"), 1111),
    ],
)
def test_what_is_no_envelope_is_refused_with_gibs_status(xml, status):
    with pytest.raises(ZarfUnreadable) as caught:
        open_zarf(xml.encode())
    assert caught.value.status == status


def test_a_billion_laughs_are_not_laughed():
    entities = "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(9))
    with pytest.raises(ZarfUnreadable):
        open_zarf(f'<!DOCTYPE a [<!ENTITY a0 "ha">{entities}]><a>&a9;</a>'.encode())
