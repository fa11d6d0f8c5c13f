"""Letters to people about their own sign-in (topic person.letter).

A page only writes down what was asked for, whoever was typed: whether there is such a person is found out here, so no
answer and no answer's time tells it. The link is made while the letter is written: only its hash is kept, and nowhere
does it wait.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.jobs import stopping
from ebelge.jobs.database import patiently
from ebelge.jobs.letters import OURS_PAUSE
from ebelge.notify import person_words
from ebelge.notify.letters import Letter, notice_letter
from ebelge.notify.mailer import Answer, Mailer
from ebelge.notify.said import Language
from ebelge.outbox import messages, relay
from ebelge.outbox.messages import Claim
from ebelge.outbox.topics import LEASE, TOPICS
from tenants.people import once, persons
from tenants.people.models import Person

log = logging.getLogger(__name__)
TOPIC: Final = "person.letter"
# A link is asked for and used at once; nobody waits for yesterday's.
GIVEN_UP_AFTER: Final = timedelta(hours=6)
_PATHS: Final = {"confirm": "/sign-in/confirm", "reset": "/sign-in/reset", "email": "/sign-in/email"}


class NoOperator(RuntimeError):
    """The instance has no operator yet, and the operator is who writes to people."""


def ask(*, kind: str, email: str, at: datetime, person_id: UUID | None = None, key: UUID) -> None:
    """Write down that a letter is wanted; the same work for everybody. `person_id`: for a new address, whose.

    :raises NoOperator: there is nobody to write in the name of.
    """
    with role_session("app") as session:
        operator = session.execute(text("SELECT tenant_id FROM operator_of('live')")).scalar_one_or_none()
    if operator is None:
        raise NoOperator("`ebelge` has no operator: letters to people are written in its name")
    with tenant_session(operator) as session:
        ask_in(session, operator=operator, kind=kind, email=email, person_id=person_id, at=at, key=key)


def ask_in(
    session: Session, *, operator: UUID, kind: str, email: str, at: datetime, person_id: UUID | None = None, key: UUID
) -> None:
    """Write it down in a transaction that is the operator's: with what the letter follows from."""
    payload = {"kind": kind, "email": email, "person_id": str(person_id) if person_id else "", "at": at.isoformat()}
    messages.put(session, tenant_id=operator, topic=TOPIC, key=key, payload=payload, at=at)


def work(claims: Sequence[Claim], *, claimed_at: datetime) -> None:
    """Write and send the letters these claims stand for; what there was no time for goes back, uncounted."""
    config = settings()
    latest = claimed_at + max(LEASE - timedelta(seconds=config.smtp_timeout_s + 10), LEASE / 4)
    mailer = Mailer(config.smtp_host, config.smtp_port, timeout_s=config.smtp_timeout_s, mail_from=config.mail_from)
    left: list[Claim] = []
    for claim in claims:
        if stopping.requested.is_set() or utc_now() > latest:
            left.append(claim)
            continue
        with bind(letter_id=claim.key):
            try:
                _send(claim, mailer)
            except Exception:  # its lease brings it back
                log.exception("a letter to a person could not be sent")
    mailer.close()
    if left:
        with role_session("relay") as session:
            relay.give_back(session, left)


def _send(claim: Claim, mailer: Mailer) -> None:
    letter = patiently(partial(_letter, claim))
    answer = mailer.send(letter) if letter is not None else None
    became = patiently(partial(_enter, claim, answer))
    log.info("letter to a person", extra={"outcome": became})


def _letter(claim: Claim) -> Letter | None:
    """The letter, with a link of its own; None where nobody is to be written to."""
    asked, at = claim.payload, utc_now()
    if at - datetime.fromisoformat(asked["at"]) > GIVEN_UP_AFTER:
        return None
    kind, recipient = str(asked["kind"]), str(asked["email"])
    with role_session("people") as session:
        owner = persons.by_email(session, email=recipient)
        person = persons.get(session, person_id=UUID(asked["person_id"])) if asked["person_id"] else owner
        if person is None or not person.active:
            return None
        if kind == "confirm" and person.confirmed_at is not None:
            return None
        if kind == "email" and owner is not None:
            kind = "email_taken"
        link = ""
        if kind in _PATHS:
            secret = once.make(
                session, purpose=kind, person_id=person.person_id, note=recipient, at=at  # type: ignore[arg-type]  # the paths' names are purposes
            )  # fmt: skip
            link = f"{settings().public_base_url}{_PATHS[kind]}/{secret}"
        return _written(claim, kind, recipient, person, link, asked)


def _written(claim: Claim, kind: str, recipient: str, person: Person, link: str, asked: dict[str, Any]) -> Letter:
    language: Language = "en" if person.language == "en" else "tr"
    other: Language = "tr" if language == "en" else "en"
    return notice_letter(
        # another try brings another link, so it is another letter
        mail_id=uuid5(claim.message_id, str(claim.attempt)),
        recipient=recipient,
        tenant_title="",
        reader="person",
        language=language,
        says=person_words.words(kind, language, asked),
        other=person_words.words(kind, other, asked),
        link=link,
        sandbox=False,
    )


def _enter(claim: Claim, answer: Answer | None) -> str:
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        last = claim.attempt >= TOPICS[claim.topic].attempts_max
        if answer is not None and answer.result == "deferred" and (answer.ours or not last):
            due_at = at + OURS_PAUSE if answer.ours else None
            return messages.again(session, claim, at=at, due_at=due_at, error=answer.detail)
        messages.done(session, [claim], at=at)
    return answer.result if answer is not None else "nobody"
