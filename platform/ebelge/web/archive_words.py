"""Words of the archive's page, and what is typed there, read."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from ebelge.core.errors import InvalidRequest
from ebelge.web.forms import plain_figure

Day = date
_SOURCES: Final = {
    "outgoing": ("Giden", "Outgoing"), "incoming": ("Gelen", "Incoming"),
    "old": ("Devralınan", "From elsewhere"), "file": ("Dosya", "File"),
}  # fmt: skip
_FILE_KINDS: Final = {
    "other": ("Diğer dosya", "Other file"), "contract": ("Sözleşme", "Contract"), "report": ("Rapor", "Report"),
    "statement": ("Ekstre", "Statement"), "edefter": ("e-Defter", "e-Defter"),
}  # fmt: skip
_KINDS: Final = {
    "efatura": ("e-Fatura", "e-Fatura"), "earsiv": ("e-Arşiv Fatura", "e-Arşiv"),
    "eirsaliye": ("e-İrsaliye", "e-İrsaliye"), "emm": ("e-Müstahsil", "e-Müstahsil"), "esmm": ("e-SMM", "e-SMM"),
} | _FILE_KINDS  # fmt: skip
_COLOURS: Final = {
    "grey": ("Gri", "Grey"), "red": ("Kırmızı", "Red"), "orange": ("Turuncu", "Orange"), "yellow": ("Sarı", "Yellow"),
    "green": ("Yeşil", "Green"), "teal": ("Camgöbeği", "Teal"), "blue": ("Mavi", "Blue"), "purple": ("Mor", "Purple"),
    "pink": ("Pembe", "Pink"), "brown": ("Kahverengi", "Brown"),
}  # fmt: skip
_DONE: Final = {
    "file": ("Dosya arşive kondu.", "The file is in the archive."),
    "tagged": ("Etiketler değiştirildi.", "The tags were changed."),
    "tag": ("Etiket eklendi.", "The tag was added."),
    "tag_removed": ("Etiket silindi.", "The tag was removed."),
    "search": ("Arama kaydedildi.", "The search was saved."),
    "search_removed": ("Arama silindi.", "The search was removed."),
}


def sources(language: str) -> dict[str, str]:
    """Where entries come from."""
    return _said(_SOURCES, language)


def kinds(language: str) -> dict[str, str]:
    """Kinds of documents and files."""
    return _said(_KINDS, language)


def file_kinds(language: str) -> dict[str, str]:
    """Kinds of files that can be put in."""
    return _said(_FILE_KINDS, language)


def colours(language: str) -> dict[str, str]:
    """Colours of tags."""
    return _said(_COLOURS, language)


def done(args: Mapping[str, str], language: str) -> str:
    """What was just done."""
    return _said(_DONE, language).get(args.get("done", ""), "")


def kurus(text: str) -> int:
    """An amount as people type it (1.249,90, 1.249 or 1249.90), in kuruş. :raises InvalidRequest: it is none."""
    try:
        amount = Decimal(plain_figure(text)) * 100
        if not amount.is_finite() or amount != amount.to_integral_value() or abs(amount) > 10**15:
            raise InvalidOperation
    except InvalidOperation as error:
        raise InvalidRequest("Tutarı 1.249,90 gibi yazın.", "Write the amount like 1249.90.") from error
    return int(amount)


def day(text: str) -> Day:
    """A day in an address. :raises InvalidRequest: it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest("Tarihi takvimden seçin.", "Choose the day from the calendar.") from error


def _said(words: Mapping[str, tuple[str, str]], language: str) -> dict[str, str]:
    return {name: texts[0 if language == "tr" else 1] for name, texts in words.items()}
