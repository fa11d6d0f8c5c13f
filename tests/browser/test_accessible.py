"""Every page of everybody, in both languages and themes: axe finds nothing, no script errs, nobody else is asked."""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error

from ebelge.app import create_app
from tests.browser import axe, deeds, pages, steps
from tests.browser.axe import Finding
from tests.browser.chrome import Window
from tests.browser.pages import Asked, Links
from tests.browser.people import BUYER, FINANCE, OPERATOR, OWNER, PERSONAS, POOL, RESELLER, VISITOR, Seats
from tests.browser.stack import Stack
from tests.browser.steps import Said

# What others see in Turkish lies among the pages of these.
IN_ENGLISH = (VISITOR, OWNER, BUYER, POOL, RESELLER, OPERATOR, FINANCE)
KEPT = Path(__file__).resolve().parents[2] / "build" / "axe.json"
_LEAVES = '<meta http-equiv="refresh" content="0;'
_LINK = re.compile(r'href="(/[^"#?]*)')
# Of one showing only: tokens of forms, instants, ids.
_MAIN = re.compile(r"<main.*</main>", re.DOTALL)
_ONCE = re.compile(r'value="[^"]*"|datetime="[^"]*"|\d+|[0-9a-f]{8}-[0-9a-f-]{27}')


@dataclass
class Round:
    """Who looked at what, and what was wrong."""

    seats: Seats
    pages: list[Asked]
    links: Links
    windows: dict[tuple[str, str], Window] = field(default_factory=dict)
    framed: set[tuple[str, str]] = field(default_factory=set)
    examined: set[tuple[str, str]] = field(default_factory=set)
    found: list[Finding] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    asked: int = 0

    def open(self, persona: str, language: str) -> None:
        """A window of the persona, who speaks this language from now on."""
        window = self.windows[persona, language] = self.seats.window(persona, language=language)
        if persona != VISITOR:
            steps.speaks(window, Said(language))

    def look(self, asked: Asked, language: str) -> bool:
        """Ask for the page at the first address that shows it; in the browser, too, if its like was not there yet.

        Tells whether the page was shown."""
        linked = self.links.of(asked.persona, asked.route.endpoint)
        for address in dict.fromkeys((*asked.addresses, *linked)):
            answer = self.seats.ask(asked.persona, address, language=language)
            if answer.status_code != HTTPStatus.OK:
                continue
            self.shown.add(asked.route.endpoint)
            # A document's readable view has a policy that lets nothing run in it, axe neither.
            policy = answer.headers.get("Content-Security-Policy", "")
            # Nor is a piece that a page fetches and puts into itself a page.
            if answer.text.lower().startswith("<!doctype html") and "sandbox" not in policy:
                self.asked += 1
                self.links.note(asked.persona, _LINK.findall(answer.text))
                self._examine(asked, language, address, answer.text)
            return True
        return False

    def _examine(self, asked: Asked, language: str, address: str, text: str) -> None:
        """The frame differs from person to person: each person's is examined once, and each content once."""
        who = asked.persona, language
        new = who not in self.framed
        inside = _MAIN.search(text)
        content = (asked.route.rule, _ONCE.sub("", inside[0] if inside else text))
        if not new and content in self.examined:
            return
        self.examined.add(content)
        self.framed.add(who)
        window = self.windows[who]
        try:
            with window.held() if _LEAVES in text else nullcontext():
                self.found += axe.findings(window.open(address), f"{_called(*who)} {asked.route.rule}")
        except Error as error:  # the other pages are looked at all the same
            window.faults.append(f"{address}: {error.message.splitlines()[0]}")

    def close(self, persona: str, language: str) -> list[str]:
        """Close the persona's window; what went wrong in it."""
        window = self.windows[persona, language]
        window.context.close()
        return window.faults


def _called(persona: str, language: str) -> str:
    return f"{persona} ({language})"


@pytest.fixture(scope="module")
def look(furnished: Stack, chromium: Browser, request: pytest.FixtureRequest) -> Round:
    """What was looked at so far: a page that shows the same to several people is examined once."""
    app = create_app()
    seats = Seats(chromium, furnished.base_url)  # signed in anew: a journey may have ended in a sandbox
    everybody = any(item.path == request.path and item.get_closest_marker("rounds") for item in request.session.items)
    deeds.do_all(seats, of={VISITOR, *PERSONAS} if everybody else {VISITOR})
    links = Links(app)
    links.note(VISITOR, [deeds.confirmable(furnished), *deeds.mailed(furnished)])
    return Round(seats, list(pages.asked(app, furnished)), links)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("persona", "language"), [
    (VISITOR, "tr"),
    *(pytest.param(persona, "tr", marks=pytest.mark.rounds) for persona in PERSONAS),
    *(pytest.param(persona, "en", marks=pytest.mark.rounds) for persona in IN_ENGLISH),
])  # fmt: skip
def test_every_page_is_accessible_in_light_and_dark(look: Round, persona: str, language: str):
    look.open(persona, language)
    try:
        missed = [one for one in look.pages if one.persona == persona and not look.look(one, language)]
        for asked in missed:  # pages that came later may lead to it
            look.look(asked, language)
    finally:
        faults = look.close(persona, language)
    assert persona != VISITOR or "confirm.show" in look.shown
    found = [one for one in look.found if one.page.startswith(_called(persona, language))]
    axe.keep(look.found, KEPT)
    assert not found, axe.told(found)
    assert not faults, "\n".join(faults)


@pytest.mark.slow
@pytest.mark.rounds
def test_every_page_was_looked_at(look: Round):
    print(f"{look.asked} pages asked for, {len(look.examined)} examined")
    if {one.persona for one in look.pages} != {persona for persona, _ in look.windows}:
        pytest.skip("only some of the people looked")
    unseen = {one.route for one in look.pages if one.route.endpoint not in look.shown}
    print(f"of nothing that stands here: {sorted(one.rule for one in unseen if one.places)}")
    assert {one.endpoint for one in unseen if not one.places} <= pages.UNSEEN.keys()
