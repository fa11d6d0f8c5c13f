"""What the clock does for seals: asks about their certificates ahead of the signers, tells of those that end or cannot
sign, and retires those whose successor has taken over. Every duty bears repetition."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cryptography import x509
from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.documents.seals import certificates
from ebelge.documents.seals import entered as seals
from ebelge.notify import post
from tenants.audit.deeds import deed
from tenants.company import settings as company

log = logging.getLogger(__name__)
WARN_DAYS: Final = (60, 30, 7)
# A successor proves itself before the old seal retires: until then it stands in.
STANDS_IN: Final = timedelta(hours=1)
TROUBLE_TOLD_AFTER: Final = timedelta(minutes=10)

_ACTIVE = text(
    "SELECT s.tenant_id, s.seal_id, s.mode, s.certificate_der, s.valid_until, s.signs_from, t.kind, t.title "
    "FROM seal s JOIN tenant t USING (tenant_id) WHERE s.active AND t.state <> 'closed' ORDER BY s.tenant_id, s.seal_id"
)
_TROUBLED = text(
    "SELECT b.owner_id, b.code, b.text_tr, b.text_en, b.since, b.seen_at, t.title, t.mode FROM seal_trouble b "
    "JOIN tenant t ON t.tenant_id = b.owner_id WHERE b.since <= :before AND b.seen_at > :seen"
)


@dataclass(frozen=True)
class ActiveSeal:
    """A seal that signs, or will."""

    tenant_id: UUID
    seal_id: UUID
    mode: str
    certificate_der: bytes
    valid_until: datetime
    signs_from: datetime | None
    kind: str
    title: str


def ask_ahead(at: datetime) -> int:
    """Ask about every active seal whose answer grows old, so that no signer has to; returns how many were looked at."""
    count = 0
    for seal in _active():
        if seal.mode == "test" and settings().environment == "production":
            continue
        certificate = x509.load_der_x509_certificate(seal.certificate_der)
        found = certificates.check_certificate(certificate, at=at, now=at)
        if found.stale or not found.usable:
            count += 1
            log.warning(
                "certificate of a seal",
                extra={"seal_id": str(seal.seal_id), "state": found.state, "stale": found.stale},
            )
    return count


def tell_of_endings(at: datetime) -> int:
    """A letter 60, 30 and 7 days before a seal's certificate ends, and as many days as the company chose: to the
    account and to the operator, once each. None for one whose successor is entered."""
    active = _active()
    count = 0
    for seal in active:
        left = seal.valid_until - at
        if left > timedelta(days=max(180, *WARN_DAYS)) or _has_heir(seal, active):
            continue
        with bind(tenant_id=seal.tenant_id):
            with tenant_session(seal.tenant_id) as session:
                chosen = company.current(session, tenant_id=seal.tenant_id).seal_warn_days
            due = [days for days in {*WARN_DAYS, chosen} if left <= timedelta(days=days)]
            if not due or left <= timedelta():
                continue
            readers = {seal.tenant_id} | ({operator} if (operator := _operator(seal.mode)) else set())
            for reader in sorted(readers):
                with tenant_session(reader) as session:
                    count += _tell_ending(session, reader, seal, min(due), at)
    return count


def _tell_ending(session: Session, reader: UUID, seal: ActiveSeal, days: int, at: datetime) -> int:
    facts = {
        "days": max(1, (seal.valid_until - at).days),
        "ends_at": seal.valid_until.isoformat(),
        "holder": seal.title,
        "whose": "operator" if seal.kind == "operator" else "own",
    }
    occasion = f"seal.ending {seal.seal_id} {days}"
    return len(post.write(session, tenant_id=reader, kind="seal_ending", occasion=occasion, facts=facts, at=at))


def tell_of_trouble(at: datetime) -> int:
    """Tell the operator, once per trouble, of a seal that cannot sign for ten minutes; returns how many letters."""
    with role_session("reader") as session:
        rows = session.execute(
            _TROUBLED, {"before": at - TROUBLE_TOLD_AFTER, "seen": at - 2 * TROUBLE_TOLD_AFTER}
        ).all()
    count = 0
    for row in rows:
        operator = _operator(row.mode) or row.owner_id
        facts = {"since": row.since.isoformat(), "holder": row.title, "text_tr": row.text_tr, "text_en": row.text_en}
        with tenant_session(operator) as session:
            occasion = f"seal.trouble {row.owner_id} {row.since.isoformat()}"
            count += len(
                post.write(session, tenant_id=operator, kind="seal_trouble", occasion=occasion, facts=facts, at=at)
            )
    return count


def retire_overtaken(at: datetime) -> int:
    """Retire seals an hour after their successor took over; what they signed stays verifiable. Returns how many."""
    count = 0
    for tenant_id in sorted({seal.tenant_id for seal in _active() if seal.signs_from and seal.signs_from <= at}):
        with tenant_session(tenant_id) as session:
            for row in seals.overtaken(session, tenant_id=tenant_id, before=at - STANDS_IN):
                seals.retire(session, tenant_id=tenant_id, seal_id=row.seal_id)
                deed(
                    session, tenant_id=tenant_id, action="seal.retired", object_kind="seal", object_id=row.seal_id,
                    after={"certificate": row.certificate_sha256.hex()}, by="clock", at=at,
                )  # fmt: skip
                log.info("seal retired", extra={"tenant_id": str(tenant_id), "seal_id": str(row.seal_id)})
                count += 1
    return count


def _active() -> list[ActiveSeal]:
    with role_session("reader") as session:
        return [ActiveSeal(**row._mapping) for row in session.execute(_ACTIVE)]


def _has_heir(seal: ActiveSeal, active: Iterable[ActiveSeal]) -> bool:
    """True if another seal of the account is entered that lasts longer and takes over in time."""
    return any(
        other.tenant_id == seal.tenant_id
        and other.valid_until > seal.valid_until
        and (other.signs_from is None or other.signs_from < seal.valid_until)
        for other in active
    )


def _operator(mode: str) -> UUID | None:
    with role_session("app") as session:
        found: UUID | None = session.scalar(text("SELECT tenant_id FROM operator_of(:mode)"), {"mode": mode})
        return found
