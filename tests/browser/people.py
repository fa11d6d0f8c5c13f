"""The people of the seed world at a browser: signed in once each by the sign-in page, then known by their cookies."""

from __future__ import annotations

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


def sign_in(page: Page, base_url: str, email: str, password: str = people.PASSWORD) -> None:
    """Sign in by the pages, with the code of the authenticator app where one is asked for."""
    page.goto(f"{base_url}/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", password)
    page.click("form[action='/sign-in'] [type=submit]")
    if page.url.endswith("/sign-in/factor"):
        page.fill("input[name=code]", people.code(email))
        page.click("form[action='/sign-in/factor'] [type=submit]")
    assert "/sign-in" not in page.url, (email, page.inner_text("main")[:300])
    page.wait_for_load_state()  # a page that is closed while it loads has broken scripts


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

    def ask(self, persona: str, path: str) -> requests.Response:
        """A page as the persona's browser gets it, without a browser."""
        cookies = self.cookies(persona) or {"cookies": []}
        return requests.get(
            self.base_url + path, headers={"Accept-Language": "tr"}, allow_redirects=False, timeout=60,
            cookies={one["name"]: one["value"] for one in cookies["cookies"]},
        )  # fmt: skip
