"""What was found: checks with their outcome, and the documents with everything that was said of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Check:
    """Something that must be so: a sentence, whether it is, and what is wrong otherwise."""

    text: str
    wrong: list[str]

    @property
    def holds(self) -> bool:
        """True when nothing is wrong."""
        return not self.wrong


@dataclass
class Sent:
    """A document, who sent it, and what became of it."""

    seller: str
    about: str
    row: Json
    bulk: bool = False
    verified_by: list[str] = field(default_factory=list)
    expected: str = "delivered"
    returned_kontor: int = 0

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.row["document_id"])

    @property
    def as_expected(self) -> bool:
        """Whether it ended as it should."""
        return bool(self.row["state"] == self.expected)


@dataclass(frozen=True)
class Came:
    """What came in or was reported: a line of the table. `key`: its ETTN or raporNo."""

    what: str
    number: str
    key: str
    state: str


@dataclass
class Story:
    """Everything that the report needs."""

    documents: list[Sent] = field(default_factory=list)
    came: list[Came] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    # seller -> (kontör before, kontör after), as `client.Kontor`
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    def check(self, text: str, wrong: list[str] | str | bool | None = None) -> Check:
        """Note a check. `wrong`: what is not right, as sentences; True for "it is not"."""
        if isinstance(wrong, bool):
            wrong = ["it is not so"] if wrong else []
        found = Check(text, [wrong] if isinstance(wrong, str) else list(wrong or []))
        self.checks.append(found)
        return found

    @property
    def holds(self) -> bool:
        """True when every check held."""
        return all(check.holds for check in self.checks)

    def of(self, seller: str, *, channel: str | None = None) -> list[Json]:
        """The rows of a seller's documents, of one channel or of all."""
        return [sent.row for sent in self.documents if sent.seller == seller and channel in (None, sent.row["channel"])]
