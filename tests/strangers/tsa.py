"""A time-stamping authority as a process, and OpenSSL as the judge of what it gave."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from cryptography import x509

from ebelge.signing.timestamp import TimeStamper
from tests.strangers.process import Stranger


@dataclass
class Tsa(Stranger):
    """A running authority; `folder` holds what it vouches with."""

    folder: Path = field(default_factory=Path)

    @classmethod
    def start_in(cls, folder: Path) -> Self:
        started = cls.start("ebelge.devstack.fake_tsa", folder)
        started.folder = folder
        return started

    @property
    def trusted_file(self) -> Path:
        return self.folder / "authority.pem"

    @property
    def trust(self) -> tuple[x509.Certificate, ...]:
        return tuple(x509.load_pem_x509_certificates(self.trusted_file.read_bytes()))

    @property
    def variables(self) -> dict[str, str]:
        """The settings that name it."""
        return {"EBELGE_TSA_URL": self.base_url, "EBELGE_TSA_CERTIFICATES": str(self.trusted_file)}

    def stamper(self, **other: Any) -> TimeStamper:
        return TimeStamper(self.base_url, self.trust, **other)

    def order(self, *, times: int | None = 1, **do: Any) -> None:
        self.control("POST", "orders", when={"call": "stamp"}, do=do, times=times)

    def openssl_accepts(self, token: bytes, data: bytes) -> bool:
        """What `openssl ts -verify` says of a stamp."""
        with tempfile.TemporaryDirectory() as name:
            stamp, stamped = Path(name, "token"), Path(name, "data")
            stamp.write_bytes(token)
            stamped.write_bytes(data)
            run = subprocess.run(
                ["openssl", "ts", "-verify", "-in", stamp, "-token_in", "-data", stamped, "-CAfile", self.trusted_file],
                capture_output=True, timeout=30, check=False,
            )  # fmt: skip
        return run.returncode == 0
