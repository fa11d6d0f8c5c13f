"""Verifying, checking and storing an incoming invoice by the real job, against the sum of its parts, each alone.

The parts: the zip out of the archive, the envelope opened, schema and schematron, the document read, its signature
verified by signxml, two files made durable (the document, our system response), and the two transactions that deliver
and answer. The rest is what the job adds: finding the receiver, the fences, the order of things.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median
from uuid import UUID, uuid4

from ebelge.archive.store import ArchiveStore, open_store
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import dispose_engines, role_session, tenant_session
from ebelge.devstack import database, seed
from ebelge.devstack.bench._figures import Row, row, timed
from ebelge.devstack.companies import AKIN_LTD, BORA_AS
from ebelge.devstack.errors import StackError
from ebelge.devstack.services import Services
from ebelge.documents.incoming import delivery as incoming_delivery
from ebelge.documents.incoming import envelopes as incoming
from ebelge.documents.incoming.checks import CheckedZarf, check_contents, header, opened
from ebelge.documents.incoming.envelopes import Waiting
from ebelge.documents.incoming.models import INCOMING_NAME, INCOMING_ZARF_NAME, SYSTEM_RESPONSE_NAME
from ebelge.documents.travel import parcels
from ebelge.gib.mtom import parse_xml
from ebelge.gib.opened import OpenedZarf
from ebelge.gib.zarf import Mailbox, Zarf, build_zarf
from ebelge.jobs.receiving import Receiver, trust
from ebelge.outbox import messages, relay
from ebelge.outbox.messages import Claim
from ebelge.signing.development import DevelopmentCa
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.signing.verify import verify
from ebelge.ubl import received, validate
from ebelge.ubl.build import build
from ebelge.ubl.examples import example_draft, signatory
from ebelge.ubl.types import DocumentKind

FOLDER = "ebelge-bench-"
CALLS, LINES = 12, 10
_KEPT = ("EBELGE_POSTGRES_BIN", "EBELGE_REDIS_BIN")


@dataclass(frozen=True)
class Ground:
    """The seed world on a durable PostgreSQL, and Akın's seal."""

    seal: Pkcs12Seal
    holder: UUID
    bora: UUID
    store: ArchiveStore

    def zarf(self) -> Zarf:
        """An invoice of Akın's for Bora, in an envelope of its own."""
        at = utc_now()
        xml = build(
            example_draft(DocumentKind.EFATURA, lines=LINES), supplier=AKIN_LTD.party, kind=DocumentKind.EFATURA,
            number=f"BNC{at.year}{uuid4().int % 10**9:09d}", ettn=uuid4(), issue_date=at.date(),
            issue_time=at.time().replace(microsecond=0), signatory=signatory(AKIN_LTD.party),
        )  # fmt: skip
        sender = Mailbox(AKIN_LTD.sender_alias, AKIN_LTD.party.vkn_tckn, AKIN_LTD.party.title)
        receiver = Mailbox(BORA_AS.receiver_alias, BORA_AS.party.vkn_tckn, BORA_AS.party.title)
        return build_zarf(
            [sign(xml, self.seal, at=at)], instance_id=uuid4(), sender=sender, receiver=receiver,
            element_type="INVOICE", at=at,
        )  # fmt: skip

    def push(self, zarf: Zarf) -> None:
        """What the service does with it."""
        self.store.put(self.holder, zarf.instance_id, INCOMING_ZARF_NAME, zarf.zip_bytes)
        with tenant_session(self.holder) as session:
            incoming.store(
                session, mode="live", holder_id=self.holder, zarf_id=zarf.instance_id, zipped=zarf.zip_bytes,
                md5=zarf.md5_hex, at=utc_now(),
            )  # fmt: skip

    def claims(self) -> Iterator[Claim]:
        """The messages that wait, in a worker's hands."""
        with role_session("relay") as session:
            yield from relay.claim(session, queue="incoming", limit=1000, turns=relay.Turns(), at=utc_now())


def rows(rounds: int) -> list[Row]:
    """The row `incoming`."""
    with _ground() as ground:
        whole, parts = _measured(ground, rounds)
    names = ", ".join(f"{name} {value:.1f}" for name, value in parts.items())
    return [
        row("incoming", whole, "ms", against=f"its parts alone: {names}", limit=sum(parts.values()), reach="<= 1.3")
    ]


def _measured(ground: Ground, rounds: int) -> tuple[float, dict[str, float]]:
    whole: list[float] = []
    parts: dict[str, list[float]] = {}
    for round_ in range(rounds + 1):  # the first is not counted
        for _ in range(CALLS):
            ground.push(ground.zarf())
        receiver = Receiver(ground.store)
        taken = [timed(partial(receiver.work, [claim])) for claim in list(ground.claims())]
        alone = [_alone(ground) for _ in range(CALLS)]
        if round_ == 0:
            continue
        whole.append(median(taken))
        for name in alone[0]:
            parts.setdefault(name, []).append(median(one[name] for one in alone))
    _must_have_come(ground, (rounds + 1) * CALLS)
    return median(whole), {name: median(values) for name, values in parts.items()}


