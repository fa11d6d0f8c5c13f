"""Passwords: hashed by Flask-Security (argon2), checked with the same work whether the account exists or not."""

import secrets
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import flask_security
from flask import current_app
from flask_security import Security
from flask_security.utils import verify_and_update_password

from ebelge.core.db import db, role_session
from ebelge.edge.security import security
from tenants.people import lockouts
from tenants.people.models import Person
from tenants.people.persons import InvalidPerson, plain_email

# Longer ones are refused before they cost anything.
LENGTH_MAX = 200
_NOBODYS = "ebelge_nobodys_hash"


def hashed(password: str) -> str:
    """The hash to keep of a password. Whether it may be one at all: `tenants.people.password_rules`."""
    with security() as extension:
        made: str = flask_security.hash_password(_normal(extension, password))
        return made


def check(*, email: str, password: str, network: str, at: datetime) -> UUID | None:
    """Whose address and password these are; None for every reason there is: unknown, wrong, locked, kept out.

    Counts the try before it is made. An unknown or locked account costs as much work as a known one.
    """
    try:
        address = plain_email(email)
    except InvalidPerson:
        address = ""
    with role_session("people") as session:
        # both are counted, whatever the first one says
        counted = [
            lockouts.count(session, kind="account", subject=address, at=at),
            lockouts.count(session, kind="address", subject=network, at=at),
        ]
    person_id = _matching(address, password, may_match=all(counted))
    if person_id is not None:
        with role_session("people") as session:
            lockouts.clear(session, subjects=[("account", address)])
            lockouts.take_back(session, kind="address", subject=network, at=at)
    return person_id


def matches(*, person_id: UUID, password: str) -> bool:
    """Whether this is the password of somebody who is signed in already (before he changes what proves him)."""
    with security() as extension:
        person = _found(extension, person_id=person_id)
        known = person is not None and person.password is not None
        kept = person.password if person is not None and person.password else _nobodys_hash()
        right = flask_security.verify_password(_normal(extension, password), kept)
        return bool(right and known and len(password) <= LENGTH_MAX)


def _matching(address: str, password: str, *, may_match: bool) -> UUID | None:
    with security() as extension:
        person = _found(extension, email=address)
        given = _normal(extension, password)
        if person is None or person.password is None or not may_match or len(password) > LENGTH_MAX:
            flask_security.verify_password(given, _nobodys_hash())
            return None
        if not verify_and_update_password(given, cast(Any, person)) or not person.active:
            return None
        person_id = person.person_id
        db.session.commit()  # a hash of older parameters was renewed
        return person_id


def _found(extension: Security, **by: Any) -> Person | None:
    return cast(Person | None, extension.datastore.find_user(**by))


def _normal(extension: Security, password: str) -> str:
    normal: str = extension.password_util.normalize(password[: LENGTH_MAX + 1])
    return normal


def _nobodys_hash() -> str:
    """What a try is compared with where there is nothing to compare with: of the same parameters, so as slow."""
    config = current_app.config
    if _NOBODYS not in config:
        config[_NOBODYS] = flask_security.hash_password(secrets.token_urlsafe(16))
    return str(config[_NOBODYS])
