"""The sending job's part for parcels: packed, sent, resumed after a crash; and their owners told how they ended."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.archive.store import ArchiveError, ArchiveStore
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.documents.answers import sealing as answer_sealing
from ebelge.documents.incoming import envelopes as incoming
from ebelge.documents.travel import parcels, send
from ebelge.documents.travel.pace import Pace, pace_for
from ebelge.documents.travel.parcels import Packing
from ebelge.documents.travel.send import ZARF_NAME, SendOutcome
from ebelge.gib.errors import ZarfError
from ebelge.gib.status_codes import Reaction
from ebelge.gib.system_response import SystemResponse
from ebelge.gib.zarf import build_zarf
from ebelge.jobs.calling import UNKNOWN_ENVELOPE, Caller, Job
from ebelge.jobs.database import patiently
from ebelge.onboarding import user_envelopes
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim

log = logging.getLogger(__name__)

TOPICS = frozenset({"parcel.send", "parcel.ended"})


class EndHandler(Protocol):
    """An owner's part: what follows from a parcel's end, in the transaction that ends its message.

    `code` is GİB's (0: the parcel could not be packed; 1000: a system response was taken), `reaction` what is advised.
    """

    def __call__(
        self, session: Session, *, tenant_id: UUID, object_id: UUID, zarf_id: UUID, code: int, reaction: Reaction,
        text: str, at: datetime,
    ) -> None: ...  # fmt: skip


# Each owner adds his line.
ENDED: dict[str, EndHandler] = {
    "user": user_envelopes.ended,
    "answer": answer_sealing.ended,
    "receipt": answer_sealing.ended,
    "system": incoming.response_ended,
}


class ParcelSender:
    """Sends parcels over the connections of the sending process."""

    def __init__(self, store: ArchiveStore, caller: Caller) -> None:
        self._store, self._caller = store, caller

    def work(self, tenant_id: UUID, claims: Sequence[Claim], job: Job) -> None:
        """Send one tenant's parcels, and tell of those that ended."""
        for claim in claims:
            if claim.topic == "parcel.ended":
                tell(claim)
        sends = [claim for claim in claims if claim.topic == "parcel.send"]
        if not sends:
            return
        packings, mode = patiently(lambda: _begin(tenant_id, sends))
        pace = pace_for(mode=mode, environment=settings().environment)
        for packing in packings:
            if not job.may_go_on():
                job.left.append(packing.claim)
            elif packing.packed:
                self._resume(tenant_id, packing, mode, pace, job)
            elif self._pack(tenant_id, packing, pace):
                self._send(tenant_id, packing, mode, pace, job)

    def _pack(self, tenant_id: UUID, packing: Packing, pace: Pace) -> bool:
        """Build the envelope, archive it and enter that; False: the failure is entered, or it is another's."""
        try:
            zarf = build_zarf(
                [self._store.get(tenant_id, packing.object_id, packing.file_name)],
                instance_id=packing.zarf_id,
                sender=packing.sender,
                receiver=packing.receiver,
                element_type=packing.element_type,
                envelope_type=packing.zarf_type,
                at=packing.written_at,
            )
            stored = self._store.put(tenant_id, packing.zarf_id, ZARF_NAME, zarf.zip_bytes)
        except ArchiveError as error:
            log.exception("a parcel could not be archived")
            _enter(tenant_id, SendOutcome(packing.zarf_id, (packing.claim,), "failed", str(error)), pace)
            return False
        except ZarfError as error:
            log.exception("no envelope can be built", extra={"object_id": str(packing.object_id)})
            patiently(lambda reason=error.detail_tr: _unpackable(tenant_id, packing, reason))  # type: ignore[misc]  # lambda default
            return False
        if patiently(lambda: _packed(tenant_id, packing.zarf_id, stored.sha256)):
            return True
        _enter(tenant_id, SendOutcome(packing.zarf_id, (packing.claim,), "later", "in another worker's hands"), pace)
        return False

    def _send(self, tenant_id: UUID, packing: Packing, mode: str, pace: Pace, job: Job) -> None:
        zarf = self._caller.stored_zarf(tenant_id, packing.zarf_id)
        _enter(tenant_id, self._caller.send(mode, zarf, (packing.claim,), job), pace)

    def _resume(self, tenant_id: UUID, packing: Packing, mode: str, pace: Pace, job: Job) -> None:
        """It was packed and its sender died: ask GİB first, then send the same one."""
        answer = self._caller.ask(mode, packing.zarf_id, job)
        claims = (packing.claim,)
        if isinstance(answer, SystemResponse):
            _enter(tenant_id, SendOutcome(packing.zarf_id, claims, "stored"), pace)
        elif answer.fault_code == UNKNOWN_ENVELOPE:
            self._send(tenant_id, packing, mode, pace, job)
        else:
            _enter(tenant_id, SendOutcome(packing.zarf_id, claims, "later", answer.detail), pace)


def tell(claim: Claim) -> None:
    """Tell a parcel's owner how it ended, once; what he raises brings the message back later."""

    def once() -> None:
        with tenant_session(claim.tenant_id) as session:
            at = utc_now()
            ended = parcels.ended(session, claim)
            if not messages.done(session, [claim], at=at) or ended is None:
                return
            handler = ENDED.get(ended.cargo)
            if handler is None:
                log.warning("nobody hears how a parcel ended", extra={"cargo": ended.cargo, "code": ended.code})
                return
            handler(
                session, tenant_id=claim.tenant_id, object_id=ended.object_id, zarf_id=ended.zarf_id, code=ended.code,
                reaction=ended.reaction, text=ended.text, at=at,
            )  # fmt: skip

    try:
        patiently(once)
    except Exception as error:
        log.exception("a parcel's owner could not be told", extra={"zarf_id": str(claim.key)})
        reason = f"{type(error).__name__}: {error}"
        patiently(lambda: _again(claim, reason))


def _begin(tenant_id: UUID, claims: Sequence[Claim]) -> tuple[list[Packing], str]:
    with tenant_session(tenant_id) as session:
        packings, moot, mode = parcels.begin_many(session, tenant_id=tenant_id, claims=claims)
        messages.done(session, moot, at=utc_now())
        return packings, mode


def _packed(tenant_id: UUID, zarf_id: UUID, sha256: bytes) -> bool:
    with tenant_session(tenant_id) as session:
        return parcels.packed(session, tenant_id=tenant_id, zarf_id=zarf_id, sha256=sha256)


def _unpackable(tenant_id: UUID, packing: Packing, reason: str) -> None:
    with tenant_session(tenant_id) as session:
        parcels.unpackable(session, tenant_id=tenant_id, packing=packing, reason=reason, at=utc_now())


def _enter(tenant_id: UUID, outcome: SendOutcome, pace: Pace) -> None:
    def enter() -> None:
        with tenant_session(tenant_id) as session:
            send.finish(session, tenant_id=tenant_id, outcome=outcome, pace=pace, at=utc_now())

    patiently(enter)


def _again(claim: Claim, error: str) -> None:
    with tenant_session(claim.tenant_id) as session:
        messages.again(session, claim, at=utc_now(), error=error)
