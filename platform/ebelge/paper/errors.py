"""What can be wrong with a foreign stylesheet or a PDF, in words."""

from ebelge.core.errors import DomainError


class DesignRefused(DomainError):
    """A stylesheet is not one that we run; the message names the line where it can."""

    code, http_status = "design_refused", 422
    title_tr, title_en = "Tasarım kabul edilmedi", "The design was refused"
    advice_tr = "Hiçbir şey kaydedilmedi; belgeleriniz eskisi gibi gösterilir."
    advice_en = "Nothing was stored; your documents are shown as before."


class PdfUnavailable(DomainError):
    """This machine lacks what PDFs are made with, or making one failed on our side."""

    code, http_status = "pdf_unavailable", 503
    title_tr, title_en = "PDF şu an üretilemiyor", "PDFs cannot be made just now"


class PdfTooLarge(DomainError):
    """The document would take too long or too much memory as PDF."""

    code, http_status = "pdf_too_large", 422
    title_tr, title_en = "Belge PDF için çok büyük", "The document is too large for a PDF"


class Failed(Exception):
    """A process could not do what it was asked: `reason` is a word for programs, the text for people.

    Words: `time` (too long), `memory` (it died, most often of too much memory), `output` (too much came out),
    `message` (the stylesheet ended itself, or is wrong; `text` is what it said), `missing` (a library or a font).
    """

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(f"{reason}: {text}" if text else reason)
        self.reason, self.text = reason, text
