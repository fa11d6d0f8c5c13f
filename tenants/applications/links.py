"""A reseller's link for sign-up: whoever comes by it applies as that reseller's customer. Signed, not secret."""

import base64
import hashlib
import hmac
from typing import Final
from uuid import UUID

from ebelge.core.derive import derived_keys

_PURPOSE: Final = "sign-up-link"
_SIGNATURE_BYTES: Final = 16


def token_of(reseller_id: UUID) -> str:
    """What stands in the reseller's link; the same as long as the master key is."""
    return _written(reseller_id, derived_keys(_PURPOSE)[0])


def reseller_of(token: str) -> UUID | None:
    """Whose link it is, under any master key that still counts; None: nobody's."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    if len(raw) != 16 + _SIGNATURE_BYTES:
        return None
    reseller_id = UUID(bytes=raw[:16])
    known = any(hmac.compare_digest(_written(reseller_id, key), token) for key in derived_keys(_PURPOSE))
    return reseller_id if known else None


def _written(reseller_id: UUID, key: bytes) -> str:
    signature = hmac.new(key, reseller_id.bytes, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(reseller_id.bytes + signature).decode().rstrip("=")
