"""What `verify` refuses although every digest and signature value in it may be right."""

from base64 import b64encode
from collections.abc import Callable
from copy import deepcopy
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
                bare = etree.fromstring(etree.tostring(root))
                for inner in list(bare.iter(DS + "Signature")):
                    inner.getparent().remove(inner)
                octets = etree.tostring(bare, method="c14n")
            else:
                octets = etree.tostring(root.xpath("//*[@Id = $id]", id=uri[1:])[0], method="c14n")
            reference.find(DS + "DigestValue").text = b64encode(sha256(octets).digest()).decode()
        value = rsa_seal.sign_digest_input(etree.tostring(signed_info, method="c14n"))
        signature.find(DS + "SignatureValue").text = b64encode(value).decode()
        return etree.tostring(root, encoding="UTF-8", xml_declaration=True)

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


def _no_certificate(root: etree._Element, signature: etree._Element) -> None:
    element = next(signature.iter(DS + "X509Data"))
    element.getparent().remove(element)


def _other_key_value(root: etree._Element, signature: etree._Element) -> None:
    next(signature.iter(DS + "Modulus")).text = b64encode(b"\x7f" * 256).decode()


CHANGES: list[Change] = [
    _drop_properties_reference,
    _drop_document_reference,
    _cover_only_a_part,
    _cover_a_part_too,
    _hide_by_xpath,
    _second_transform,
    _no_transform,
    _base64_of_properties,
    _exclusive_signed_info,
    _other_target,
    _properties_twice,
    _properties_outside,
    _other_place,
    _other_certificate_digest,
    _other_serial,
    _no_signing_certificate,
    _no_signing_time,
    _no_certificate,
    _other_key_value,
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


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_a_signature_that_covers_something_else_is_refused(change: Change, resigned, ca: DevelopmentCa) -> None:
    with pytest.raises(SignatureInvalid):
        verify(resigned(change), trust=[ca.certificate])


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
def test_damaged_bytes_are_refused_by_a_refusal_of_ours_or_mean_the_same(
    data, signed: bytes, ca: DevelopmentCa
) -> None:
    """Random damage never escapes as another exception, and never changes what a reader sees signed."""
    place = data.draw(st.integers(0, len(signed) - 1))
    damaged = signed[:place] + data.draw(st.binary(min_size=0, max_size=3)) + signed[place + 1 :]
    try:
        verified = verify(damaged, trust=[ca.certificate])
    except SignatureInvalid:
        return
    assert verified == verify(signed, trust=[ca.certificate]) or verified.signature_id != ""
    assert verified.signed_sha256 == verify(signed, trust=[ca.certificate]).signed_sha256
