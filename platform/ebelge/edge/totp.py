"""Codes of authenticator apps: Flask-Security's TOTP, with each code good once and the secret closed by the vault."""

import json
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from flask_security import UserMixin
from flask_security.totp import Totp
from passlib.totp import TotpMatch
from sqlalchemy.orm import Session

from ebelge.core.config import settings
from ebelge.core.vault import Vault, VaultError
from tenants.people import persons
from tenants.people.models import Person

ISSUER = "Ebelge"
# A clock may be one step (30 s) off either way.
WINDOW_S = 30
SET_UP_WITHIN_S = 15 * 60
_CODE_MAX = 16


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
    keep(person, secret)
    return True


def keep(person: Person, secret: str) -> None:
    """Close a secret into the person's row."""
    person.closed_totp = _vault().close(secret.encode(), context=_context(person.person_id))


def check(session: Session, *, person_id: UUID, code: str) -> bool:
    """Whether a code is right now and was not used. The row is locked: of two at the same instant one gets it."""
    person = persons.get(session, person_id=person_id, lock=True)
    if person.closed_totp is None:
        return False
    return _right(code, _vault().open(person.closed_totp, context=_context(person_id)).decode(), person)


def now(session: Session, *, person_id: UUID) -> str | None:
    """The code of this moment (development and tests only: it is what the person's app would show)."""
    person = persons.get(session, person_id=person_id)
    if person.closed_totp is None:
        return None
    return _totp.generate_totp_password(_vault().open(person.closed_totp, context=_context(person_id)).decode())


def closed_for_form(secret: str, *, session_id: UUID, at: datetime) -> str:
    """A secret on its way through the set-up form: nobody but us reads it, and only this session brings it back."""
    text = json.dumps({"secret": secret, "at": int(at.timestamp())})
    return _vault().close(text.encode(), context=f"totp set-up {session_id}").hex()


def from_form(closed: str, *, session_id: UUID, at: datetime) -> str | None:
    """The secret out of the set-up form; None if it was changed, is another session's, or too old."""
    try:
        found = json.loads(_vault().open(bytes.fromhex(closed[:4096]), context=f"totp set-up {session_id}"))
    except (ValueError, VaultError):
        return None
    return str(found["secret"]) if int(at.timestamp()) - found["at"] <= SET_UP_WITHIN_S else None


def _right(code: str, secret: str, person: Person) -> bool:
    digits = "".join(code[:_CODE_MAX].split())
    return digits.isascii() and digits.isdecimal() and _totp.verify_totp(digits, secret, cast(Any, person), WINDOW_S)


def _context(person_id: UUID) -> str:
    return f"totp {person_id}"


def _vault() -> Vault:
    return Vault.from_text(settings().master_key)
