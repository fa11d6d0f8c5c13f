"""Seals (mali mühür): a certificate and a private key that stays where it is.

The kinds: `Pkcs12Seal` here (development and sandbox only, TRADE 2), `Pkcs11Seal` in `pkcs11_seal` (the HSM).
"""

from typing import Literal, Protocol, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from ebelge.signing.errors import SealUnusable

SealAlgorithm = Literal["rsa-sha256", "ecdsa-sha384"]

P384_BYTES = 48
_RSA_MIN_BITS = 2048


class Seal(Protocol):
    """What the signer needs of a seal."""

    @property
    def certificate_der(self) -> bytes:
        """The certificate, DER: the same object each time, it keys the signer's cache."""

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate."""

    @property
    def algorithm(self) -> SealAlgorithm:
        """How this seal signs."""

    def sign_digest_input(self, data: bytes) -> bytes:
        """Hash and sign `data`; the signature value in XML-DSig form (ECDSA: r and s, 48 bytes each).

        :raises SealUnusable: the key cannot be used (any more).
        """


def algorithm_of(certificate: x509.Certificate) -> SealAlgorithm:
    """How a seal with this certificate signs: RSA of 2048 bits or more, or ECDSA on P-384.

    :raises SealUnusable: another kind of key, or a weaker one.
    """
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_MIN_BITS:
        return "rsa-sha256"
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP384R1):
        return "ecdsa-sha384"
    raise SealUnusable(
        "Mühür anahtarı RSA (en az 2048 bit) ya da P-384 olmalı.",
        "The seal's key must be RSA (2048 bits or more) or P-384.",
    )


class Pkcs12Seal:
    """A seal in memory, out of a PKCS#12 file. Development and sandbox only."""

    def __init__(self, certificate: x509.Certificate, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
        self.certificate = certificate
        self.certificate_der = certificate.public_bytes(Encoding.DER)
        self.algorithm = algorithm_of(certificate)
        self._key = key

    @classmethod
    def load(cls, data: bytes, password: str | None) -> Self:
        """The seal in a PKCS#12 file.

        :raises SealUnusable: wrong password, broken file, no key or certificate, key and certificate do not
            belong together, a kind of key that is not accepted.
        """
        try:
            key, certificate, _ = pkcs12.load_key_and_certificates(data, password.encode() if password else None)
        except ValueError as error:
            raise SealUnusable(
                "PKCS#12 dosyası açılamıyor: parola yanlış ya da dosya bozuk.",
                "The PKCS#12 file cannot be opened: wrong password or broken file.",
            ) from error
        if certificate is None or not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise SealUnusable(
                "PKCS#12 dosyasında anahtar ve sertifika yok.", "The PKCS#12 file holds no key with a certificate."
            )
        if key.public_key() != certificate.public_key():
            raise mismatch()
        return cls(certificate, key)

    def sign_digest_input(self, data: bytes) -> bytes:
        """Hash and sign `data`; see `Seal`."""
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, PKCS1v15(), SHA256())
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(SHA384())))
        return r.to_bytes(P384_BYTES) + s.to_bytes(P384_BYTES)


def mismatch() -> SealUnusable:
    """The refusal of a key whose certificate is another's."""
    return SealUnusable(
        "Mühür anahtarı ile sertifika birbirine ait değil.", "The seal's key and certificate do not belong together."
    )
