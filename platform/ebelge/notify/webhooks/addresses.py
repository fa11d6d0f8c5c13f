"""Which addresses may be called: public ones, over https. A customer must not have us call our own network.

A name is resolved once and the connection goes to the address that was checked, so what a name server says later does
not matter. If one of several addresses is refused, all are.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final
from urllib.parse import urlsplit

from ebelge.core.errors import DomainError

URL_MAX: Final = 2000
PORTS: Final = (443, 8443)
Resolver = Callable[[str, int], Sequence[str]]
# Beside what Python's own tables call not global: what only looks global and leads elsewhere.
_REFUSED: Final = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
        "2001:db8::/32", "2002::/16", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip


class AddressRefused(DomainError):
    """This address is not called."""

    code, http_status = "webhook_address_refused", 422
    title_tr, title_en = "Bu adrese bildirim gönderilmez", "This address is not called"


class NameUnknown(AddressRefused):
    """The name has no address just now."""

    code = "webhook_name_unknown"


@dataclass(frozen=True, slots=True)
class Rules:
    """What is allowed. `loopback` (development only): http and any port on loopback, too."""

    ports: tuple[int, ...] = PORTS
    loopback: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect (`address`), and what to ask for there."""

    tls: bool
    host: str
    port: int
    address: str
    path: str

    @property
    def host_header(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def check_url(url: str, *, rules: Rules) -> None:
    """Whether an address can be called at all, without asking a name server. :raises AddressRefused: why not."""
    _, host, _, _ = _parts(url, rules)
    address = _literal(host)
    if address is not None:
        _check(address, rules)


def resolve(url: str, *, rules: Rules, resolver: Resolver | None = None) -> Target:
    """Where to connect for `url`; asks the name server once.

    :raises AddressRefused: the address is not public. :raises NameUnknown: there is none.
    """
    tls, host, port, path = _parts(url, rules)
    literal = _literal(host)
    try:
        found = [str(literal)] if literal is not None else list((resolver or _system)(host, port))
    except (OSError, UnicodeError) as error:
        raise NameUnknown(f"{host[:100]} adı çözülemedi.", f"The name {host[:100]} has no address.") from error
    if not found:
        raise NameUnknown(f"{host[:100]} adı çözülemedi.", f"The name {host[:100]} has no address.")
    addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in found]
    for address in addresses:
        _check(address, rules)
        if not tls and not address.is_loopback:
            raise _refused("http yalnız yerel geliştirmede", "http is for loopback in development only")
    return Target(tls, host, port, str(addresses[0]), path)


def _parts(url: str, rules: Rules) -> tuple[bool, str, int, str]:
    if len(url) > URL_MAX or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise _refused("adres okunamıyor", "the address cannot be read")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused("adres okunamıyor", "the address cannot be read") from error
    host = (parts.hostname or "").rstrip(".")
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise _refused("adres okunamıyor", "the address names a host, no user and no fragment")
    if parts.scheme == "http":
        if not rules.loopback:
            raise _refused("https gerekli", "https is needed")
    elif parts.scheme != "https":
        raise _refused("https gerekli", "https is needed")
    tls = parts.scheme == "https"
    port = port or (443 if tls else 80)
    if port not in rules.ports and not rules.loopback:
        allowed = ", ".join(str(one) for one in rules.ports)
        raise _refused(f"port şunlardan biri olmalı: {allowed}", f"the port is one of {allowed}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return tls, host, port, path


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _check(address: IPv4Address | IPv6Address, rules: Rules) -> None:
    if rules.loopback and address.is_loopback:
        return
    if not address.is_global or address.is_multicast or any(_within(address, net) for net in _REFUSED):
        raise _refused("adres internette değil", "the address is not on the public internet")


def _within(address: IPv4Address | IPv6Address, net: IPv4Network | IPv6Network) -> bool:
    return address.version == net.version and address in net


def _system(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def _refused(turkish: str, english: str) -> AddressRefused:
    return AddressRefused(
        f"Web kancasının adresi kabul edilmedi: {turkish}.", f"The webhook address is refused: {english}."
    )
