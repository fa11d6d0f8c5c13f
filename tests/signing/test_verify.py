"""What a valid signature proves, and which documents, certificates and damage are refused."""

from base64 import b64encode
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from ebelge.signing.development import DevelopmentCa
from ebelge.signing.errors import SignatureInvalid
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.verify import verify
from ebelge.ubl.examples import AKIN

DS = "{http://www.w3.org/2000/09/xmldsig#}"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"


def test_an_intact_signature_tells_who_signed_what_and_when(
    signed: bytes, resigned, rsa_seal: Pkcs12Seal, ca: DevelopmentCa, at: datetime
) -> None:
    verified = verify(signed, trust=[ca.certificate])
    assert verified.vkn_tckn == AKIN.vkn_tckn
    assert verified.certificate == rsa_seal.certificate
    assert verified.signing_time == at
    assert verified.trusted
    assert verify(resigned(lambda root, signature: None), trust=[ca.certificate]) == verified


def test_what_stands_in_front_of_the_root_is_signed_too(resigned, ca: DevelopmentCa, xmlsec1) -> None:
    """Other integrators' invoices often begin with an xml-stylesheet instruction; comments are never signed."""

    def add(root: etree._Element, signature: etree._Element) -> None:
        root.addprevious(etree.ProcessingInstruction("xml-stylesheet", 'type="text/xsl" href="general.xslt"'))
        root.addprevious(etree.Comment("made elsewhere"))

    signed = resigned(add)
    assert xmlsec1(signed)
    assert verify(signed, trust=[ca.certificate])
    forged = signed.replace(b"general.xslt", b"generaI.xslt")
    assert not xmlsec1(forged)
    with pytest.raises(SignatureInvalid, match="Digest mismatch"):
        verify(forged, trust=[ca.certificate])


def test_a_second_signature_is_refused(signed: bytes, ca: DevelopmentCa) -> None:
    root = etree.fromstring(signed)
    signature = next(root.iter(DS + "Signature"))
    signature.addnext(deepcopy(signature))
    with pytest.raises(SignatureInvalid, match="Exactly one ds:Signature"):
        verify(etree.tostring(root), trust=[ca.certificate])


def test_a_signed_document_wrapped_into_another_is_refused(signed: bytes, invoice: bytes, ca: DevelopmentCa) -> None:
    """The signature is intact in there, but the root that a reader would believe is another."""
    outer = etree.fromstring(invoice)
    next(outer.iter("{*}ExtensionContent")).append(etree.fromstring(signed))
    with pytest.raises(SignatureInvalid):
        verify(etree.tostring(outer), trust=[ca.certificate])


def test_a_signature_moved_to_another_document_is_refused(signed: bytes, invoice: bytes, ca: DevelopmentCa) -> None:
    other = etree.fromstring(invoice.replace(b"<cbc:IssueTime>12", b"<cbc:IssueTime>13"))
    next(other.iter("{*}ExtensionContent")).append(next(etree.fromstring(signed).iter(DS + "Signature")))
    with pytest.raises(SignatureInvalid, match="Digest mismatch"):
        verify(etree.tostring(other), trust=[ca.certificate])


def test_an_unsigned_document_is_refused(invoice: bytes, ca: DevelopmentCa) -> None:
    with pytest.raises(SignatureInvalid, match="0 found"):
        verify(invoice, trust=[ca.certificate])


def test_a_chain_that_leads_elsewhere_is_refused(signed: bytes, strangers_ca: DevelopmentCa) -> None:
    with pytest.raises(SignatureInvalid):
        verify(signed, trust=[strangers_ca.certificate])


def test_trusting_nobody_refuses_everybody(signed: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        verify(signed, trust=[])


def test_without_trust_only_the_integrity_is_claimed(signed: bytes) -> None:
    assert not verify(signed, trust=None).trusted


def test_a_certificate_is_judged_at_the_instant_asked_for(signed: bytes, ca: DevelopmentCa, at: datetime) -> None:
    assert verify(signed, trust=[ca.certificate], at=at + timedelta(days=300)).trusted
    for instant in (at - timedelta(days=30), at + timedelta(days=2000)):
        with pytest.raises(SignatureInvalid):
            verify(signed, trust=[ca.certificate], at=instant)


def test_another_certificate_of_the_same_ca_is_refused(
    signed: bytes, rsa_seal: Pkcs12Seal, ec_seal: Pkcs12Seal, ca: DevelopmentCa
) -> None:
    mine, others = (b64encode(seal.certificate.public_bytes(Encoding.DER)) for seal in (rsa_seal, ec_seal))
    assert signed.count(mine) == 1
    with pytest.raises(SignatureInvalid):
        verify(signed.replace(mine, others), trust=[ca.certificate])


def test_sha1_is_refused(signed: bytes, ca: DevelopmentCa) -> None:
    with pytest.raises(SignatureInvalid):
        verify(signed.replace(b"http://www.w3.org/2001/04/xmlenc#sha256", SHA1.encode()), trust=[ca.certificate])
    with pytest.raises(SignatureInvalid):
        verify(signed.replace(b"xmldsig-more#rsa-sha256", b"xmldsig-more#rsa-sha1"), trust=[ca.certificate])


def test_a_type_definition_is_refused(signed: bytes, ca: DevelopmentCa) -> None:
    with pytest.raises(SignatureInvalid, match="document type"):
        verify(signed.replace(b"<Invoice ", b"<!DOCTYPE Invoice><Invoice ", 1), trust=[ca.certificate])


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_damage_is_refused_or_changes_nothing_that_was_signed(data, signed: bytes, ca: DevelopmentCa) -> None:
    """No other exception gets out; what is accepted (white space in a tag, say) means the same as before."""
    place = data.draw(st.integers(0, len(signed) - 1))
    damaged = signed[:place] + data.draw(st.binary(max_size=3)) + signed[place + 1 :]
    try:
        verified = verify(damaged, trust=[ca.certificate])
    except SignatureInvalid:
        return
    intact = verify(signed, trust=[ca.certificate])
    assert replace(verified, signature_id="") == replace(intact, signature_id="")
