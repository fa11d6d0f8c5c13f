"""The sending job: documents into envelopes, envelopes to GİB, questions about envelopes. Calls stand between
transactions; what a call meant is entered at once, so a crash costs questions and never a second delivery."""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from ebelge.archive.store import ArchiveError, ArchiveStore
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.core.telemetry import bind
from ebelge.documents.registered import readdress
from ebelge.documents.sign import SIGNED_NAME
from ebelge.documents.travel import send, status
from ebelge.documents.travel.pace import Pace, pace_for
from ebelge.documents.travel.send import Envelope, SendBatch, SendItem, SendOutcome
from ebelge.documents.travel.status import Question
from ebelge.gib.errors import ZarfError
from ebelge.gib.system_response import SystemResponse
from ebelge.gib.zarf import build_zarf
from ebelge.jobs.calling import UNKNOWN_ENVELOPE, Caller, Job
from ebelge.jobs.claims import by_tenant
from ebelge.jobs.database import patiently
from ebelge.jobs.parcels import TOPICS as PARCEL_TOPICS
from ebelge.jobs.parcels import ParcelSender
from ebelge.outbox import messages, relay
from ebelge.outbox.messages import Claim
from ebelge.outbox.topics import TOPICS

log = logging.getLogger(__name__)

# Of an envelope with several documents, before it is zipped; GİB publishes no bound of its own.
ZARF_BYTES_MAX = 20 * 1024 * 1024


class Sender:
    """What a sending process keeps open: a connection per gateway, and the archive."""

    def __init__(self, store: ArchiveStore) -> None:
        self._store, self._caller = store, Caller(store)
        self._parcels = ParcelSender(store, self._caller)

    def work(self, claims: Sequence[Claim], *, claimed_at: datetime | None = None) -> None:
        """Send and ask, tenant by tenant. What there was no time for goes back, uncounted."""
        lease = min(TOPICS["document.send"].lease, TOPICS["zarf.status"].lease)
        margin = timedelta(seconds=settings().gib_timeout_s + 10)
        job = Job(deadline=(claimed_at or utc_now()) + lease - margin)
        for tenant_id, theirs in by_tenant(claims).items():
            with bind(tenant_id=tenant_id):
                try:
                    self._tenant(tenant_id, theirs, job)
                except Exception:
                    # The others' documents must not wait for this tenant's trouble; the leases bring these back.
                    log.exception("sending for a tenant failed", extra={"claims": len(theirs)})
        if job.left:
            with role_session("relay") as session:
                relay.give_back(session, job.left)

    def _tenant(self, tenant_id: UUID, claims: Sequence[Claim], job: Job) -> None:
        if not job.may_go_on():
            job.left += claims
            return
        sends = [claim for claim in claims if claim.topic == "document.send"]
        if sends:
            self._send(tenant_id, sends, job)
        parcels = [claim for claim in claims if claim.topic in PARCEL_TOPICS]
        if parcels:
            self._parcels.work(tenant_id, parcels, job)
        asks = [claim for claim in claims if claim.topic == "zarf.status"]
        if asks:
            self._ask(tenant_id, asks, job)

    def _send(self, tenant_id: UUID, claims: Sequence[Claim], job: Job) -> None:
        batch = patiently(lambda: _begin(tenant_id, claims))
        pace = pace_for(mode=batch.mode, environment=settings().environment)
        for zarf_id, theirs in batch.resumed.items():
            if job.may_go_on():
                self._resume(tenant_id, zarf_id, theirs, batch.mode, pace, job)
            else:
                job.left += theirs
        zarfs = self._write_down(tenant_id, batch)
        for envelope in zarfs:
            if not job.may_go_on():
                job.left += envelope.claims
                continue
            zarf = self._caller.stored_zarf(tenant_id, envelope.zarf_id)
            outcome = self._caller.send(batch.mode, zarf, envelope.claims, job)
            _enter(tenant_id, outcome, pace)

    def _write_down(self, tenant_id: UUID, batch: SendBatch) -> list[Envelope]:
        """Build the envelopes, archive them, and commit their rows; returns those that are ours to send."""
        built: list[tuple[Envelope, bytes]] = []
        waiting = deque(send.group(batch.items, count_max=settings().zarf_documents_max))
        while waiting:
            envelope, documents = self._fitting(tenant_id, waiting.popleft(), waiting)
            made = self._build(tenant_id, envelope, documents) if documents else None
            if made is not None:
                built.append((envelope, made))
        if not built:
            return []

        def write() -> list[Envelope]:
            with tenant_session(tenant_id) as session:
                return send.prepare(session, tenant_id=tenant_id, envelopes=built, at=utc_now())

        standing = patiently(write)
        mine = {envelope.zarf_id for envelope in standing}
        for envelope, _ in built:
            if envelope.zarf_id not in mine:
                # Another worker put the document into an envelope: look again soon what became of it.
                outcome = SendOutcome(envelope.zarf_id, envelope.claims, "later", "in another envelope")
                _enter(tenant_id, outcome, pace_for(mode=batch.mode, environment=settings().environment))
        return standing

    def _fitting(self, tenant_id: UUID, whole: Envelope, rest: deque[Envelope]) -> tuple[Envelope, list[bytes]]:
        """The documents of an envelope as far as they fit into one; what does not goes on to `rest`.

        None are returned when the archive failed; that is entered.
        """
        documents: list[bytes] = []
        try:
            for item in whole.items:
                document = self._store.get(tenant_id, item.ettn, SIGNED_NAME)
                if documents and sum(map(len, documents)) + len(document) > ZARF_BYTES_MAX:
                    rest.append(Envelope(new_id(), whole.items[len(documents) :]))
                    break
                documents.append(document)
        except ArchiveError as error:
            log.exception("a signed document cannot be read")
            pace = pace_for(mode="live", environment=settings().environment)
            _enter(tenant_id, SendOutcome(whole.zarf_id, whole.claims, "failed", str(error)), pace)
            return whole, []
        return replace(whole, items=whole.items[: len(documents)]), documents

    def _build(self, tenant_id: UUID, envelope: Envelope, documents: list[bytes]) -> bytes | None:
        """The SHA-256 of the archived zip, or None when the failure is entered already."""
        first = envelope.items[0]
        try:
            zarf = build_zarf(
                documents,
                instance_id=envelope.zarf_id,
                sender=first.sender,
                receiver=first.receiver,
                element_type=first.element_type,
                at=utc_now(),
            )
            stored = self._store.put(tenant_id, envelope.zarf_id, send.ZARF_NAME, zarf.zip_bytes)
        except ArchiveError as error:
            log.exception("an envelope could not be archived")
            pace = pace_for(mode="live", environment=settings().environment)
            _enter(tenant_id, SendOutcome(envelope.zarf_id, envelope.claims, "failed", str(error)), pace)
            return None
        except ZarfError as error:
            for item in envelope.items:
                _enter_unbuildable(tenant_id, item, error)
            return None
        return stored.sha256

    def _resume(
        self, tenant_id: UUID, zarf_id: UUID, claims: tuple[Claim, ...], mode: str, pace: Pace, job: Job
    ) -> None:
        """An envelope was written down and its sender died: ask GİB first, then send the same one."""
        answer = self._caller.ask(mode, zarf_id, job)
        if isinstance(answer, SystemResponse):
            _enter(tenant_id, SendOutcome(zarf_id, claims, "stored"), pace)
        elif answer.fault_code == UNKNOWN_ENVELOPE:
            _enter(tenant_id, self._caller.send(mode, self._caller.stored_zarf(tenant_id, zarf_id), claims, job), pace)
        else:
            _enter(tenant_id, SendOutcome(zarf_id, claims, "later", answer.detail), pace)

    def _ask(self, tenant_id: UUID, claims: Sequence[Claim], job: Job) -> None:
        def begin() -> tuple[list[Question], list[Claim], str]:
            with tenant_session(tenant_id) as session:
                return status.begin_many(session, tenant_id=tenant_id, claims=claims)

        questions, moot, mode = patiently(begin)
        pace = pace_for(mode=mode, environment=settings().environment)
        for question in questions:
            if job.may_go_on():
                self._ask_one(tenant_id, question, mode, pace, job)
            else:
                job.left.append(question.claim)
        _end(tenant_id, moot)

    def _ask_one(self, tenant_id: UUID, question: Question, mode: str, pace: Pace, job: Job) -> None:
        claims = (question.claim,)
        answer = self._caller.ask(mode, question.zarf_id, job)
        if isinstance(answer, SystemResponse):
            _enter_answer(tenant_id, question, answer, pace)
        elif answer.fault_code == UNKNOWN_ENVELOPE:
            # GİB has no such envelope: nothing of it is registered, and the same one may be sent again.
            patiently(lambda: _lost(tenant_id, question.zarf_id))
            _enter(
                tenant_id,
                self._caller.send(mode, self._caller.stored_zarf(tenant_id, question.zarf_id), claims, job),
                pace,
            )
        else:
            _enter(tenant_id, SendOutcome(question.zarf_id, claims, "later", answer.detail), pace)


