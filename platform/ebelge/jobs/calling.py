"""Calls to GİB: one kept connection per gateway, and what a call that was not answered as hoped means."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from ebelge.archive.store import ArchiveStore
from ebelge.core.clock import utc_now
from ebelge.core.config import ConfigurationError, settings
from ebelge.core.db import role_session
from ebelge.documents.travel import health
from ebelge.documents.travel.send import ZARF_NAME, SendOutcome
from ebelge.gib.errors import GatewayOutcomeUnknown, GibFault
from ebelge.gib.gateway import SoapGateway
from ebelge.gib.status_codes import FAULT_CODES
from ebelge.gib.system_response import SystemResponse
from ebelge.gib.zarf import Zarf
from ebelge.jobs import stopping
from ebelge.jobs.database import patiently
from ebelge.outbox.messages import Claim

log = logging.getLogger(__name__)

UNKNOWN_ENVELOPE = 2004


@dataclass
class Job:
    """One job under way: until when its leases hold, and which gateways did not answer in it."""

    deadline: datetime
    down: set[str] = field(default_factory=set)
    left: list[Claim] = field(default_factory=list)

    def may_go_on(self) -> bool:
        """False when a further call could outlast the leases, or the process is to stop."""
        return not stopping.requested.is_set() and utc_now() < self.deadline


@dataclass(frozen=True, slots=True)
class Trouble:
    """A call to GİB that was not answered as hoped: what it means, and GİB's fault code if there was one."""

    result: Literal["unknown", "later", "failed"]
    detail: str
    fault_code: int = 0


class Caller:
    """The way to GİB of a sending process. A sandbox never reaches the live gateway."""

    def __init__(self, store: ArchiveStore) -> None:
        self._store = store
        self._answers: dict[str, bool] = {}  # what each gateway did last, as far as it was written down
        self._gateways: dict[str, SoapGateway] = {}

    def send(self, mode: str, zarf: Zarf, claims: tuple[Claim, ...], job: Job) -> SendOutcome:
        """Hand an envelope over; GİB's having it already is as good."""
        trouble = self._trouble_with(mode, job, lambda: self._gateway(mode).send(zarf))
        if trouble is None:
            outcome = SendOutcome(zarf.instance_id, claims, "stored")
        else:
            outcome = SendOutcome(zarf.instance_id, claims, trouble.result, trouble.detail)
        log.info(
            "envelope sent",
            extra={
                "zarf_id": str(zarf.instance_id),
                "document_ids": [str(claim.key) for claim in claims],
                "result": outcome.result,
                "detail": outcome.detail[:200],
            },
        )
        return outcome

    def ask(self, mode: str, zarf_id: UUID, job: Job) -> SystemResponse | Trouble:
        """What GİB says of an envelope, or why nothing was heard."""
        answers: list[SystemResponse] = []
        trouble = self._trouble_with(mode, job, lambda: answers.append(self._gateway(mode).status(zarf_id)))
        if answers:
            return answers[0]
        return trouble or Trouble("later", "no answer")

    def stored_zarf(self, tenant_id: UUID, zarf_id: UUID) -> Zarf:
        """The envelope as it was archived: the same bytes, whoever sends them. :raises ArchiveError: it is not."""
        zipped = self._store.get(tenant_id, zarf_id, ZARF_NAME)
        digest = hashlib.md5(zipped, usedforsecurity=False).hexdigest()
        return Zarf(zarf_id, b"", zipped, digest, f"{zarf_id}.zip")

    def _trouble_with(self, mode: str, job: Job, call: Callable[[], object]) -> Trouble | None:
        """None when GİB answered (or has the envelope already); else what the failure of the call means."""
        if mode in job.down:
            return Trouble("later", "GİB did not answer a moment ago")
        try:
            call()
            self._heard(mode)
        except GibFault as fault:
            self._heard(mode)
            known = FAULT_CODES.get(fault.fault_code)
            if known is not None and known.stored:
                return None
            detail = f"{fault.fault_code}: {fault.message}"
            return Trouble("later" if known is None or known.retry else "failed", detail, fault.fault_code)
        except GatewayOutcomeUnknown as error:
            job.down.add(mode)
            self._not_heard(mode, str(error))
            return Trouble("unknown" if error.may_have_arrived else "later", f"{error.code}: {error}")
        return None

    def _heard(self, mode: str) -> None:
        """GİB answers: when it did not before, what waited for it is due at once, by age."""
        if self._answers.get(mode) is True:
            return

        def note() -> bool:
            with role_session("app") as session:
                return health.came_back(session, mode=mode, at=utc_now())

        if patiently(note):
            log.warning("GİB answers again", extra={"mode": mode})
            with role_session("relay") as session:
                health.hasten(session, at=utc_now())
        self._answers[mode] = True

    def _not_heard(self, mode: str, detail: str) -> None:
        if self._answers.get(mode) is False:
            return

        def note() -> None:
            with role_session("app") as session:
                health.went_down(session, mode=mode, detail=detail, at=utc_now())

        patiently(note)
        self._answers[mode] = False

    def _gateway(self, mode: str) -> SoapGateway:
        if mode not in self._gateways:
            url = settings().gib_live_url if mode == "live" else settings().gib_test_url
            if not url:
                raise ConfigurationError(f"EBELGE_GIB_{mode.upper()}_URL is not set: there is no way to GİB")
            self._gateways[mode] = SoapGateway(url, settings().gib_timeout_s)
        return self._gateways[mode]
