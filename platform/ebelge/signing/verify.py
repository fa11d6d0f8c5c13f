"""Verify a signed document: signxml does the cryptography, this file says what a signature must cover.

signxml proves that each reference's digest and the signature value are right. It does not say that the
signature is the only one, stands where it belongs, covers the whole document with no transform that hides
a part, or that the properties it signs are its own: signature wrapping lives in those gaps.
"""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Never, cast

from cryptography import exceptions, x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.util import X509CertChainVerifier
from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

from ebelge.core.clock import ISTANBUL
from ebelge.signing.document import DS, UBL_EXTENSION, Placement, read_for_verifying
from ebelge.signing.errors import NotSignable, SignatureInvalid
from ebelge.signing.names import distinguished_name, tax_number
from ebelge.signing.xades import C14N, ENVELOPED, XADES

_DS, _XADES = f"{{{DS}}}", f"{{{XADES}}}"
_C14N_METHODS = frozenset({C14N, f"{C14N}#WithComments"})
_SIGNATURE_METHODS = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})

_ID_EQUALS = "//@*[. = $wanted][local-name() = 'Id' or local-name() = 'ID' or local-name() = 'id']"

# What signxml and cryptography raise for signatures that are wrong or malformed.
_REFUSALS = (
    SignXMLException,
    exceptions.InvalidSignature,
    exceptions.UnsupportedAlgorithm,
    etree.LxmlError,
    ValueError,
    KeyError,
    OverflowError,
    TypeError,
    NotImplementedError,
)


@dataclass(frozen=True)
class VerifiedSignature:
    """What a valid signature proves.

    `signed_sha256` (hex) is of the signed octets: the document in canonical form without its signature.
    `trusted`: the certificate leads to one in `trust`; False only where `trust` was None.
    """

    certificate: x509.Certificate
    subject: str
    vkn_tckn: str | None
    signing_time: datetime
    signature_id: str
    signed_sha256: str
    trusted: bool


def verify(
    xml: bytes,
    *,
    trust: Sequence[x509.Certificate] | None,
    at: datetime | None = None,
    placement: Placement = UBL_EXTENSION,
) -> VerifiedSignature:
    """Verify the one signature of a document and return what it proves.

    `trust`: the CA certificates one of which must stand behind the signer's; None proves only that the
    holder of the enclosed certificate signed these bytes. `at`: the instant at which the certificates must
    be valid; without it, the SigningTime that the signer claims.
    :raises SignatureInvalid: anything else than one intact signature of our profile over the whole document.
    """
    try:
        root = read_for_verifying(xml)
    except NotSignable as error:
        raise SignatureInvalid(error.detail_tr, error.detail_en) from error
    signature = _only_signature(root, placement)
    properties = _covered_properties(root, signature)
    try:
        certificate = _certificate(signature)
        signing_time = _signing_time(properties)
        results = _ProfileVerifier(trust).verify(
            xml,
            x509_cert=certificate if trust is None else None,
            expect_config=XAdESSignatureConfiguration(
                location=f"./{placement.holder}/",
                expect_references=2,
                signature_methods=_SIGNATURE_METHODS,
                digest_algorithms=_DIGESTS,
                default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
                verification_time=at or signing_time,
            ),
        )
    except _REFUSALS as error:
        raise SignatureInvalid(f"İmza doğrulanamadı ({error}).", f"The signature does not verify: {error}") from error
    public_key = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if any(result.signature_key != public_key for result in results):
        _refuse("İlk sertifika imzalayanın değil.", "The first certificate is not the signer's.")
    _check_serial(properties, certificate)
    document = next(result for result in results if result.signed_xml is not None and result.signed_xml.tag == root.tag)
    return VerifiedSignature(
        certificate=certificate,
        subject=distinguished_name(certificate.subject),
        vkn_tckn=tax_number(certificate.subject),
        signing_time=signing_time,
        signature_id=signature.get("Id", ""),
        signed_sha256=sha256(document.signed_data).hexdigest(),
        trusted=trust is not None,
    )


def _only_signature(root: etree._Element, placement: Placement) -> etree._Element:
    everywhere = list(root.iter(_DS + "Signature"))
    if len(everywhere) != 1:
        _refuse(
            f"Tam bir ds:Signature gerekli, {len(everywhere)} bulundu.",
            f"Exactly one ds:Signature is needed, {len(everywhere)} found.",
        )
    if root.findall(f"{placement.holder}/{_DS}Signature") != everywhere:
        _refuse("İmza olması gereken yerde değil.", "The signature does not stand where it belongs.")
    return everywhere[0]


