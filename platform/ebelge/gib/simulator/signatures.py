"""What a receiving unit checks of a signature: that it holds, covers the document, and by whom it is."""

from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature as InvalidCertificateSignature
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration
from signxml.xades.xades import XAdESVerifier

from ebelge.gib.mtom import parse_xml
from ebelge.gib.zarf import CAC, CBC

DS = "http://www.w3.org/2000/09/xmldsig#"
_EXT = "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2"
_LOCATION = f"./{{{_EXT}}}UBLExtensions/{{{_EXT}}}UBLExtension/{{{_EXT}}}ExtensionContent/"
# What signxml raises where an element or an attribute that it reads is missing or empty.
_ON_MISSING_PARTS = (TypeError, AttributeError, KeyError, IndexError)
_CONFIGURATION = SignatureConfiguration(location=_LOCATION, expect_references=True)


class SignatureRefused(Exception):
    """`status` is GİB's code: 1161 signer unreadable, 1176 signer not authorised, 1177 not valid."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def check_signature(document: bytes, *, trust: Sequence[x509.Certificate], at: datetime) -> None:
    """Verify the one XAdES signature of a standalone document, independently of who made it.

    An empty `trust` takes any certificate that holds the signature; otherwise one of `trust` issued it.
    :raises SignatureRefused: with the status GİB or the receiving unit would answer.
    """
    root = parse_xml(document)
    signatures = root.findall(f"{_LOCATION}{{{DS}}}Signature")
    if len(signatures) != 1:
        raise SignatureRefused(1177, f"{len(signatures)} signatures in the document's extension")
    certificate = _certificate(signatures[0])
    _check_signer(root, certificate, trust, at)
    references = signatures[0].findall(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")
    if [reference.get("URI") for reference in references].count("") != 1:
        raise SignatureRefused(1177, "the signature does not cover the document exactly once")
    try:
        results = XAdESVerifier().verify(document, x509_cert=certificate, expect_config=_CONFIGURATION)
    except (SignXMLException, etree.LxmlError, ValueError, *_ON_MISSING_PARTS) as error:
        raise SignatureRefused(1177, f"{type(error).__name__}: {error}") from error
    if not any(result.signed_xml is not None and result.signed_xml.tag == root.tag for result in results):
        raise SignatureRefused(1177, "the signature does not cover the document")


def _certificate(signature: etree._Element) -> x509.Certificate:
    text = signature.findtext(f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate") or ""
    if not text.strip():
        raise SignatureRefused(1161, "no certificate in the signature")
    pem = f"-----BEGIN CERTIFICATE-----\n{text.strip()}\n-----END CERTIFICATE-----\n"
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise SignatureRefused(1161, f"the certificate cannot be read: {error}") from error


def _check_signer(
    root: etree._Element, certificate: x509.Certificate, trust: Sequence[x509.Certificate], at: datetime
) -> None:
    serials = certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    if not serials:
        raise SignatureRefused(1161, "the certificate names no VKN or TCKN")
    signer = str(serials[0].value)
    signatory = (root.findtext(f"{CAC}Signature/{CBC}ID") or "").strip()
    if signer != signatory:
        raise SignatureRefused(1176, f"the seal of {signer} signs, cac:Signature names {signatory}")
    moment = at.astimezone(UTC)
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        raise SignatureRefused(1176, "the certificate is not valid at this time")
    if trust and not any(_issued(certificate, authority) for authority in trust):
        raise SignatureRefused(1176, "the certificate is of no trusted authority")


def _issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidCertificateSignature):
        return False
    return True
