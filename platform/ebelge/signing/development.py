"""Development certificates: a CA and seals that look like a mali mühür. Nobody outside trusts them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from ebelge.signing.errors import SealUnusable

KeyKind = Literal["rsa-2048", "ec-p384"]

SEAL_EKU = x509.ObjectIdentifier("2.16.792.1.2.1.1.5.7.50.1")
"""The extended key usage of a mali mühür (gib/FACTS 9)."""

_CA_YEARS, _SEAL_YEARS = 20, 3
_NAME_MAX = 64  # X.520's bound of a common name


@dataclass(frozen=True)
class DevelopmentCa:
    """A self-signed CA that issues development seals."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @classmethod
    def create(cls, *, at: datetime) -> Self:
        """A new CA, valid from a day before `at`."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "TR"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ebelge Geliştirme"),
                x509.NameAttribute(NameOID.COMMON_NAME, "Ebelge Geliştirme Mali Mühür Kök Sertifikası"),
            ]
        )
        certificate = (
            _builder(name, name, key.public_key(), at=at, years=_CA_YEARS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(issues=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, SHA256())
        )
        return cls(certificate, key)

    @classmethod
    def load(cls, pem: bytes) -> Self:
        """The CA that `pem()` wrote.

        :raises SealUnusable: the bytes are something else.
        """
        try:
            key = load_pem_private_key(pem, None)
            certificate = x509.load_pem_x509_certificate(pem)
        except ValueError as error:
            raise SealUnusable("Geliştirme kökü okunamıyor.", "The development CA cannot be read.") from error
        if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
            raise SealUnusable("Geliştirme kökü okunamıyor.", "The development CA cannot be read.")
        return cls(certificate, key)

    def pem(self) -> bytes:
        """Key and certificate as PEM, unencrypted: a development CA guards nothing."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return key + self.certificate_pem()

    def certificate_pem(self) -> bytes:
        """The certificate as PEM, for those who are to trust it."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(self, *, vkn_tckn: str, name: str, password: str, at: datetime, key_kind: KeyKind = "rsa-2048") -> bytes:
        """A new seal for `name` as an encrypted PKCS#12 file, valid for three years around `at`."""
        key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
        if key_kind == "rsa-2048":
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        else:
            key = ec.generate_private_key(ec.SECP384R1())
        certificate = self.certify(key.public_key(), vkn_tckn=vkn_tckn, name=name, at=at)
        return pkcs12.serialize_key_and_certificates(
            vkn_tckn.encode(), key, certificate, None, BestAvailableEncryption(password.encode())
        )

    def certify(
        self,
        public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
        *,
        vkn_tckn: str,
        name: str,
        at: datetime,
    ) -> x509.Certificate:
        """A seal's certificate for a key that was made elsewhere, in a token for example."""
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "TR"),
                x509.NameAttribute(NameOID.SERIAL_NUMBER, vkn_tckn),
                x509.NameAttribute(NameOID.COMMON_NAME, name[:_NAME_MAX]),
            ]
        )
        return (
            _builder(subject, self.certificate.subject, public_key, at=at, years=_SEAL_YEARS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(issues=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([SEAL_EKU]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, SHA256())
        )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    *,
    at: datetime,
    years: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=365 * years))
    )


def _key_usage(*, issues: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not issues,
        content_commitment=not issues,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issues,
        crl_sign=issues,
        encipher_only=False,
        decipher_only=False,
    )
