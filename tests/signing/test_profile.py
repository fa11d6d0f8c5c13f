"""The parts of a signature, as GİB's guides list them."""

from base64 import b64decode
from datetime import datetime, timedelta, timezone
from hashlib import sha256

import pytest
from lxml import etree

from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.ubl.examples import AKIN

NAMESPACES = {
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xades": "http://uri.etsi.org/01903/v1.3.2#",
    "dsig11": "http://www.w3.org/2009/xmldsig11#",
    "ext": "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
ETTN = "5f0c1a52-7a0e-4c57-9c1f-1f4a5e2f9d10"


@pytest.fixture(params=["own", "signxml"])
def root(request, invoice: bytes, seal: Pkcs12Seal, at: datetime) -> etree._Element:
    return etree.fromstring(sign(invoice, seal, at=at, assembler=request.param))


def _all(root: etree._Element, path: str) -> list:
    return root.xpath(path, namespaces=NAMESPACES)


def test_the_signature_stands_in_the_extension_and_cac_signature_points_to_it(root: etree._Element) -> None:
    [signature] = _all(root, "//ds:Signature")
    assert _all(root, "/*/ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent/*") == [signature]
    assert signature.get("Id") == f"Signature_{ETTN}"
    assert _all(root, "//cac:DigitalSignatureAttachment//cbc:URI/text()") == [f"#Signature_{ETTN}"]


def test_it_covers_the_document_and_its_own_properties_with_one_transform(root: etree._Element) -> None:
    assert _all(root, "//ds:Reference/@URI") == ["", f"#SignedProperties_{ETTN}"]
    assert _all(root, "//ds:Reference/@Type") == ["http://uri.etsi.org/01903#SignedProperties"]
    assert _all(root, "//ds:Transform/@Algorithm") == ["http://www.w3.org/2000/09/xmldsig#enveloped-signature"]
    assert set(_all(root, "//ds:DigestMethod/@Algorithm")) == {"http://www.w3.org/2001/04/xmlenc#sha256"}
    assert _all(root, "//ds:CanonicalizationMethod/@Algorithm") == ["http://www.w3.org/TR/2001/REC-xml-c14n-20010315"]


def test_the_method_follows_the_key(root: etree._Element, seal: Pkcs12Seal) -> None:
    assert _all(root, "//ds:SignatureMethod/@Algorithm") == [f"http://www.w3.org/2001/04/xmldsig-more#{seal.algorithm}"]
    value = b64decode(_all(root, "//ds:SignatureValue/text()")[0])
    assert len(value) == {"rsa-sha256": 256, "ecdsa-sha384": 96}[seal.algorithm]


def test_key_info_holds_the_key_the_subject_and_the_certificate(root: etree._Element, seal: Pkcs12Seal) -> None:
    children = [etree.QName(child).localname for child in _all(root, "//ds:KeyInfo/ds:X509Data/*")]
    assert children == ["X509SubjectName", "X509Certificate"]
    assert b64decode(_all(root, "//ds:X509Certificate/text()")[0]) == seal.certificate_der
    subject = _all(root, "//ds:X509SubjectName/text()")[0]
    assert subject == f"CN={AKIN.name},2.5.4.5=#130a{AKIN.vkn_tckn.encode().hex()},C=TR"
    kind = "ds:RSAKeyValue/ds:Modulus" if seal.algorithm == "rsa-sha256" else "dsig11:ECKeyValue/dsig11:PublicKey"
    assert len(_all(root, f"//ds:KeyInfo/ds:KeyValue/{kind}")) == 1


def test_the_properties_say_when_by_which_certificate_and_as_whom(root: etree._Element, seal: Pkcs12Seal) -> None:
    at = "//xades:QualifyingProperties/xades:SignedProperties/xades:SignedSignatureProperties"
    assert [etree.QName(child).localname for child in _all(root, f"{at}/*")] == [
        "SigningTime",
        "SigningCertificate",
        "SignerRole",
    ]
    assert _all(root, f"{at}/xades:SigningTime/text()") == ["2026-11-20T09:00:00Z"]
    certificate = f"{at}/xades:SigningCertificate/xades:Cert"
    digest = b64decode(_all(root, f"{certificate}/xades:CertDigest/ds:DigestValue/text()")[0])
    assert digest == sha256(seal.certificate_der).digest()
    issuer = f"{certificate}/xades:IssuerSerial"
    assert _all(root, f"{issuer}/ds:X509SerialNumber/text()") == [str(seal.certificate.serial_number)]
    assert _all(root, f"{issuer}/ds:X509IssuerName/text()") == [
        "CN=Ebelge Geliştirme Mali Mühür Kök Sertifikası,O=Ebelge Geliştirme,C=TR"
    ]
    assert _all(root, f"{at}/xades:SignerRole/xades:ClaimedRoles/xades:ClaimedRole/text()") == ["Tedarikçi"]


def test_the_signed_document_is_what_was_hashed_with_the_signature_put_in(
    invoice: bytes, rsa_seal: Pkcs12Seal, at: datetime
) -> None:
    signed = sign(invoice, rsa_seal, at=at)
    declaration, _, rest = signed.partition(b"?>\n")
    start, end = rest.index(b"<ds:Signature "), rest.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    assert declaration == b'<?xml version="1.0" encoding="UTF-8"'
    canonical = etree.tostring(etree.fromstring(invoice), method="c14n")
    assert rest[:start] + rest[end:] == canonical


def test_the_signing_time_is_written_in_utc(invoice: bytes, rsa_seal: Pkcs12Seal, at: datetime) -> None:
    in_istanbul = at.astimezone(timezone(timedelta(hours=3)))
    assert b"<xades:SigningTime>2026-11-20T09:00:00Z<" in sign(invoice, rsa_seal, at=in_istanbul)
