"""When algorithms end: the dated list by which stamps are renewed before what they rest on is no proof any more.

Source: NIST SP 800-131A r2 (SHA-1, 112 bit keys) and NIST IR 8547 ipd, table 2 (RSA and ECDSA of 112 bits deprecated
after 2030, all of them disallowed after 2035). SHA-2 has no end there. Change a date here when the world does.
"""

from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

_NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
DIGEST_ENDS: Final[dict[str, datetime]] = {
    "sha1": datetime(2014, 1, 1, tzinfo=UTC),
    "sha224": datetime(2031, 1, 1, tzinfo=UTC),
    "sha256": _NEVER,
    "sha384": _NEVER,
    "sha512": _NEVER,
}
_WEAK_KEYS_END: Final = datetime(2014, 1, 1, tzinfo=UTC)  # below 112 bits of strength
_DEPRECATED_KEYS_END: Final = datetime(2031, 1, 1, tzinfo=UTC)  # 112 bits: RSA-2048
_CLASSICAL_KEYS_END: Final = datetime(2036, 1, 1, tzinfo=UTC)  # RSA and elliptic curves of any size


def digest_ends(digest: str) -> datetime:
    """When a digest is no proof any more; one that is not listed has ended."""
    return DIGEST_ENDS.get(digest, _WEAK_KEYS_END)


def key_ends(certificate: x509.Certificate) -> datetime:
    """When the kind of key in a certificate is no proof any more."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < 2048:
            return _WEAK_KEYS_END
        return _DEPRECATED_KEYS_END if key.key_size < 3072 else _CLASSICAL_KEYS_END
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _CLASSICAL_KEYS_END if key.curve.key_size >= 256 else _DEPRECATED_KEYS_END
    return _WEAK_KEYS_END


def proof_ends(certificate: x509.Certificate, digest: str) -> datetime:
    """Until when a stamp proves by itself: its authority's certificate, key or digest, whichever ends first."""
    return min(certificate.not_valid_after_utc, key_ends(certificate), digest_ends(digest))
