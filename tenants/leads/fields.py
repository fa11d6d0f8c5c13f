"""What visitors type into forms, field by field: bounded, cleaned, and every fault told by the field's name."""

import re
from collections.abc import Mapping
from typing import Final

from stdnum.tr import tckimlik, vkn

from ebelge.core.errors import DomainError
from tenants.people import persons

TEXT_MAX: Final = 120
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{5,22}[0-9]")


class InvalidForm(DomainError):
    """Fields that cannot be taken; `fields` says which, in both languages."""

    code, http_status = "invalid_form", 422
    title_tr, title_en = "Formda düzeltilecek alanlar var", "Some fields need to be corrected"

    def __init__(self, fields: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(
            " ".join(turkish for turkish, _ in fields.values()), " ".join(english for _, english in fields.values())
        )
        self.fields = dict(fields)


class Fields:
    """Reads one form; what cannot be taken is collected, so that all of it is told at once."""

    def __init__(self) -> None:
        self.wrong: dict[str, tuple[str, str]] = {}

    def refuse(self) -> None:
        """:raises InvalidForm: something could not be taken."""
        if self.wrong:
            raise InvalidForm(self.wrong)

    def fault(self, field: str, turkish: str, english: str) -> str:
        """Note a fault; returns the empty text that stands for the field."""
        self.wrong[field] = (turkish, english)
        return ""

    def name(self, field: str, typed: str) -> str:
        """First and family name."""
        try:
            return persons.plain_name(typed)
        except persons.InvalidPerson as error:
            return self.fault(field, error.detail_tr, error.detail_en)

    def email(self, field: str, typed: str) -> str:
        """An address in its one spelling."""
        try:
            return persons.plain_email(typed)
        except persons.InvalidPerson as error:
            return self.fault(field, error.detail_tr, error.detail_en)

    def line(self, field: str, typed: str, needed: tuple[str, str] | None = None) -> str:
        """One line of text; `needed`: what is said where it is empty."""
        line = " ".join(clean(typed).split())
        if needed and not line:
            return self.fault(field, *needed)
        if len(line) > TEXT_MAX:
            return self.fault(field, f"En çok {TEXT_MAX} karakter yazılabilir.", f"At most {TEXT_MAX} characters.")
        return line

    def taxpayer(self, field: str, typed: str, *, needed: bool) -> str:
        """A VKN or TCKN whose check digits are right."""
        number = "".join(typed.split())
        if not number and not needed:
            return ""
        if (len(number) == 11 and tckimlik.is_valid(number)) or (len(number) == 10 and vkn.is_valid(number)):
            return number
        return self.fault(
            field, "VKN (10 hane) ya da TCKN (11 hane) geçersiz; rakamları denetleyin.",
            "This is no valid VKN (10 digits) or TCKN (11 digits); check its digits.",
        )  # fmt: skip

    def phone(self, field: str, typed: str, *, needed: bool) -> str:
        """A phone number as people write it."""
        number = " ".join(typed.split())
        if (needed or number) and not _PHONE.fullmatch(number):
            return self.fault(field, "Telefonu alan koduyla yazın.", "Write the phone number with its area code.")
        return number


def clean(text: str) -> str:
    """Text without control characters, line ends as \\n, no more than two in a row."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(sign for sign in lines if sign == "\n" or sign.isprintable())
    return re.sub(r"\n{3,}", "\n\n", plain).strip()
