"""People at their browsers: the real application over a database of this module's own."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast
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
from ebelge.jobs import person_letters, stopping
from ebelge.outbox import relay
from ebelge.outbox.messages import Claim
from tenants.people import persons
from tests.orders import shop
from tests.strangers.mail import Mail, mail_server

PASSWORD = "kırmızı bisiklet 42"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture(scope="session")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mail]:
    """The mail server of everybody."""
    with mail_server(tmp_path_factory.mktemp("mail")) as running:
        yield running


@pytest.fixture(scope="module")
def people_settings(
    make_database: Callable[[], str], stack_environment: dict[str, str], mail: Mail
) -> Iterator[Settings]:
    """Settings of this module's own database, in which the operator stands."""
    own = {"DATABASE_URL": make_database(), "EBELGE_SMTP_HOST": "127.0.0.1", "EBELGE_SMTP_PORT": str(mail.smtp_port)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**stack_environment, **own}.items():
            patch.setenv(name, value)
        current_settings.cache_clear()
        shop.customer("Ebelge A.Ş.", kind="operator")
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


@dataclass
class Post:
    """The worker that writes to people, and the server that takes its mails."""

    server: Mail

    def deliver(self) -> list[EmailMessage]:
        """Write and send every letter that was asked for; the new mails."""
        before = len(self.server.messages())
        while claims := self._claims():
            person_letters.work(claims, claimed_at=utc_now())
        count = len(self.server.messages())
        return [
            cast(EmailMessage, message_from_bytes(self.server.raw(n), policy=default))
            for n in range(before + 1, count + 1)
        ]

    def _claims(self) -> list[Claim]:
        with role_session("relay") as session:
            relay.promote(session, at=utc_now())
            return relay.claim(session, queue="mail", limit=100, turns=relay.Turns(), at=utc_now())

    def link(self) -> str:
        """The path of the link in the only new mail."""
        (mail,) = self.deliver()
        return re.search(r"https?://[^/\s]+(/sign-in/\S+)", text_of(mail))[1]


def text_of(mail: EmailMessage) -> str:
    """A mail as plain text."""
    return mail.get_body(("plain",)).get_content()


@pytest.fixture
def post(people_settings: Settings, mail: Mail) -> Post:
    """Letters to people; what other tests asked for is sent before."""
    stopping.requested.clear()
    sender = Post(mail)
    sender.deliver()
    return sender


@pytest.fixture(scope="session")
def hashes() -> dict[str, str]:
    """The hash of the password, made once."""
    return {}


@pytest.fixture
def person(people_settings: Settings, hashes: dict[str, str]) -> Callable[..., UUID]:
    """Call it with an address for somebody who has a password and a confirmed address."""
    hashed = hashes[PASSWORD] = hashes.get(PASSWORD) or passwords.hashed(PASSWORD)

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
