"""Keys for one purpose each, out of the master keys: nothing further has to be kept or rotated.

The first is in use, the others still check what was made before the master key changed.
"""

import base64

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ebelge.core.config import settings


def derived_keys(purpose: str) -> list[bytes]:
    """32 bytes per master key for `purpose` (HKDF, RFC 5869), the one in use first."""
    return [
        _derived(base64.b64decode(part, validate=True), purpose) for part in settings().master_key.split(",") if part
    ]


def _derived(master_key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"ebelge {purpose}".encode()).derive(master_key)
