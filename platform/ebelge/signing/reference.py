"""The reference signer: signxml's XAdES signer, bent to GİB's profile.

Its default is refused by GİB's rules (two ds:Transform, SigningCertificateV2, a third reference). It is
selectable in `sign`, several times slower than ours, and what tests hold ours against: for an RSA seal both
give the same canonical document, signature value included.
"""

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.util import SigningSettings
from signxml.xades.xades import XAdESSigner

from ebelge.signing.document import DS, SignableDocument
from ebelge.signing.names import distinguished_name
from ebelge.signing.seals import P384_BYTES, Seal
from ebelge.signing.xades import (
    CLAIMED_ROLE,
    DECLARATION,
    SIGNATURE_METHODS,
    SIGNED_PROPERTIES_TYPE,
    XADES,
    signing_time,
)

_DS, _XADES = f"{{{DS}}}", f"{{{XADES}}}"


def assemble(document: SignableDocument, seal: Seal, *, at: datetime) -> bytes:
    """The signed document, UTF-8, as signxml makes it; same contract as `xades.assemble`."""
    placeholder = f'<ds:Signature xmlns:ds="{DS}" xmlns:xades="{XADES}" Id="placeholder"/>'.encode()
    signed = _ProfileSigner(document, seal, at=at).sign(
        etree.fromstring(document.before + placeholder + document.after, etree.XMLParser(resolve_entities=False)),
        key=cast(Any, _SealKey(seal)),  # signxml asks for a key of cryptography, and uses what _SealKey has
        cert=[seal.certificate],
        exclude_c14n_transform_element=True,
    )
    octets: bytes = etree.tostring(signed, encoding="UTF-8")
    return DECLARATION + octets


class _ProfileSigner(XAdESSigner):
    """signxml's signer with EK3's two references, XAdES 1.3.2's SigningCertificate and our Ids."""

    def __init__(self, document: SignableDocument, seal: Seal, *, at: datetime) -> None:
        super().__init__(
            claimed_roles=[CLAIMED_ROLE],
            signature_algorithm=SignatureMethod(SIGNATURE_METHODS[seal.algorithm]),
            digest_algorithm=DigestAlgorithm.SHA256,
            c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_0,
        )
        self._document = document
        self._seal = seal
        self._at = at

    def _build_xades_ds_object(self, sig_root: etree._Element, signing_settings: SigningSettings) -> None:
        sig_root.set("Id", self._document.signature_id)
        certificate = next(sig_root.iter(_DS + "X509Certificate"))
        certificate.text = b64encode(self._seal.certificate_der).decode()  # on one line, as ours
        subject = etree.Element(_DS + "X509SubjectName")
        subject.text = distinguished_name(self._seal.certificate.subject)
        certificate.addprevious(subject)
        ds_object = etree.SubElement(sig_root, _DS + "Object")
        qualifying = etree.SubElement(ds_object, _XADES + "QualifyingProperties")
        qualifying.set("Target", f"#{self._document.signature_id}")
        signed = etree.SubElement(qualifying, _XADES + "SignedProperties", Id=self._document.properties_id)
        properties = etree.SubElement(signed, _XADES + "SignedSignatureProperties")
        for annotate in self.signed_signature_properties_annotators:
            annotate(properties, sig_root=sig_root, signing_settings=signing_settings)
        cast(Any, self)._add_reference_to_signed_info(sig_root, signed, Type=SIGNED_PROPERTIES_TYPE)

    def add_signing_time(
        self,
        signed_signature_properties: etree._Element,
        sig_root: etree._Element,
        signing_settings: SigningSettings,
    ) -> None:
        etree.SubElement(signed_signature_properties, _XADES + "SigningTime").text = signing_time(self._at)

    def add_signing_certificate(
        self,
        signed_signature_properties: etree._Element,
        sig_root: etree._Element,
        signing_settings: SigningSettings,
    ) -> None:
        signing_certificate = etree.SubElement(signed_signature_properties, _XADES + "SigningCertificate")
        certificate = etree.SubElement(signing_certificate, _XADES + "Cert")
        digest = etree.SubElement(certificate, _XADES + "CertDigest")
        etree.SubElement(digest, _DS + "DigestMethod", Algorithm=DigestAlgorithm.SHA256.value)
        digest_value = etree.SubElement(digest, _DS + "DigestValue")
        digest_value.text = b64encode(sha256(self._seal.certificate_der).digest()).decode()
        issuer_serial = etree.SubElement(certificate, _XADES + "IssuerSerial")
        issuer = distinguished_name(self._seal.certificate.issuer)
        etree.SubElement(issuer_serial, _DS + "X509IssuerName").text = issuer
        serial = etree.SubElement(issuer_serial, _DS + "X509SerialNumber")
        serial.text = str(self._seal.certificate.serial_number)


class _SealKey:
    """A seal in the shape of a private key, as signxml asks for one."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        public_key: Any = seal.certificate.public_key()
        self.public_key: Callable[[], object] = lambda: public_key
        self.key_size = public_key.key_size
        self.curve = getattr(public_key, "curve", None)

    def sign(self, data: bytes, **_: object) -> bytes:
        """The signature in DER form for ECDSA, as a key would give it; the seal knows its own hash."""
        value = self._seal.sign_digest_input(data)
        if self._seal.algorithm == "rsa-sha256":
            return value
        return encode_dss_signature(int.from_bytes(value[:P384_BYTES]), int.from_bytes(value[P384_BYTES:]))
