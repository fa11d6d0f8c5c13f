"""What `verify` refuses although every digest and signature value in it may be right."""

from base64 import b64encode
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from ebelge.signing.development import DevelopmentCa
from ebelge.signing.errors import SignatureInvalid
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.signing.verify import verify
from ebelge.ubl.examples import AKIN

DS, XADES = "{http://www.w3.org/2000/09/xmldsig#}", "{http://uri.etsi.org/01903/v1.3.2#}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"

Change = Callable[[etree._Element, etree._Element], None]


@pytest.fixture
def signed(invoice: bytes, rsa_seal: Pkcs12Seal, at: datetime) -> bytes:
    return sign(invoice, rsa_seal, at=at)


@pytest.fixture
def resigned(signed: bytes, rsa_seal: Pkcs12Seal) -> Callable[[Change], bytes]:
    """The signed invoice after a change to (root, signature), with every digest and the value right again."""

    def make(change: Change) -> bytes:
        root = etree.fromstring(signed)
        signature = next(root.iter(DS + "Signature"))
        change(root, signature)
        signed_info = signature.find(DS + "SignedInfo")
        for reference in signed_info.iterfind(DS + "Reference"):
            uri = reference.get("URI")
            if uri == "":
                bare = etree.fromstring(etree.tostring(root.getroottree()))
                for inner in list(bare.iter(DS + "Signature")):
                    inner.getparent().remove(inner)
                octets = etree.tostring(bare.getroottree(), method="c14n", with_comments=False)
            else:
                octets = etree.tostring(root.xpath("//*[@Id = $id]", id=uri[1:])[0], method="c14n")
            reference.find(DS + "DigestValue").text = b64encode(sha256(octets).digest()).decode()
        value = rsa_seal.sign_digest_input(etree.tostring(signed_info, method="c14n"))
        signature.find(DS + "SignatureValue").text = b64encode(value).decode()
        return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)

    return make


def _reference(signature: etree._Element, index: int) -> etree._Element:
    return signature.findall(f"{DS}SignedInfo/{DS}Reference")[index]


def _add_transform(signature: etree._Element, algorithm: str, *, to: int) -> etree._Element:
    reference = _reference(signature, to)
    transforms = reference.find(DS + "Transforms")
    if transforms is None:
        transforms = etree.Element(DS + "Transforms")
        reference.insert(0, transforms)
    return etree.SubElement(transforms, DS + "Transform", Algorithm=algorithm)


def _no_change(root: etree._Element, signature: etree._Element) -> None:
    """Proves that `resigned` itself makes valid signatures."""


def _drop_properties_reference(root: etree._Element, signature: etree._Element) -> None:
    reference = _reference(signature, 1)
    reference.getparent().remove(reference)


def _drop_document_reference(root: etree._Element, signature: etree._Element) -> None:
    reference = _reference(signature, 0)
    reference.getparent().remove(reference)


def _cover_only_a_part(root: etree._Element, signature: etree._Element) -> None:
    root.find(CBC + "Note").set("Id", "part")
    _reference(signature, 0).set("URI", "#part")


def _cover_a_part_too(root: etree._Element, signature: etree._Element) -> None:
    root.find(CBC + "Note").set("Id", "part")
    third = deepcopy(_reference(signature, 1))
    third.set("URI", "#part")
    _reference(signature, 1).addnext(third)


def _hide_by_xpath(root: etree._Element, signature: etree._Element) -> None:
    transform = _add_transform(signature, "http://www.w3.org/TR/1999/REC-xpath-19991116", to=0)
    etree.SubElement(transform, DS + "XPath").text = "not(ancestor-or-self::cbc:Note)"


