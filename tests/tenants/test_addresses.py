"""Networks of a key: in one form, few, and what is none is named."""

from __future__ import annotations

import pytest

from ebelge.core.errors import InvalidRequest
from tenants.addresses import NETWORKS_MAX, allowed, networks, read_address


def test_networks_are_kept_in_one_form_each() -> None:
    given = [
        "203.0.113.7",
        "203.0.113.0/255.255.255.0",
        "203.0.113.9/24",
        "2001:DB8::/32",
        "",
        "::ffff:198.51.100.0/120",
    ]
    assert networks(given) == ["203.0.113.7/32", "203.0.113.0/24", "2001:db8::/32", "198.51.100.0/24"]


@pytest.mark.parametrize(
    "text", ["erp.example", "203.0.113", "203.0.113.0/33", "1.2.3.4/-1", "x" * 500, "'; --", "٣.1.1.1"]
)
def test_what_is_no_network_is_named(text: str) -> None:
    with pytest.raises(InvalidRequest):
        networks([text])


def test_they_are_few() -> None:
    assert len(networks([f"203.0.113.{n}" for n in range(NETWORKS_MAX)])) == NETWORKS_MAX
    with pytest.raises(InvalidRequest):
        networks([f"203.0.113.{n}" for n in range(NETWORKS_MAX + 1)])


def test_an_address_that_cannot_be_read_is_in_no_network() -> None:
    assert not allowed(read_address("unknown"), ["0.0.0.0/0", "::/0"])
    assert allowed(read_address("unknown"), [])
    assert allowed(read_address("::ffff:203.0.113.7"), ["203.0.113.0/24"])
    assert allowed(read_address("fe80::1%eth0"), ["fe80::/10"])
