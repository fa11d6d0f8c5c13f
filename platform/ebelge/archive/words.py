"""Texts -> the words that the archive's index keeps, and those that a search asks for. Pure.

Folded by `core.folding`, as everything that people type: "Işık Ltd." is found by "isik" and by "IŞIK".
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from ebelge.core.folding import fold

WORDS_MAX: Final = 400  # of one entry; a document of a thousand lines is found by its first items and its head
WORD_LENGTH_MAX: Final = 40
ASKED_MAX: Final = 12
_TEXT_MAX: Final = 20_000


def words(texts: Iterable[str], *, at_most: int = WORDS_MAX) -> list[str]:
    """The words of some texts, each once, in their order; longer ones are cut, and so is a text without end."""
    found: dict[str, None] = {}
    for text in texts:
        for word in fold(text[:_TEXT_MAX]).split():
            found.setdefault(word[:WORD_LENGTH_MAX])
            if len(found) >= at_most:
                return list(found)
    return list(found)


def asked(text: str) -> list[str]:
    """The words that a search asks for; each is to begin a word of what is found."""
    return words([text], at_most=ASKED_MAX)


def lexemes(tenant_id: UUID, found: Iterable[str]) -> list[str]:
    """Words as the index keeps them: behind the tenant's mark, so that its words are its own there (ADR 0130)."""
    mark = tenant_id.hex[-8:]
    return [mark + word for word in found]
