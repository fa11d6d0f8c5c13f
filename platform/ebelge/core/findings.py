"""One thing that is wrong with a document, and how to mend it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Language = Literal["tr", "en"]
Severity = Literal["error", "warning"]


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

    def answer(self, language: Language) -> dict[str, Any]:
        """The finding as the API shows it: both languages, and the reader's own as `message` and `mend`."""
        both = asdict(self)
        both["message"] = self.message_tr if language == "tr" else self.message_en
        both["mend"] = self.mend_tr if language == "tr" else self.mend_en
        return both


def refuses(findings: "list[Finding] | tuple[Finding, ...]") -> bool:
    """True if at least one finding is an error; warnings alone refuse nothing."""
    return any(finding.severity == "error" for finding in findings)
