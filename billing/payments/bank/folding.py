"""Turkish texts made comparable: what banks upper-case, strip of dots, cut and mis-encode becomes plain A-Z and 0-9."""

import re
import unicodedata

# Letters that decomposition does not reach, and what Windows-1254 becomes when it is read as Latin-1.
_LETTERS = str.maketrans({
    "ı": "I", "İ": "I", "ş": "S", "Ş": "S", "ğ": "G", "Ğ": "G", "þ": "S", "Þ": "S", "ð": "G", "Ð": "G",
    "ý": "I", "Ý": "I", "ß": "SS", "ø": "O", "Ø": "O", "æ": "AE", "Æ": "AE",
})  # fmt: skip
_OTHER = re.compile(r"[^A-Z0-9]+")
_COMPANY = frozenset({
    "A", "S", "AS", "ANONIM", "LTD", "LIMITED", "STI", "SIRKETI", "SIRKET", "SAN", "SANAYI", "TIC", "TICARET", "VE",
    "INS", "ITH", "IHR", "PAZ", "DIS", "KOLL", "KOM", "T",
})  # fmt: skip


def fold(text: str) -> str:
    """Capital ASCII letters and digits, words parted by one blank: "Işık Ltd.Şti." -> "ISIK LTD STI"."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    ascii_only = "".join(sign if sign.isascii() else " " for sign in plain.translate(_LETTERS))
    return _OTHER.sub(" ", ascii_only.upper()).strip()


def name_words(name: str) -> frozenset[str]:
    """The words of a name that tell companies apart; legal forms are left out."""
    return frozenset(word for word in fold(name).split() if word not in _COMPANY and len(word) > 1)


def likeness_percent(one: str, other: str) -> int:
    """How alike two names are, 0 to 100: shared words against the shorter name's; a cut last word counts."""
    return likeness_of_words(name_words(one), name_words(other))


def likeness_of_words(one: frozenset[str], other: frozenset[str]) -> int:
    """`likeness_percent` of names whose words are known (`name_words`)."""
    left, right = sorted((one, other), key=len)
    if not left:
        return 0
    shared = sum(1 for word in left if _is_in(word, right))
    return 100 * shared // len(left) if len(left) > 1 or len(right) == 1 else 60 * shared


def _is_in(word: str, words: frozenset[str]) -> bool:
    return word in words or (len(word) >= 4 and any(other.startswith(word) for other in words))
