"""A whole instance with documents in it, and windows of Chromium that fail a test where something goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import chrome, material
from tests.browser import stack as stacks
from tests.browser.chrome import Window
from tests.browser.people import Seats
from tests.browser.stack import Stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All pages are looked at when journeys have left orders, bank lines and breaks to be shown on them."""
    items.sort(key=lambda item: item.path.name == "test_accessible.py")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Services, web server, workers, GİB simulators, mail server and fake gateways, of this run alone."""
    if chrome.program() is None:
        pytest.skip("needs Debian's Chromium (`apt-get install chromium`)")
    with stacks.stack() as running:
        yield running


@pytest.fixture(scope="session")
def furnished(stack: Stack) -> Stack:
    """The instance with documents, orders and customers in it."""
    material.bring(stack)
    return stack


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser itself."""
    with chrome.chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def seats(chromium: Browser, stack: Stack) -> Seats:
    """The people of the seed world, signed in when they are first needed."""
    return Seats(chromium, stack.base_url)


@pytest.fixture
def window(seats: Seats) -> Iterator[Callable[..., Window]]:
    """Call it with a persona for a window; whatever goes wrong in it fails the test at its end."""
    opened: list[Window] = []

    def open_window(persona: str = "visitor", **wishes: object) -> Window:
        opened.append(seats.window(persona, **wishes))  # type: ignore[arg-type]  # as `Seats.window` takes them
        return opened[-1]

    yield open_window
    faults: list[str] = []
    for one in opened:
        one.page.wait_for_load_state()
        one.context.close()
        faults += one.faults
    assert not faults, "\n".join(faults)
