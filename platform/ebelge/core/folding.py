"""Turkish texts made comparable: what people and banks upper-case, strip of dots or mis-encode becomes A-Z, 0-9."""

import re
import unicodedata

# Letters that decomposition does not reach, and what Windows-1254 becomes when it is read as Latin-1.
_LETTERS = str.maketrans({
    "ı": "I", "İ": "I", "ş": "S", "Ş": "S", "ğ": "G", "Ğ": "G", "þ": "S", "Þ": "S", "ð": "G", "Ð": "G",
    "ý": "I", "Ý": "I", "ß": "SS", "ø": "O", "Ø": "O", "æ": "AE", "Æ": "AE",
})  # fmt: skip
_OTHER = re.compile(r"[^A-Z0-9]+")


def fold(text: str) -> str:
    """Capital ASCII letters and digits, words parted by one blank: "Işık Ltd.Şti." -> "ISIK LTD STI"."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    ascii_only = "".join(sign if sign.isascii() else " " for sign in plain.translate(_LETTERS))
    return _OTHER.sub(" ", ascii_only.upper()).strip()
