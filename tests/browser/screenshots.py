"""`make screenshots`: the main pages as people see them, written to build/screenshots/.

A page that does not exist yet is named and counts as missing: the exit code says so. `python -m
tests.browser.screenshots overview document` takes some only.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from playwright.sync_api import Error, Page

from ebelge.app import create_app
from tests.browser import chrome, material, pages
from tests.browser.chrome import NARROW, WIDE
from tests.browser.people import BUYER, FINANCE, OPERATOR, OWNER, RESELLER, VISITOR, Seats
from tests.browser.stack import Stack, stack

FOLDER = Path(__file__).resolve().parents[2] / "build" / "screenshots"
BULK = 200
BUYERS = "buyer.document_page"
_DOCUMENT, _LINK = re.compile(r'href="(/documents/[0-9a-f-]{36})"'), re.compile(r'href="[^"]*?(/b/[\w-]+)"')


@dataclass(frozen=True, slots=True)
class Look:
    """In which theme and language a page is taken, and what its file's name says of that."""

    name: str
    dark: bool
    language: str


PLAIN, DARK = Look("", dark=False, language="tr"), Look("-dark", dark=True, language="tr")
ENGLISH = Look("-en", dark=False, language="en")  # of visitors: whoever is signed in reads the language of his account


@dataclass(frozen=True, slots=True)
class Shot:
    """A page: its file's name, who looks, the view. `query`: what is asked. `decides`: taken in the dark, too."""

    name: str
    persona: str
    endpoint: str
    query: str = ""
    decides: bool = False


SHOTS = (
    Shot("front", VISITOR, "front.front"),
    Shot("prices", VISITOR, "prices.show"),
    Shot("sign-up", VISITOR, "sign_up.show"),
    Shot("buyer", VISITOR, BUYERS),
    Shot("overview", OWNER, "overview.show", decides=True),
    Shot("documents", OWNER, "portal_documents.index"),
    Shot("document", OWNER, "portal_documents.one", decides=True),
    Shot("new-document", OWNER, "invoice_form.new", decides=True),
    Shot("incoming", OWNER, "portal_incoming.index"),
    Shot("incoming-document", BUYER, "portal_incoming.one"),
    Shot("bulk", OWNER, "bulk_pages.index", decides=True),
    Shot("contacts", OWNER, "contact_pages.index"),
    Shot("kontor", OWNER, "kontor_pages.show", decides=True),
    Shot("archive", OWNER, "archive_pages.index"),
    Shot("activation", OWNER, "service_pages.show"),
    Shot("reseller-customers", RESELLER, "reseller_customers.index"),
    Shot("reseller-onboarding", RESELLER, "reseller_onboarding.form"),
    Shot("reconciliation", FINANCE, "finance_pages.index", decides=True),
    Shot("revenue", FINANCE, "finance_revenue.index"),
    Shot("operator-tenants", OPERATOR, "operator_tenants.index"),
)


def main(names: Sequence[str]) -> int:
    """Take them all, or those named; 1 if one is missing, 2 if what was named does not exist."""
    wanted = [shot for shot in SHOTS if not names or shot.name in names]
    if unknown := set(names) - {shot.name for shot in SHOTS}:
        print(f"There is no {', '.join(sorted(unknown))}. There are: {', '.join(shot.name for shot in SHOTS)}")
        return 2
    if chrome.program() is None:
        print("Chromium is not installed (Debian: apt-get install chromium).")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    with stack() as running, chrome.chromium() as browser:
        material.bring(running, bulk=BULK)
        app, seats = create_app(), Seats(browser, running.base_url)
        _settle(seats)
        missing = [shot for shot in wanted if not _take(shot, app, running, seats)]
    print(f"{len(wanted) - len(missing)} of {len(wanted)} pages stand in {FOLDER}")
    if missing:
        print(f"not there: {', '.join(f'{shot.name} ({shot.endpoint})' for shot in missing)}")
    return 1 if missing else 0


def _settle(seats: Seats) -> None:
    """What people do on their first day: the owners accept the texts, finance compares the books."""
    for persona in (OWNER, BUYER):
        page = seats.window(persona).open("/account/texts")
        for box in page.locator("input[name=seen]").all():
            box.check()
        with page.expect_navigation():
            page.locator("form[action='/account/texts'] [type=submit]").click()
        page.context.close()
    page = seats.window(FINANCE).open("/finance")
    with page.expect_navigation():
        page.locator(".page-head [type=submit]").click()
    page.locator(".verdict.good").wait_for(timeout=60_000)
    page.context.close()


def _take(shot: Shot, app: Flask, running: Stack, seats: Seats) -> bool:
    """Write the page's files; False if it does not exist or shows nothing."""
    address = next(_addresses(shot, app, running, seats), None)
    if address is None:
        return False
    taken = (_picture(shot, seats, address, size, look) for size in (WIDE, NARROW) for look in _looks(shot))
    return all(taken)


def _looks(shot: Shot) -> tuple[Look, ...]:
    if shot.persona == VISITOR:
        return PLAIN, ENGLISH
    return (PLAIN, DARK) if shot.decides else (PLAIN,)


def _picture(shot: Shot, seats: Seats, address: str, size: tuple[int, int], look: Look) -> bool:
    window = seats.window(shot.persona, size=size, dark=look.dark, language=look.language)
    try:
        page = window.open(f"{address}{shot.query}{'&' if '?' in address + shot.query else '?'}lang={look.language}")
        page.evaluate("(theme) => document.documentElement.setAttribute('data-bs-theme', theme)",
                      "dark" if look.dark else "light")  # fmt: skip
        _whole(page, size)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / f"{shot.name}-{size[0]}{look.name}.png", full_page=True)
    except (AssertionError, Error) as error:
        print(f"{shot.name}: {error}")
        return False
    finally:
        window.context.close()
    for fault in window.faults:
        print(f"{shot.name}: {fault}")
    return True


def _whole(page: Page, size: tuple[int, int]) -> None:
    """A window as high as the page: bars stand at its edges and frames far down are drawn."""
    page.wait_for_load_state("networkidle")
    height = page.evaluate("() => document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size[0], "height": max(size[1], int(height))})


def _addresses(shot: Shot, app: Flask, running: Stack, seats: Seats) -> Iterator[str]:
    """Addresses at which the page shows something; a buyer's page has its token from the page of who sent it."""
    if shot.endpoint == BUYERS:
        for path in dict.fromkeys(_DOCUMENT.findall(seats.ask(OWNER, "/documents").text)):
            yield from _LINK.findall(seats.ask(OWNER, path).text)[:1]
        return
    for asked in pages.asked(app, running):
        if asked.persona == shot.persona and asked.route.endpoint == shot.endpoint:
            yield from (one for one in asked.addresses if seats.ask(shot.persona, one).ok)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
