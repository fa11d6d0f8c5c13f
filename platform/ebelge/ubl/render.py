"""The readable view of a document, by our own stylesheet: never by one that came with the document."""

import base64
from dataclasses import dataclass

from lxml import etree

from ebelge.ubl import karekod, stylesheet
from ebelge.ubl.names import ALL_ROOTS, OWN_FORM, ROOTS
from ebelge.ubl.reading import read_tree

BYTES_MAX = 20 * 1024 * 1024
_BAND = "margin:0 0 12px;padding:8px;border:2px solid #a32020;color:#a32020;text-align:center;font-weight:700"


@dataclass(frozen=True, slots=True)
class Look:
    """What a taxpayer adds to the view: a logo above, notes and a bank account below. No part of the document."""

    notes: tuple[str, ...] = ()
    iban: str = ""
    bank_name: str = ""
    logo: bytes = b""
    logo_type: str = "image/png"


def html(xml: bytes, look: Look | None = None, *, test: bool = False) -> bytes:
    """A complete HTML page in UTF-8, without script and without anything from outside. `test`: it says that the
    document is a sandbox's, on paper too.

    :raises UnreadableDocument: see `parse`.
    """
    return page_of(read_tree(xml, max_bytes=BYTES_MAX, roots=ALL_ROOTS), look, test=test)


def page_of(root: etree._Element, look: Look | None = None, *, test: bool = False) -> bytes:
    """The same of a tree, of any kind of document that `stylesheet` has a file for."""
    shown = stylesheet.compiled(root)(root)
    page = shown.getroot()
    if look is not None:
        _dress(page, look)
    if root.tag in ROOTS or root.tag in OWN_FORM:
        set_code(page, karekod.picture(root))
    if test:
        mark(page)
    return bytes(shown)


def set_code(page: etree._Element, picture: str) -> None:
    """Put the QR code where the page keeps room for it: the element with the id `qrcode`, also in others' stylesheets
    (GİB's own draw it there by a script, which never runs here)."""
    place = next((one for one in page.iter("div", "span", "td", "p") if one.get("id") == "qrcode"), None)
    if place is None or not picture:
        return
    place.text = None
    for child in list(place):
        place.remove(child)
    place.append(etree.Element("img", src=picture, alt="Karekod", width="132", height="132"))


def mark(page: etree._Element) -> None:
    """Say on the page that the document is a sandbox's."""
    body = page.find("body")
    if body is not None:
        band = etree.Element("p", role="note", style=_BAND)
        band.text = "SINAMA BELGESİDİR, HUKUKİ SONUCU YOKTUR · TEST DOCUMENT, WITHOUT LEGAL EFFECT"
        body.insert(0, band)


def _dress(page: etree._Element, look: Look) -> None:
    """Texts are set as texts: what looks like markup stays words."""
    sender = page.find(".//section[@class='from']")
    if look.logo and sender is not None:
        data = base64.b64encode(look.logo).decode("ascii")
        picture = etree.Element("img", src=f"data:{look.logo_type};base64,{data}", alt="", style="max-height:72px")
        sender.insert(0, picture)
    footer = page.find(".//footer")
    if footer is None or not (look.notes or look.iban):
        return
    added = etree.Element("section", {"class": "notes"})
    if look.iban:
        groups = " ".join(look.iban[place : place + 4] for place in range(0, len(look.iban), 4))
        line = etree.SubElement(added, "p")
        line.text = f"{look.bank_name} IBAN ".lstrip()
        etree.SubElement(line, "b").text = groups
    for note in look.notes:
        etree.SubElement(added, "p").text = note
    footer.addprevious(added)
