"""A customer's token program: puts a counter-signature into a signed file, independently of our own assembler."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from lxml import etree

DS, XADES = "http://www.w3.org/2000/09/xmldsig#", "http://uri.etsi.org/01903/v1.3.2#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


def countersign(signed: bytes, p12: bytes, password: str = "x") -> bytes:
    """The file with a counter-signature over its ds:SignatureValue by the key of a PKCS#12 file."""
    key, certificate, _ = pkcs12.load_key_and_certificates(p12, password.encode())
    root = etree.fromstring(signed)
    value = root.find(f".//{{{DS}}}SignatureValue")
    properties = root.find(f".//{{{XADES}}}QualifyingProperties")
    unsigned = etree.SubElement(properties, f"{{{XADES}}}UnsignedProperties")
    holder = etree.SubElement(unsigned, f"{{{XADES}}}UnsignedSignatureProperties")
    counter = etree.SubElement(etree.SubElement(holder, f"{{{XADES}}}CounterSignature"), f"{{{DS}}}Signature")

    def digest(element: etree._Element) -> str:
        octets = etree.tostring(element, method="c14n", with_comments=False)
        return base64.b64encode(hashlib.sha256(octets).digest()).decode()

    info = etree.SubElement(counter, f"{{{DS}}}SignedInfo")
    etree.SubElement(info, f"{{{DS}}}CanonicalizationMethod", Algorithm=C14N)
    etree.SubElement(info, f"{{{DS}}}SignatureMethod", Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
    reference = etree.SubElement(
        info, f"{{{DS}}}Reference", URI=f"#{value.get('Id')}",
        Type="http://uri.etsi.org/01903#CountersignedSignature",
    )  # fmt: skip
    transforms = etree.SubElement(reference, f"{{{DS}}}Transforms")
    etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=C14N)
    etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm="http://www.w3.org/2001/04/xmlenc#sha256")
    etree.SubElement(reference, f"{{{DS}}}DigestValue").text = digest(value)
    signed_properties = _properties(counter, certificate.public_bytes(Encoding.DER), certificate)
    reference = etree.SubElement(
        info, f"{{{DS}}}Reference", URI="#Counter-Properties", Type="http://uri.etsi.org/01903#SignedProperties"
    )
    etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm="http://www.w3.org/2001/04/xmlenc#sha256")
    etree.SubElement(reference, f"{{{DS}}}DigestValue").text = digest(signed_properties)
    octets = etree.tostring(info, method="c14n", with_comments=False)
    etree.SubElement(counter, f"{{{DS}}}SignatureValue").text = base64.b64encode(
        key.sign(octets, PKCS1v15(), SHA256())
    ).decode()
    data = etree.SubElement(etree.SubElement(counter, f"{{{DS}}}KeyInfo"), f"{{{DS}}}X509Data")
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = base64.b64encode(
        certificate.public_bytes(Encoding.DER)
    ).decode()
    counter.append(counter.find(f"{{{DS}}}Object"))  # the schema has it last
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _properties(counter: etree._Element, der: bytes, certificate: x509.Certificate) -> etree._Element:
    counter.set("Id", "Counter-Signature")
    held = etree.SubElement(counter, f"{{{DS}}}Object")
    qualifying = etree.SubElement(held, f"{{{XADES}}}QualifyingProperties", Target="#Counter-Signature")
    properties = etree.SubElement(qualifying, f"{{{XADES}}}SignedProperties", Id="Counter-Properties")
    signature = etree.SubElement(properties, f"{{{XADES}}}SignedSignatureProperties")
    etree.SubElement(signature, f"{{{XADES}}}SigningTime").text = datetime.now(UTC).isoformat(timespec="seconds")
    cert = etree.SubElement(etree.SubElement(signature, f"{{{XADES}}}SigningCertificate"), f"{{{XADES}}}Cert")
    digest = etree.SubElement(cert, f"{{{XADES}}}CertDigest")
    etree.SubElement(digest, f"{{{DS}}}DigestMethod", Algorithm="http://www.w3.org/2001/04/xmlenc#sha256")
    etree.SubElement(digest, f"{{{DS}}}DigestValue").text = base64.b64encode(hashlib.sha256(der).digest()).decode()
    issuer = etree.SubElement(cert, f"{{{XADES}}}IssuerSerial")
    etree.SubElement(issuer, f"{{{DS}}}X509IssuerName").text = certificate.issuer.rfc4514_string()
    etree.SubElement(issuer, f"{{{DS}}}X509SerialNumber").text = str(certificate.serial_number)
    return properties
