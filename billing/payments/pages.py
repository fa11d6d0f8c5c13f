"""Whether a checkout page that a gateway names may be shown to a payer."""

from urllib.parse import urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_checkout_page(url: str, *, base_url: str) -> bool:
    """True for https; for plain http only on loopback, and only where the gateway itself is there (the fakes).

    No gateway signs this address, so a payer is never sent from a real gateway to anything but https.
    """
    try:
        page, gateway = urlsplit(url), urlsplit(base_url)
    except ValueError:
        return False
    if not page.hostname or page.username is not None or any(sign.isspace() for sign in url):
        return False
    return page.scheme == "https" or (page.scheme == "http" and gateway.scheme == "http" and page.hostname in _LOOPBACK)
