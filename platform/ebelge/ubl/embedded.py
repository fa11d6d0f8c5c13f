"""The stylesheet that a document carries: bytes of a stranger, to be run under guard or not at all."""

import base64
import binascii

from lxml import etree

from ebelge.ubl.names import ALL_ROOTS, tag
from ebelge.ubl.reading import read_tree
from ebelge.ubl.render import BYTES_MAX

_NAMES = (".xslt", ".xsl")


def stylesheet(xml: bytes) -> bytes | None:
    """The stylesheet inside a document; None if it carries none that can be read.

    :raises UnreadableDocument: see `parse`.
    """
    return of_tree(read_tree(xml, max_bytes=BYTES_MAX, roots=ALL_ROOTS))


def of_tree(root: etree._Element) -> bytes | None:
    """The same of a tree."""
    for reference in root.iterchildren(tag("cac:AdditionalDocumentReference")):
        said = (reference.findtext(tag("cbc:DocumentType")), reference.findtext(tag("cbc:DocumentTypeCode")))
        for carried in reference.iter(tag("cbc:EmbeddedDocumentBinaryObject")):
            named = carried.get("filename", "").lower().endswith(_NAMES)
            if not (named or any((text or "").strip().upper() == "XSLT" for text in said)):
                continue
            try:
                data = base64.b64decode("".join((carried.text or "").split()), validate=True)
            except (binascii.Error, ValueError):
                continue
            if data.strip():
                return data
    return None
