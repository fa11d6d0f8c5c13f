"""Our XAdES-BES assembler: the signature is written as text that is canonical already.

A signed part is hashed as inclusive C14N 1.0 sees it, that is with every namespace in scope declared on its
first tag; in the file the same text stands without them. So nothing is parsed or written a second time, and
all that depends on the certificate alone is made once. The profile: gib/FACTS 9 (EK3, schematron), ADR 0030.
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ebelge.signing.document import DS, SignableDocument
from ebelge.signing.names import distinguished_name
from ebelge.signing.seals import Seal, SealAlgorithm

XADES = "http://uri.etsi.org/01903/v1.3.2#"
DSIG11 = "http://www.w3.org/2009/xmldsig11#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f"{DS}enveloped-signature"
DIGEST_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SIGNED_PROPERTIES_TYPE = "http://uri.etsi.org/01903#SignedProperties"
SIGNATURE_METHODS: dict[SealAlgorithm, str] = {
    "rsa-sha256": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "ecdsa-sha384": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
}
CLAIMED_ROLE = "Tedarikçi"  # the role's text is set by no standard; the field's signatures say this

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class CertificateParts:
    """What a signature says about its certificate, as canonical text."""

    key_info: str
    signing_certificate: str


def assemble(document: SignableDocument, seal: Seal, *, at: datetime) -> bytes:
    """The signed document, UTF-8: its canonical form with the signature put in; `at` is its SigningTime."""
    parts = certificate_parts(seal.certificate_der)
    scope = _scope(document.namespaces)
    properties = _signed_properties(document.properties_id, parts, at)
    digest = sha256(document.before)
    digest.update(document.after)
    signed_info = _signed_info(
        method=SIGNATURE_METHODS[seal.algorithm],
        document_digest=digest.digest(),
        properties_id=document.properties_id,
        properties_digest=sha256(_apex(properties, scope)).digest(),
    )
    value = b64encode(seal.sign_digest_input(_apex(signed_info, scope))).decode()
    signature = (
        f'<ds:Signature xmlns:ds="{DS}" xmlns:xades="{XADES}" Id="{document.signature_id}">{signed_info}'
        f"<ds:SignatureValue>{value}</ds:SignatureValue>{parts.key_info}"
        f'<ds:Object><xades:QualifyingProperties Target="#{document.signature_id}">{properties}'
        "</xades:QualifyingProperties></ds:Object></ds:Signature>"
    )
    return b"".join((DECLARATION, document.before, signature.encode(), document.after))


@lru_cache(maxsize=4096)
def certificate_parts(certificate_der: bytes) -> CertificateParts:
    """KeyInfo and SigningCertificate for a certificate."""
    certificate = x509.load_der_x509_certificate(certificate_der)
    return CertificateParts(
        key_info=(
            f"<ds:KeyInfo><ds:KeyValue>{_key_value(certificate)}</ds:KeyValue><ds:X509Data>"
            f"<ds:X509SubjectName>{_text(distinguished_name(certificate.subject))}</ds:X509SubjectName>"
            f"<ds:X509Certificate>{_base64(certificate_der)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        ),
        signing_certificate=(
            "<xades:SigningCertificate><xades:Cert><xades:CertDigest>"
            f'<ds:DigestMethod Algorithm="{DIGEST_SHA256}"></ds:DigestMethod>'
            f"<ds:DigestValue>{_base64(sha256(certificate_der).digest())}</ds:DigestValue></xades:CertDigest>"
            f"<xades:IssuerSerial><ds:X509IssuerName>{_text(distinguished_name(certificate.issuer))}"
            f"</ds:X509IssuerName><ds:X509SerialNumber>{certificate.serial_number}</ds:X509SerialNumber>"
            "</xades:IssuerSerial></xades:Cert></xades:SigningCertificate>"
        ),
    )


def signing_time(at: datetime) -> str:
    """`at` as SigningTime says it: UTC, whole seconds."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _signed_info(*, method: str, document_digest: bytes, properties_id: str, properties_digest: bytes) -> str:
    return (
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{C14N}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{method}"></ds:SignatureMethod>'
        f'<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"></ds:Transform>'
        "</ds:Transforms>"
        f'<ds:DigestMethod Algorithm="{DIGEST_SHA256}"></ds:DigestMethod>'
        f"<ds:DigestValue>{_base64(document_digest)}</ds:DigestValue></ds:Reference>"
        f'<ds:Reference Type="{SIGNED_PROPERTIES_TYPE}" URI="#{properties_id}">'
        f'<ds:DigestMethod Algorithm="{DIGEST_SHA256}"></ds:DigestMethod>'
        f"<ds:DigestValue>{_base64(properties_digest)}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )


def _signed_properties(properties_id: str, parts: CertificateParts, at: datetime) -> str:
    return (
        f'<xades:SignedProperties Id="{properties_id}"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{signing_time(at)}</xades:SigningTime>{parts.signing_certificate}"
        f"<xades:SignerRole><xades:ClaimedRoles><xades:ClaimedRole>{CLAIMED_ROLE}</xades:ClaimedRole>"
        "</xades:ClaimedRoles></xades:SignerRole></xades:SignedSignatureProperties></xades:SignedProperties>"
    )


def _key_value(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return (
            f"<ds:RSAKeyValue><ds:Modulus>{_base64(_integer(numbers.n))}</ds:Modulus>"
            f"<ds:Exponent>{_base64(_integer(numbers.e))}</ds:Exponent></ds:RSAKeyValue>"
        )
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return (
        f'<dsig11:ECKeyValue xmlns:dsig11="{DSIG11}"><dsig11:NamedCurve URI="urn:oid:1.3.132.0.34">'
        f"</dsig11:NamedCurve><dsig11:PublicKey>{_base64(point)}</dsig11:PublicKey></dsig11:ECKeyValue>"
    )


def _scope(namespaces: dict[str | None, str]) -> str:
    """The declarations of all namespaces in scope in the signature, in canonical order, the default first."""
    scope = {prefix or "": uri for prefix, uri in namespaces.items()} | {"ds": DS, "xades": XADES}
    return "".join(
        f' xmlns:{prefix}="{uri}"' if prefix else f' xmlns="{uri}"' for prefix, uri in sorted(scope.items()) if uri
    )


def _apex(part: str, scope: str) -> bytes:
    """A signed part as C14N sees it on its own: the namespaces in scope come first in its first tag."""
    end_of_name = min(part.index(" "), part.index(">"))
    return f"{part[:end_of_name]}{scope}{part[end_of_name:]}".encode()


def _integer(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode()


def _text(value: str) -> str:
    """`value` as canonical element text."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")