def _covered_properties(root: etree._Element, signature: etree._Element) -> etree._Element:
    """The signature's own SignedProperties, after checking what its two references cover and how."""
    signed_info = _only(signature, "SignedInfo")
    if _only(signed_info, "CanonicalizationMethod").get("Algorithm") not in _C14N_METHODS:
        _refuse("SignedInfo kapsayıcı C14N 1.0 olmalı.", "SignedInfo must be in inclusive C14N 1.0.")
    qualifying = _only(_only(signature, "Object"), "QualifyingProperties", _XADES)
    properties = _only(qualifying, "SignedProperties", _XADES)
    properties_id = properties.get("Id", "")
    references = {reference.get("URI"): reference for reference in signed_info.iterfind(_DS + "Reference")}
    if references.keys() != {"", f"#{properties_id}"} or not properties_id:
        _refuse(
            "İmza, belgenin tamamını ve kendi SignedProperties bölümünü kapsamalı.",
            "The signature must cover the whole document and its own SignedProperties, and nothing else.",
        )
    if qualifying.get("Target") != f"#{signature.get('Id')}":
        _refuse("QualifyingProperties başka imzaya ait.", "QualifyingProperties belong to another signature.")
    same_id = cast(list[str], root.xpath(_ID_EQUALS, wanted=properties_id))
    if len(same_id) != 1:
        _refuse(f"{properties_id} kimliği belgede tek değil.", f"The Id {properties_id} is not unique.")
    if _transforms(references[""]) != [ENVELOPED]:
        _refuse(
            "Belge yalnız enveloped-signature ile dönüştürülebilir.",
            "Only enveloped-signature may transform.",
        )
    if not set(_transforms(references[f"#{properties_id}"])) <= _C14N_METHODS:
        _refuse("SignedProperties dönüşümü kabul edilmiyor.", "SignedProperties have a foreign transform.")
    return properties


def _transforms(reference: etree._Element) -> list[str]:
    return [transform.get("Algorithm", "") for transform in reference.iter(_DS + "Transform")]


def _certificate(signature: etree._Element) -> x509.Certificate:
    path = f"{_DS}KeyInfo/{_DS}X509Data/{_DS}X509Certificate"
    return x509.load_der_x509_certificate(b64decode(signature.findtext(path, "")))


def _signing_time(properties: etree._Element) -> datetime:
    text = properties.findtext(f"{_XADES}SignedSignatureProperties/{_XADES}SigningTime", "")
    claimed = datetime.fromisoformat(text.strip())
    return claimed if claimed.tzinfo else claimed.replace(tzinfo=ISTANBUL)


def _check_serial(properties: etree._Element, certificate: x509.Certificate) -> None:
    serials = {serial.text for serial in properties.iter(_DS + "X509SerialNumber")}
    if serials != {str(certificate.serial_number)}:
        _refuse("IssuerSerial başka sertifikaya ait.", "IssuerSerial belongs to another certificate.")


def _only(parent: etree._Element, name: str, namespace: str = _DS) -> etree._Element:
    found = parent.findall(namespace + name)
    if len(found) != 1:
        _refuse(f"İmzada tam bir {name} gerekli.", f"The signature needs exactly one {name}.")
    return found[0]


def _refuse(detail_tr: str, detail_en: str) -> Never:
    raise SignatureInvalid(detail_tr, detail_en)


class _ProfileVerifier(XAdESVerifier):
    """signxml's verifier, trusting certificates in memory instead of a file."""

    def __init__(self, trust: Sequence[x509.Certificate] | None) -> None:
        self._trust = list(trust or ())

    # URI="" covers processing instructions outside the root too (many invoices begin with xml-stylesheet);
    # signxml takes the root alone and would refuse what Java and xmlsec accept.
    def _tostring(self, xml_node: etree._Element, **options: Any) -> Any:
        return etree.tostring(_whole(xml_node), **options)

    def _c14n(self, nodes: etree._Element, *args: Any, **options: Any) -> Any:
        return cast(Any, super())._c14n(_whole(nodes), *args, **options)

    def get_cert_chain_verifier(self, ca_pem_file: None, ee_policy: None, ca_policy: None) -> Any:
        chain = cast(Any, _TrustedChain)(ca_pem_file="", verification_time=self.config.verification_time)
        chain.trust = self._trust
        return chain


def _whole(node: etree._Element) -> etree._Element | etree._ElementTree:
    """The tree of a root, any other node as it is."""
    return node if node.getparent() is not None else node.getroottree()


class _TrustedChain(X509CertChainVerifier):
    trust: list[x509.Certificate]

    @property
    def store(self) -> x509.verification.Store:
        return x509.verification.Store(self.trust)
