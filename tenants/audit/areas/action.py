"""One action of the audit log: how it reads, and which fields an entry of it may keep."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """Words for people, and the allow-list. A field that is not listed is refused: secrets are never listed.

    `fields` enter the chain and stay; `personal` (names, addresses, mail addresses of people) stand apart and can be
    erased without breaking it. Ids of people are no personal fields: without the person's row they name nobody.
    """

    tr: str
    en: str
    fields: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()

    def text(self, language: str) -> str:
        """The action in words."""
        return self.tr if language == "tr" else self.en


Actions = Mapping[str, Action]
