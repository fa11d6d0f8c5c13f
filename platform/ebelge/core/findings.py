"""One thing that is wrong with a document, and how to mend it."""

import re
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

Language = Literal["tr", "en"]
Severity = Literal["error", "warning"]
# Mends by the table of types, and mends that name a field of the API's JSON.
_OF_PROGRAMS: Final = frozenset({"EB-TYPE", "EB-TYPE-NEEDS", "EB-TYPE-FORM"})
_JSON_NAME: Final = re.compile(r"(?<![\w@:-])[a-z]+_[a-z_]+(?![\w@:-])|\[\]")  # no part of an alias at GİB


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found in a document, in Turkish and English, with the way to mend it."""

    rule: str
    message_tr: str
    message_en: str
    mend_tr: str = ""
    mend_en: str = ""
    line: int | None = None
    path: str = ""
    severity: Severity = "error"

    @property
    def for_programs(self) -> bool:
        """Whether its mend is for who writes JSON; one who sees a form or a sheet is told otherwise."""
        return self.rule in _OF_PROGRAMS or _JSON_NAME.search(self.mend_tr) is not None

    def answer(self, language: Language) -> dict[str, Any]:
        """The finding as the API shows it: both languages, and the reader's own as `message` and `mend`."""
        both = asdict(self)
        both["message"] = self.message_tr if language == "tr" else self.message_en
        both["mend"] = self.mend_tr if language == "tr" else self.mend_en
        return both


def refuses(findings: "list[Finding] | tuple[Finding, ...]") -> bool:
    """True if at least one finding is an error; warnings alone refuse nothing."""
    return any(finding.severity == "error" for finding in findings)
