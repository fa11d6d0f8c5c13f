"""The signing job: claims in, signed documents out. One read transaction, signatures, one store, one finish
transaction per tenant; nothing else happens between a document's claim and its end."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from uuid import UUID

from billing.ledger.errors import refusals
from ebelge.archive.store import ArchiveError, ArchiveStore, Key, StoredObject
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import tenant_session, tenant_trips
from ebelge.core.errors import DomainError
from ebelge.core.telemetry import bind
from ebelge.documents import sign
from ebelge.documents.seals import OpenSeals, SealOwner
from ebelge.documents.sign import NotSigned, SignBatch, Signed, SignTask
from ebelge.jobs.claims import by_tenant, slices
from ebelge.jobs.database import patiently
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim
from ebelge.signing import signer, verify
from ebelge.signing.document import UBL_EXTENSION, read_for_signing
from ebelge.signing.errors import NotSignable, SealUnusable, SignatureInvalid
from ebelge.signing.seals import Seal

log = logging.getLogger(__name__)

# What is in memory at once: source, signed bytes and tree of one slice.
SLICE_BYTES_MAX = 8 * 1024 * 1024
SLICE_COUNT_MAX = 100


@dataclass
class Signer:
    """What a signing process keeps open: seals and archive."""

    store: ArchiveStore
    seals: OpenSeals = field(default_factory=OpenSeals)

    def work(self, claims: Sequence[Claim]) -> int:
        """Sign what these claims stand for, tenant by tenant; returns how many documents were signed."""
        total = 0
        for tenant_id, theirs in by_tenant(claims).items():
            with bind(tenant_id=tenant_id):
                try:
                    total += self._tenant(tenant_id, theirs)
                except Exception:
                    # The others' documents must not wait for this tenant's trouble; the leases bring these back.
                    log.exception("signing for a tenant failed", extra={"claims": len(theirs)})
        return total

    def _tenant(self, tenant_id: UUID, claims: Sequence[Claim]) -> int:
        batch = patiently(lambda: _begin(tenant_id, claims))
        texts = batch.sources
        seals = {task.owner: self._seal(task.owner) for task in batch.tasks}
        total = 0
        for run in slices(
            batch.tasks,
            count_max=SLICE_COUNT_MAX,
            size_max=SLICE_BYTES_MAX,
            size=lambda task: task.source_bytes,
        ):
            if run[0].claim.key not in texts:
                wanted = [task.claim.key for task in run]
                texts = patiently(partial(_sources, tenant_id, wanted))
            results = self._sign_run(tenant_id, run, texts, seals)
            total += len(_finish(tenant_id, results))
        if batch.moot:
            patiently(lambda: _end(tenant_id, batch.moot))
        return total

    def _sign_run(
        self,
        tenant_id: UUID,
        run: Sequence[SignTask],
        texts: dict[UUID, bytes],
        seals: dict[SealOwner | None, Seal | SealUnusable],
    ) -> list[Signed | NotSigned]:
        results: list[Signed | NotSigned] = []
        fresh: list[tuple[SignTask, Key, Signed]] = []

        def signatures() -> Iterator[tuple[Key, bytes]]:
            for task in run:
                key = Key(tenant_id, task.ettn, sign.SIGNED_NAME)
                # After a crash ask first: is it signed already? (Only the archive could tell two signatures apart.)
                if task.claim.attempt > 1 and self.store.exists(tenant_id, task.ettn, sign.SIGNED_NAME):
                    results.append(self._adopt(task, key, texts[task.claim.key]))
                    continue
                made = self._sign(task, texts[task.claim.key], seals[task.owner])
                if isinstance(made, NotSigned):
                    results.append(made)
                    continue
                fresh.append((task, key, made[1]))
                yield key, made[0]

        # One document is the hurried case: no threads for it. Many are stored while the next ones are signed.
        stored = self.store.put_many(list(signatures()) if len(run) == 1 else signatures())
        for (task, key, signed), result in zip(fresh, stored, strict=True):
            results.append(self._stored(task, key, texts[task.claim.key], signed, result))
        return results

    def _seal(self, owner: SealOwner | None) -> Seal | SealUnusable:
        if owner is None:
            return SealUnusable(
                "Hizmet ya da işletmeci tanımlı değil.", "The service, or the operator of the mode, is not entered."
            )
        try:
            return self.seals.of(owner, at=utc_now())
        except SealUnusable as error:
            return error

    def _sign(self, task: SignTask, source: bytes, seal: Seal | SealUnusable) -> tuple[bytes, Signed] | NotSigned:
        if isinstance(seal, SealUnusable):
            return _not_signed(task, seal)
        at = utc_now()
        try:
            data = signer.sign(source, seal, at=at, assembler=settings().assembler)
        except SealUnusable as error:
            if task.owner is not None:
                self.seals.forget(task.owner)  # the next attempt opens it anew
            return _not_signed(task, error)
        except NotSignable as error:
            return _not_signed(task, error, final=True)
        return data, Signed(task.claim, b"", at)

    def _stored(
        self, task: SignTask, key: Key, source: bytes, signed: Signed, result: StoredObject | ArchiveError
    ) -> Signed | NotSigned:
        if isinstance(result, ArchiveError):
            return NotSigned(task.claim, "archive", "Arşive yazılamadı.", str(result))
        if not result.created:
            return self._adopt(task, key, source)
        return Signed(task.claim, result.sha256, signed.at)

    def _adopt(self, task: SignTask, key: Key, source: bytes) -> Signed | NotSigned:
        """Take over what an earlier attempt stored before it died: verified, and of this very source."""
        try:
            data = self.store.get(key.tenant_id, key.object_id, key.name)
            proven = verify.verify(data, trust=None)
            expected = _content_digest(source)
        except (ArchiveError, SignatureInvalid, NotSignable) as error:
            return NotSigned(task.claim, "archive", "Arşivdeki imzalı belge doğrulanamadı.", str(error))
        if proven.signed_sha256 != expected:
            return NotSigned(
                task.claim,
                "archive",
                "Arşivde bu ETTN ile başka bir belge var.",
                "The archive holds another document with this ETTN.",
            )
        return Signed(task.claim, sha256(data).digest(), proven.signing_time)


def _content_digest(source: bytes) -> str:
    """SHA-256 of what a signature over `source` covers; what `verify` calls signed_sha256."""
    document = read_for_signing(source, UBL_EXTENSION)
    return sha256(document.before + document.after).hexdigest()


def _begin(tenant_id: UUID, claims: Sequence[Claim]) -> SignBatch:
    with tenant_trips(tenant_id) as session:
        return sign.begin_many(session, tenant_id=tenant_id, claims=claims, bytes_max=SLICE_BYTES_MAX)


def _sources(tenant_id: UUID, document_ids: Sequence[UUID]) -> dict[UUID, bytes]:
    with tenant_trips(tenant_id) as session:
        return sign.sources(session, tenant_id=tenant_id, document_ids=document_ids)


def _end(tenant_id: UUID, claims: Sequence[Claim]) -> None:
    with tenant_session(tenant_id) as session:
        messages.done(session, claims, at=utc_now())


def _finish(tenant_id: UUID, results: Sequence[Signed | NotSigned]) -> list[UUID]:
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
        log.info("document signed", extra={"document_id": str(document_id)})
    for result in results:
        if isinstance(result, NotSigned):
            _enter_failure(tenant_id, result)
    return moved


def _enter(tenant_id: UUID, signed: Sequence[Signed]) -> list[UUID]:
    with refusals(), tenant_session(tenant_id) as session:
        return sign.finish_many(session, tenant_id=tenant_id, signed=signed, at=utc_now())


def _finish_one(tenant_id: UUID, one: Signed) -> list[UUID]:
    try:
        return patiently(lambda: _enter(tenant_id, [one]))
    except DomainError as error:
        _enter_failure(tenant_id, NotSigned(one.claim, error.code, error.title_tr, str(error)))
        return []


def _enter_failure(tenant_id: UUID, failure: NotSigned) -> None:
    def enter() -> str:
        with tenant_session(tenant_id) as session:
            return sign.fail(session, tenant_id=tenant_id, failure=failure, at=utc_now())

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


def _not_signed(task: SignTask, error: DomainError, *, final: bool = False) -> NotSigned:
    return NotSigned(
        task.claim, error.code, error.detail_tr or error.title_tr, error.detail_en or error.title_en, final=final
    )
