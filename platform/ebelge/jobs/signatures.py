"""The signing job's books: what is to be signed, and what came of it; for one tenant, or for several at once.

Each tenant's statements are a transaction of their own, whether they travel alone or in one message (ADR 0098).
"""

import logging
from collections.abc import Callable, Sequence
from uuid import UUID

from billing.ledger.errors import refusals
from ebelge.core.clock import utc_now
from ebelge.core.db import each, next_tenant, tenant_session, tenant_trips, tenants_trip
from ebelge.core.errors import DomainError
from ebelge.core.telemetry import bind
from ebelge.documents import sign, unsigned
from ebelge.documents.sign import NotSigned, Overtaken, SignBatch, Signed
from ebelge.jobs.database import patiently
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim

log = logging.getLogger(__name__)

# What is in memory at once: source, signed bytes and tree of one slice.
SLICE_BYTES_MAX = 8 * 1024 * 1024


def begin(tenant_id: UUID, claims: Sequence[Claim]) -> SignBatch:
    """What there is to sign for claims of one tenant."""
    with tenant_trips(tenant_id) as session:
        return sign.begin_many(session, tenant_id=tenant_id, claims=claims, bytes_max=SLICE_BYTES_MAX)


def begin_each(claims: Sequence[Claim]) -> list[SignBatch]:
    """What there is to sign for claims of as many tenants, in one round trip; large XML is left for `sources`."""
    limit = SLICE_BYTES_MAX // len(claims)
    asked = [(one.tenant_id, sign.asked(tenant_id=one.tenant_id, claims=[one], bytes_max=limit)) for one in claims]
    with tenants_trip() as session:
        answers = each(session, asked)
    return [sign.told(rows, [one]) for rows, one in zip(answers, claims, strict=True)]


def sources(tenant_id: UUID, document_ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """The unsigned XML of documents of one tenant."""
    with tenant_trips(tenant_id) as session:
        return sign.sources(session, tenant_id=tenant_id, document_ids=document_ids)


def end(tenant_id: UUID, claims: Sequence[Claim]) -> None:
    """End messages that have nothing to do."""
    with tenant_session(tenant_id) as session:
        messages.done(session, claims, at=utc_now())


def finish(tenant_id: UUID, results: Sequence[Signed | NotSigned]) -> list[UUID]:
    """Enter a slice's results. If the slice cannot be entered as a whole, each document is, by itself."""
    signed = [result for result in results if isinstance(result, Signed)]
    moved: list[UUID] = []
    try:
        moved = patiently(lambda: _enter(tenant_id, signed)) if signed else []
    except DomainError:
        log.exception("a slice could not be finished as a whole")
        for one in signed:
            moved += _finish_one(tenant_id, one)
    for document_id in moved:
        tell(tenant_id, document_id)
    for result in results:
        if isinstance(result, NotSigned):
            enter_failure(tenant_id, result)
    return moved


def enter_at_once(tenant_id: UUID, signed: Sequence[Signed], *, stored: Callable[[], None] | None = None) -> list[UUID]:
    """Enter signatures whose task is known, all or none; `stored` as in `sign.finish_at_once`.

    :raises Overtaken: not all of these claims are ours any more; nothing was entered.
    """
    with refusals(), tenant_session(tenant_id) as session:
        return sign.finish_at_once(session, tenant_id=tenant_id, signed=signed, at=utc_now(), stored=stored)


def finish_each(signed: Sequence[Signed]) -> list[UUID]:
    """Enter signatures of as many tenants in one round trip, each in a transaction of its own, with one flush."""

    def enter() -> list[UUID]:
        moved: list[UUID] = []
        with refusals(), tenants_trip() as session:
            for place, one in enumerate(signed, 1):
                next_tenant(session, one.claim.tenant_id, last=place == len(signed))
                tenant_id = one.claim.tenant_id
                moved += sign.finish_at_once(session, tenant_id=tenant_id, signed=[one], at=utc_now())
        return moved

    try:
        moved = patiently(enter)
    except (Overtaken, DomainError):
        # Those before the one in the way are entered already, and found so.
        moved = [document_id for one in signed for document_id in finish(one.claim.tenant_id, [one])]
    else:
        for one in signed:
            tell(one.claim.tenant_id, one.claim.key)
    return moved


def _enter(tenant_id: UUID, signed: Sequence[Signed]) -> list[UUID]:
    try:
        return enter_at_once(tenant_id, signed)
    except Overtaken:
        pass
    with refusals(), tenant_session(tenant_id) as session:
        return sign.finish_many(session, tenant_id=tenant_id, signed=signed, at=utc_now())


def tell(tenant_id: UUID, document_id: UUID) -> None:
    """A line in the log: the document is signed."""
    with bind(tenant_id=tenant_id):
        log.info("document signed", extra={"document_id": str(document_id)})


def _finish_one(tenant_id: UUID, one: Signed) -> list[UUID]:
    try:
        return patiently(lambda: _enter(tenant_id, [one]))
    except DomainError as error:
        enter_failure(tenant_id, NotSigned(one.claim, error.code, error.title_tr, str(error)))
        return []


def enter_failure(tenant_id: UUID, failure: NotSigned) -> None:
    """Enter that a signature did not come about."""

    def enter() -> str:
        with tenant_session(tenant_id) as session:
            return unsigned.fail(session, tenant_id=tenant_id, failure=failure, at=utc_now())

    outcome = patiently(enter)
    log.warning(
        "document not signed",
        extra={
            "document_id": str(failure.claim.key),
            "reason": failure.code,
            "detail": failure.text_en,
            "outcome": outcome,
        },
    )
