"""Refusals: a class per reason, with a stable code, an HTTP status and words in two languages."""

from collections.abc import Sequence
from typing import Any, ClassVar

from ebelge.core.findings import Finding, Language


class DomainError(Exception):
    """A request that is refused for a reason of the trade; nothing was changed by it.

    Subclasses set `code` (stable, for programs), `http_status` and the titles (for people); where an instance's
    detail only says what is wrong, `advice` adds what was kept and what to do.
    `extra` goes into the problem document as it is (integers, strings, lists).
    """

    code: ClassVar[str] = "refused"
    http_status: ClassVar[int] = 400
    title_tr: ClassVar[str] = "İstek kabul edilmedi"
    title_en: ClassVar[str] = "The request was refused"
    advice_tr: ClassVar[str] = ""
    advice_en: ClassVar[str] = ""

    def __init__(
        self,
        detail_tr: str = "",
        detail_en: str = "",
        *,
        findings: Sequence[Finding] = (),
        **extra: Any,
    ) -> None:
        super().__init__(detail_en or self.title_en)
        self.detail_tr = detail_tr
        self.detail_en = detail_en
        self.findings = tuple(findings)
        self.extra = extra

    def problem(self, language: Language) -> dict[str, Any]:
        """The refusal as an RFC 9457 problem document in `language`."""
        turkish = language == "tr"
        body: dict[str, Any] = {
            "type": f"urn:ebelge:problem:{self.code}",
            "title": self.title_tr if turkish else self.title_en,
            "status": self.http_status,
            "code": self.code,
        }
        said = (self.detail_tr, self.advice_tr) if turkish else (self.detail_en, self.advice_en)
        if detail := " ".join(part for part in said if part):
            body["detail"] = detail
        if self.findings:
            body["findings"] = [finding.answer(language) for finding in self.findings]
        return body | self.extra


class NotFound(DomainError):
    """No such object in this tenant (or it is another tenant's: the answer is the same)."""

    code, http_status = "not_found", 404
    title_tr, title_en = "Kayıt bulunamadı", "Not found"


class Conflict(DomainError):
    """The state of the object does not allow this."""

    code, http_status = "conflict", 409
    title_tr, title_en = "Kaydın durumu buna izin vermiyor", "The state of the object does not allow this"


class InvalidRequest(DomainError):
    """The request cannot be read: a field is missing, of the wrong form or out of bounds."""

    code, http_status = "invalid_request", 400
    title_tr, title_en = "İstek okunamadı", "The request cannot be read"
