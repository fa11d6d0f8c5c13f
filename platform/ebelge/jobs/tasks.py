"""The RQ functions: one per queue, each taking a list of claims as JSON and the instant from which their leases run.

The worker process keeps what they open.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from ebelge.archive.store import ArchiveStore, open_store
from ebelge.jobs import answers, bell, cashier, letters, person_letters, reporting, sales
from ebelge.jobs import webhooks as calls
from ebelge.jobs.claims import from_json
from ebelge.jobs.ledger import arrive
from ebelge.jobs.mailing import Postman
from ebelge.jobs.sending import Sender
from ebelge.jobs.signing import Signer

Claims = Sequence[Sequence[Any]]


@cache
def store() -> ArchiveStore:
    """The archive of this process."""
    return open_store()


@cache
def signer() -> Signer:
    """The signer of this process: seals are opened once."""
    return Signer(store())


@cache
def sender() -> Sender:
    """The sender of this process: one kept connection per GİB gateway."""
    return Sender(store())


@cache
def postman() -> Postman:
    """The postman of this process."""
    return Postman(store())


def forget() -> None:
    """Drop what the process keeps open (tests that change settings)."""
    for kept in (store, signer, sender, postman, reporting.reporter):
        kept.cache_clear()


def sign(claims: Claims, claimed_at: str) -> None:
    """Sign documents (topic document.sign), and answers to incoming ones (topic answer.sign)."""
    opened = [from_json(claim) for claim in claims]
    signer().work([claim for claim in opened if claim.topic == "document.sign"])
    answers.seal([claim for claim in opened if claim.topic == "answer.sign"], signer=signer())
    bell.ring()


def send(claims: Claims, claimed_at: str) -> None:
    """Send documents to GİB and ask what became of envelopes (topics document.send, zarf.status)."""
    sender().work([from_json(claim) for claim in claims], claimed_at=datetime.fromisoformat(claimed_at))
    bell.ring()


def incoming(claims: Claims, claimed_at: str) -> None:
    """Judge, deliver and answer envelopes that GİB pushed (topic incoming.process)."""
    # Here, because GİB's rules take 200 MB: only the process that judges envelopes is to carry them.
    from ebelge.jobs.receiving import Receiver

    Receiver(store()).work([from_json(claim) for claim in claims])
    bell.ring()


def mail(claims: Claims, claimed_at: str) -> None:
    """Mail documents to their buyers (topic document.mail), letters to tenants' own people (topic letter.send) and to
    people about their sign-in (topic person.letter); tell what became of answers (topics answer.…)."""
    opened, since = [from_json(claim) for claim in claims], datetime.fromisoformat(claimed_at)
    # whoever waits before a sign-in page comes first
    person_letters.work([claim for claim in opened if claim.topic == person_letters.TOPIC], claimed_at=since)
    postman().work([claim for claim in opened if claim.topic == "document.mail"], claimed_at=since)
    letters.work([claim for claim in opened if claim.topic == "letter.send"], claimed_at=since)
    answers.tell([claim for claim in opened if claim.topic in answers.TOLD])
    bell.ring()


def ledger(claims: Claims, claimed_at: str) -> None:
    """Credit kontör that was passed on (topic kontor.arrive); what follows from a sale (topics order.…)."""
    opened = [from_json(claim) for claim in claims]
    arrive([claim for claim in opened if claim.topic == "kontor.arrive"])
    sales.work([claim for claim in opened if claim.topic != "kontor.arrive"])
    bell.ring()


def invoices(claims: Claims, claimed_at: str) -> None:
    """Invoice what was sold (topic order.invoice); build, send and ask about e-Arşiv reports (topics report.…)."""
    sales.work([from_json(claim) for claim in claims])
    bell.ring()


def payments(claims: Claims, claimed_at: str) -> None:
    """Ask payment gateways, charge saved cards, give money back (topics payment.…, refund.…, dispute.…)."""
    cashier.work([from_json(claim) for claim in claims], claimed_at=datetime.fromisoformat(claimed_at))
    bell.ring()


def webhooks(claims: Claims, claimed_at: str) -> None:
    """Call customers' own systems (topic webhook.deliver)."""
    calls.work([from_json(claim) for claim in claims], claimed_at=datetime.fromisoformat(claimed_at))
    bell.ring()
