"""Sending letters to tenants' own people (topic letter.send): read, hand to the SMTP server, enter how it fared."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.jobs import stopping
from ebelge.jobs.database import patiently
from ebelge.notify import post
from ebelge.notify.letters import Letter
from ebelge.notify.mailer import Answer, Mailer
from ebelge.outbox import messages, relay
from ebelge.outbox.messages import Claim
from ebelge.outbox.topics import LEASE, TOPICS

log = logging.getLogger(__name__)
# Our mail server cannot be reached: nobody's fault, tried again without counting.
OURS_PAUSE = timedelta(minutes=1)


def work(claims: Sequence[Claim], *, claimed_at: datetime) -> None:
    """Send the letters these claims stand for; what there was no time for goes back, uncounted."""
    config = settings()
    latest = claimed_at + max(LEASE - timedelta(seconds=config.smtp_timeout_s + 10), LEASE / 4)
    mailer = Mailer(config.smtp_host, config.smtp_port, timeout_s=config.smtp_timeout_s, mail_from=config.mail_from)
    left: list[Claim] = []
    for claim in claims:
        if stopping.requested.is_set() or utc_now() > latest:
            left.append(claim)
            continue
        with bind(tenant_id=claim.tenant_id, letter_id=claim.key):
            try:
                _send(claim, mailer)
            except Exception:  # its lease brings it back
                log.exception("a letter could not be sent")
    mailer.close()
    if left:
        with role_session("relay") as session:
            relay.give_back(session, left)


def _send(claim: Claim, mailer: Mailer) -> None:
    letter = patiently(partial(_begin, claim))
    if letter is not None:
        answer = mailer.send(letter)
        became = patiently(partial(_enter, claim, answer))
        log.info("letter sent", extra={"outcome": became, "detail": answer.detail[:200]})


def _begin(claim: Claim) -> Letter | None:
    with tenant_session(claim.tenant_id) as session:
        letter = post.to_send(session, tenant_id=claim.tenant_id, letter_id=claim.key)
        if letter is None:
            messages.done(session, [claim], at=utc_now())
        return letter


def _enter(claim: Claim, answer: Answer) -> str:
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        last = claim.attempt >= TOPICS[claim.topic].attempts_max
        if answer.result == "deferred" and (answer.ours or not last):
            due_at = at + OURS_PAUSE if answer.ours else None
            return messages.again(session, claim, at=at, due_at=due_at, error=answer.detail)
        if messages.done(session, [claim], at=at):
            sent = answer.result == "taken"
            post.ended(session, tenant_id=claim.tenant_id, letter_id=claim.key, sent=sent, at=at)
    return answer.result
