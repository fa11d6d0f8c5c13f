"""Asking for a letter to a person: bounded per address and per network, and the same work whoever was typed."""

import logging
from datetime import datetime
from uuid import UUID

from ebelge.core.db import role_session
from ebelge.core.ids import new_id
from ebelge.edge.requests import request_at
from ebelge.edge.sign_in import network
from ebelge.jobs import bell, person_letters
from tenants.people import lockouts
from tenants.people.persons import InvalidPerson, plain_email

_log = logging.getLogger("ebelge.sign_in")


def ask(kind: str, *, typed: str, person_id: UUID | None = None) -> None:
    """Ask for a letter. Nothing tells the asker what became of it: not whether there is such a person, nor a bound."""
    at = request_at()
    try:
        email = plain_email(typed)
    except InvalidPerson:
        return
    with role_session("people") as session:
        counted = [
            lockouts.count(session, kind="letter", subject=email, at=at),
            lockouts.count(session, kind="letters_from", subject=network(), at=at),
        ]
    if all(counted):
        _put(kind, email, person_id, at)
    else:
        _log.warning("too many letters were asked for", extra={"kind": kind})


def tell(kind: str, *, email: str, person_id: UUID) -> None:
    """Tell a person of something that was changed (never bounded: who takes an account over must be told of)."""
    _put(kind, email, person_id, request_at())


def _put(kind: str, email: str, person_id: UUID | None, at: datetime) -> None:
    try:
        person_letters.ask(kind=kind, email=email, person_id=person_id, at=at, key=new_id())
    except person_letters.NoOperator:
        _log.exception("no letter to a person", extra={"letter": kind})
        return
    bell.ring()
