"""What is added to a signature later: XAdES-T (a time stamp of the signature value) and XAdES-A (archive time stamp).

Only unsigned properties are added, so a signature that was valid stays so. The archive time stamp is that of XAdES
1.4.1 (ETSI TS 101 903 v1.4.1, 8.2.1): everything that was signed, the signature, and the unsigned properties before
it in order of appearance (ADR 0124).
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal, Protocol, cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from ebelge.signing.document import DS, UBL_EXTENSION, Placement, read_for_verifying
from ebelge.signing.errors import NotSignable, SignatureInvalid, TimeStampInvalid
from ebelge.signing.timestamp import Stamp, verify_token
from ebelge.signing.verify import VerifiedSignature, verify
from ebelge.signing.xades import C14N, DECLARATION, XADES

XADES_141 = "http://uri.etsi.org/01903/v1.4.1#"
Level = Literal["BES", "T", "A"]

_DS, _XADES = f"{{{DS}}}", f"{{{XADES}}}"
_ARCHIVE = f"{{{XADES_141}}}ArchiveTimeStamp"
_WITH_COMMENTS = f"{C14N}#WithComments"
_STAMPS_MAX = 20


class Stamper(Protocol):
    """What adds a level needs of a time-stamping authority (`timestamp.TimeStamper`)."""

    def stamp(self, data: bytes) -> bytes:
        """A verified time stamp of `data`, DER. :raises NoTimeStamp: there is none."""


@dataclass(frozen=True)
class Evidence:
    """What somebody needs to judge the signer's certificate in years: its chain, and what revocation said (DER)."""

    certificates: Sequence[x509.Certificate] = ()
    crls: Sequence[bytes] = ()
    ocsp_answers: Sequence[bytes] = ()


@dataclass(frozen=True)
class StampedSignature:
    """A valid signature with its time stamps, all verified, oldest first."""

    signature: VerifiedSignature
    signature_stamps: tuple[Stamp, ...]
    archive_stamps: tuple[Stamp, ...]

    @property
    def level(self) -> Level:
        """BES, T, or A (an archive time stamp over a signature time stamp)."""
        if self.archive_stamps and self.signature_stamps:
            return "A"
        return "T" if self.signature_stamps else "BES"


def with_signature_timestamp(xml: bytes, stamper: Stamper, *, placement: Placement = UBL_EXTENSION) -> bytes:
    """The document as XAdES-T: a time stamp of its signature value stands among the unsigned properties.

    :raises SignatureInvalid: the document has not exactly one signature in its place.
    :raises NoTimeStamp: the authority gave none; nothing else happened.
    """
    root, signature = _read(xml, placement)
    token = stamper.stamp(_canonical(_child(signature, "SignatureValue")))
    _append(signature, f"{_XADES}SignatureTimeStamp", token)
    return _written(root)


def with_archive_timestamp(
    xml: bytes, stamper: Stamper, *, evidence: Evidence | None = None, placement: Placement = UBL_EXTENSION
) -> bytes:
    """The document as XAdES-A: `evidence` first, then an archive time stamp over everything there is.

    Called again, a further archive time stamp covers the earlier ones: so a signature outlives its algorithms.
    :raises SignatureInvalid: the document has not exactly one signature in its place, or no signature time stamp yet.
    :raises NoTimeStamp: the authority gave none; nothing else happened.
    """
    root, signature = _read(xml, placement)
    properties = _unsigned(signature)
    if properties is None or properties.find(f"{_XADES}SignatureTimeStamp") is None:
        raise SignatureInvalid("İmzada zaman damgası yok.", "The signature has no time stamp yet (XAdES-T).")
    if evidence is not None:
        _keep(properties, evidence)
    token = stamper.stamp(_archived(root, signature, list(properties)))
    _append(signature, _ARCHIVE, token)
    return _written(root)


