"""The seed world with a second reseller, a row of Bora's in every table, and people of every role at their browsers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from ebelge.app import create_app
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.config import settings as current_settings
from ebelge.core.db import dispose_engines, driver, role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack import seed
from ebelge.onboarding.accounts import open_tenant
from ebelge.ubl import validate
from ebelge.ubl.examples import example_json, vkn
from ebelge.ubl.types import DocumentKind
from tenants.accounts import Identity
from tenants.isolation import TABLES
from tests.tenants.rows import fill
from tests.walks.ids import ids_of
from tests.web.browsers import Browser, Browsers

# Bora's name is in his own row only: whoever reads it has crossed over.
SECRET_TITLE = "Sır Saklayan Bora A.Ş."
# What every request of anybody may write: that a key or a session was used, that somebody tried.
NOTED = frozenset({"api_key", "person_session", "sign_in_failure", "alembic_version"})


@dataclass
class Walked:
    """The world and who walks through it."""

    app: Flask
    world: seed.World
    browsers: Browsers
    akin: UUID
    bora: UUID
    other_reseller: UUID
    bora_document: dict[str, str]

    def key(self, name: str) -> str:
        return str(self.world.accounts[name].key)

    def bora_ids(self) -> dict[str, list[str]]:
        """Every id that stands in rows of Bora's and in none of Akın's, by the column's name."""
        mine = {one for values in ids_of(self.akin).values() for one in values}
        return {column: sorted(values - mine) for column, values in ids_of(self.bora).items() if values - mine}

    def secrets(self) -> tuple[str, ...]:
        """What only somebody who reads Bora's rows can say."""
        return (SECRET_TITLE, self.bora_document["number"], self.bora_document["ettn"])

    def rows_of_bora(self) -> str:
        """A hash of every row of Bora's, and of how many rows there are of everybody's in the operator's tables."""
        digest = hashlib.sha256()
        with role_session("reader") as session:
            run = session.connection().exec_driver_sql
            for table, rule in sorted(TABLES.items()):
                if table in NOTED or rule.table_class != "tenant":
                    continue
                for row in sorted(run(f"SELECT t::text FROM {table} t WHERE tenant_id = '{self.bora}'").scalars()):
                    digest.update(f"{table} {row}\n".encode())
        return digest.hexdigest()


@pytest.fixture(scope="session")
def walk_settings(
    make_database: Callable[[], str], stack_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Settings of the walks' own database and archive."""
    with pytest.MonkeyPatch.context() as patch:
        archive = tmp_path_factory.mktemp("archive")
        own = {**stack_environment, "DATABASE_URL": make_database(), "EBELGE_ARCHIVE_DIR": str(archive)}
        for name, value in own.items():
            patch.setenv(name, value)
        current_settings.cache_clear()
        yield current_settings()
        dispose_engines()
    current_settings.cache_clear()


@pytest.fixture(scope="session")
def walked(walk_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """Akın, Bora under a name of his own, Ceren and another reseller; a row of Bora's and of Akın's in every table."""
    validate.warm_up()
    world: seed.World = seed.plant(Path(tmp_path_factory.mktemp("var")))
    akin, bora = (UUID(world.accounts[name].tenant_id) for name in ("akin", "bora"))
    app = create_app()
    other = new_id()
    with tenant_session(other) as session:
        open_tenant(
            session, tenant_id=other, kind="reseller", sandbox=False, at=utc_now(),
            identity=Identity(vkn_tckn=vkn(9201), title="Öteki Bayi Ltd.", district="Konak", city="İzmir"),
        )  # fmt: skip
    accounts = {
        **world.accounts,
        "other": seed.Account("other", "reseller", "Öteki Bayi Ltd.", vkn(9201), str(other), None),
    }
    world = seed.World(accounts, world.buyers)
    sent = app.test_client().post(
        "/api/v1/documents",
        json=example_json(DocumentKind.EARSIV),
        headers={"Authorization": f"Bearer {world.accounts['bora'].key}"},
    )
    assert sent.status_code == 202, sent.get_data(as_text=True)
    for tenant_id in (bora, akin):
        _fill_what_fits(tenant_id)
    with tenant_session(bora) as session:
        session.connection().exec_driver_sql(f"UPDATE tenant SET title = '{SECRET_TITLE}'")
    return Walked(app, world, Browsers(app, world), akin, bora, other, sent.get_json())


def _fill_what_fits(tenant_id: UUID) -> None:
    """A made-up row in every table of the tenant that takes one; where columns hang together, flows have made one."""
    for table, rule in TABLES.items():
        if rule.table_class == "tenant" and "INSERT" in rule.access["app"].privileges:
            with suppress(IntegrityError), tenant_session(tenant_id) as session:
                fill(driver(session), table, tenant_id)


@pytest.fixture(scope="session")
def walkers(walked: Walked) -> dict[str, Browser]:
    """Somebody signed in for each role, where that role exists: `akin owner`, `ceren reseller_admin`, …"""
    seats = (
        ("akin", "owner"), ("akin", "accountant"), ("akin", "sender"), ("akin", "viewer"), ("akin-holding", "owner"),
        ("ceren", "reseller_admin"), ("ceren", "reseller_staff"), ("other", "reseller_admin"),
        ("ebelge", "operator_admin"), ("ebelge", "finance"), ("ebelge", "support"),
    )  # fmt: skip
    return {f"{company} {role}": walked.browsers.sign_in(role, company) for company, role in seats}
