"""Debian's Chromium, and windows of it that notice what must not happen: errors, forbidden scripts, other machines."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

WIDE, NARROW = (1280, 900), (390, 844)
LOOPBACK = frozenset({"127.0.0.1", "localhost"})
HERE = frozenset({"data", "blob", "about", "chrome-error"})
ARGUMENTS = (
    "--no-sandbox",  # tests run as root in containers, and open our own pages only
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
PATIENCE_MS = 60_000  # many beside us may want the machine
_REFUSED = "Failed to load resource"  # Chromium's line for an answer of 400 and more


def program() -> str | None:
    """Where Chromium is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium, ended afterwards by its own handle. It must be there (`program`)."""
    path = program()
    if path is None:
        raise FileNotFoundError("chromium is not installed (Debian: apt-get install chromium)")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Window:
    """A browser context with one page, and what went wrong in it. `faults` is to be empty at the end."""

    context: BrowserContext
    base_url: str
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE_MS)
        # a page that the answer to a click opens is watched, too
        self.context.on("page", self._watch)
        self.page = self.context.new_page()

    def open(self, path: str, *, status: int = 200) -> Page:
        """Open a page of ours that answers with `status`."""
        answer = self.page.goto(self.base_url + path)
        assert answer is not None, path
        assert answer.status == status, (path, answer.status, self.page.inner_text("body")[:300])
        return self.page

    @contextmanager
    def held(self) -> Iterator[None]:
        """Stay on a page that goes on to a gateway by itself: "no content" leaves a browser where it is."""
        self.page.route(lambda url: not url.startswith(self.base_url), lambda route: route.fulfill(status=204))
        try:
            yield
        finally:
            self.page.unroute_all()

    def close(self) -> None:
        """Close it and say what went wrong."""
        self.context.close()
        assert not self.faults, "\n".join(self.faults)

    def _watch(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._note(page, f"a script broke: {error}"))
        page.on("request", self._asked)

    def _note(self, page: Page | None, what: str) -> None:
        self.faults.append(f"{urlsplit(page.url).path if page is not None else '?'}: {what}")

    def _said(self, message: ConsoleMessage) -> None:
        """Errors; a policy that forbids something says so here as well."""
        if message.type != "error":
            return
        page, at = message.page, message.location
        # The page itself answers 404 or 422: the test that opened it says whether it may.
        if message.text.startswith(_REFUSED) and page is not None and at.get("url") == page.url:
            return
        self._note(page, f"{message.text} ({at.get('url', '')}:{at.get('lineNumber', 0)})")

    def _asked(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in HERE and url.hostname not in LOOPBACK:
            self._note(request.frame.page, f"asks another machine: {request.url}")


def window(
    browser: Browser,
    base_url: str,
    *,
    language: str = "tr",
    size: tuple[int, int] = WIDE,
    signed_in: Any = None,
    scripts: bool = True,
    dark: bool = False,
) -> Window:
    """A new window. `signed_in`: the cookies of somebody (`BrowserContext.storage_state`)."""
    context = browser.new_context(
        locale={"tr": "tr-TR", "en": "en-GB"}[language],
        timezone_id="Europe/Istanbul",
        viewport={"width": size[0], "height": size[1]},
        reduced_motion="reduce",
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        storage_state=signed_in,
        service_workers="block",
    )
    return Window(context, base_url)
