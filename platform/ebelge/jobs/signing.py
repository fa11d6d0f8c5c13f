"""The signing job: claims in, signed documents out. One read transaction, signatures, one store, one finish
transaction per tenant; nothing else happens between a document's claim and its end."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from uuid import UUID

from ebelge.archive.store import ArchiveError, ArchiveStore, Key, StoredObject
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.errors import DomainError
from ebelge.core.telemetry import bind
from ebelge.documents import sign
from ebelge.documents.seals.entered import SealOwner
from ebelge.documents.seals.open_seals import OpenSeals
from ebelge.documents.sign import NotSigned, Overtaken, Signed, SignTask
from ebelge.jobs import bell, signatures
from ebelge.jobs.claims import by_tenant, slices
from ebelge.jobs.database import patiently
from ebelge.outbox.messages import Claim
from ebelge.signing import signer, verify
from ebelge.signing.document import placement_of, read_for_signing
from ebelge.signing.errors import NotSignable, SealRefused, SealUnusable, SignatureInvalid
from ebelge.signing.seals import Seal

log = logging.getLogger(__name__)

SLICE_COUNT_MAX = 100
# Tenants with one document each that are read, and entered, in one round trip.
TENANTS_AT_ONCE = 16


class _Taken(Exception):
    """The archive holds something under the key already: whose it is must be seen first."""


@dataclass
class Signer:
    """What a signing process keeps open: seals and archive."""

    store: ArchiveStore
    seals: OpenSeals = field(default_factory=OpenSeals)

    def work(self, claims: Sequence[Claim]) -> int:
        """Sign what these claims stand for, tenant by tenant; returns how many documents were signed.

        Tenants with one document each share round trips to the database.
        """
        tenants = by_tenant(claims)
        alone = [theirs[0] for theirs in tenants.values() if len(theirs) == 1]
        total, done = 0, 0
        while len(alone) - done > 1:
            some = alone[done : done + TENANTS_AT_ONCE]
            try:
                total += self._each(some)
            except Exception:
                log.exception("signing for several tenants failed", extra={"claims": len(some)})
                break  # each by itself: what has been done is found so
            done += len(some)
        for claim in alone[:done]:
            del tenants[claim.tenant_id]
        for tenant_id, theirs in tenants.items():
            with bind(tenant_id=tenant_id):
                try:
                    total += self._tenant(tenant_id, theirs)
                except Exception:
                    # The others' documents must not wait for this tenant's trouble; the leases bring these back.
                    log.exception("signing for a tenant failed", extra={"claims": len(theirs)})
        return total

    def _each(self, claims: Sequence[Claim]) -> int:
        batches = patiently(lambda: signatures.begin_each(claims))
        tasks = [task for batch in batches for task in batch.tasks]
        texts = {key: text for batch in batches for key, text in batch.sources.items()}
        large = [task.claim for task in tasks if task.claim.key not in texts]
        tasks = [task for task in tasks if task.claim.key in texts]
        results = self._sign_run(tasks, texts, {task.owner: self._seal(task.owner) for task in tasks})
        total = len(signatures.finish_each([one for one in results if isinstance(one, Signed)]))
        for result in results:
            if isinstance(result, NotSigned):
                signatures.finish(result.claim.tenant_id, [result])
        for moot in (claim for batch in batches for claim in batch.moot):
            patiently(partial(signatures.end, moot.tenant_id, [moot]))
        return total + sum(self._tenant(claim.tenant_id, [claim]) for claim in large)

    def _tenant(self, tenant_id: UUID, claims: Sequence[Claim]) -> int:
        batch = patiently(lambda: signatures.begin(tenant_id, claims))
        texts = batch.sources
        seals = {task.owner: self._seal(task.owner) for task in batch.tasks}
        if len(claims) == 1 and claims[0].attempt == 1 and claims[0].key in texts:
            (task,) = batch.tasks
            return self._lone(task, texts[task.claim.key], seals[task.owner])
        total = 0
        for run in slices(
            batch.tasks,
            count_max=SLICE_COUNT_MAX,
            size_max=signatures.SLICE_BYTES_MAX,
            size=lambda task: task.source_bytes,
        ):
            if run[0].claim.key not in texts:
                wanted = [task.claim.key for task in run]
                texts = patiently(partial(signatures.sources, tenant_id, wanted))
            results = self._sign_run(run, texts, seals)
            total += len(signatures.finish(tenant_id, results))
        if batch.moot:
            patiently(lambda: signatures.end(tenant_id, batch.moot))
        return total

    def _lone(self, task: SignTask, source: bytes, seal: Seal | SealUnusable) -> int:
        """One document, the hurried case: while the archive writes, all but the charge and the commit is entered."""
        tenant_id, made = task.claim.tenant_id, self._sign(task, source, seal)
        if isinstance(made, NotSigned):
            return len(signatures.finish(tenant_id, [made]))
        data, signed = made
        key = Key(tenant_id, task.ettn, sign.SIGNED_NAME)
        storing = self.store.put_soon(key.tenant_id, key.object_id, key.name, data)

        def stored() -> None:
            if not storing.result().created:
                raise _Taken

        known = [Signed(task.claim, sha256(data).digest(), signed.at, task)]
        with suppress(Overtaken, ArchiveError, DomainError, _Taken):
            patiently(lambda: signatures.enter_at_once(tenant_id, known, stored=stored))
            bell.ring()  # before the log: somebody may wait for this one
            signatures.tell(tenant_id, task.claim.key)
            return 1
        result: StoredObject | ArchiveError
        try:
            result = storing.result()
        except ArchiveError as error:
            result = error
        return len(signatures.finish(tenant_id, [self._stored(task, key, source, signed, result)]))

    def _sign_run(
        self,
        run: Sequence[SignTask],
        texts: dict[UUID, bytes],
        seals: dict[SealOwner | None, Seal | SealUnusable],
    ) -> list[Signed | NotSigned]:
        results: list[Signed | NotSigned] = []
        fresh: list[tuple[SignTask, Key, Signed]] = []

        def sealed() -> Iterator[tuple[Key, bytes]]:
            for task in run:
                key = Key(task.claim.tenant_id, task.ettn, sign.SIGNED_NAME)
                # After a crash ask first: is it signed already? (Only the archive could tell two signatures apart.)
                if task.claim.attempt > 1 and self.store.exists(key.tenant_id, key.object_id, key.name):
                    results.append(self._adopt(task, key, texts[task.claim.key]))
                    continue
                made = self._sign(task, texts[task.claim.key], seals[task.owner])
                if isinstance(made, NotSigned):
                    results.append(made)
                    continue
                fresh.append((task, key, made[1]))
                yield key, made[0]

        # Many are stored while the next ones are signed.
        stored = self.store.put_many(list(sealed()) if len(run) == 1 else sealed())
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
            data = signer.sign(source, seal, at=at, placement=placement_of(source), assembler=settings().assembler)
        except SealUnusable as error:
            if task.owner is not None:
                self.seals.forget(task.owner, error, at=at)  # the next attempt opens it anew
            return _not_signed(task, error)
        except NotSignable as error:
            return _not_signed(task, error, final=True)
        return data, Signed(task.claim, b"", at, task)

    def _stored(
        self, task: SignTask, key: Key, source: bytes, signed: Signed, result: StoredObject | ArchiveError
    ) -> Signed | NotSigned:
        if isinstance(result, ArchiveError):
            return NotSigned(task.claim, "archive", "Arşive yazılamadı.", str(result))
        if not result.created:
            return self._adopt(task, key, source)
        return Signed(task.claim, result.sha256, signed.at, task)

    def _adopt(self, task: SignTask, key: Key, source: bytes) -> Signed | NotSigned:
        """Take over what an earlier attempt stored before it died: verified, and of this very source."""
        try:
            data = self.store.get(key.tenant_id, key.object_id, key.name)
            proven = verify.verify(data, trust=None, placement=placement_of(source))
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
        return Signed(task.claim, sha256(data).digest(), proven.signing_time, task)


def _content_digest(source: bytes) -> str:
    """SHA-256 of what a signature over `source` covers; what `verify` calls signed_sha256."""
    document = read_for_signing(source, placement_of(source))
    return sha256(document.before + document.after).hexdigest()


def _not_signed(task: SignTask, error: DomainError, *, final: bool = False) -> NotSigned:
    return NotSigned(
        task.claim,
        error.code,
        error.detail_tr or error.title_tr,
        error.detail_en or error.title_en,
        final=final,
        waits=isinstance(error, SealRefused),
    )
