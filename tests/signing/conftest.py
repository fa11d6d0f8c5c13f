"""The signing world: a development CA, Akın Ltd.'s seals, prepared documents, and judges that are not ours."""

import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from pkcs11.util import ec as pkcs11_ec
from pkcs11.util import rsa as pkcs11_rsa

from ebelge.signing.development import DevelopmentCa
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.ubl.build import build
from ebelge.ubl.examples import AKIN, example_draft, signatory
from ebelge.ubl.types import DocumentKind

NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ETTN = UUID("5f0c1a52-7a0e-4c57-9c1f-1f4a5e2f9d10")
PASSWORD = "geliştirme"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
Change = Callable[[etree._Element, etree._Element], None]
_SOFTHSM_PATHS = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)


def _missing(tool: str, *, package: str) -> None:
    """A missing tool fails the test, so that CI cannot pass by not looking; EBELGE_ALLOW_MISSING_TOOLS skips."""
    message = f"{tool} is missing: install the Debian package {package}, or set EBELGE_ALLOW_MISSING_TOOLS=1 to skip"
    if os.environ.get("EBELGE_ALLOW_MISSING_TOOLS"):
        pytest.skip(message)
    pytest.fail(message)


@pytest.fixture
def at() -> datetime:
    """Noon in Istanbul, the instant of signing."""
    return NOON


@pytest.fixture(scope="session")
def ca() -> DevelopmentCa:
    return DevelopmentCa.create(at=NOON)


@pytest.fixture(scope="session")
def strangers_ca() -> DevelopmentCa:
    return DevelopmentCa.create(at=NOON)


def _seal(ca: DevelopmentCa, key_kind: str) -> Pkcs12Seal:
    issued = ca.issue(vkn_tckn=AKIN.vkn_tckn, name=AKIN.name, password=PASSWORD, at=NOON, key_kind=key_kind)
    return Pkcs12Seal.load(issued, PASSWORD)


@pytest.fixture(scope="session")
def rsa_seal(ca: DevelopmentCa) -> Pkcs12Seal:
    return _seal(ca, "rsa-2048")


@pytest.fixture(scope="session")
def ec_seal(ca: DevelopmentCa) -> Pkcs12Seal:
    return _seal(ca, "ec-p384")


@pytest.fixture(params=["rsa-2048", "ec-p384"])
def seal(request: pytest.FixtureRequest, rsa_seal: Pkcs12Seal, ec_seal: Pkcs12Seal) -> Pkcs12Seal:
    return rsa_seal if request.param == "rsa-2048" else ec_seal


@pytest.fixture(scope="session")
def prepared() -> Callable[..., bytes]:
    """A document of a kind as `ubl` hands it to the signer."""

    def document(kind: DocumentKind = DocumentKind.EFATURA, *, lines: int = 2) -> bytes:
        return build(
            example_draft(kind, lines=lines),
            supplier=AKIN,
            kind=kind,
            number="EBL2026000000001",
            ettn=ETTN,
            issue_date=date(2026, 11, 20),
            issue_time=time(12),
            signatory=signatory(AKIN),
        )

    return document


@pytest.fixture(scope="session")
def invoice(prepared: Callable[..., bytes]) -> bytes:
    return prepared()


@pytest.fixture
def signed(invoice: bytes, rsa_seal: Pkcs12Seal, at: datetime) -> bytes:
    return sign(invoice, rsa_seal, at=at)


@pytest.fixture
def resigned(signed: bytes, rsa_seal: Pkcs12Seal) -> Callable[[Change], bytes]:
    """The signed invoice after a change to (root, signature), with every digest and the value right again."""

    def make(change: Change) -> bytes:
        root = etree.fromstring(signed)
        signature = next(root.iter(DS + "Signature"))
        change(root, signature)
        signed_info = signature.find(DS + "SignedInfo")
        for reference in signed_info.iterfind(DS + "Reference"):
            uri = reference.get("URI")
            if uri == "":
                bare = etree.fromstring(etree.tostring(root.getroottree()))
                for inner in list(bare.iter(DS + "Signature")):
                    inner.getparent().remove(inner)
                octets = etree.tostring(bare.getroottree(), method="c14n", with_comments=False)
            else:
                octets = etree.tostring(root.xpath("//*[@Id = $id]", id=uri[1:])[0], method="c14n")
            reference.find(DS + "DigestValue").text = b64encode(sha256(octets).digest()).decode()
        value = rsa_seal.sign_digest_input(etree.tostring(signed_info, method="c14n"))
        signature.find(DS + "SignatureValue").text = b64encode(value).decode()
        return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)

    return make


