"""Ceren's and Akın's people at their browsers, over the seed world in a database of this module's own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from ebelge.app import create_app
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.config import settings as current_settings
from ebelge.core.db import dispose_engines, role_session, tenant_session
from ebelge.devstack import seed
from ebelge.edge import passwords
from ebelge.jobs import bell
from tenants.audit.entries import command
from tenants.members import memberships
from tenants.people import persons
from tests.reseller_pages.browsing import PASSWORD, Browser

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def page_settings(
    make_database: Callable[[], str], stack_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    with pytest.MonkeyPatch.context() as patch:
        own = {
            **stack_environment,
            "DATABASE_URL": make_database(),
            "EBELGE_ARCHIVE_DIR": str(tmp_path_factory.mktemp("archive")),
        }
        for name, value in own.items():
            patch.setenv(name, value)
        patch.setattr(bell, "ring", lambda: None)
        current_settings.cache_clear()
        yield current_settings()
        dispose_engines()
    current_settings.cache_clear()


@pytest.fixture(scope="module")
def world(page_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> seed.World:
    return seed.plant(Path(tmp_path_factory.mktemp("var")))


@pytest.fixture(scope="module")
def app(world: seed.World):
    return create_app()


@pytest.fixture
def account(world: seed.World) -> Callable[[str], UUID]:
    """Call it with a company's name for its account's id."""
    return lambda name: UUID(world.accounts[name].tenant_id)


@pytest.fixture(scope="module")
def password_hash(page_settings: Settings) -> str:
    return passwords.hashed(PASSWORD)


@pytest.fixture
def browser(app, account: Callable[[str], UUID], password_hash: str) -> Callable[..., Browser]:
    """Call it with a company and a role for one of its people, signed in."""

    def signed_in(company: str, role: str, name: str = "Ayşe Işık", language: str = "en") -> Browser:
        email, tenant_id = f"kisi{next(_numbers)}@ornek.example", account(company)
        with role_session("people") as session:
            person_id = persons.create(
                session, email=email, full_name=name, language=language, password_hash=password_hash, confirmed=True,
                at=utc_now(),
            ).person_id  # fmt: skip
        with tenant_session(tenant_id) as session:
            memberships.add(
                session, tenant_id=tenant_id, person_id=person_id, role=role, actor=command("test", by="test"),
                at=utc_now(),
            )  # fmt: skip
        found = Browser(app.test_client(), person_id, tenant_id)
        found.submit("/sign-in", form="/sign-in", email=email, password=PASSWORD)
        if company == "ebelge":  # the second factor, as if it had been given
            with role_session("people") as session:
                session.execute(
                    text("UPDATE person_session SET second_factor = true WHERE person_id = :id"), {"id": person_id}
                )
        return found

    return signed_in
