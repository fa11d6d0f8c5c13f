"""The document a signature goes into: read safely, and the place of the signature found."""

import re
import secrets
from dataclasses import dataclass

from lxml import etree

from ebelge.signing.errors import NotSignable

DS = "http://www.w3.org/2000/09/xmldsig#"
_CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
_CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_EXT = "{urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2}"

DOCUMENT_MAX_BYTES = 8 * 1024 * 1024
"""More than any accepted document (5 MB) with its embedded XSLT; libxml2's own limits hold inside it."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

_AMPERSAND_IN_NAMESPACE = re.compile(rb' xmlns[^ =]*="[^"]*&')
_XML_NAMESPACE = "{http://www.w3.org/XML/1998/namespace}"

# Comments and processing instructions are dropped on reading: inclusive C14N does not sign comments,
# and verifiers disagree about instructions outside the root. What is not signed is not sent.
_SIGNING_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
)
_VERIFYING_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)

# Stands where the signature will be while the document is written in canonical form; unguessable, so no
# document can contain it.
_MARK = f"ebelge:{secrets.token_hex(16)}"


@dataclass(frozen=True)
class Placement:
    """Where the ds:Signature of a kind of document stands. Paths are ElementPath, from the root.

    `holder`: the element that takes the signature; it must be empty, or take the signature `last`, behind
    what it holds. `identifier`: the element whose text names the document (its ETTN): the signature's Id is
    made from it. `pointer`: an element that must already say "#" and that Id.
    """

    holder: str
    identifier: str
    pointer: str | None = None
    last: bool = False


UBL_EXTENSION = Placement(
    holder=f"{_EXT}UBLExtensions/{_EXT}UBLExtension/{_EXT}ExtensionContent",
    identifier=f"{_CBC}UUID",
    pointer=f"{_CAC}Signature/{_CAC}DigitalSignatureAttachment/{_CAC}ExternalReference/{_CBC}URI",
)
"""UBL-TR: Invoice, DespatchAdvice, CreditNote, ApplicationResponse."""

_OA = "{http://www.openapplications.org/oagis/9}"
USER_ACCOUNT = Placement(holder=f"{_OA}ApplicationArea/{_OA}Signature", identifier=f"{_OA}ApplicationArea/{_OA}BODID")
"""A user account (HR-XML): the place that its application area has for signatures."""

_EARSIV = "{http://earsiv.efatura.gov.tr}"
EARSIV_REPORT = Placement(holder=f"{_EARSIV}baslik", identifier=f"{_EARSIV}baslik/{_EARSIV}raporNo", last=True)
"""The e-Arşiv report: last child of its header (EArsiv.xsd)."""

EARSIV_RECEIPT = Placement(
    holder=f"{_EARSIV}baslik", identifier=f"{_EARSIV}serbestMeslekMakbuz/{_EARSIV}ETTN", last=True
)
"""e-SMM in GİB's own form: where the report has it, because eArsivVeri.xsd names no place (ADR 0113)."""


def placement_of(xml: bytes) -> Placement:
    """Where the signature of a document of ours stands: UBL, or an e-SMM in GİB's own form."""
    return EARSIV_RECEIPT if b"eArsivVeri" in xml[:400] else UBL_EXTENSION


@dataclass(frozen=True)
class SignableDocument:
    """A document ready for its signature: canonical octets before and after it, and what it must know of them.

    `namespaces` are those in scope where the signature goes, by prefix.
    """

    before: bytes
    after: bytes
    namespaces: dict[str | None, str]
    signature_id: str
    properties_id: str


