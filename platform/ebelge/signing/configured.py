"""The time-stamping authority and the trusted certificates that the settings name."""

from functools import lru_cache
from pathlib import Path

from cryptography import x509

from ebelge.core.config import ConfigurationError
from ebelge.core.trust import trust_settings
from ebelge.signing.timestamp import TimeStamper


def open_stamper() -> TimeStamper:
    """The time-stamping authority of the settings (EBELGE_TSA_…).

    :raises ConfigurationError: none is named, or the file of those who vouch for it cannot be read.
    """
    found = trust_settings()
    if not found.tsa_url:
        raise ConfigurationError("EBELGE_TSA_URL is not set: there is no time-stamping authority to ask")
    return TimeStamper(
        found.tsa_url,
        tsa_trust(),
        user=found.tsa_user,
        password=found.tsa_password,
        timeout_s=found.tsa_timeout_s,
        policy=found.tsa_policy,
    )


def tsa_trust() -> tuple[x509.Certificate, ...]:
    """Those who vouch for time-stamping authorities, of today and of old stamps (EBELGE_TSA_CERTIFICATES)."""
    return _certificates("EBELGE_TSA_CERTIFICATES", trust_settings().tsa_certificates)


def seal_anchors() -> tuple[x509.Certificate, ...]:
    """Those who vouch for seals (EBELGE_SEAL_ANCHORS); none when the setting is missing."""
    return _certificates("EBELGE_SEAL_ANCHORS", trust_settings().seal_anchors)


def _certificates(name: str, path: Path | None) -> tuple[x509.Certificate, ...]:
    if path is None:
        return ()
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{name}: {path} cannot be read as PEM certificates ({error})") from error


@lru_cache(maxsize=8)
def _read(path: Path, changed_ns: int) -> tuple[x509.Certificate, ...]:
    """The certificates of a file; read again when it changed."""
    return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
