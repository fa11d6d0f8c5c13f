"""WS-Security for the e-Arşiv service: a SOAP 1.2 message whose Timestamp and Body are signed (gib/FACTS 4.3).

Signed as OASIS WSS 1.0 with the X.509 token profile says: the certificate as BinarySecurityToken, RSA-SHA256 (or the
seal's own algorithm), SHA-256 digests, exclusive canonicalisation. Written by hand because the only kept library for
it belongs to a SOAP client that is no part of the product; tests verify with that client and with signxml.
"""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol
from uuid import uuid4

from lxml import etree

from ebelge.gib.mtom import SOAP

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE, WSU = f"{_OASIS}wssecurity-secext-1.0.xsd", f"{_OASIS}wssecurity-utility-1.0.xsd"
X509_V3 = f"{_OASIS}x509-token-profile-1.0#X509v3"
BASE64 = f"{_OASIS}soap-message-security-1.0#Base64Binary"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
METHODS = {
    "rsa-sha256": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "ecdsa-sha384": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
}
LIFETIME = timedelta(minutes=5)


class MessageSeal(Protocol):
    """What is needed of a seal."""

    @property
    def certificate_der(self) -> bytes:
        """Its certificate, DER."""

    @property
    def algorithm(self) -> str:
        """rsa-sha256 or ecdsa-sha384."""

    def sign_digest_input(self, data: bytes) -> bytes:
        """Hash and sign."""


def signed_envelope(request: etree._Element, seal: MessageSeal, *, at: datetime) -> bytes:
    """`request` in a SOAP 1.2 envelope, signed; valid for five minutes from `at`."""
    ids = {name: f"{name}-{uuid4()}" for name in ("TS", "B", "X509")}
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    header = etree.SubElement(envelope, f"{{{SOAP}}}Header")
    security = etree.SubElement(header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
    security.set(f"{{{SOAP}}}mustUnderstand", "true")
    token = etree.SubElement(security, f"{{{WSSE}}}BinarySecurityToken", ValueType=X509_V3, EncodingType=BASE64)
    token.set(f"{{{WSU}}}Id", ids["X509"])
    token.text = b64encode(seal.certificate_der).decode()
    stamp = etree.SubElement(security, f"{{{WSU}}}Timestamp")
    stamp.set(f"{{{WSU}}}Id", ids["TS"])
    for name, instant in (("Created", at), ("Expires", at + LIFETIME)):
        etree.SubElement(stamp, f"{{{WSU}}}{name}").text = f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    body = etree.SubElement(envelope, f"{{{SOAP}}}Body", nsmap={"wsu": WSU})
    body.set(f"{{{WSU}}}Id", ids["B"])
    body.append(request)
    security.append(_signature(seal, [(ids["TS"], stamp), (ids["B"], body)], ids["X509"]))
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def _signature(seal: MessageSeal, parts: list[tuple[str, etree._Element]], token_id: str) -> etree._Element:
    signature = etree.Element(f"{{{DS}}}Signature", nsmap={"ds": DS})
    info = etree.SubElement(signature, f"{{{DS}}}SignedInfo")
    etree.SubElement(info, f"{{{DS}}}CanonicalizationMethod", Algorithm=EXCLUSIVE)
    etree.SubElement(info, f"{{{DS}}}SignatureMethod", Algorithm=METHODS[seal.algorithm])
    for part_id, part in parts:
        reference = etree.SubElement(info, f"{{{DS}}}Reference", URI=f"#{part_id}")
        transforms = etree.SubElement(reference, f"{{{DS}}}Transforms")
        etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=EXCLUSIVE)
        etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm=SHA256)
        digest = sha256(canonical(part)).digest()
        etree.SubElement(reference, f"{{{DS}}}DigestValue").text = b64encode(digest).decode()
    value = seal.sign_digest_input(canonical(info))
    etree.SubElement(signature, f"{{{DS}}}SignatureValue").text = b64encode(value).decode()
    held = etree.SubElement(signature, f"{{{DS}}}KeyInfo")
    named = etree.SubElement(held, f"{{{WSSE}}}SecurityTokenReference", nsmap={"wsse": WSSE})
    etree.SubElement(named, f"{{{WSSE}}}Reference", URI=f"#{token_id}", ValueType=X509_V3)
    return signature


def canonical(element: etree._Element) -> bytes:
    """Exclusive C14N 1.0 without comments."""
    octets: bytes = etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    return octets
