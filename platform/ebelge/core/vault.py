"""Secrets at rest: AES-256-GCM under a master key that can be rotated."""

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ebelge.core.config import ConfigurationError

_MAGIC = b"EBV1"
_KEY_BYTES, _KEY_ID_BYTES, _NONCE_BYTES = 32, 8, 12


class VaultError(Exception):
    """The secret cannot be opened: unknown key, other context, or changed bytes."""


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"ebelge-vault-key-id" + key).digest()[:_KEY_ID_BYTES]


@dataclass(frozen=True)
class Vault:
    """Closes with the first key, opens with any of them: put a new key first to rotate."""

    master_keys: Sequence[bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.master_keys or any(len(key) != _KEY_BYTES for key in self.master_keys):
            raise VaultError("a master key is 32 bytes")

    @classmethod
    def from_text(cls, text: str) -> "Vault":
        """Comma-separated base64 keys, the one in use first (environment EBELGE_MASTER_KEY).

        :raises ConfigurationError: a part of it is no key; which one is told, and nothing of what stands there.
        """
        keys = []
        for place, part in enumerate((part for part in text.split(",") if part.strip()), start=1):
            try:
                key = base64.b64decode(part.strip(), validate=True)
            except binascii.Error:
                key = b""
            if len(key) != _KEY_BYTES:
                raise ConfigurationError(
                    f"EBELGE_MASTER_KEY: key {place} is not base64 of 32 random bytes, as "
                    "`head -c 32 /dev/urandom | base64` makes them."
                )
            keys.append(key)
        return cls(keys)

    def key_ids(self) -> list[str]:
        """Names of the keys, in hex, the one in use first: they tell keys apart and reveal nothing of them."""
        return [_key_id(key).hex() for key in self.master_keys]

    def mark(self) -> bytes:
        """How everything begins that was closed with the key in use."""
        return _MAGIC + _key_id(self.master_keys[0])

    def close(self, secret: bytes, *, context: str) -> bytes:
        """Encrypt `secret`; `context` (what it is, whose) must be the same on opening."""
        key, nonce = self.master_keys[0], os.urandom(_NONCE_BYTES)
        return _MAGIC + _key_id(key) + nonce + AESGCM(key).encrypt(nonce, secret, context.encode())

    @staticmethod
    def key_of(closed: bytes) -> str:
        """Name of the key that a value was closed with; empty if it is no closed value."""
        head = len(_MAGIC)
        return closed[head : head + _KEY_ID_BYTES].hex() if closed[:head] == _MAGIC else ""

    def open(self, closed: bytes, *, context: str) -> bytes:
        """Decrypt what `close` made. :raises VaultError: unknown key, other context or changed bytes."""
        head = len(_MAGIC)
        if closed[:head] != _MAGIC:
            raise VaultError("not a closed secret")
        key_id = closed[head : head + _KEY_ID_BYTES]
        nonce = closed[head + _KEY_ID_BYTES : head + _KEY_ID_BYTES + _NONCE_BYTES]
        keys: Mapping[bytes, bytes] = {_key_id(key): key for key in self.master_keys}
        if key_id not in keys:
            raise VaultError("closed with a master key that is not configured")
        try:
            body = closed[head + _KEY_ID_BYTES + _NONCE_BYTES :]
            return AESGCM(keys[key_id]).decrypt(nonce, body, context.encode())
        except InvalidTag as error:
            raise VaultError("the secret or its context was changed") from error