@pytest.fixture
def xmlsec1(tmp_path: Path, ca: DevelopmentCa) -> Callable[[bytes], bool]:
    """True if the C tool xmlsec1 accepts a signed document, trusting the development CA only."""
    tool = shutil.which("xmlsec1")
    if tool is None:
        _missing("xmlsec1", package="xmlsec1")
    trusted, signed = tmp_path / "ca.pem", tmp_path / "signed.xml"
    trusted.write_bytes(ca.certificate_pem())

    def accepts(xml: bytes) -> bool:
        signed.write_bytes(xml)
        run = subprocess.run(
            [tool, "--verify", "--trusted-pem", trusted, "--enabled-key-data", "x509",
             "--verification-gmt-time", "2026-11-20 09:00:00",
             "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties", signed],
            capture_output=True, timeout=30, check=False,
        )  # fmt: skip
        return run.returncode == 0

    return accepts


@dataclass(frozen=True)
class Hsm:
    """A SoftHSM token with Akın's seals in it."""

    module: str
    token_label: str
    pin: str


@pytest.fixture(scope="session")
def hsm(tmp_path_factory: pytest.TempPathFactory, ca: DevelopmentCa) -> Iterator[Hsm]:
    """A token holding `RSA`, `EC`, `UNPAIRED` (another key's certificate) and `BARE` (no certificate)."""
    tool = shutil.which("softhsm2-util")
    module = next((path for path in _SOFTHSM_PATHS if Path(path).exists()), None)
    if tool is None or module is None:
        _missing("SoftHSM 2", package="softhsm2")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    token = Hsm(module=str(module), token_label="ebelge", pin="246813")
    subprocess.run(
        [tool, "--init-token", "--free", "--label", token.token_label, "--pin", token.pin, "--so-pin", "135792"],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    with pkcs11.lib(token.module).get_token(token_label=token.token_label).open(rw=True, user_pin=token.pin) as session:
        _provision(session, ca)
    yield token
    del os.environ["SOFTHSM2_CONF"]


def _provision(session: pkcs11.Session, ca: DevelopmentCa) -> None:
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ec_key = ec.generate_private_key(ec.SECP384R1())
    strangers_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for label, key, certified in (
        ("RSA", rsa_key, rsa_key.public_key()),
        ("EC", ec_key, ec_key.public_key()),
        ("UNPAIRED", rsa_key, strangers_key.public_key()),
        ("BARE", rsa_key, None),
    ):
        read = (
            pkcs11_rsa.decode_rsa_private_key if isinstance(key, rsa.RSAPrivateKey) else pkcs11_ec.decode_ec_private_key
        )
        traditional = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        attributes = {pkcs11.Attribute.LABEL: label, pkcs11.Attribute.TOKEN: True, pkcs11.Attribute.SIGN: True}
        session.create_object(read(traditional) | attributes)
        if certified is not None:
            certificate = ca.certify(certified, vkn_tckn=AKIN.vkn_tckn, name=AKIN.name, at=NOON)
            session.create_object(_certificate_object(label, certificate))


def _certificate_object(label: str, certificate: x509.Certificate) -> dict[pkcs11.Attribute, object]:
    return {
        pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
        pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
        pkcs11.Attribute.TOKEN: True,
        pkcs11.Attribute.LABEL: label,
        pkcs11.Attribute.SUBJECT: certificate.subject.public_bytes(),
        pkcs11.Attribute.VALUE: certificate.public_bytes(Encoding.DER),
    }
