"""A small instance that is worth a backup: one company with kontör and files in the archive."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from billing.ledger import lots
from ebelge.archive.store import ArchiveStore
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack import database
from ebelge.devstack.services import Services
from ebelge.onboarding.accounts import open_tenant
from ebelge.ubl.examples import vkn
from tenants.accounts import Identity

NOON = datetime(2026, 11, 20, 9, tzinfo=UTC)


@dataclass
class Akin:
    """Akın Ltd. with kontör and an archive."""

    settings: Settings
    tenant_id: UUID
    archive: ArchiveStore

    def file(self, content: bytes) -> str:
        """Archive a file and return its path below the archive."""
        ettn = uuid4()
        self.archive.put(self.tenant_id, ettn, "signed.xml", content)
        return f"{self.tenant_id}/{ettn}/signed.xml"


@pytest.fixture
def akin_ltd(fresh_settings: Settings, tmp_path: Path) -> Akin:
    settings = replace(fresh_settings, archive_dir=tmp_path / "archive")
    settings.archive_dir.mkdir()
    tenant_id = new_id()
    identity = Identity(vkn_tckn=vkn(61), title="Akın Ltd.", district="Çankaya", city="Ankara")
    with tenant_session(tenant_id) as session:
        open_tenant(session, tenant_id=tenant_id, kind="customer", identity=identity, sandbox=False, at=NOON)
        for kontor in (100, 50):
            lots.grant(
                session, tenant_id=tenant_id, source="payment", source_id=new_id(), kontor=kontor,
                net_price_kurus=kontor * 90, expires_at=utc_now() + timedelta(days=90), reason="test", at=utc_now(),
            )  # fmt: skip
    return Akin(settings, tenant_id, ArchiveStore(settings.archive_dir))


@pytest.fixture
def empty_place(services: Services, akin_ltd: Akin, tmp_path: Path) -> Iterator[Callable[[], Settings]]:
    """Call it for settings of an empty database and an empty archive, on the same servers."""
    made: list[str] = []

    def make() -> Settings:
        made.append(f"ebelge_restored_{secrets.token_hex(4)}")
        url = database.create(services.database_url, made[-1])
        return replace(akin_ltd.settings, database_url=url, archive_dir=tmp_path / made[-1])

    yield make
    for name in made:
        database.drop(services.superuser_url or services.database_url, name)