def read_for_signing(xml: bytes, placement: Placement) -> SignableDocument:
    """Read a prepared document and find the place of its signature.

    :raises NotSignable: too big, not XML, with a DTD, signed already, with no place or two for the signature,
        pointing to another signature than the one it gets, or without a canonical form.
    """
    root = _read(xml, _SIGNING_PARSER)
    if next(root.iter(f"{{{DS}}}Signature"), None) is not None:
        raise NotSignable("Belgede zaten bir ds:Signature var.", "The document already holds a ds:Signature.")
    holder = _holder(root, placement)
    identifier = (_only(root, placement.identifier).text or "").strip()
    if not _IDENTIFIER.fullmatch(identifier):
        raise NotSignable(
            f"Belge kimliği imza kimliğine uygun değil: {identifier[:80]!r}",
            f"The document's identifier cannot be part of an Id: {identifier[:80]!r}",
        )
    signature_id, properties_id = f"Signature_{identifier}", f"SignedProperties_{identifier}"
    if placement.pointer is not None and _only(root, placement.pointer).text != f"#{signature_id}":
        raise NotSignable(
            f"cac:Signature, #{signature_id} imzasını göstermiyor.",
            f"cac:Signature does not point to #{signature_id}.",
        )
    before, after = _canonical_halves(root, holder)
    if properties_id.encode() in before + after:
        raise NotSignable(
            f"Belge, imzaya ayrılan {properties_id} kimliğini kullanıyor.",
            f"The document uses the Id {properties_id}, which belongs to the signature.",
        )
    return SignableDocument(before, after, holder.nsmap, signature_id, properties_id)


def _canonical_halves(root: etree._Element, holder: etree._Element) -> tuple[bytes, bytes]:
    """The document in inclusive C14N 1.0 without comments, cut at the end of `holder`."""
    for element in (holder, *holder.iterancestors()):
        # Inclusive C14N would carry xml:* attributes into the signed parts, and verifiers differ in doing so.
        if any(str(name).startswith(_XML_NAMESPACE) for name in element.attrib):
            raise NotSignable(
                f"{element.tag} üzerinde xml:* niteliği var.",
                f"There is an xml:* attribute on {element.tag}.",
            )
    if len(holder):
        holder[-1].tail = (holder[-1].tail or "") + _MARK
    else:
        holder.text = (holder.text or "") + _MARK
    try:
        octets: bytes = etree.tostring(root, method="c14n", exclusive=False, with_comments=False)
    except etree.C14NError as error:  # a relative namespace name
        raise NotSignable(f"Kanonik biçim yok: {error}", f"There is no canonical form: {error}") from error
    # libxml2 writes namespace names without escaping "&": not XML any more. It reads no other character that
    # would need it. The pattern also finds escaped XML in texts, so a match is looked at closely.
    if _AMPERSAND_IN_NAMESPACE.search(octets) and any("&" in uri for e in root.iter() for uri in e.nsmap.values()):
        raise NotSignable("Bir ad alanı adında & var.", 'A namespace name holds an "&".')
    before, _, after = octets.partition(_MARK.encode())
    return before, after


def read_for_verifying(xml: bytes) -> etree._Element:
    """The root of a signed document, comments and instructions kept.

    :raises NotSignable: too big, not XML or with a DTD.
    """
    return _read(xml, _VERIFYING_PARSER)


def _read(xml: bytes, parser: etree.XMLParser) -> etree._Element:
    if len(xml) > DOCUMENT_MAX_BYTES:
        raise NotSignable(
            f"Belge {DOCUMENT_MAX_BYTES} bayttan büyük.",
            f"The document is larger than {DOCUMENT_MAX_BYTES} bytes.",
        )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise NotSignable(f"XML okunamıyor: {error}", f"The XML cannot be read: {error}") from error
    if etree.ElementTree(root).docinfo.internalDTD is not None:
        raise NotSignable("DTD kabul edilmiyor.", "A document type declaration is not accepted.")
    return root


def _holder(root: etree._Element, placement: Placement) -> etree._Element:
    """The holder of the signature. Other ExtensionContents may hold a client's own extensions: those stay."""
    if placement.last:
        return _only(root, placement.holder)
    empty = [holder for holder in root.iterfind(placement.holder) if not len(holder)]
    if len(empty) != 1:
        raise NotSignable(
            f"İmza için tam bir boş yer gerekli, {len(empty)} bulundu.",
            f"Exactly one empty place for the signature is needed, {len(empty)} found.",
        )
    empty[0].text = None
    return empty[0]


def _only(root: etree._Element, path: str) -> etree._Element:
    found = root.findall(path)
    if len(found) != 1:
        name = re.sub(r"\{[^}]*\}", "", path)
        raise NotSignable(
            f"Belgede tam bir {name} gerekli, {len(found)} bulundu.",
            f"The document needs exactly one {name}, {len(found)} found.",
        )
    return found[0]
