"""How secrets of people are kept: random ones by their SHA-256, guessable ones by a keyed hash."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from uuid import UUID

from ebelge.core.derive import derived_keys

TOKEN_BYTES = 32


def new_token() -> str:
    """256 random bits for a cookie or a link."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_sha256(token: str) -> bytes:
    """How a token is kept and found."""
    return hashlib.sha256(token.encode()).digest()


def keyed(purpose: str, *parts: str | UUID) -> bytes:
    """A hash that nobody computes without the master key: for addresses and codes, which could be guessed."""
    return _keyed(derived_keys(purpose)[0], parts)


def keyed_by_any(purpose: str, *parts: str | UUID) -> Sequence[bytes]:
    """The same under every master key that still counts."""
    return [_keyed(key, parts) for key in derived_keys(purpose)]


def _keyed(key: bytes, parts: Sequence[str | UUID]) -> bytes:
    return hmac.new(key, "\0".join(str(part) for part in parts).encode(), hashlib.sha256).digest()
