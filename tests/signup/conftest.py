"""A database of this module's own, where the texts are in force: elsewhere nobody has to accept any."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from ebelge.app import create_app
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.config import settings as current_settings
from ebelge.core.db import dispose_engines, role_session
from tenants.texts import versions
from tests.people.conftest import Browser
from tests.signup import office

_addresses = itertools.count(1)


def _publish() -> None:
    with role_session("finance") as session:
        versions.publish(session, wordings=versions.written(), by="test", at=utc_now())


@pytest.fixture(scope="module")
def published(
    settings: Settings, make_database: Callable[[], str], stack_environment: dict[str, str]
) -> Iterator[None]:
    """The texts that came with the program are in force, in a database of the module's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", make_database())
        current_settings.cache_clear()
        _publish()
        yield
        dispose_engines()
    current_settings.cache_clear()


@pytest.fixture
def fresh_published(fresh_settings: Settings) -> None:
    """The same in a database of the test's own, for those who publish more."""
    _publish()


@pytest.fixture(scope="module")
def app(published):
    """The application over this module's database."""
    office.operator()
    return create_app()


@pytest.fixture
def browser(app):
    """Call it for a browser at an address of its own."""
    return lambda: Browser(app.test_client(), f"198.51.100.{next(_addresses)}")
