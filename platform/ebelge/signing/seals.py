"""Seals (mali mühür): a certificate and a private key that stays where it is.

`Pkcs11Seal` is the real one: its key lives in the HSM. `Pkcs12Seal` is for development and sandbox (TRADE 2).
"""

import hashlib
import os
from typing import Any, Literal, Protocol, Self

import pkcs11
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from ebelge.signing.errors import SealUnusable
from ebelge.signing.tokens import LoginGate, Token, token_refusal

SealAlgorithm = Literal["rsa-sha256", "ecdsa-sha384"]

P384_BYTES = 48
_RSA_MIN_BITS = 2048

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


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

    def __init__(self, certificate: x509.Certificate, key: PrivateKey) -> None:
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
            secret = password.encode() if password else None
            key, certificate, _ = pkcs12.load_key_and_certificates(data, secret)
        except ValueError as error:
            raise SealUnusable(
                "PKCS#12 dosyası açılamıyor: parola yanlış ya da dosya bozuk.",
                "The PKCS#12 file cannot be opened: wrong password or broken file.",
            ) from error
        if certificate is None or not isinstance(key, PrivateKey):
            raise SealUnusable(
                "PKCS#12 dosyasında anahtar ve sertifika yok.",
                "The PKCS#12 file holds no key with a certificate.",
            )
        if key.public_key() != certificate.public_key():
            raise _mismatch()
        return cls(certificate, key)

    def sign_digest_input(self, data: bytes) -> bytes:
        """Hash and sign `data`; see `Seal`."""
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, PKCS1v15(), SHA256())
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(SHA384())))
        return r.to_bytes(P384_BYTES) + s.to_bytes(P384_BYTES)


class Pkcs11Seal:
    """A seal whose key stays in an HSM's token. Open it in the process that signs, never before a fork."""

    def __init__(self, certificate: x509.Certificate, key: Any, token: Token) -> None:
        self.certificate = certificate
        self.certificate_der = certificate.public_bytes(Encoding.DER)
        self.algorithm = algorithm_of(certificate)
        self._key = key
        self._token = token

    @property
    def busy_since(self) -> float | None:
        """Since when (monotonic) the HSM has been at a call of this seal's token; None: it is at none."""
        return self._token.busy_since

    @classmethod
    def open(cls, module: str, token_label: str, pin: str, key_label: str, *, gate: LoginGate | None = None) -> Self:
        """The seal whose private key and certificate carry `key_label` (`<VKN>SIGN0`) in a token.

        `module` is the path of the HSM's PKCS#11 library. The token stays logged in until the process ends;
        seals in one token share that login. `gate` is asked before a login and told how it ended.
        :raises SealUnusable: no such module, token, key or certificate, wrong PIN, key and certificate do not
            belong together, a kind of key that is not accepted, module opened before a fork.
        """
        token = Token.open(module, token_label, pin, gate)
        wanted = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE, pkcs11.Attribute.LABEL: key_label}
        try:
            with token.turn():
                key = token.session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=key_label)
                found = list(token.session.get_objects(wanted))
                certificates = [stored[pkcs11.Attribute.VALUE] for stored in found]
        except pkcs11.PKCS11Error as error:
            if not isinstance(error, pkcs11.NoSuchKey | pkcs11.MultipleObjectsReturned):
                token.forget()
            raise token_refusal(f"{key_label}: {type(error).__name__}") from error
        if len(certificates) != 1:
            raise token_refusal(f"{key_label}: {len(certificates)} certificates")
        seal = cls(x509.load_der_x509_certificate(certificates[0]), key, token)
        seal._prove()
        return seal

    def sign_digest_input(self, data: bytes) -> bytes:
        """Hash and sign `data`; see `Seal`. After a lost session, open the seal again."""
        if self._token.process_id != os.getpid():
            raise token_refusal("opened before a fork")
        if not self._token.alive:
            raise token_refusal("SessionClosed")
        try:
            with self._token.turn():  # a session does one thing at a time
                if self.algorithm == "rsa-sha256":
                    return bytes(self._key.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS))
                # Tokens that hash for ECDSA themselves are rare (SoftHSM 2.6 does not).
                return bytes(self._key.sign(hashlib.sha384(data).digest(), mechanism=pkcs11.Mechanism.ECDSA))
        except pkcs11.PKCS11Error as error:
            self._token.forget()  # whatever it was: the next one that opens a seal logs in anew
            raise token_refusal(type(error).__name__) from error

    def _prove(self) -> None:
        """Sign once and verify with the certificate: the only proof that the two objects are a pair."""
        probe = os.urandom(32)
        value = self.sign_digest_input(probe)
        public_key = self.certificate.public_key()
        try:
            if isinstance(public_key, rsa.RSAPublicKey):
                public_key.verify(value, probe, PKCS1v15(), SHA256())
            elif isinstance(public_key, ec.EllipticCurvePublicKey):
                r, s = int.from_bytes(value[:P384_BYTES]), int.from_bytes(value[P384_BYTES:])
                public_key.verify(encode_dss_signature(r, s), probe, ec.ECDSA(SHA384()))
        except InvalidSignature as error:
            raise _mismatch() from error


def _mismatch() -> SealUnusable:
    """The refusal of a key whose certificate is another's."""
    return SealUnusable(
        "Mühür anahtarı ile sertifika birbirine ait değil.",
        "The seal's key and certificate do not belong together.",
    )
