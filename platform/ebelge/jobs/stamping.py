"""The archive's time stamps: each night a manifest per tenant of what came, stamped; renewed before a stamp ends.

Intent, call, outcome: the manifest lies in the archive before its row, the row before the question, the stamp before
its row. Killed anywhere, the next run finds what there is and goes on.
"""

import logging
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

from cryptography import x509
from sqlalchemy import text

from ebelge.archive.store import ArchiveError, ArchiveStore, open_store
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.config import ConfigurationError
from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.documents.keeping import stamped_days
from ebelge.documents.keeping.manifests import (
    MANIFEST_NAME,
    Line,
    lines_of,
    object_of,
    sha256,
    stamp_name,
    stamped_octets,
    written,
)
from ebelge.documents.keeping.stamped_days import OpenDay
from ebelge.documents.seals.models import DayStamp
from ebelge.notify import post
from ebelge.signing.algorithms import DIGEST_ENDS, proof_ends
from ebelge.signing.configured import open_stamper, tsa_trust
from ebelge.signing.errors import NoTimeStamp
from ebelge.signing.timestamp import Stamp, TimeStamper, verify_token

log = logging.getLogger(__name__)
BATCH: Final = 500
# A stamp is renewed so long before it ends, and a digest before it is given up.
RENEWED_BEFORE: Final = timedelta(days=90)
# A day is closed so long after midnight: what was begun before it is committed by then.
CLOSES_AFTER: Final = timedelta(hours=1)
LATE_TOLD_AFTER: Final = timedelta(days=3)
_AUDIT = text("SELECT version, hash FROM audit_seal WHERE tenant_id = :tenant_id ORDER BY version DESC LIMIT 1")
_OLDEST = text("SELECT count(*) AS days, min(day) AS day FROM stamped_day WHERE stamped_at IS NULL AND day < :before")


def nightly(at: datetime) -> int:
    """The clock's: manifests of the days that are over, stamps for those that have none, renewals; returns how many."""
    yesterday = istanbul_date(at - CLOSES_AFTER) - timedelta(days=1)
    with role_session("reader") as session:
        last = stamped_days.last_day(session)
    count, day = 0, last or yesterday
    while day <= yesterday:
        count += make(day)
        day += timedelta(days=1)
    try:
        stamper = open_stamper()
    except ConfigurationError as error:
        if count:
            log.warning("manifests wait for a time-stamping authority", extra={"reason": str(error)})
        return count
    return count + stamp_open(stamper) + renew(stamper, at=at) + _tell(at)


def make(day: date) -> int:
    """Make the manifests of a day that has ended, for every tenant with files of it; returns how many are new."""
    since, until = stamped_days.period(day)
    store, count = open_store(), 0
    with role_session("reader") as session:
        found = list(stamped_days.came(session, since=since, until=until))
    for tenant_id, lines in found:
        with bind(tenant_id=tenant_id):
            try:
                count += _manifest(store, tenant_id, day, lines)
            except ArchiveError:
                log.exception("a day's manifest was not made", extra={"day": day.isoformat()})
    return count


def _manifest(store: ArchiveStore, tenant_id: UUID, day: date, lines: list[Line]) -> int:
    with tenant_session(tenant_id) as session:
        before = stamped_days.days_before(session, tenant_id=tenant_id, day=day)
        known = stamped_days.of_day(session, tenant_id=tenant_id, day=day)
    if known is not None:
        return 0
    listed = {
        line
        for one in before
        for line in lines_of(store.get(tenant_id, one.object_id, one.manifest))
    }  # fmt: skip
    fresh = [line for line in lines if line not in listed]
    if not fresh:
        return 0
    with role_session("reader") as session:
        head = session.execute(_AUDIT, {"tenant_id": tenant_id}).first()
    manifest = written(
        fresh, tenant_id=tenant_id, day=day,
        previous=(before[0].day, bytes(before[0].manifest_sha256)) if before else None,
        audit=(head.version, bytes(head.hash)) if head else (0, bytes(32)),
    )  # fmt: skip
    object_id = object_of(tenant_id, day)
    if not store.put(tenant_id, object_id, MANIFEST_NAME, manifest).created:
        manifest = store.get(tenant_id, object_id, MANIFEST_NAME)  # of a run that died: it counts
    files = sum(1 for _ in lines_of(manifest))
    with tenant_session(tenant_id) as session:
        stamped_days.enter(session, tenant_id=tenant_id, day=day, files=files, manifest_sha256=sha256(manifest))
    return 1


def stamp_open(stamper: TimeStamper) -> int:
    """Stamp the days that have no stamp yet, the oldest first; the first question that fails ends the run."""
    with role_session("reader") as session:
        days = stamped_days.unstamped(session, limit=BATCH)
    return _stamp_each(days, stamper)


def renew(stamper: TimeStamper, *, at: datetime, before: datetime | None = None) -> int:
    """Stamp again what rests on a stamp that ends in 90 days (or by `before`), or on a digest that ends in a year."""
    digests = [name for name, ends in DIGEST_ENDS.items() if ends < at + timedelta(days=365)]
    with role_session("reader") as session:
        days = stamped_days.ending(session, before=before or at + RENEWED_BEFORE, digests=digests, limit=BATCH)
    return _stamp_each(days, stamper)


