"""What may be a password: long enough, not the address, not one of those that everybody tries. Nothing else.

Rules about kinds of letters make passwords worse (NIST SP 800-63B, 5.1.1.2): they are not asked for.
"""

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

from ebelge.core.errors import DomainError

LENGTH_MIN: Final = 10
LENGTH_MAX: Final = 200


class WeakPassword(DomainError):
    """This may not be a password here."""

    code, http_status = "weak_password", 422
    title_tr, title_en = "Bu parola kullanılamaz", "This password cannot be used"


def check(password: str, *, email: str, full_name: str = "") -> None:
    """:raises WeakPassword: too short, too long, too much like the address or the name, or a common one."""
    plain = unicodedata.normalize("NFKC", password)
    if len(plain) < LENGTH_MIN:
        raise WeakPassword(
            f"Parola en az {LENGTH_MIN} karakter olmalı; birkaç kelime yan yana iyi bir paroladır.",
            f"A password has at least {LENGTH_MIN} characters; some words in a row make a good one.",
        )
    if len(plain) > LENGTH_MAX:
        raise WeakPassword(f"Parola en çok {LENGTH_MAX} karakter olabilir.", f"At most {LENGTH_MAX} characters.")
    folded = _folded(plain)
    if folded in {_folded(email), _folded(email.partition("@")[0]), _folded(full_name)}:
        raise WeakPassword(
            "Parola e-posta adresiniz ya da adınız olamaz.", "The password cannot be your address or your name."
        )
    # "parola123456" is "parola" with what everybody adds
    word = re.sub(r"[\d\W_]+$", "", folded)
    if not word or folded in _common() or word in _common() or len(set(folded)) < 4:
        raise WeakPassword(
            "Bu parola çok bilinen parolalardan; başka bir parola seçin.",
            "This is one of the passwords that everybody tries first; choose another one.",
        )


def _folded(text: str) -> str:
    """Small ASCII letters: ı, İ and their like count as i, ş as s."""
    plain = unicodedata.normalize("NFKD", text.replace("ı", "i")).casefold()
    return "".join(letter for letter in plain if not unicodedata.combining(letter) and not letter.isspace())


@cache
def _common() -> frozenset[str]:
    text = (files("tenants.people") / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
