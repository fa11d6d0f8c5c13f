"""Names of companies compared as words: which share enough to be the same payer."""

from ebelge.core.folding import fold

_COMPANY = frozenset({
    "A", "S", "AS", "ANONIM", "LTD", "LIMITED", "STI", "SIRKETI", "SIRKET", "SAN", "SANAYI", "TIC", "TICARET", "VE",
    "INS", "ITH", "IHR", "PAZ", "DIS", "KOLL", "KOM", "T",
})  # fmt: skip


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
