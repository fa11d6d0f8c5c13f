"""What people fill in, checked field by field, so that a form can show each fault beside its field."""

import re
from typing import Any, Final

from ebelge.core.errors import DomainError
from ebelge.core.findings import Language

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_EMAIL: Final = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")
_PHONE: Final = re.compile(r"\+?[0-9 ()/.-]{5,30}")


class InvalidFields(DomainError):
    """One or more fields are wrong; `fields` says of each what is wrong with it."""

    code, http_status = "invalid_fields", 422
    title_tr, title_en = "Bazı alanlar geçersiz", "Some fields are invalid"

    def __init__(self, wrong: dict[str, tuple[str, str]]) -> None:
        turkish, english = (" ".join(text[one] for text in wrong.values()) for one in (0, 1))
        super().__init__(f"{turkish} Hiçbir şey kaydedilmedi.", f"{english} Nothing was stored.")
        self.wrong = wrong

    def problem(self, language: Language) -> dict[str, Any]:
        """The refusal with the fields, each in the reader's language."""
        place = 0 if language == "tr" else 1
        fields = [{"path": name, "message": text[place]} for name, text in self.wrong.items()]
        return super().problem(language) | {"fields": fields}


class Checks:
    """Collects what is wrong; `done` raises once for all."""

    def __init__(self) -> None:
        self.wrong: dict[str, tuple[str, str]] = {}

    def refuse(self, field: str, turkish: str, english: str) -> None:
        """Note a fault; the first of a field counts."""
        self.wrong.setdefault(field, (turkish, english))

    def text(self, field: str, value: str | None, *, longest: int, needed: bool = False) -> str | None:
        """A line of text without control characters, trimmed; None where there is nothing."""
        said = (value or "").strip()
        if not said:
            if needed:
                self.refuse(field, "Bu alanı doldurun.", "Fill this in.")
            return None
        if len(said) > longest:
            self.refuse(field, f"En çok {longest} karakter yazın.", f"Write {longest} characters at most.")
        elif _CONTROL.search(said):
            self.refuse(field, "Görünmeyen karakterleri silin.", "Remove the invisible characters.")
        return said

    def email(self, field: str, value: str | None) -> str | None:
        """An e-mail address, or None."""
        said = self.text(field, value, longest=254)
        if said is not None and not _EMAIL.fullmatch(said):
            self.refuse(field, "Geçerli bir e-posta adresi yazın.", "Write a valid e-mail address.")
        return said

    def phone(self, field: str, value: str | None) -> str | None:
        """A telephone number, or None."""
        said = self.text(field, value, longest=30)
        if said is not None and not _PHONE.fullmatch(said):
            self.refuse(field, "Telefonu rakamlarla yazın.", "Write the telephone number in digits.")
        return said

    def done(self, refusal: type[InvalidFields] = InvalidFields) -> None:
        """:raises InvalidFields: anything was refused."""
        if self.wrong:
            raise refusal(self.wrong)
