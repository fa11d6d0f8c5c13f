"""A browser without script over the application, and people of the seed world who use one."""

from __future__ import annotations

import html
import itertools
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.devstack.seed import World
from ebelge.edge import passwords, totp
from tenants.audit.entries import command
from tenants.members import memberships
from tenants.members.reach import reach_of
from tenants.people import factors, persons
from tenants.rights import NEEDS_SECOND_FACTOR

PASSWORD = "kırmızı bisiklet 42"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_addresses = itertools.count(1)


@dataclass
class Browser:
    """Opens pages and fills in their forms. `person_id` and `tenant_id`: who is signed in, and where."""

    client: FlaskClient
    address: str
    language: str = "en"
    person_id: UUID | None = None
    tenant_id: UUID | None = None
    email: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **given: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, headers=self._headers(), environ_base=self._environ(), **given)

    def text(self, path: str) -> str:
        """The text of a page that opens."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.get_data(as_text=True)[:400])
        return html.unescape(answer.get_data(as_text=True))

    def submit(self, path: str, *, form: str = "/account", **fields: Any) -> TestResponse:
        """Send a form to `path` with the token of the page `form` (every signed-in page has one)."""
        return self.post(path, csrf_token=form_token(self.get(form)), **fields)

    def post(self, path: str, **fields: Any) -> TestResponse:
        """POST fields as they are, token or not."""
        return self.client.post(path, data=fields, headers=self._headers(), environ_base=self._environ())

    def open(self, path: str, *, method: str = "GET", **given: Any) -> TestResponse:
        """Any method, without a token."""
        return self.client.open(path, method=method, headers=self._headers(), environ_base=self._environ(), **given)

    def _headers(self) -> dict[str, str]:
        return {"Accept-Language": self.language} | self.headers

    def _environ(self) -> dict[str, str]:
        return {"REMOTE_ADDR": self.address}


def form_token(page: TestResponse) -> str:
    """The token in the first form of a page."""
    found = _TOKEN.search(page.get_data(as_text=True))
    assert found is not None, (page.status_code, page.get_data(as_text=True)[:400])
    return html.unescape(found[1])


@dataclass
class Browsers:
    """Makes people and signs them in by the sign-in page, with a second factor where the role needs one."""

    app: Flask
    world: World

    @cached_property
    def _hash(self) -> str:
        return passwords.hashed(PASSWORD)

    def anonymous(self) -> Browser:
        """A browser at an address of its own, so that nobody's counters are another's."""
        number = next(_addresses)
        return Browser(self.app.test_client(), f"198.18.{number // 250}.{number % 250 + 1}")

    def person(self, email: str = "", *, name: str = "Ayşe Akın", factor: bool = False) -> tuple[UUID, str]:
        """Somebody with a password and a confirmed address; `factor`: and an authenticator app."""
        address = email or f"{secrets.token_hex(6)}@kisi.example"
        with role_session("people") as session:
            made = persons.create(
                session, email=address, full_name=name, language="en", password_hash=self._hash, confirmed=True,
                at=utc_now(),
            )  # fmt: skip
            if factor:
                factors.keep_totp(made, totp.new_secret())
            return made.person_id, made.email

    def seat(
        self,
        person_id: UUID,
        role: str,
        company: str | UUID,
        *,
        series: Sequence[str] = (),
        branches: Sequence[UUID] = (),
    ) -> UUID:
        """Let a person into a company, of the world by its name; returns the tenant."""
        tenant_id = company if isinstance(company, UUID) else UUID(self.world.accounts[company].tenant_id)
        with tenant_session(tenant_id) as session:
            memberships.add(
                session, tenant_id=tenant_id, person_id=person_id, role=role, reach=reach_of(branches, series),
                actor=command("members", by="test"), at=utc_now(),
            )  # fmt: skip
        return tenant_id

    def sign_in(
        self, role: str = "owner", company: str | UUID = "akin", *, series: Sequence[str] = (),
        branches: Sequence[UUID] = (), sandbox: bool = False, email: str = "", name: str = "Ayşe Akın",
    ) -> Browser:  # fmt: skip
        """A new person in that role, signed in."""
        factor = role in NEEDS_SECOND_FACTOR
        person_id, address = self.person(email, name=name, factor=factor)
        tenant_id = self.seat(person_id, role, company, series=series, branches=branches)
        made = self.enter(person_id, address, factor=factor)
        made.tenant_id = tenant_id
        if sandbox and isinstance(company, str):
            sandbox_id = self.world.accounts[company].sandbox_id or ""
            made.submit("/account/companies", tenant_id=sandbox_id)
            made.tenant_id = UUID(sandbox_id)
        return made

    def enter(self, person_id: UUID, email: str, *, factor: bool = False) -> Browser:
        """Sign a person in by the pages."""
        made = self.anonymous()
        answer = made.submit("/sign-in", form="/sign-in", email=email, password=PASSWORD)
        assert answer.status_code == 303, answer.get_data(as_text=True)[:400]
        if factor:
            with role_session("people") as session:
                code = totp.now(session, person_id=person_id)
            answer = made.submit("/sign-in/factor", form="/sign-in/factor", code=code or "")
            assert answer.status_code == 303, answer.get_data(as_text=True)[:400]
        made.person_id, made.email = person_id, email
        return made
