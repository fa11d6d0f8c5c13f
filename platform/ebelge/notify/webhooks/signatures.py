"""Signatures by Standard Webhooks: base64 HMAC-SHA256 over id, timestamp and body, `v1,` before each."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A new signing secret as its owner gets it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def sign(body: bytes, *, event_id: str, timestamp_s: int, keys: Sequence[str]) -> str:
    """The webhook-signature header: one signature per secret (two while one is being replaced)."""
    signed = f"{event_id}.{timestamp_s}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode() for secret in keys
    )


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not a signing secret") from error
