"""Make a client's document ready for the seal: placeholder extension, cac:Signature, embedded stylesheet, number.

Whatever signature the client put in is taken out: the seal's is the only one (gib/FACTS 9).
"""

import re
from base64 import b64encode
from xml.parsers import expat

from lxml import etree

from ebelge.ubl import nodes, stylesheet
from ebelge.ubl.names import CAC, CBC, DS, EXT, ROOTS, SUPPLIER, tag
from ebelge.ubl.reading import read_tree
from ebelge.ubl.types import Signatory

_EXTENSIONS = f"{{{EXT}}}UBLExtensions"
_SIGNATURE = f"{{{CAC}}}Signature"
_REFERENCE = f"{{{CAC}}}AdditionalDocumentReference"
_START_TAG = re.compile(rb"""<[^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>""")
_NUMBER_AFTER = (_EXTENSIONS, *map(tag, ("cbc:UBLVersionID", "cbc:CustomizationID", "cbc:ProfileID")))


def prepare(xml: bytes, *, signatory: Signatory, number: str | None = None) -> bytes:
    """The document as it will be signed, but for the signature itself.

    Takes out ds:Signature and cac:Signature, leaves exactly one empty ExtensionContent, adds cac:Signature for
    `signatory`, embeds our stylesheet unless one is embedded, writes `number` into /cbc:ID when given.
    :raises UnreadableDocument: see `parse`.
    """
    return prepare_tree(read_tree(xml), signatory=signatory, number=number)


def prepare_tree(
    root: etree._Element, *, signatory: Signatory, number: str | None = None, sheet: bytes | None = None
) -> bytes:
    """`prepare` on a tree that `read_tree` made; it is changed. `sheet`: see `complete`."""
    if number is not None:
        set_number(root, number)
    complete(root, signatory=signatory, sheet=sheet)
    return serialise(root)


