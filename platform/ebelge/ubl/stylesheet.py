"""Our stylesheets: one per kind over a common part, put together once, small because every document carries one."""

import re
from functools import cache
from importlib import resources
from typing import Any

from lxml import etree

from ebelge.ubl.names import ALL_ROOTS

XSL = "http://www.w3.org/1999/XSL/Transform"
_INCLUDE = f"{{{XSL}}}include"
_FILES = {
    "Invoice": "invoice.xslt",
    "DespatchAdvice": "despatch.xslt",
    "CreditNote": "producer.xslt",
    "ApplicationResponse": "response.xslt",
    "ReceiptAdvice": "receipt.xslt",
    "eArsivVeri": "professional.xslt",
}


def source(root: etree._Element) -> bytes:
    """The stylesheet for a document, as one self-contained XSLT 1.0 file."""
    return _source(ALL_ROOTS[root.tag])


def every_source() -> tuple[bytes, ...]:
    """The stylesheets of all kinds."""
    return tuple(_source(name) for name in _FILES)


def compiled(root: etree._Element) -> etree.XSLT:
    """The same, compiled once, with every way to the network and the file system shut."""
    return _compiled(ALL_ROOTS[root.tag])


@cache
def _source(name: str) -> bytes:
    sheet = _read(_FILES[name])
    for include in sheet.findall(_INCLUDE):
        place = list(sheet).index(include)
        sheet.remove(include)
        sheet[place:place] = list(_read(include.get("href", "")))
    for comment in list(sheet.iter(etree.Comment)):
        parent = comment.getparent()
        if parent is not None:
            etree.strip_elements(parent, etree.Comment, with_tail=False)
    for style in sheet.iter("style"):
        style.text = re.sub(r"\s*\n\s*", "", style.text or "")
    return etree.tostring(sheet, encoding="UTF-8", xml_declaration=True)


@cache
def _compiled(name: str) -> etree.XSLT:
    control: Any = etree.XSLTAccessControl
    shut = control(read_file=False, write_file=False, create_dir=False, read_network=False, write_network=False)
    return etree.XSLT(etree.fromstring(_source(name)), access_control=shut)


def _read(name: str) -> etree._Element:
    data = resources.files("ebelge.ubl").joinpath("stylesheets", name).read_bytes()
    return etree.fromstring(data, etree.XMLParser(remove_blank_text=True, resolve_entities=False, no_network=True))
