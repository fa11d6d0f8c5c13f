"""SOAP 1.2 messages with MTOM/XOP attachments, made and read by hand.

No kept MTOM library exists for Python, and the form is small: one XML root part, and attachments that
`xop:Include href="cid:…"` points at (W3C XOP 1.0, MTOM 1.0; RFC 2387 multipart/related).
"""

import base64
import binascii
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import unquote

from lxml import etree

SOAP = "http://www.w3.org/2003/05/soap-envelope"
XOP = "http://www.w3.org/2004/08/xop/include"
SOAP_TYPE = "application/soap+xml"
XOP_TYPE = "application/xop+xml"
PART_COUNT_MAX = 16


class MessageUnreadable(ValueError):
    """Not a SOAP 1.2 message by this contract."""


@dataclass(frozen=True, slots=True)
class SoapMessage:
    """A parsed message: the first child of soap:Body, and the attachments by content id."""

    body: etree._Element
    attachments: Mapping[str, bytes] = field(default_factory=dict)

    def binary(self, element: etree._Element) -> bytes:
        """The bytes of a base64Binary element, inline or by xop:Include.

        :raises MessageUnreadable: neither valid base64 nor an attachment that is there.
        """
        include = element.find(f"{{{XOP}}}Include")
        if include is not None:
            content_id = unquote((include.get("href") or "").removeprefix("cid:"))
            if content_id not in self.attachments:
                raise MessageUnreadable(f"no attachment {content_id!r}")
            return self.attachments[content_id]
        try:
            return base64.b64decode("".join((element.text or "").split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise MessageUnreadable("neither base64 nor xop:Include") from error


def parse_xml(data: bytes) -> etree._Element:
    """Parse XML from outside: no DTD, no entities, no network, libxml2's own size limits.

    :raises MessageUnreadable: not well-formed, or with a document type.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MessageUnreadable(f"not XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise MessageUnreadable("a document type is not allowed")
    return root


def _parameters(content_type: str) -> tuple[str, dict[str, str]]:
    header = Message()
    header["content-type"] = content_type
    pairs = header.get_params() or []
    # ASCII protocol tokens, not text: lower() is safe here.
    return header.get_content_type(), {name.lower(): value for name, value in pairs[1:]}


def _parts(data: bytes, boundary: str) -> list[tuple[Message, bytes]]:
    delimiter = b"--" + boundary.encode("ascii", "strict")
    pieces = (b"\r\n" + data).split(b"\r\n" + delimiter)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise MessageUnreadable("the multipart body is cut off")
    if len(pieces) - 2 > PART_COUNT_MAX:
        raise MessageUnreadable("too many parts")
    parts = []
    for piece in pieces[1:-1]:
        head, separator, content = piece.partition(b"\r\n\r\n")
        if not separator:
            raise MessageUnreadable("a part without a header end")
        message = Message()
        for line in head.decode("latin-1").replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n"):
            name, colon, value = line.partition(":")
            if colon:
                message[name.strip()] = value.strip()
        if (message.get("Content-Transfer-Encoding") or "").strip().casefold() == "base64":
            try:
                content = base64.b64decode(content)
            except (binascii.Error, ValueError) as error:
                raise MessageUnreadable("a part is not base64") from error
        parts.append((message, content))
    return parts


def parse_message(data: bytes, content_type: str) -> SoapMessage:
    """Read a SOAP 1.2 message, plain or multipart/related.

    :raises MessageUnreadable: another media type, a broken multipart, not SOAP 1.2, an empty body.
    """
    media, parameters = _parameters(content_type)
    attachments: dict[str, bytes] = {}
    if media == "multipart/related":
        try:
            parts = _parts(data, parameters.get("boundary", ""))
        except UnicodeEncodeError as error:
            raise MessageUnreadable("the boundary is not ASCII") from error
        root_xml, start = b"", parameters.get("start", "")
        for index, (header, content) in enumerate(parts):
            content_id = (header.get("Content-ID") or "").strip()
            if (start and content_id == start) or (not start and index == 0):
                root_xml = content
            else:
                attachments[content_id.strip("<>")] = content
    elif media in (SOAP_TYPE, XOP_TYPE):
        root_xml = data
    else:
        raise MessageUnreadable(f"media type {media!r} is not SOAP 1.2")
    root = parse_xml(root_xml)
    body = root.find(f"{{{SOAP}}}Body")
    if root.tag != f"{{{SOAP}}}Envelope" or body is None:
        raise MessageUnreadable("not a SOAP 1.2 envelope")
    first = next(iter(body.iterchildren(etree.Element)), None)
    if first is None:
        raise MessageUnreadable("an empty SOAP body")
    return SoapMessage(first, attachments)


def soap_envelope(body: etree._Element) -> bytes:
    """`body` wrapped into soap:Envelope/soap:Body, as UTF-8 bytes."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(body)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def include(parent: etree._Element, content_id: str) -> None:
    """Put `xop:Include` for an attachment into `parent`."""
    etree.SubElement(parent, f"{{{XOP}}}Include", nsmap={"xop": XOP}, href=f"cid:{content_id}")


def multipart(envelope: bytes, attachments: Mapping[str, bytes], *, action: str) -> tuple[bytes, str]:
    """The body and the Content-Type header of an MTOM message with these attachments."""
    boundary, start = f"uuid-{uuid.uuid4()}", f"root-{uuid.uuid4()}@ebelge"
    while any(boundary.encode() in content for content in (envelope, *attachments.values())):
        boundary = f"uuid-{uuid.uuid4()}"
    chunks = [
        f'--{boundary}\r\nContent-Type: {XOP_TYPE}; charset=UTF-8; type="{SOAP_TYPE}"\r\n'
        f"Content-Transfer-Encoding: binary\r\nContent-ID: <{start}>\r\n\r\n".encode(),
        envelope,
    ]
    for content_id, content in attachments.items():
        chunks += [
            f"\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n"
            f"Content-Transfer-Encoding: binary\r\nContent-ID: <{content_id}>\r\n\r\n".encode(),
            content,
        ]
    chunks.append(f"\r\n--{boundary}--\r\n".encode())
    content_type = (
        f'multipart/related; type="{XOP_TYPE}"; boundary="{boundary}"; start="<{start}>"; '
        f'start-info="{SOAP_TYPE}"; action="{action}"'
    )
    return b"".join(chunks), content_type
