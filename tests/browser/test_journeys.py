"""The first minutes, by a person at a browser: from the front page to a stranger's first test invoice, signed.

The whole product runs; only GİB, gateways and the mail server are not ours."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import pytest

from ebelge.ubl.examples import vkn
from tests.browser import steps
from tests.browser.chrome import Window
from tests.browser.stack import Stack

MINUTES_FOR_THE_FIRST_INVOICE = 5
_numbers = itertools.count(71_000_000)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["tr", pytest.param("en", marks=pytest.mark.rounds)])
def test_a_stranger_signs_a_first_test_invoice(language: str, window: Callable[..., Window], stack: Stack) -> None:
    began, number = time.monotonic(), next(_numbers)
    one = window(language=language)
    steps.register(
        one, stack, email=f"deniz{number}@ilk.example", number=vkn(number), title="Işık & Oğulları Ltd. Şti."
    )
    steps.another_company(one.page, sandbox=True)
    steps.enter(one.page, "/documents/new")
    steps.consumers_invoice(one.page, "Ali Veli", "149,90")
    assert "359,76" in steps.send(one.page), "2 x 149,90 and 20 % KDV"
    assert time.monotonic() - began < MINUTES_FOR_THE_FIRST_INVOICE * 60
