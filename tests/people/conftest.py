"""People at their browsers: the real application over a database of this module's own."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ebelge.app import create_app
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.config import settings as current_settings
from ebelge.core.db import dispose_engines, role_session
from ebelge.edge import passwords
from tenants.people import persons

PASSWORD = "kırmızı bisiklet 42"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture(scope="module")
def people_settings(
    make_database: Callable[[], str], stack_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Settings of this module's own database."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**stack_environment, "DATABASE_URL": make_database()}.items():
            patch.setenv(name, value)
        current_settings.cache_clear()
        yield current_settings()
        dispose_engines()
    current_settings.cache_clear()


@pytest.fixture(scope="module")
def app(people_settings: Settings):
    """The application."""
    return create_app()


@dataclass
class Browser:
    """A browser without script: opens pages, fills in their forms."""

    client: FlaskClient
    address: str = "203.0.113.7"

    def open(self, path: str, **given) -> TestResponse:
        """GET, in English."""
        return self.client.get(path, headers={"Accept-Language": "en"}, environ_base=self._environ(), **given)

    def submit(self, path: str, *, form: str = "", **fields: str) -> TestResponse:
        """Fill in the form on a page (or on `form`, where it is another's) and send it to `path`."""
        token = form_token(self.open(form or path))
        return self.post(path, csrf_token=token, **fields)

    def post(self, path: str, **fields: str) -> TestResponse:
        """POST fields as they are."""
        return self.client.post(path, data=fields, headers={"Accept-Language": "en"}, environ_base=self._environ())

    def sign_in(self, email: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        """Sign in by password."""
        return self.submit("/sign-in", email=email, password=password, **fields)

    def cookie(self) -> str | None:
        """The session's cookie as it is."""
        kept = self.client.get_cookie("ebelge")
        return kept.value if kept is not None else None

    def _environ(self) -> dict[str, str]:
        return {"REMOTE_ADDR": self.address}


def form_token(page: TestResponse) -> str:
    """The token in the first form of a page."""
    found = _TOKEN.search(page.get_data(as_text=True))
    assert found is not None, page.get_data(as_text=True)[:400]
    return html.unescape(found[1])


@pytest.fixture
def browser(app) -> Callable[..., Browser]:
    """Call it for a browser, at an address of its own where it is given."""

    def make(address: str = "203.0.113.7") -> Browser:
        client = app.test_client()
        return Browser(client, address)

    return make


@pytest.fixture
def person(people_settings: Settings) -> Callable[..., UUID]:
    """Call it with an address for somebody who has a password and a confirmed address."""
    hashed = passwords.hashed(PASSWORD)

    def make(email: str, *, name: str = "Ayşe Akın", confirmed: bool = True, language: str = "en") -> UUID:
        with role_session("people") as session:
            return persons.create(
                session,
                email=email,
                full_name=name,
                language=language,
                password_hash=hashed,
                confirmed=confirmed,
                at=utc_now(),
            ).person_id

    return make