def verify_levels(
    xml: bytes,
    *,
    trust: Sequence[x509.Certificate] | None,
    stamp_trust: Sequence[x509.Certificate],
    placement: Placement = UBL_EXTENSION,
) -> StampedSignature:
    """Verify the one signature of a document and every time stamp on it.

    With a signature time stamp the signer's certificate is judged at that instant, not at the time it claims.
    :raises SignatureInvalid: `verify`'s reasons, or a time stamp that proves nothing or stands out of order.
    """
    root, signature = _read(xml, placement)
    of_signature: list[Stamp] = []
    of_archive: list[Stamp] = []
    properties = _unsigned(signature)
    before: list[etree._Element] = []
    for element in properties if properties is not None else ():
        if element.tag == f"{_XADES}SignatureTimeStamp":
            value = _canonical(_child(signature, "SignatureValue"), _method(element))
            of_signature.append(_stamp(element, value, stamp_trust))
        elif element.tag in (_ARCHIVE, f"{_XADES}ArchiveTimeStamp"):
            data = _archived(root, signature, before, _method(element))
            of_archive.append(_stamp(element, data, stamp_trust))
        before.append(element)
        if len(of_signature) + len(of_archive) > _STAMPS_MAX:
            raise SignatureInvalid("İmzada çok fazla zaman damgası var.", "The signature has too many time stamps.")
    stamps = sorted(of_signature, key=lambda stamp: stamp.at)
    if any(later.at < stamp.at for stamp in stamps for later in of_archive):
        raise SignatureInvalid(
            "Arşiv zaman damgası imzanınkinden eski.", "An archive time stamp is older than that of the signature."
        )
    proven = verify(xml, trust=trust, at=stamps[0].at if stamps else None, placement=placement)
    return StampedSignature(proven, tuple(stamps), tuple(of_archive))


def _read(xml: bytes, placement: Placement) -> tuple[etree._Element, etree._Element]:
    try:
        root = read_for_verifying(xml)
    except NotSignable as error:
        raise SignatureInvalid(error.detail_tr, error.detail_en) from error
    everywhere = list(root.iter(f"{_DS}Signature"))
    if len(everywhere) != 1 or root.findall(f"{placement.holder}/{_DS}Signature") != everywhere:
        raise SignatureInvalid(
            "Belgede, yerinde duran tam bir ds:Signature gerekli.",
            "The document needs exactly one ds:Signature, where it belongs.",
        )
    return root, everywhere[0]


def _qualifying(signature: etree._Element) -> etree._Element:
    found = signature.findall(f"{_DS}Object/{_XADES}QualifyingProperties")
    if len(found) != 1:
        raise SignatureInvalid("İmza XAdES değil.", "The signature is not XAdES.")
    return found[0]


def _unsigned(signature: etree._Element) -> etree._Element | None:
    return _qualifying(signature).find(f"{_XADES}UnsignedProperties/{_XADES}UnsignedSignatureProperties")


def _append(signature: etree._Element, tag: str, token: bytes) -> None:
    """A time stamp at the end of the unsigned properties; whatever frames them is made where it is missing."""
    parent = _qualifying(signature)
    for name in ("UnsignedProperties", "UnsignedSignatureProperties"):
        found = parent.find(_XADES + name)
        parent = found if found is not None else etree.SubElement(parent, _XADES + name)
    prefixes = {"xades141": XADES_141} if tag == _ARCHIVE else None
    stamp = etree.SubElement(parent, tag, nsmap=prefixes)
    etree.SubElement(stamp, f"{_DS}CanonicalizationMethod", Algorithm=C14N)
    etree.SubElement(stamp, f"{_XADES}EncapsulatedTimeStamp").text = b64encode(token).decode()


def _keep(properties: etree._Element, evidence: Evidence) -> None:
    if evidence.certificates and properties.find(f"{_XADES}CertificateValues") is None:
        values = etree.SubElement(properties, f"{_XADES}CertificateValues")
        for certificate in evidence.certificates:
            _octets(values, "EncapsulatedX509Certificate", certificate.public_bytes(Encoding.DER))
    if (evidence.crls or evidence.ocsp_answers) and properties.find(f"{_XADES}RevocationValues") is None:
        values = etree.SubElement(properties, f"{_XADES}RevocationValues")
        for name, one, many in (
            ("CRLValues", "EncapsulatedCRLValue", evidence.crls),
            ("OCSPValues", "EncapsulatedOCSPValue", evidence.ocsp_answers),
        ):
            if many:
                held = etree.SubElement(values, _XADES + name)
                for der in many:
                    _octets(held, one, der)