def _second_transform(root: etree._Element, signature: etree._Element) -> None:
    _add_transform(signature, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", to=0)


def _no_transform(root: etree._Element, signature: etree._Element) -> None:
    transforms = _reference(signature, 0).find(DS + "Transforms")
    transforms.getparent().remove(transforms)


def _base64_of_properties(root: etree._Element, signature: etree._Element) -> None:
    _add_transform(signature, "http://www.w3.org/2000/09/xmldsig#base64", to=1)


def _exclusive_signed_info(root: etree._Element, signature: etree._Element) -> None:
    signature.find(f"{DS}SignedInfo/{DS}CanonicalizationMethod").set("Algorithm", EXC_C14N)


def _other_target(root: etree._Element, signature: etree._Element) -> None:
    next(signature.iter(XADES + "QualifyingProperties")).set("Target", "#Signature_other")


def _properties_twice(root: etree._Element, signature: etree._Element) -> None:
    properties = next(signature.iter(XADES + "SignedProperties"))
    root.find(CBC + "Note").set("id", properties.get("Id"))


def _properties_outside(root: etree._Element, signature: etree._Element) -> None:
    root.append(next(signature.iter(XADES + "SignedProperties")))


def _other_place(root: etree._Element, signature: etree._Element) -> None:
    root.append(signature)


def _other_certificate_digest(root: etree._Element, signature: etree._Element) -> None:
    next(signature.iter(XADES + "CertDigest")).find(DS + "DigestValue").text = b64encode(bytes(32)).decode()


def _other_serial(root: etree._Element, signature: etree._Element) -> None:
    next(signature.iter(DS + "X509SerialNumber")).text = "4711"


def _no_signing_certificate(root: etree._Element, signature: etree._Element) -> None:
    element = next(signature.iter(XADES + "SigningCertificate"))
    element.getparent().remove(element)


def _no_signing_time(root: etree._Element, signature: etree._Element) -> None:
    element = next(signature.iter(XADES + "SigningTime"))
    element.getparent().remove(element)


def _before_all_time(root: etree._Element, signature: etree._Element) -> None:
    next(signature.iter(XADES + "SigningTime")).text = "0001-01-01T00:00:00+14:00"


def _no_certificate(root: etree._Element, signature: etree._Element) -> None:
    element = next(signature.iter(DS + "X509Data"))
    element.getparent().remove(element)


def _other_key_value(root: etree._Element, signature: etree._Element) -> None:
    next(signature.iter(DS + "Modulus")).text = b64encode(b"\x7f" * 256).decode()


def _document_twice(root: etree._Element, signature: etree._Element) -> None:
    _reference(signature, 0).addnext(deepcopy(_reference(signature, 0)))


COVERAGE = "must cover the whole document"
CHANGES: list[tuple[Change, str]] = [
    (_drop_properties_reference, COVERAGE),
    (_drop_document_reference, COVERAGE),
    (_cover_only_a_part, COVERAGE),
    (_cover_a_part_too, COVERAGE),
    (_document_twice, "Expected to find 2 references"),
    (_hide_by_xpath, "Only enveloped-signature"),
    (_second_transform, "Only enveloped-signature"),
    (_no_transform, "Only enveloped-signature"),
    (_base64_of_properties, "foreign transform"),
    (_exclusive_signed_info, "inclusive C14N"),
    (_other_target, "another signature"),
    (_properties_twice, "not unique"),
    (_properties_outside, "exactly one SignedProperties"),
    (_other_place, "where it belongs"),
    (_other_certificate_digest, "certificate digest"),
    (_other_serial, "another certificate"),
    (_no_signing_certificate, "SigningCertificate"),
    (_no_signing_time, "isoformat"),
    (_before_all_time, "out of range"),
    (_no_certificate, "does not verify"),
    (_other_key_value, "different public keys"),
]


def test_an_intact_signature_tells_who_signed_what_and_when(
    signed: bytes, resigned, rsa_seal: Pkcs12Seal, ca: DevelopmentCa, at: datetime
) -> None:
    verified = verify(signed, trust=[ca.certificate])
    assert verified.vkn_tckn == AKIN.vkn_tckn
    assert verified.certificate == rsa_seal.certificate
    assert verified.signing_time == at
    assert verified.trusted
    assert verify(resigned(_no_change), trust=[ca.certificate]) == verified


@pytest.mark.parametrize(("change", "reason"), CHANGES, ids=[change.__name__[1:] for change, _ in CHANGES])
def test_a_signature_that_covers_something_else_is_refused(
    change: Change, reason: str, resigned, ca: DevelopmentCa
) -> None:
    with pytest.raises(SignatureInvalid, match=reason):
        verify(resigned(change), trust=[ca.certificate])


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
