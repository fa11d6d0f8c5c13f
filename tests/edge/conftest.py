"""The application on the run's database, and its routes with harmless values filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from ebelge.app import create_app
from ebelge.core.config import Settings
from ebelge.core.config import settings as current_settings

NOBODY = "01a205e0-4ad8-76d1-b5e6-74caede1a4b4"


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and an address of every route; nobody's ids, no link's token."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<uuid:\w+>", NOBODY, rule.rule)
        path = re.sub(r"<path:\w+>", "style.css", path)
        path = re.sub(r"<int:\w+>", "1", path)
        path = re.sub(r"<[^>]+>", "x" * 32, path)
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            yield rule.endpoint, method, path


@pytest.fixture(scope="session")
def app(settings: Settings) -> Flask:
    """The application, at a development address over http."""
    return create_app()


@pytest.fixture
def reached_by(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Flask]]:
    """Call it with environment variables for an application that runs under them."""

    def under(**variables: str) -> Flask:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        current_settings.cache_clear()
        return create_app()

    yield under
    monkeypatch.undo()
    current_settings.cache_clear()
