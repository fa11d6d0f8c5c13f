"""Which addresses are called: public ones over https, at the very address that was checked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ebelge.core.config import ConfigurationError, load_settings
from ebelge.notify.webhooks import calling
from ebelge.notify.webhooks.addresses import AddressRefused, NameUnknown, Rules, check_url, resolve
from tests.notify.receiver import Receiver

PUBLIC = "93.184.216.34"
STRICT, LOOPBACK = Rules(), Rules(loopback=True)

INSIDE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.127.255.254",
    "169.254.169.254", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "192.88.99.1",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "::ffff:169.254.169.254", "fe80::1",
    "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2001:0:7f00:1::", "100::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused_as_a_literal_and_as_what_a_name_means(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(AddressRefused):
        check_url(f"https://{host}/hook", rules=STRICT)
    with pytest.raises(AddressRefused):
        resolve("https://erp.akin.example/hook", rules=STRICT, resolver=lambda host, port: [address])
    with pytest.raises(AddressRefused):  # one bad address among good ones
        resolve("https://erp.akin.example/", rules=STRICT, resolver=lambda host, port: [PUBLIC, address])


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::1111"])
def test_a_public_address_is_called_by_its_name(address: str) -> None:
    target = resolve("https://erp.akin.example:8443/a?b=c", rules=STRICT, resolver=lambda host, port: [address])
    assert (target.address, target.host, target.port, target.path) == (address, "erp.akin.example", 8443, "/a?b=c")
    assert (target.tls, target.host_header) == (True, "erp.akin.example:8443")


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.akin.example/", "ftp://erp.akin.example/", "https://", "https://user:pass@erp.akin.example/",
        "https://erp.akin.example:22/", "https://erp.akin.example:80/", "https://erp.akin.example/#x",
        "https://erp.akin.example:99999/", "https://erp akin.example/", "https://erp.akin.example/\r\nX: y",
        "//erp.akin.example/", "https:\\\\erp.akin.example/", "javascript:alert(1)", "https://[::1", "",
        "https://erp.akin.example/" + "a" * 2000, "https://ерп.example/",
    ],
)  # fmt: skip
def test_what_is_no_plain_https_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, rules=STRICT)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "017700000001", "127.1", "localhost", "localhost."])
def test_other_spellings_of_loopback_are_refused_where_they_are_resolved(host: str) -> None:
    with pytest.raises(AddressRefused):
        resolve(f"https://{host}/", rules=STRICT)


def test_a_name_without_an_address_is_no_crash() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    with pytest.raises(NameUnknown):
        resolve("https://erp.akin.example/", rules=STRICT, resolver=unknown)
    with pytest.raises(NameUnknown):
        resolve("https://erp.akin.example/", rules=STRICT, resolver=lambda host, port: [])
    with pytest.raises(NameUnknown):
        resolve(f"https://{'a' * 64}.example/", rules=STRICT)


def test_a_name_that_changes_its_mind_is_asked_once_and_called_where_it_was_checked() -> None:
    receiver, asked = Receiver(), []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.168.0.1"]

    port = receiver.server.server_port
    headers = {"webhook-id": "1", "webhook-timestamp": "9999999999", "webhook-signature": "v1,x"}
    receiver.take = lambda headers, body: receiver.raw.append((headers, body))  # type: ignore[method-assign]  # no check
    url = f"http://rebind.example:{port}/"
    reply = calling.post(url, b"{}", headers, rules=LOOPBACK, resolver=rebinding)
    assert (reply.status, asked) == (200, ["rebind.example"])
    assert receiver.raw[0][0]["Host"] == f"rebind.example:{port}"
    # Public when it is checked, loopback when it would be connected to: nothing reaches the receiver.
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    reply = calling.post(
        f"https://rebind.example:{port}/", b"{}", headers, rules=Rules(ports=(port,)),
        resolver=lambda host, port: next(answers), whole_s=0.5,
    )  # fmt: skip
    assert (reply.status, len(receiver.raw)) == (None, 1)
    receiver.close()


def test_a_refused_address_is_an_answer_and_no_call() -> None:
    reply = calling.post("https://erp.example/", b"{}", {}, rules=STRICT, resolver=lambda host, port: ["10.0.0.1"])
    assert reply.status is None
    assert "public internet" in reply.answer


def test_loopback_is_for_development_only() -> None:
    base = {"DATABASE_URL": "postgresql://x", "REDIS_URL": "redis://x", "EBELGE_MASTER_KEY": "x",
            "EBELGE_ARCHIVE_DIR": "/tmp/x"}  # fmt: skip
    with pytest.raises(ConfigurationError, match="EBELGE_WEBHOOK_LOOPBACK"):
        load_settings({**base, "EBELGE_WEBHOOK_LOOPBACK": "1"})
    development = {**base, "EBELGE_ENVIRONMENT": "development", "EBELGE_WEBHOOK_LOOPBACK": "1"}
    assert load_settings(development).webhook_loopback
    assert load_settings({**base, "EBELGE_WEBHOOK_PORTS": "443, 9443"}).webhook_ports == (443, 9443)
    with pytest.raises(ConfigurationError, match="EBELGE_WEBHOOK_PORTS"):
        load_settings({**base, "EBELGE_WEBHOOK_PORTS": "https"})
    with pytest.raises(AddressRefused):  # loopback allowed, but http elsewhere is not
        resolve("http://erp.example/", rules=LOOPBACK, resolver=lambda host, port: [PUBLIC])
