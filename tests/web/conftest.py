"""People of the seed world at their browsers: signed in by the real sign-in, in the role and company a test names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ebelge.app import create_app
from ebelge.core.config import Settings
from ebelge.core.config import settings as current_settings
from ebelge.core.db import dispose_engines
from ebelge.devstack import seed
from ebelge.ubl import validate
from tests.web.browsers import Browser, Browsers


@contextmanager
def _settings(environment: dict[str, str]) -> Iterator[Settings]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        current_settings.cache_clear()
        yield current_settings()
        dispose_engines()
    current_settings.cache_clear()


@pytest.fixture(scope="session")
def _planted(
    make_database: Callable[[], str], stack_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, str], seed.World]:
    """A database and an archive with the seed world, for all modules: their people are of their own."""
    archive = tmp_path_factory.mktemp("archive")
    own = {**stack_environment, "DATABASE_URL": make_database(), "EBELGE_ARCHIVE_DIR": str(archive)}
    with _settings(own):
        validate.warm_up()
        return own, seed.plant(tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def web_settings(_planted: tuple[dict[str, str], seed.World]) -> Iterator[Settings]:
    """Settings of the world's database and archive."""
    with _settings(_planted[0]) as settings:
        yield settings


@pytest.fixture(scope="module")
def world(web_settings: Settings, _planted: tuple[dict[str, str], seed.World]) -> seed.World:
    """Akın, Bora, Ceren, the pool and the operator."""
    return _planted[1]


@pytest.fixture(scope="module")
def app(world: seed.World):
    """The application."""
    return create_app()


@pytest.fixture(scope="module")
def browsers(app, world: seed.World) -> Browsers:
    """Makes people of the world and signs them in."""
    return Browsers(app, world)


@pytest.fixture
def browser(browsers: Browsers) -> Callable[..., Browser]:
    """Call it with a role and a company's name for somebody signed in there: `browser("viewer", "bora")`.

    Each call is a new person. `series`: three letters he is narrowed to. `sandbox`: he works in the sandbox.
    """
    return browsers.sign_in


@pytest.fixture
def visitor(browsers: Browsers) -> Browser:
    """Somebody who is not signed in."""
    return browsers.anonymous()
