"""Codes of authenticator apps: Flask-Security's TOTP, with each code good once and the secret closed by the vault."""

import json
from base64 import urlsafe_b64encode
from typing import Any, cast
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask_security import UserMixin
from flask_security.totp import Totp
from passlib.totp import TotpMatch
from sqlalchemy.orm import Session

from ebelge.core.derive import derived_keys
from tenants.people import factors, persons
from tenants.people.models import Person

ISSUER = "Ebelge"
# A clock may be one step (30 s) off either way.
WINDOW_S = 30
SET_UP_WITHIN_S = 15 * 60
_CODE_MAX = 16
_FORM_MAX = 2000


class OnceTotp(Totp):
    """Remembers the last counter in the person's row, so that a code that was seen is worth nothing (RFC 6238, 5.2)."""

    def generate_totp_secret(self) -> str:
        return str(self._totp.new().to_json(encrypt=False))  # the vault closes it

    def get_last_counter(self, user: UserMixin) -> int | None:
        return cast(Person, user).totp_counter

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        cast(Person, user).totp_counter = tmatch.counter


# Its own closing of secrets is not used, but it asks for a key.
_totp = OnceTotp({"unused": "unused"}, ISSUER)


def new_secret() -> str:
    """A secret for a new authenticator app."""
    return _totp.generate_totp_secret()


def shown(secret: str, *, email: str) -> dict[str, str]:
    """What the set-up page shows: the picture to scan and the key to type."""
    return {"image": _totp.generate_qrcode(email, secret), "key": _totp.get_totp_pretty_key(secret)}


def set_up(session: Session, *, person_id: UUID, secret: str, code: str) -> bool:
    """Keep a secret if the app proves by a code that it has it."""
    person = persons.get(session, person_id=person_id, lock=True)
    before = person.totp_counter
    person.totp_counter = None
    if not _right(code, secret, person):
        person.totp_counter = before
        return False
    factors.keep_totp(person, secret)
    return True


def check(session: Session, *, person_id: UUID, code: str) -> bool:
    """Whether a code is right now and was not used. The row is locked: of two at the same instant one gets it."""
    person = persons.get(session, person_id=person_id, lock=True)
    secret = factors.totp_secret(person)
    return secret is not None and _right(code, secret, person)


def now(session: Session, *, person_id: UUID) -> str | None:
    """The code of this moment (development and tests only: it is what the person's app would show)."""
    secret = factors.totp_secret(persons.get(session, person_id=person_id))
    return None if secret is None else _totp.generate_totp_password(secret)


def closed_for_form(secret: str, *, session_id: UUID) -> str:
    """A secret on its way through the set-up form: nobody but us reads it, and only this session brings it back."""
    return _form_keys().encrypt(json.dumps([str(session_id), secret]).encode()).decode()


def from_form(closed: str, *, session_id: UUID) -> str | None:
    """The secret out of the set-up form; None if it was changed, is another session's, or too old."""
    try:
        whose, secret = json.loads(_form_keys().decrypt(closed[:_FORM_MAX].encode(), ttl=SET_UP_WITHIN_S))
    except (InvalidToken, UnicodeError):
        return None
    return str(secret) if whose == str(session_id) else None


def _form_keys() -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in derived_keys("totp-set-up")])


def _right(code: str, secret: str, person: Person) -> bool:
    digits = "".join(code[:_CODE_MAX].split())
    return digits.isascii() and digits.isdecimal() and _totp.verify_totp(digits, secret, cast(Any, person), WINDOW_S)
