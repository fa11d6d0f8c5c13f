"""Root and issuing authority below a folder: `root.pem` is whom to trust, `issuer.pem` holds the issuer's key, too."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

ROOT_FILE, ISSUER_FILE = "root.pem", "issuer.pem"


@dataclass(frozen=True)
class Issuer:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey


def prepare(folder: Path, base_url: str) -> tuple[Issuer, Issuer]:
    """Root and issuer of a folder, made where they are missing; the issuer's certificate names the root's CRL."""
    if not (folder / ISSUER_FILE).exists():
        at = datetime.now(UTC)
        root_key, issuer_key = _key(), _key()
        root_name = _name("Ebelge Geliştirme Kök SHS")
        root = (
            _builder(root_name, root_name, root_key, at)
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .sign(root_key, SHA256())
        )
        issuer = (
            _builder(_name("Ebelge Geliştirme Mali Mühür SHS - Sürüm 1"), root_name, issuer_key, at)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
            .add_extension(crl_at(f"{base_url}/root.crl"), critical=False)
            .sign(root_key, SHA256())
        )
        _write(folder / ROOT_FILE, root, root_key)
        _write(folder / ISSUER_FILE, issuer, issuer_key)
    return _read(folder / ROOT_FILE), _read(folder / ISSUER_FILE)


def crl_at(url: str) -> x509.CRLDistributionPoints:
    """The extension that names a CRL."""
    name = x509.UniformResourceIdentifier(url)
    return x509.CRLDistributionPoints([x509.DistributionPoint([name], None, None, None)])


def ocsp_at(url: str) -> x509.AuthorityInformationAccess:
    """The extension that names a responder."""
    name = x509.UniformResourceIdentifier(url)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, name)])


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _name(text: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, "TR"), x509.NameAttribute(NameOID.COMMON_NAME, text[:64])]
    )


def _builder(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, at: datetime) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=400))
        .not_valid_after(at + timedelta(days=3650))
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _write(path: Path, certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> None:
    path.touch(mode=0o600)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(certificate.public_bytes(Encoding.PEM) + pem)


def _read(path: Path) -> Issuer:
    pem = path.read_bytes()
    key = load_pem_private_key(pem, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{path} holds another kind of key")
    return Issuer(x509.load_pem_x509_certificate(pem), key)
