"""Signatures whose every digest and value is right, and which nevertheless prove something else."""

from base64 import b64encode
from collections.abc import Callable
from copy import deepcopy

import pytest
from lxml import etree

from ebelge.signing.development import DevelopmentCa
from ebelge.signing.errors import SignatureInvalid
from ebelge.signing.verify import verify

DS, XADES = "{http://www.w3.org/2000/09/xmldsig#}", "{http://uri.etsi.org/01903/v1.3.2#}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"

Change = Callable[[etree._Element, etree._Element], None]


def _reference(signature: etree._Element, index: int) -> etree._Element:
    return signature.findall(f"{DS}SignedInfo/{DS}Reference")[index]


def _add_transform(signature: etree._Element, algorithm: str, *, to: int) -> etree._Element:
    reference = _reference(signature, to)
    transforms = reference.find(DS + "Transforms")
    if transforms is None:
        transforms = etree.Element(DS + "Transforms")
        reference.insert(0, transforms)
    return etree.SubElement(transforms, DS + "Transform", Algorithm=algorithm)


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


@pytest.mark.parametrize(("change", "reason"), CHANGES, ids=[change.__name__[1:] for change, _ in CHANGES])
def test_a_signature_that_covers_something_else_is_refused(
    change: Change, reason: str, resigned, ca: DevelopmentCa
) -> None:
    with pytest.raises(SignatureInvalid, match=reason):
        verify(resigned(change), trust=[ca.certificate])
