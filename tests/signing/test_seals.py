"""Seals out of PKCS#12 files, and the development CA that makes them."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12
from cryptography.x509.oid import NameOID

from ebelge.signing.development import SEAL_EKU, DevelopmentCa
from ebelge.signing.errors import SealUnusable
from ebelge.signing.names import distinguished_name, tax_number
from ebelge.signing.seals import Pkcs12Seal

PASSWORD = "geliştirme"


@pytest.fixture(scope="module")
def issued(ca: DevelopmentCa) -> bytes:
    at = ca.certificate.not_valid_before_utc + timedelta(days=1)
    return ca.issue(vkn_tckn="4810573263", name="Akın", password=PASSWORD, at=at)


@pytest.mark.parametrize("password", ["wrong", "", None])
def test_a_wrong_password_does_not_open_a_seal(issued: bytes, password: str | None) -> None:
    with pytest.raises(SealUnusable, match="wrong password"):
        Pkcs12Seal.load(issued, password)


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:200], lambda data: b"PK\x03\x04" + data])
def test_a_broken_file_is_refused(issued: bytes, damage) -> None:
    with pytest.raises(SealUnusable):
        Pkcs12Seal.load(damage(issued), PASSWORD)


def test_a_file_without_a_key_is_refused(ca: DevelopmentCa) -> None:
    only_certificate = pkcs12.serialize_key_and_certificates(None, None, ca.certificate, None, NoEncryption())
    with pytest.raises(SealUnusable, match="no key"):
        Pkcs12Seal.load(only_certificate, None)


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(public_exponent=65537, key_size=1024),
        ec.generate_private_key(ec.SECP256R1()),
    ],
    ids=["RSA-1024", "P-256"],
)
def test_a_weak_or_foreign_key_is_refused(ca: DevelopmentCa, at: datetime, key) -> None:
    certificate = ca.certify(key.public_key(), vkn_tckn="4810573263", name="Akın", at=at)
    data = pkcs12.serialize_key_and_certificates(None, key, certificate, None, BestAvailableEncryption(b"x"))
    with pytest.raises(SealUnusable, match="P-384"):
        Pkcs12Seal.load(data, "x")


def test_another_kind_of_key_is_refused(ca: DevelopmentCa, at: datetime) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    certificate = ca.certify(key.public_key(), vkn_tckn="4810573263", name="Akın", at=at)
    data = pkcs12.serialize_key_and_certificates(None, key, certificate, None, BestAvailableEncryption(b"x"))
    with pytest.raises(SealUnusable):
        Pkcs12Seal.load(data, "x")


def test_a_development_seal_looks_like_a_mali_muhur(rsa_seal: Pkcs12Seal) -> None:
    extensions = rsa_seal.certificate.extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [SEAL_EKU]
    assert tax_number(rsa_seal.certificate.subject) == "4810573263"


def test_the_development_ca_survives_a_restart(ca: DevelopmentCa, at: datetime) -> None:
    again = DevelopmentCa.load(ca.pem())
    assert again.certificate == ca.certificate
    seal = Pkcs12Seal.load(again.issue(vkn_tckn="4810573263", name="Akın", password="x", at=at), "x")
    seal.certificate.verify_directly_issued_by(ca.certificate)


def test_only_a_development_ca_is_loaded_as_one(ca: DevelopmentCa, strangers_ca: DevelopmentCa) -> None:
    key, certificate = ca.pem().split(b"-----BEGIN CERTIFICATE")[0], strangers_ca.certificate_pem()
    for pem in (b"", ca.certificate_pem(), key, key + certificate):
        with pytest.raises(SealUnusable):
            DevelopmentCa.load(pem)


def test_a_name_is_written_as_java_reads_it() -> None:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "TR"),
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@b.example"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, "9999999999"),
            x509.NameAttribute(NameOID.BUSINESS_CATEGORY, "ğ" * 100),
            x509.NameAttribute(NameOID.COMMON_NAME, "Akın, Bora + Ceren <Ltd>"),
        ]
    )
    long = "2.5.4.15=#0c81c8" + "ğ".encode().hex() * 100
    assert distinguished_name(name) == (
        rf"CN=Akın\, Bora \+ Ceren \<Ltd\>,{long},2.5.4.5=#130a39393939393939393939,"
        "1.2.840.113549.1.9.1=#160b6140622e6578616d706c65,C=TR"
    )