def _begin(tenant_id: UUID, claims: Sequence[Claim]) -> SendBatch:
    with tenant_session(tenant_id) as session:
        at = utc_now()
        batch = send.begin_many(session, tenant_id=tenant_id, claims=claims)
        messages.done(session, batch.moot, at=at)
        items = readdress.still_open(session, tenant_id=tenant_id, mode=batch.mode, items=batch.items, at=at)
        return replace(batch, items=tuple(items))


def _end(tenant_id: UUID, claims: Sequence[Claim]) -> None:
    if claims:
        with tenant_session(tenant_id) as session:
            messages.done(session, claims, at=utc_now())


def _enter(tenant_id: UUID, outcome: SendOutcome, pace: Pace) -> None:
    def enter() -> None:
        with tenant_session(tenant_id) as session:
            send.finish(session, tenant_id=tenant_id, outcome=outcome, pace=pace, at=utc_now())

    patiently(enter)


def _enter_answer(tenant_id: UUID, question: Question, answer: SystemResponse, pace: Pace) -> None:
    def enter() -> str:
        with tenant_session(tenant_id) as session:
            return status.finish(
                session,
                tenant_id=tenant_id,
                question=question,
                code=answer.code,
                text=answer.text,
                pace=pace,
                at=utc_now(),
            )

    became = patiently(enter)
    log.info("envelope answered", extra={"zarf_id": str(question.zarf_id), "gib_code": answer.code, "outcome": became})


def _enter_unbuildable(tenant_id: UUID, item: SendItem, error: ZarfError) -> None:
    def enter() -> None:
        with tenant_session(tenant_id) as session:
            send.unbuildable(
                session, tenant_id=tenant_id, item=item, reason=(error.detail_tr, error.detail_en), at=utc_now()
            )

    log.error("no envelope can be built", extra={"document_id": str(item.claim.key), "reason": str(error)})
    patiently(enter)


def _lost(tenant_id: UUID, zarf_id: UUID) -> None:
    with tenant_session(tenant_id) as session:
        send.mark_lost(session, tenant_id=tenant_id, zarf_id=zarf_id)
