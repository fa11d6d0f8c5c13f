"""The small world of documents, and files as strangers send them: workbooks, ZIPs, and what the queue makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from ebelge.bulk import queries, uploads
from ebelge.bulk.columns import Form
from ebelge.bulk.models import BulkItem
from ebelge.bulk.queries import Progress
from ebelge.bulk.uploads import Sender
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import bulk
from ebelge.outbox import relay
from ebelge.outbox.relay import Turns
from tests.documents.conftest import World, _rules_are_loaded, area_database, fresh_database, unchanged, world

__all__ = ["World", "_rules_are_loaded", "area_database", "fresh_database", "unchanged", "world"]
ME = Sender(by="person:test", name="Selin Kaya")


@dataclass
class Desk:
    """Akın's uploads, and the queue's hands."""

    world: World

    @property
    def akin(self) -> UUID:
        return self.world.akin

    def take(self, data: bytes, *, name: str = "satislar.xlsx", form: Form | None = None) -> UUID:
        with tenant_session(self.akin) as session:
            made = uploads.take(
                session, tenant_id=self.akin, file_name=name, data=data, form=form, sender=ME, at=utc_now()
            )
            return made.upload_id

    def checked(self, data: bytes, **given: Any) -> UUID:
        """Taken, and worked on until nothing waits."""
        upload_id = self.take(data, **given)
        self.work()
        return upload_id

    def start(self, upload_id: UUID, *, whole: bool = False) -> None:
        with tenant_session(self.akin) as session:
            uploads.start(session, tenant_id=self.akin, upload_id=upload_id, whole=whole, sender=ME, at=utc_now())

    def send(self, upload_id: UUID, *, whole: bool = False) -> None:
        self.start(upload_id, whole=whole)
        self.work()

    def work(self, *, rounds: int = 50) -> int:
        """What the queue does: claim, work, until no message is left; returns how many messages there were."""
        done = 0
        for _ in range(rounds):
            claims = self.claims()
            if not claims:
                break
            for claim in claims:
                bulk.work(claim)
                done += 1
        return done

    def claims(self) -> list[Any]:
        with role_session("relay") as session:
            found = relay.claim(session, queue="invoices", limit=10, turns=Turns(), at=utc_now())
        return [claim for claim in found if claim.topic == uploads.TOPIC]

    def state(self, upload_id: UUID) -> str:
        with tenant_session(self.akin) as session:
            return queries.look(session, tenant_id=self.akin, upload_id=upload_id).state

    def progress(self, upload_id: UUID) -> Progress:
        with tenant_session(self.akin) as session:
            return queries.progress(session, tenant_id=self.akin, upload_id=upload_id)

    def items(self, upload_id: UUID) -> list[BulkItem]:
        with tenant_session(self.akin) as session:
            found = list(queries.items(session, tenant_id=self.akin, upload_id=upload_id, limit=5000))
            session.expunge_all()
            return found

    def documents(self) -> int:
        return int(self.world.rows("SELECT count(*) FROM document")[0][0])


@pytest.fixture
def desk(world: World) -> Desk:
    """Akın with a desk for files."""
    return Desk(world)


@pytest.fixture
def xml_files(world: World) -> Callable[..., dict[str, bytes]]:
    """Call it for so many valid e-Arşiv documents as an ERP would send them."""

    def made(count: int, kind: str = "earsiv") -> dict[str, bytes]:
        return {f"fatura-{n}.xml": world.xml(kind, n=n) for n in range(1, count + 1)}

    return made
