"""Every refusal that a page shows says what happened, what was kept and what to do, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import ebelge.web.pages  # noqa: F401  # brings every area, and with it every refusal that pages can meet
from ebelge.core.errors import DomainError, InvalidRequest
from ebelge.web import ways_out
from ebelge.web.forms import problem_of, told
from tests.web.browsers import Browsers

KEPT = {
    "tr": ("Hiçbir şey", "Hiçbir müşteri", "kaydedilmedi", "değişmedi", "duruyor", "açık kal", "bekliyor"),
    "en": (
        "Nothing",
        "nothing",
        "not saved",
        "stays",
        "stay",
        "unchanged",
        "is there",
        "No ",
        "not stored",
        "not changed",
    ),
}


def _below(one: type[DomainError]) -> Iterator[type[DomainError]]:
    for sub in one.__subclasses__():
        yield sub
        yield from _below(sub)


def _made(kind: type[DomainError], *words: str) -> DomainError:
    error = kind.__new__(kind)
    DomainError.__init__(error, *words)
    error.__dict__.setdefault("wrong", {})  # what forms with fields carry
    return error


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("words", [(), ("Ayrıntı.", "Detail."), ("Noktasız", "Without a stop")])
def test_each_kind_of_refusal_says_what_was_kept(browsers: Browsers, language: str, words: tuple[str, ...]) -> None:
    kinds = {kind for kind in _below(DomainError) if kind.http_status < 500}
    assert len(kinds) > 100
    with browsers.app.test_request_context("/", method="POST", headers={"Accept-Language": language}):
        for kind in kinds:
            problem = problem_of(_made(kind, *words))
            assert any(kept in problem["detail"] for kept in KEPT[language]), (kind, problem["detail"])
            assert problem["detail"].endswith("."), kind
            assert not re.search(r"[a-zçğıöşü] (Hiçbir şey|Nothing was)", problem["detail"]), kind


def test_a_page_that_is_only_read_changes_nothing_and_does_not_say_so(browsers: Browsers) -> None:
    with browsers.app.test_request_context("/", headers={"Accept-Language": "tr"}):
        assert told(InvalidRequest("Günü yazın.", "Write the day.")) == "Bir alan eksik ya da hatalı. Günü yazın."
    with browsers.app.test_request_context("/", method="POST", headers={"Accept-Language": "en"}):
        said = told(InvalidRequest("Günü yazın.", "Write the day."))
    assert said == "A field is missing or wrong. Write the day. Nothing was changed. Correct it and send it again."


def test_every_way_out_is_a_page(browsers: Browsers) -> None:
    for code, ways in ways_out._WAYS.items():
        for endpoint, _ in ways:
            assert endpoint in browsers.app.view_functions, (code, endpoint)