def _octets(parent: etree._Element, name: str, der: bytes) -> None:
    etree.SubElement(parent, _XADES + name).text = b64encode(der).decode()


def _archived(
    root: etree._Element, signature: etree._Element, before: Sequence[etree._Element], method: str = C14N
) -> bytes:
    """The octets an archive time stamp covers (TS 101 903 v1.4.1, 8.2.1, nothing distributed)."""
    references = _child(signature, "SignedInfo").iterfind(f"{_DS}Reference")
    parts = [_referenced(root, signature, reference) for reference in references]
    parts += [_canonical(_child(signature, name), method) for name in ("SignedInfo", "SignatureValue", "KeyInfo")]
    parts += [_canonical(element, method) for element in before]
    qualifying = _qualifying(signature)
    parts += [_canonical(held, method) for held in signature.findall(f"{_DS}Object") if qualifying not in list(held)]
    return b"".join(parts)


def _referenced(root: etree._Element, signature: etree._Element, reference: etree._Element) -> bytes:
    """The octets that a reference's digest is of: the document without the signature, or the signed properties."""
    uri = reference.get("URI", "?")
    if uri == "":
        whole = deepcopy(root.getroottree())
        _cut(next(whole.iter(f"{_DS}Signature")))  # there is one alone: `_read` saw to it
        octets: bytes = etree.tostring(whole, method="c14n", exclusive=False, with_comments=False)
        return octets
    found = cast(list[etree._Element], root.xpath("//*[@Id = $wanted]", wanted=uri.removeprefix("#")))
    if not uri.startswith("#") or len(found) != 1:
        raise SignatureInvalid("İmza, belgede olmayan bir şeyi gösteriyor.", "A reference points to nothing here.")
    methods = [transform.get("Algorithm", "") for transform in reference.iter(f"{_DS}Transform")]
    return _canonical(found[0], methods[-1] if methods else C14N)


def _cut(element: etree._Element) -> None:
    """Take an element out; the text behind it stays."""
    parent = element.getparent()
    if parent is None:
        raise SignatureInvalid("İmza belgenin kendisi olamaz.", "The signature cannot be the document itself.")
    previous, tail = element.getprevious(), element.tail or ""
    if previous is not None:
        previous.tail = (previous.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _canonical(element: etree._Element, method: str = C14N) -> bytes:
    octets: bytes = etree.tostring(
        element, method="c14n", exclusive=False, with_comments=method == _WITH_COMMENTS, with_tail=False
    )
    return octets


def _method(stamp: etree._Element) -> str:
    """How a time stamp's data are canonicalised. :raises SignatureInvalid: in another way than we know."""
    named = stamp.find(f"{_DS}CanonicalizationMethod")
    method = C14N if named is None else named.get("Algorithm", "")
    if method not in (C14N, _WITH_COMMENTS):
        raise SignatureInvalid(
            f"Zaman damgasının kanonik biçimi bilinmiyor: {method[:80]}",
            f"The time stamp's canonical form is not known: {method[:80]}",
        )
    return method


def _stamp(element: etree._Element, data: bytes, trust: Sequence[x509.Certificate]) -> Stamp:
    tokens = element.findall(f"{_XADES}EncapsulatedTimeStamp")
    if len(tokens) != 1:
        raise SignatureInvalid("Zaman damgası tek değil.", "A time stamp must hold exactly one token.")
    try:
        return verify_token(b64decode(tokens[0].text or ""), data, trust=trust)
    except (TimeStampInvalid, ValueError) as error:
        raise SignatureInvalid(f"Zaman damgası geçersiz: {error}", f"A time stamp is not valid: {error}") from error


def _child(signature: etree._Element, name: str) -> etree._Element:
    found = signature.findall(_DS + name)
    if len(found) != 1:
        raise SignatureInvalid(f"İmzada tam bir {name} gerekli.", f"The signature needs exactly one {name}.")
    return found[0]


def _written(root: etree._Element) -> bytes:
    """The document in canonical form, as it was signed: what was hashed stays, octet for octet."""
    octets: bytes = etree.tostring(root.getroottree(), method="c14n", exclusive=False, with_comments=True)
    return DECLARATION + octets
