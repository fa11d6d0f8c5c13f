"""Whom we trust for certificates and time stamps, and how patiently: settings read when they are needed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from ebelge.core.config import ConfigurationError


@dataclass(frozen=True)
class TrustSettings:
    """What the process was told of time-stamping authorities and of those who issue seals.

    Paths lead to PEM files with one certificate or more. Without `seal_anchors` no chain can be judged.
    """

    tsa_url: str = ""
    tsa_user: str = ""
    tsa_password: str = field(default="", repr=False)
    tsa_policy: str = ""
    tsa_timeout_s: float = 10.0
    tsa_certificates: Path | None = None
    seal_anchors: Path | None = None
    revocation_every: timedelta = timedelta(minutes=30)
    revocation_grace: timedelta = timedelta(hours=24)
    revocation_timeout_s: float = 10.0


def trust_settings(environ: Mapping[str, str] | None = None) -> TrustSettings:
    """The settings as the environment says them now. :raises ConfigurationError: naming the variable."""
    env = os.environ if environ is None else environ

    def number(name: str, default: float) -> float:
        text = env.get(name, "").strip()
        try:
            value = float(text) if text else default
        except ValueError as error:
            raise ConfigurationError(f"{name} must be a number, not {text!r}") from error
        if not 0 < value < 100_000:
            raise ConfigurationError(f"{name} must be more than 0, not {text!r}")
        return value

    def path(name: str) -> Path | None:
        text = env.get(name, "").strip()
        return Path(text) if text else None

    url, certificates = env.get("EBELGE_TSA_URL", "").strip(), path("EBELGE_TSA_CERTIFICATES")
    if url and not url.startswith(("http://", "https://")):
        raise ConfigurationError(f"EBELGE_TSA_URL must begin with https:// or http://, not {url!r}")
    if url and certificates is None:
        raise ConfigurationError(
            "EBELGE_TSA_URL needs EBELGE_TSA_CERTIFICATES: the PEM file of those who vouch for it."
        )
    return TrustSettings(
        tsa_url=url,
        tsa_user=env.get("EBELGE_TSA_USER", ""),
        tsa_password=env.get("EBELGE_TSA_PASSWORD", ""),
        tsa_policy=env.get("EBELGE_TSA_POLICY", "").strip(),
        tsa_timeout_s=number("EBELGE_TSA_TIMEOUT_S", 10.0),
        tsa_certificates=certificates,
        seal_anchors=path("EBELGE_SEAL_ANCHORS"),
        revocation_every=timedelta(minutes=number("EBELGE_REVOCATION_EVERY_MIN", 30)),
        revocation_grace=timedelta(hours=number("EBELGE_REVOCATION_GRACE_H", 24)),
        revocation_timeout_s=number("EBELGE_REVOCATION_TIMEOUT_S", 10.0),
    )
