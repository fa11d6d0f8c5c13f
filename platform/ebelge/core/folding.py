"""Turkish texts made comparable: what people and banks upper-case, strip of dots or mis-encode becomes A-Z, 0-9."""

import re
import unicodedata

# Letters of ours, those that decomposition does not reach, and what Windows-1254 becomes when it is read as Latin-1.
_LETTERS = str.maketrans({
    "ı": "I", "İ": "I", "ş": "S", "Ş": "S", "ğ": "G", "Ğ": "G", "þ": "S", "Þ": "S", "ð": "G", "Ð": "G",
    "ç": "C", "Ç": "C", "ö": "O", "Ö": "O", "ü": "U", "Ü": "U",
    "ý": "I", "Ý": "I", "ß": "SS", "ø": "O", "Ø": "O", "æ": "AE", "Æ": "AE",
})  # fmt: skip
_OTHER = re.compile(r"[^A-Z0-9]+")


def fold(text: str) -> str:
    """Capital ASCII letters and digits, words parted by one blank: "Işık Ltd.Şti." -> "ISIK LTD STI"."""
    plain = text.translate(_LETTERS)
    if not plain.isascii():  # else there is nothing to decompose: nearly always, and it goes sign by sign
        decomposed = unicodedata.normalize("NFKD", plain)
        bare = "".join([sign for sign in decomposed if not unicodedata.combining(sign)])
        plain = "".join([sign if sign.isascii() else " " for sign in bare.translate(_LETTERS)])
    return _OTHER.sub(" ", plain.upper()).strip()
