"""Keys, certificates and the configuration of OpenSSL's time-stamping authority, made once below a folder."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT_FILE = "authority.pem"
POLICY = "1.2.3.4.1"
OTHER_POLICY = "1.2.3.4.5"
ENDING_DAYS = 20

# No `certs`: OpenSSL would put them into the set in an order that strict readers refuse (X.690, 11.6).
_SECTION = """
[{name}]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/{signer}.pem
signer_key = {folder}/{signer}.key
signer_digest = sha256
default_policy = {policy}
other_policies = {other_policy}
digests = {digests}
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
# section -> whose key signs, which digests are taken
_SECTIONS = {
    "right": ("tsa", "sha256, sha384, sha512"),
    "refuse": ("tsa", "sha512"),
    "ending": ("ending", "sha256, sha384, sha512"),
    "key": ("stranger", "sha256, sha384, sha512"),
}


def prepare(folder: Path) -> Path:
    """Make what is missing below `folder`; the configuration's path. `authority.pem` is whom to trust."""
    at = datetime.now(UTC)
    if not (folder / ROOT_FILE).exists():
        root_key, root = _authority("Ebelge Geliştirme Zaman Damgası Kökü", at)
        other_key, other = _authority("Yabancı Zaman Damgası Kökü", at)
        _signer(folder, "tsa", root_key, root, at=at, days=5 * 365)
        _signer(folder, "ending", root_key, root, at=at, days=ENDING_DAYS)
        _signer(folder, "stranger", other_key, other, at=at, days=5 * 365)
        (folder / "serial").write_text("01\n", encoding="ascii")
        part = folder / f"{ROOT_FILE}.part"
        part.write_bytes(root.public_bytes(Encoding.PEM))
        part.replace(folder / ROOT_FILE)
    configuration = folder / "openssl.cnf"
    configuration.write_text(
        "".join(
            _SECTION.format(
                name=name, folder=folder, signer=signer, digests=digests, policy=POLICY, other_policy=OTHER_POLICY
            )
            for name, (signer, digests) in _SECTIONS.items()
        ),
        encoding="utf-8",
    )
    return configuration


def _authority(name: str, at: datetime) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = _name(name)
    builder = _builder(subject, subject, key, at=at, days=20 * 365)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(issues=True), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return key, builder.sign(key, SHA256())


def _signer(
    folder: Path, name: str, issuer_key: rsa.RSAPrivateKey, issuer: x509.Certificate, *, at: datetime, days: int
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    builder = _builder(_name(f"Ebelge Geliştirme Zaman Damgası ({name})"), issuer.subject, key, at=at, days=days)
    # RFC 3161, 2.3: exactly this purpose, and critical
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    builder = builder.add_extension(purpose, critical=True)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(issues=False), critical=True)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
    )
    certificate = builder.sign(issuer_key, SHA256())
    path = folder / f"{name}.key"
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, *, at: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=days))
    )


def _name(text: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, "TR"), x509.NameAttribute(NameOID.COMMON_NAME, text[:64])]
    )


def _usage(*, issues: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not issues, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=issues, crl_sign=issues, encipher_only=False, decipher_only=False,
    )  # fmt: skip
