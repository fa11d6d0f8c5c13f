"""Reading a zarf that came from outside: header facts, and each document as its sender signed it."""

import copy
from dataclasses import dataclass
from uuid import UUID
from xml.parsers import expat

from lxml import etree

from ebelge.gib.errors import ZarfUnreadable
from ebelge.gib.mtom import MessageUnreadable, parse_xml
from ebelge.gib.zarf import EF, SH, Mailbox

_HEAD = f"{{{SH}}}StandardBusinessDocumentHeader"
_LIST_DEPTH = 4  # StandardBusinessDocument / Package / Elements / ElementList


@dataclass(frozen=True, slots=True)
class OpenedZarf:
    """What an envelope says of itself, and the documents in it, in order.

    `documents` are standalone XML; where the document declares its own namespaces (as ours do) they are
    the very bytes that were signed.
    """

    instance_id: UUID
    envelope_type: str
    type_version: str
    sender: Mailbox
    receiver: Mailbox
    element_types: tuple[str, ...]
    element_counts: tuple[int, ...]
    documents: tuple[bytes, ...]
    root: etree._Element


def open_zarf(xml: bytes) -> OpenedZarf:
    """Parse an envelope, hardened.

    :raises ZarfUnreadable: 1132 not XML, 1140 not an envelope, 1141 without an id, 1111 an id of wrong form.
    """
    try:
        root = parse_xml(xml)
    except MessageUnreadable as error:
        raise ZarfUnreadable(1132, "Dosya XML değil", f"Not XML: {error}") from error
    head, package = root.find(_HEAD), root.find(f"{{{EF}}}Package")
    if root.tag != f"{{{SH}}}StandardBusinessDocument" or head is None or package is None:
        raise ZarfUnreadable(1140, "Dosya bir zarf değil", "Not an envelope")
    identification = head.find(f"{{{SH}}}DocumentIdentification")
    if identification is None or not _text(identification, "InstanceIdentifier"):
        raise ZarfUnreadable(1141, "Zarf kimliği yok", "The envelope has no id")
    try:
        instance_id = UUID(_text(identification, "InstanceIdentifier"))
    except ValueError as error:
        raise ZarfUnreadable(1111, "Zarf kimliği geçersiz", "The envelope's id is not a GUID") from error
    groups = package.findall("Elements")
    counts = [(group.findtext("ElementCount") or "").strip() for group in groups]
    if not groups or not all(count.isascii() and count.isdigit() for count in counts):
        raise ZarfUnreadable(1140, "Zarfın belge sayısı okunamadı", "The envelope's counts cannot be read")
    elements = [
        element for group in groups for element in group.iterfind("ElementList/*") if isinstance(element.tag, str)
    ]
    return OpenedZarf(
        instance_id=instance_id,
        envelope_type=_text(identification, "Type"),
        type_version=_text(identification, "TypeVersion"),
        sender=_mailbox(head, "Sender"),
        receiver=_mailbox(head, "Receiver"),
        element_types=tuple((group.findtext("ElementType") or "").strip() for group in groups),
        element_counts=tuple(int(count) for count in counts),
        documents=_documents(xml, elements, root.getroottree().docinfo.encoding),
        root=root,
    )


def _text(parent: etree._Element, name: str) -> str:
    return (parent.findtext(f"{{{SH}}}{name}") or "").strip()


def _mailbox(head: etree._Element, side: str) -> Mailbox:
    partner = head.find(f"{{{SH}}}{side}")
    if partner is None:
        return Mailbox("", "")
    contacts = {
        _text(contact, "ContactTypeIdentifier"): _text(contact, "Contact")
        for contact in partner.iterfind(f"{{{SH}}}ContactInformation")
    }
    return Mailbox(_text(partner, "Identifier"), contacts.get("VKN_TCKN", ""), contacts.get("UNVAN", ""))


def _documents(xml: bytes, elements: list[etree._Element], encoding: str | None) -> tuple[bytes, ...]:
    # Pieces have no XML declaration, so they must be UTF-8 to mean what they meant in the whole.
    slices = _slices(xml) if encoding in ("UTF-8", "utf-8", "US-ASCII", None) else []
    if len(slices) == len(elements):
        try:
            roots = [parse_xml(piece) for piece in slices]
        except MessageUnreadable:
            roots = []  # prefixes declared on the envelope: the slice alone is not well-formed
        if [root.tag for root in roots] == [element.tag for element in elements]:
            return tuple(slices)
    return tuple(_standalone(element) for element in elements)


def _standalone(element: etree._Element) -> bytes:
    # A copy keeps the element's own namespace declarations and leaves its ancestors' unused ones behind,
    # as the signer saw it; serialising it in place would add them and break an inclusive canonical form.
    alone = copy.deepcopy(element)
    alone.tail = None
    return etree.tostring(alone, xml_declaration=True, encoding="UTF-8")


def _slices(xml: bytes) -> list[bytes]:
    """The byte ranges of the documents, found by expat (which, unlike lxml, tells byte offsets)."""
    parser = expat.ParserCreate()
    starts: list[int] = []
    ends: list[int] = []
    path: list[str] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        if len(path) == _LIST_DEPTH and path[-1] == "ElementList":
            starts.append(parser.CurrentByteIndex)
        path.append(name)

    def end(_name: str) -> None:
        path.pop()
        if len(path) == _LIST_DEPTH and path[-1] == "ElementList":
            ends.append(parser.CurrentByteIndex)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(xml, True)
    except expat.ExpatError:
        return []
    return [xml[first : xml.index(b">", last) + 1] for first, last in zip(starts, ends, strict=True)]
