"""The people of the seed world at a browser: signed in once each by the sign-in page, then known by their cookies."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import requests
from playwright.sync_api import Browser, Page

from ebelge.devstack import people
from tests.browser.chrome import WIDE, Window, window

VISITOR = "visitor"
# persona -> (e-mail address, company of the seed world, role)
PERSONAS = {
    f"{company} {role}": (login.email, company, role)
    for login in people.LOGINS
    if len(login.roles) == 1
    for company, role in login.roles.items()
}
OWNER, ACCOUNTANT, BUYER = "akin owner", "akin accountant", "bora owner"
RESELLER, FINANCE, OPERATOR = "ceren reseller_admin", "ebelge finance", "ebelge operator_admin"
POOL = "akin-holding owner"
# An app shows a new code every 30 s.
NEXT_CODE_S = 75.0


def sign_in(page: Page, base_url: str, email: str, password: str = people.PASSWORD) -> None:
    """Sign in by the pages, with the code of the authenticator app where one is asked for."""
    page.goto(f"{base_url}/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", password)
    page.click("form[action='/sign-in'] [type=submit]")
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))  # not `page.url`: the answer may be on its way
    if page.url.endswith("/sign-in/factor"):
        _show_code(page, email)
    assert "/sign-in" not in page.url, (email, page.inner_text("main")[:300])
    page.wait_for_load_state()  # a page that is closed while it loads has broken scripts


def _show_code(page: Page, email: str) -> None:
    """Type the code; one that was used a moment ago is refused, and the app's next one is waited for, as people do."""
    deadline, used = time.monotonic() + NEXT_CODE_S, ""
    while True:
        code = people.code(email)
        if code != used:
            page.fill("input[name=code]", code)
            with page.expect_navigation():
                page.click("form[action='/sign-in/factor'] [type=submit]")
            if not page.url.endswith("/sign-in/factor"):
                return
            used = code
        assert time.monotonic() < deadline, (email, page.inner_text("main")[:300])
        page.wait_for_timeout(500)


@dataclass
class Seats:
    """Opens windows for people; each signs in at the first one."""

    browser: Browser
    base_url: str
    _cookies: dict[str, Any] = field(default_factory=dict)

    def window(
        self, persona: str = VISITOR, *, language: str = "tr", size: tuple[int, int] = WIDE, scripts: bool = True,
        dark: bool = False,
    ) -> Window:  # fmt: skip
        """A window in which the persona is signed in."""
        return window(
            self.browser, self.base_url, language=language, size=size, scripts=scripts, dark=dark,
            signed_in=self.cookies(persona),
        )  # fmt: skip

    def cookies(self, persona: str) -> Any:
        """The cookies of a persona that is signed in; None for a visitor."""
        if persona == VISITOR:
            return None
        if persona not in self._cookies:
            entrance = window(self.browser, self.base_url)
            sign_in(entrance.page, self.base_url, PERSONAS[persona][0])
            self._cookies[persona] = entrance.context.storage_state()
            entrance.close()
        return self._cookies[persona]

    def ask(self, persona: str, path: str, *, language: str = "tr") -> requests.Response:
        """A page as the persona's browser gets it, without a browser."""
        cookies = self.cookies(persona) or {"cookies": []}
        return requests.get(
            self.base_url + path, headers={"Accept-Language": language}, allow_redirects=False, timeout=60,
            cookies={one["name"]: one["value"] for one in cookies["cookies"]},
        )  # fmt: skip