def _alone(ground: Ground) -> dict[str, float]:
    """Each part once, on an envelope of its own, in ms."""
    zarf, at = ground.zarf(), utc_now()
    ground.push(zarf)
    for claim in ground.claims():
        with tenant_session(claim.tenant_id) as session:
            messages.done(session, [claim], at=at)
    kept: dict[str, float] = {}

    def part(name: str, work: Callable[[], object]) -> None:
        kept[name] = kept.get(name, 0.0) + timed(work)

    waiting = Waiting("live", zarf.instance_id, ground.holder, at, b"", None)
    found: list[OpenedZarf] = []
    part("fetch", lambda: ground.store.get(ground.holder, zarf.instance_id, INCOMING_ZARF_NAME))
    part("open", lambda: found.append(opened(zarf.zip_bytes, zarf_id=zarf.instance_id)))
    document = found[0].documents[0]
    part("rules", lambda: validate.zarf_breach(found[0].root))
    part("read", lambda: received.read(parse_xml(document)))
    part("verify", lambda: verify(document, trust=trust()))
    checked = check_contents(opened(zarf.zip_bytes, zarf_id=zarf.instance_id), trust=trust(), at=at)
    (new,) = incoming_delivery.of(checked, waiting=waiting)
    part("files", lambda: ground.store.put(ground.bora, new.document_id, INCOMING_NAME, document))
    part("files", lambda: ground.store.put(ground.holder, zarf.instance_id, SYSTEM_RESPONSE_NAME, document[:3000]))
    part("deliver", lambda: _deliver(ground, waiting, checked, found[0]))
    part("answer", lambda: _answer(ground, waiting))
    return kept


def _deliver(ground: Ground, waiting: Waiting, checked: CheckedZarf, zarf: OpenedZarf) -> None:
    with tenant_session(ground.bora) as session:
        incoming.lock_open(session, waiting=waiting)
        documents = incoming_delivery.of(checked, waiting=waiting)
        incoming_delivery.deliver(
            session, tenant_id=ground.bora, documents=documents, waiting=waiting, header=header(zarf), at=utc_now()
        )
        incoming.end(
            session, waiting=waiting, header=header(zarf), code=incoming.DONE, finding="", tenant_id=ground.bora,
            at=utc_now(),
        )  # fmt: skip


def _answer(ground: Ground, waiting: Waiting) -> None:
    with tenant_session(ground.holder) as session:
        answer = incoming.to_be_answered(session, waiting=waiting)
        if answer is None:
            raise StackError("The benchmark's envelope was not delivered.")
        zarf_id = parcels.post(
            session, tenant_id=ground.holder, cargo="system", object_id=waiting.zarf_id, zarf_type="SYSTEMENVELOPE",
            element_type="APPLICATIONRESPONSE", sender=answer.sender, receiver=answer.receiver,
            file_name=SYSTEM_RESPONSE_NAME, at=utc_now(),
        )  # fmt: skip
        incoming.answered_in(session, waiting=waiting, response_zarf_id=zarf_id, sha256=bytes(32))


def _must_have_come(ground: Ground, count: int) -> None:
    with role_session("reader") as session:
        sql = "SELECT count(*) FROM incoming_zarf WHERE code = 1200 AND receiver_id = %s"
        ((came,),) = session.connection().exec_driver_sql(sql, (ground.bora,)).all()
    if came < count:
        raise StackError(f"{came} of {count} envelopes of the benchmark were delivered.")


@contextmanager
def _ground() -> Iterator[Ground]:
    folder, outer = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-")), dict(os.environ)
    try:
        env = {name: outer[name] for name in _KEPT if name in outer}
        with Services(folder / "services", durable=True, env=env) as services:
            var = folder / "var"
            os.environ.update({
                **services.environment(),
                "EBELGE_ENVIRONMENT": "development",
                "EBELGE_MASTER_KEY": "A" * 43 + "=",
                "EBELGE_ARCHIVE_DIR": str(folder / "archive"),
                "EBELGE_SEAL_ANCHORS": str(var / "development-ca.crt"),
            })  # fmt: skip
            settings.cache_clear()
            database.migrate(services.database_url)
            yield _planted(var, utc_now())
            dispose_engines()
    finally:
        for name in set(os.environ) - set(outer):
            del os.environ[name]
        os.environ.update(outer)
        settings.cache_clear()
        shutil.rmtree(folder, ignore_errors=True)


def _planted(var: Path, at: datetime) -> Ground:
    world = seed.plant(var)
    validate.warm_up()
    ca = DevelopmentCa.load((var / "development-ca.pem").read_bytes())
    party = AKIN_LTD.party
    seal = Pkcs12Seal.load(ca.issue(vkn_tckn=party.vkn_tckn, name=party.title, password="x", at=at), "x")
    with role_session("app") as session:
        holder = incoming.holder_of(session, mode="live")
    if holder is None:
        raise StackError("The seed world has no operator.")
    return Ground(seal, holder, UUID(world.accounts["bora"].tenant_id), open_store())
