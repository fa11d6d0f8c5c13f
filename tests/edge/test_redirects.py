"""Whatever stands in next=, a browser stays with us."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebelge.edge.redirects import is_ours, ours

EVIL = [
    "//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https://evil.example",
    "http:/evil", "///evil.example", "/%2fevil.example", "/%2Fevil.example", "/%5cevil.example", "/%252fevil.example",
    "%2f%2fevil.example", "javascript:alert(1)", "data:text/html,x", "/\t/evil.example", "/\n/evil.example",
    "/%09/evil.example", "/%0d%0aSet-Cookie:x", "/x\r\nLocation: https://evil.example", " //evil.example",
    "evil.example", "", ".", "..", "/../evil", "/a/..//evil", "/ﬀ/evil", "//", "/\x00", "/" + "x" * 600,
    "?next=//evil", "#//evil", "/a\\..\\evil",
]  # fmt: skip


@pytest.mark.parametrize("target", EVIL)
def test_another_place_is_refused(target: str) -> None:
    assert not is_ours(target)
    assert ours(target, otherwise="/settings/keys") == "/settings/keys"


@pytest.mark.parametrize(
    "target",
    ["/", "/settings/keys", "/documents?state=sent&after=2026-11-01", "/payments/result/x-y_z", "/ara?q=a%20b"],
)
def test_a_path_of_ours_is_followed(target: str) -> None:
    assert ours(target, otherwise="/") == target


def test_nothing_leads_to_the_given_place() -> None:
    assert ours(None, otherwise="/") == "/"


@given(st.text(alphabet="/\\:%25c2f.evil\t\r\n?#@ ", max_size=30))
def test_what_is_followed_never_leaves_us_however_it_is_decoded(target: str) -> None:
    if is_ours(target):
        assert target[0] == "/"
        assert target[1:2] not in ("/", "\\")
        assert not set(target) & set("\\\t\r\n #")
    assert not is_ours("https://evil.example/" + quote(target))
