"""Those who issue seals as a process, and certificates of theirs for whoever needs one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

from ebelge.devstack.fake_ca.authority import crl_at, ocsp_at
from ebelge.signing.seals import Pkcs12Seal
from tests.strangers.process import Stranger


@dataclass
class Ca(Stranger):
    """A running authority; `folder` holds its certificates."""

    folder: Path = field(default_factory=Path)

    @classmethod
    def start_in(cls, folder: Path) -> Self:
        started = cls.start("ebelge.devstack.fake_ca", folder)
        started.folder = folder
        return started

    @property
    def root(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.folder / "root.pem").read_bytes())

    @property
    def issuer(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.folder / "issuer.pem").read_bytes())

    def anchors_in(self, path: Path) -> Path:
        """A file for EBELGE_SEAL_ANCHORS."""
        path.write_bytes(self.root.public_bytes(Encoding.PEM) + self.issuer.public_bytes(Encoding.PEM))
        return path

    def issue(
        self,
        public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
        *,
        vkn: str = "1234567808",
        ocsp: bool = True,
        crl: bool = True,
        signs: bool = True,
        days: int = 700,
        name: str = "Akın Ltd.",
    ) -> x509.Certificate:
        """A certificate that says where to ask about it."""
        at = datetime.now(UTC)
        issuer_key = load_pem_private_key((self.folder / "issuer.pem").read_bytes(), None)
        assert isinstance(issuer_key, rsa.RSAPrivateKey)
        subject = x509.Name(
            [x509.NameAttribute(NameOID.SERIAL_NUMBER, vkn), x509.NameAttribute(NameOID.COMMON_NAME, name)]
        )
        usage = x509.KeyUsage(
            digital_signature=signs, content_commitment=signs, key_encipherment=not signs, data_encipherment=False,
            key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.issuer.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - timedelta(days=300))
            .not_valid_after(at + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        )
        if ocsp:
            builder = builder.add_extension(ocsp_at(f"{self.base_url}/ocsp"), critical=False)
        if crl:
            builder = builder.add_extension(crl_at(f"{self.base_url}/issuer.crl"), critical=False)
        return builder.sign(issuer_key, SHA256())

    def seal(self, **other: Any) -> Pkcs12Seal:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return Pkcs12Seal(self.issue(key.public_key(), **other), key)

    def say(self, *, revoked: Sequence[x509.Certificate] = (), unknown: Sequence[x509.Certificate] = ()) -> None:
        serials = {
            name: [str(one.serial_number) for one in given]
            for name, given in (("revoked", revoked), ("unknown", unknown))
        }
        self.control("PUT", "settings", **serials)

    def order(self, call: str, *, times: int | None = 1, **do: Any) -> None:
        self.control("POST", "orders", when={"call": call}, do=do, times=times)

    def asked(self, call: str) -> int:
        """How often it was asked."""
        return len(self.http.get(f"{self.control_url}/calls", params={"name": call}, timeout=10).json())
