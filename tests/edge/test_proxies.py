"""The client's address is what our own proxies have seen, never what the client says."""

from __future__ import annotations

import pytest

from ebelge.edge.proxies import client_address

PEER = "10.0.0.2"


@pytest.fixture
def seen(reached_by):
    """Call it with the number of proxies, the header and the peer for the address that the application sees."""

    def ask(count: int, forwarded: str | None, peer: str = PEER) -> tuple[str, bool]:
        app = reached_by(EBELGE_TRUSTED_PROXIES=str(count))
        found = []
        app.before_request_funcs[None].insert(0, lambda: found.append((str(client_address()), _secure())))
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"}
        headers["X-Forwarded-Host"] = "evil.example"
        assert app.test_client().get("/", headers=headers, environ_base={"REMOTE_ADDR": peer}).status_code == 200
        return found[0]

    return ask


def _secure() -> bool:
    from flask import request

    return request.is_secure


@pytest.mark.parametrize(
    ("count", "forwarded", "address"),
    [
        (0, None, PEER),
        (0, "203.0.113.7", PEER),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        (2, "198.51.100.1, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, "203.0.113.7", PEER),  # came past the outer proxy: it is whoever opened the connection
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, "203.0.113.7'; DROP TABLE tenant", "None"),
        (1, "unknown", "None"),
    ],
)
def test_so_many_proxies_are_believed_and_no_more(seen, count: int, forwarded: str, address: str) -> None:
    assert seen(count, forwarded)[0] == address


def test_the_scheme_too_is_believed_of_our_own_proxies_only(seen) -> None:
    assert seen(0, "203.0.113.7")[1] is False
    assert seen(1, "203.0.113.7")[1] is True


def test_an_address_in_ipv6_clothes_is_the_address(seen) -> None:
    assert seen(0, None, "::ffff:203.0.113.7")[0] == "203.0.113.7"
