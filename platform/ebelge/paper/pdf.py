"""A page as PDF/A-3b, with the signed XML inside."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ebelge.paper.errors import Failed, PdfTooLarge, PdfUnavailable
from ebelge.paper.helpers import helpers

WALL_S: Final = 90.0  # the processor time is bounded to 25 s
PDF_BYTES_MAX: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the PDF says of itself. `xml`: the signed document to attach, b"" for none."""

    title: str
    author: str
    issued_at: datetime
    xml: bytes = b""
    xml_name: str = "belge.xml"


def made(page: bytes, facts: Facts) -> bytes:
    """The page as PDF. The same page and facts give the same bytes.

    :raises PdfTooLarge: it takes too long or too much memory. :raises PdfUnavailable: this machine cannot make PDFs.
    """
    told = {
        "title": facts.title, "author": facts.author, "issued_at": facts.issued_at.isoformat(timespec="seconds"),
        "attachment": facts.xml_name, "description": "İmzalı UBL-TR belgesi (hukuken asıl olan)",
    }  # fmt: skip
    try:
        return helpers().print([json.dumps(told).encode(), page, facts.xml], wall_s=WALL_S, bytes_max=PDF_BYTES_MAX)
    except Failed as failed:
        raise refusal(failed) from failed


def refusal(failed: Failed) -> PdfTooLarge | PdfUnavailable:
    """What a failed print is called outside."""
    if failed.reason == "missing":
        return PdfUnavailable(
            f"Sunucuda PDF kitaplıkları ya da yazı tipleri eksik. {failed.text}",
            f"The server lacks libraries or fonts for PDFs. {failed.text}",
        )
    if failed.reason in ("time", "memory", "output"):
        return PdfTooLarge(
            "Belgenin görünümünü (HTML) ya da XML'ini indirin; sayfa tarayıcıdan da PDF olarak kaydedilebilir.",
            "Take the readable view (HTML) or the XML; a browser can save the page as PDF, too.",
        )
    return PdfUnavailable(
        "Bu sayfadan PDF üretilemedi; görünümü (HTML) ve XML'i indirilebilir.",
        "No PDF could be made of this page; its readable view (HTML) and XML can be had.",
    )
