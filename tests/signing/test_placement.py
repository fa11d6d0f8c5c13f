"""Signatures in other places than a UBL extension: account requests and the e-Arşiv report."""

from datetime import datetime

import pytest
from lxml import etree

from ebelge.signing.document import Placement
from ebelge.signing.errors import NotSignable, SignatureInvalid
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.signing.verify import verify

OA, REPORT = "{http://www.openapplications.org/oagis/9}", "{http://earsiv.efatura.gov.tr}"
ACCOUNT = Placement(
    holder=f"{OA}ApplicationArea/{OA}Signature",
    identifier=f"{OA}ApplicationArea/{OA}BODID",
)
EARSIV_REPORT = Placement(holder=f"{REPORT}baslik", identifier=f"{REPORT}baslik/{REPORT}UUID", last=True)
ACCOUNT_REQUEST = b"""<hr:ProcessUserAccount xmlns:hr="http://www.hr-xml.org/3" xmlns:oa="http://www.openapplications.org/oagis/9">
  <oa:ApplicationArea>
    <oa:CreationDateTime>2026-11-20T09:00:00Z</oa:CreationDateTime>
    <oa:Signature qualifyingAgencyName="x">
    </oa:Signature>
    <oa:BODID>7c1d</oa:BODID>
  </oa:ApplicationArea>
</hr:ProcessUserAccount>"""
ARCHIVE_REPORT = b"""<eArsivRaporu xmlns="http://earsiv.efatura.gov.tr">
  <baslik>
    <versiyon>1.0</versiyon>
    <UUID>7c1d</UUID>
  </baslik>
  <fatura/>
</eArsivRaporu>"""


@pytest.mark.parametrize("assembler", ["own", "signxml"])
@pytest.mark.parametrize(
    ("xml", "placement"), [(ACCOUNT_REQUEST, ACCOUNT), (ARCHIVE_REPORT, EARSIV_REPORT)], ids=["account", "report"]
)
def test_a_signature_goes_where_the_placement_says(
    xml: bytes, placement: Placement, assembler, seal: Pkcs12Seal, at: datetime, xmlsec1
) -> None:
    signed = sign(xml, seal, at=at, placement=placement, assembler=assembler)
    assert verify(signed, trust=None, placement=placement).signature_id == "Signature_7c1d"
    assert xmlsec1(signed)
    holder = etree.fromstring(signed).find(placement.holder)
    assert holder[-1].tag == "{http://www.w3.org/2000/09/xmldsig#}Signature"
    assert len(holder) == (3 if placement.last else 1)


def test_a_signature_in_another_place_is_refused(rsa_seal: Pkcs12Seal, at: datetime) -> None:
    signed = sign(ARCHIVE_REPORT, rsa_seal, at=at, placement=EARSIV_REPORT)
    with pytest.raises(SignatureInvalid, match="where it belongs"):
        verify(signed, trust=None)


def test_a_place_that_is_not_there_is_refused(rsa_seal: Pkcs12Seal, at: datetime) -> None:
    with pytest.raises(NotSignable, match="exactly one baslik"):
        sign(ACCOUNT_REQUEST, rsa_seal, at=at, placement=EARSIV_REPORT)
