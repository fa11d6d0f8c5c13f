"""Internet addresses that a key may be used from: networks in CIDR form, v4 and v6."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from ebelge.core.errors import InvalidRequest

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
NETWORKS_MAX = 20
_LENGTH_MAX = 49  # the longest IPv6 network there is, written out


def read_address(text: str) -> Address | None:
    """The address that `text` names; an IPv4 address in IPv6 clothes (::ffff:192.0.2.1) is the IPv4 address."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def networks(texts: Sequence[str]) -> list[str]:
    """The networks in one form each, without repetitions, in the order given. A single address is a network of one.

    :raises InvalidRequest: too many, or one that is none; it is named.
    """
    given = [text.strip() for text in texts if text.strip()]
    if len(given) > NETWORKS_MAX:
        raise InvalidRequest(
            f"Bir anahtara en çok {NETWORKS_MAX} adres yazılabilir.", f"A key takes at most {NETWORKS_MAX} addresses."
        )
    return list(dict.fromkeys(str(_network(text)) for text in given))


def allowed(address: Address | None, within: Sequence[str]) -> bool:
    """Whether a key that names these networks may be used from `address`. None named: from everywhere."""
    if not within:
        return True
    return address is not None and any(address in network for network in _read(tuple(within)))


def _network(text: str) -> Network:
    try:
        if len(text) > _LENGTH_MAX:
            raise ValueError
        network = ip_network(text, strict=False)
    except ValueError as error:
        shown = text[:_LENGTH_MAX]
        raise InvalidRequest(
            f"'{shown}' bir IP adresi ya da ağ değil. Örnek: 203.0.113.7 ya da 203.0.113.0/24.",
            f"'{shown}' is neither an IP address nor a network. For example: 203.0.113.7 or 203.0.113.0/24.",
        ) from error
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped and network.prefixlen >= 96:
        return IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network


@lru_cache(maxsize=4096)
def _read(within: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in within)