def serialise(root: etree._Element) -> bytes:
    """UTF-8 bytes with a declaration, without what may stand before or after the root element."""
    body: bytes = etree.tostring(root, encoding="UTF-8", with_tail=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def complete(root: etree._Element, *, signatory: Signatory, embed: bool = True, sheet: bytes | None = None) -> None:
    """`prepare` on a tree, in place. `embed` False leaves the stylesheet out (for checking only); `sheet` is embedded
    instead of ours, where the client embedded none."""
    make_room(root)
    for signature in root.findall(_SIGNATURE):
        root.remove(signature)
    place = root.find(SUPPLIER[ROOTS[root.tag]])
    if place is not None:
        place.addprevious(cac_signature(signatory, signature_id(root)))
    if embed and not has_stylesheet(root):
        _embed(root, sheet)


def signature_id(root: etree._Element) -> str:
    """The Id of ds:Signature: `Signature_` and the ETTN as it is written in the document."""
    return f"Signature_{(root.findtext(tag('cbc:UUID')) or '').strip()}"


def make_room(root: etree._Element) -> None:
    """Take signatures out of the extensions and leave exactly one empty ExtensionContent, the first."""
    extensions = root.find(_EXTENSIONS)
    if extensions is None:
        extensions = etree.Element(_EXTENSIONS, nsmap={"ext": EXT})
        root.insert(0, extensions)
    for extension in list(extensions):
        for signature in list(extension.iter(f"{{{DS}}}Signature")):
            parent = signature.getparent()
            if parent is not None:
                parent.remove(signature)
        contents = extension.findall(tag("ext:ExtensionContent"))
        if not any(len(content) for content in contents):
            extensions.remove(extension)
    extension = etree.Element(tag("ext:UBLExtension"))
    nodes.sub(extension, "ext:ExtensionContent")
    extensions.insert(0, extension)


def set_number(root: etree._Element, number: str) -> None:
    """Write the number into /cbc:ID, adding the element where the client left it out."""
    element = root.find(tag("cbc:ID"))
    if element is None:
        element = etree.Element(tag("cbc:ID"), nsmap={"cbc": CBC})
        position = 1 + max((i for i, e in enumerate(root) if e.tag in _NUMBER_AFTER), default=-1)
        root.insert(position, element)
    element.text = number


def has_stylesheet(root: etree._Element) -> bool:
    """True if an AdditionalDocumentReference says XSLT and carries something."""
    for reference in root.iterchildren(_REFERENCE):
        kinds = (reference.findtext(tag("cbc:DocumentType")), reference.findtext(tag("cbc:DocumentTypeCode")))
        embedded = reference.find(".//" + tag("cbc:EmbeddedDocumentBinaryObject"))
        if embedded is None or not (embedded.text or "").strip():
            continue
        named = embedded.get("filename", "").endswith((".xslt", ".xsl", ".XSLT", ".XSL"))
        if named or any((kind or "").strip() in ("XSLT", "xslt") for kind in kinds):
            return True
    return False


def replace_number(xml: bytes, number: str) -> bytes:
    """The same bytes with another /cbc:ID, everything else untouched.

    For documents that went through `prepare` or `build`. The element's place comes from a parser, never from a
    search; parsing stops there.
    :raises ValueError: `number` is not a document number, or the document has no /cbc:ID.
    """
    if not re.fullmatch(r"[A-Z0-9]{3}20[0-9]{2}[0-9]{9}", number):
        raise ValueError(f"not a document number: {number!r}")
    finder = _NumberFinder(xml)
    start, end = finder.find()
    return xml[:start] + number.encode() + xml[end:]


# Where a document's number stands, by depth; in an e-SMM of GİB's own form it is called otherwise.
_NUMBERS = frozenset({(2, f"{CBC} ID"), (3, "http://earsiv.efatura.gov.tr makbuzNo")})


class _Found(Exception):
    """Stops the parser: the rest of the document is of no interest."""


class _NumberFinder:
    """Byte range of the content of /*/cbc:ID."""

    def __init__(self, xml: bytes) -> None:
        self._xml = xml
        self._depth = 0
        self._start = self._end = -1
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close

    def find(self) -> tuple[int, int]:
        """[start, end) of the number's text."""
        try:
            self._parser.Parse(self._xml, True)
        except _Found:
            return self._start, self._end
        except expat.ExpatError as error:
            raise ValueError("not well-formed XML") from error
        raise ValueError("the document has no cbc:ID")

    def _open(self, name: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if (self._depth, name) in _NUMBERS:
            tag_match = _START_TAG.match(self._xml, self._parser.CurrentByteIndex)
            if tag_match is None:
                raise ValueError("cbc:ID has no end")
            self._start = tag_match.end()

    def _close(self, name: str) -> None:
        if (self._depth, name) in _NUMBERS:
            self._end = self._parser.CurrentByteIndex
            if self._xml[self._start - 2 : self._start] == b"/>":
                raise ValueError("cbc:ID is empty")
            raise _Found
        self._depth -= 1


def cac_signature(signatory: Signatory, signature: str) -> etree._Element:
    """cac:Signature that names `signatory` and points to the ds:Signature with that Id."""
    element = etree.Element(_SIGNATURE, nsmap={"cac": CAC, "cbc": CBC})
    nodes.sub(element, "cbc:ID", signatory.vkn_tckn, schemeID="VKN_TCKN")
    party = nodes.sub(element, "cac:SignatoryParty")
    nodes.identification(party, signatory.vkn_tckn, signatory.scheme)
    if signatory.name and signatory.scheme == "VKN":
        nodes.sub(nodes.sub(party, "cac:PartyName"), "cbc:Name", signatory.name)
    address = nodes.sub(party, "cac:PostalAddress")
    nodes.sub(address, "cbc:CitySubdivisionName", signatory.district)
    nodes.sub(address, "cbc:CityName", signatory.city)
    nodes.sub(nodes.sub(address, "cac:Country"), "cbc:Name", signatory.country)
    attachment = nodes.sub(element, "cac:DigitalSignatureAttachment")
    nodes.sub(nodes.sub(attachment, "cac:ExternalReference"), "cbc:URI", f"#{signature}")
    return element


def stylesheet_reference(root: etree._Element, sheet: bytes | None = None) -> etree._Element:
    """The AdditionalDocumentReference that carries our stylesheet (or `sheet`) for this document."""
    ettn = (root.findtext(tag("cbc:UUID")) or "").strip()
    element = etree.Element(_REFERENCE, nsmap={"cac": CAC, "cbc": CBC})
    nodes.sub(element, "cbc:ID", ettn)
    nodes.sub(element, "cbc:IssueDate", (root.findtext(tag("cbc:IssueDate")) or "").strip())
    nodes.sub(element, "cbc:DocumentType", "XSLT")
    nodes.sub(
        nodes.sub(element, "cac:Attachment"),
        "cbc:EmbeddedDocumentBinaryObject",
        b64encode(sheet or stylesheet.source(root)).decode(),
        characterSetCode="UTF-8",
        encodingCode="Base64",
        filename=f"{ettn}.xslt",
        mimeCode="application/xml",
    )
    return element


def _embed(root: etree._Element, sheet: bytes | None) -> None:
    """A stylesheet as the last AdditionalDocumentReference, where the schema wants it."""
    # The next sibling by the schema: in CreditNote two more kinds of reference stand before cac:Signature.
    after = ("cac:StatementDocumentReference", "cac:OriginatorDocumentReference")
    follows = [tag(name) for name in after] if ROOTS[root.tag] == "CreditNote" else []
    follows += [_SIGNATURE, SUPPLIER[ROOTS[root.tag]]]
    place = next((e for e in root if e.tag in follows), None)
    if place is not None:
        place.addprevious(stylesheet_reference(root, sheet))