def _stamp_each(days: list[OpenDay], stamper: TimeStamper) -> int:
    count = 0
    for one in days:
        with bind(tenant_id=one.tenant_id):
            try:
                _stamp(one, stamper)
            except NoTimeStamp as error:
                log.error("no time stamp", extra={"day": one.day.isoformat(), "reason": str(error)})
                break
            except ArchiveError:
                log.exception("a day was not stamped", extra={"day": one.day.isoformat()})
                continue
        count += 1
    return count


def _stamp(one: OpenDay, stamper: TimeStamper) -> None:
    store = open_store()
    manifest = store.get(one.tenant_id, one.object_id, MANIFEST_NAME)
    if sha256(manifest) != one.manifest_sha256:
        raise ArchiveError(f"the manifest of {one.day.isoformat()} is not the one that was entered")
    with tenant_session(one.tenant_id) as session:
        number = len(stamped_days.stamps_of(session, tenant_id=one.tenant_id, day=one.day)) + 1
    before = [store.get(one.tenant_id, one.object_id, stamp_name(n)) for n in range(1, number)]
    octets = stamped_octets(manifest, before)
    name = stamp_name(number)
    if store.exists(one.tenant_id, one.object_id, name):  # of a run that died
        token = store.get(one.tenant_id, one.object_id, name)
    else:
        token = stamper.stamp(octets)
        if not store.put(one.tenant_id, one.object_id, name, token).created:
            token = store.get(one.tenant_id, one.object_id, name)
    stamp = verify_token(token, octets, trust=stamper.trust)
    row = DayStamp(
        tenant_id=one.tenant_id, day=one.day, number=number, manifest=MANIFEST_NAME, digest=stamp.digest,
        token_sha256=sha256(token), stamped_at=stamp.at, signer_ends_at=proof_ends(stamp.certificate, stamp.digest),
    )  # fmt: skip
    with tenant_session(one.tenant_id) as session:
        stamped_days.enter_stamp(session, stamp=row, at=utc_now())


def verify(tenant_id: UUID, *, at: datetime, files: bool = True) -> list[str]:
    """What is wrong with a tenant's stamped days, one sentence each; empty when every stamp proves what it should.

    `files`: also compare every listed file with the archive.
    """
    store, trust, wrong = open_store(), tsa_trust(), list[str]()
    with tenant_session(tenant_id) as session:
        days = [
            (OpenDay(tenant_id, row.day, row.object_id, bytes(row.manifest_sha256)),
             [(stamp.number, bytes(stamp.token_sha256)) for stamp in
              stamped_days.stamps_of(session, tenant_id=tenant_id, day=row.day)])
            for row in stamped_days.of_tenant(session, tenant_id=tenant_id)
        ]  # fmt: skip
    for day, stamps in days:
        try:
            wrong += [f"{day.day.isoformat()}: {said}" for said in _wrong(store, day, stamps, trust, at, files=files)]
        except (ArchiveError, NoTimeStamp, ValueError) as error:
            wrong.append(f"{day.day.isoformat()}: {error}")
    return wrong


def _wrong(
    store: ArchiveStore,
    day: OpenDay,
    rows: list[tuple[int, bytes]],
    trust: tuple[x509.Certificate, ...],
    at: datetime,
    *,
    files: bool,
) -> list[str]:
    manifest = store.get(day.tenant_id, day.object_id, MANIFEST_NAME)
    if sha256(manifest) != day.manifest_sha256:
        return ["its manifest was changed"]
    said: list[str] = []
    tokens: list[bytes] = []
    stamps: list[Stamp] = []
    for number, expected in rows:
        token = store.get(day.tenant_id, day.object_id, stamp_name(number))
        if sha256(token) != expected:
            said.append(f"stamp {number} was changed")
        stamps.append(verify_token(token, stamped_octets(manifest, tokens), trust=trust))
        tokens.append(token)
    for earlier, later in pairwise(stamps):
        if later.at > proof_ends(earlier.certificate, earlier.digest):
            said.append(f"the stamp of {earlier.at:%d.%m.%Y} was renewed after it had ended")
    if not stamps:
        said.append("it has no stamp")
    elif proof_ends(stamps[-1].certificate, stamps[-1].digest) < at:
        said.append("its last stamp has ended")
    if files:
        said += [f"{line.object_id}/{line.name}: {problem}" for line in lines_of(manifest)
                 if (problem := _file_problem(store, day.tenant_id, line))]  # fmt: skip
    return said


def _file_problem(store: ArchiveStore, tenant_id: UUID, line: Line) -> str:
    try:
        data = store.get(tenant_id, line.object_id, line.name)
    except ArchiveError as error:
        return str(error)
    return "" if sha256(data) == line.sha256 else "is not what was stamped"


def _tell(at: datetime) -> int:
    """A letter to the operator, once a day, while days wait for their stamp for longer than three."""
    with role_session("reader") as session:
        row = session.execute(_OLDEST, {"before": istanbul_date(at - LATE_TOLD_AFTER)}).one()
    if not row.days:
        return 0
    operator = _operator()
    if operator is None:
        return 0
    facts = {"count": row.days, "since": row.day.isoformat(), "reason": ""}
    with tenant_session(operator) as session:
        occasion = f"stamps.late {istanbul_date(at).isoformat()}"
        return len(post.write(session, tenant_id=operator, kind="stamps_late", occasion=occasion, facts=facts, at=at))


def _operator() -> UUID | None:
    with role_session("app") as session:
        found: UUID | None = session.scalar(text("SELECT tenant_id FROM operator_of('live')"))
        return found
