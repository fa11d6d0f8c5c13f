"""What we sign is accepted by verifiers that are not ours, and one changed byte is refused by all of them."""

from collections.abc import Callable
from datetime import datetime

import cryptography.exceptions
import pytest
from cryptography import x509
from efatura_kontrol import kontrol
from lxml import etree
from signxml import CanonicalizationMethod
from signxml.exceptions import SignXMLException
from signxml.xades import XAdESSignatureConfiguration, XAdESVerifier

from ebelge.signing.development import DevelopmentCa
from ebelge.signing.errors import SignatureInvalid
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.signing.verify import verify
from ebelge.ubl.types import DocumentKind
from tests.ubl.kinds import UBL_KINDS

CHECKED_BY_GIB = [DocumentKind.EFATURA, DocumentKind.EARSIV, DocumentKind.EIRSALIYE]


@pytest.fixture
def signxml(tmp_path, ca: DevelopmentCa, at: datetime) -> Callable[[bytes], bool]:
    """True if signxml's own verifier accepts a document, trusting the development CA only."""
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(ca.certificate_pem())
    config = XAdESSignatureConfiguration(
        expect_references=2,
        default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
        verification_time=at,
    )

    def accepts(xml: bytes) -> bool:
        try:
            XAdESVerifier().verify(xml, expect_config=config, ca_pem_file=str(trusted))
        except (SignXMLException, cryptography.exceptions.InvalidSignature, etree.LxmlError, ValueError):
            return False
        return True

    return accepts


@pytest.fixture
def gib() -> Callable[[bytes], list[str]]:
    """The rules of GİB (XSD, schematron, structure of the signature) and sums that a document breaks."""

    def broken(xml: bytes) -> list[str]:
        return [finding.mesaj for finding in kontrol.kontrol_et(xml).bulgular if finding.seviye != "bilgi"]

    return broken


@pytest.fixture
def ours(ca: DevelopmentCa) -> Callable[[bytes], bool]:
    def accepts(xml: bytes) -> bool:
        try:
            verify(xml, trust=[ca.certificate])
        except SignatureInvalid:
            return False
        return True

    return accepts


@pytest.mark.parametrize("assembler", ["own", "signxml"])
@pytest.mark.parametrize("kind", UBL_KINDS)
def test_signxml_xmlsec1_and_we_accept_a_signed_document(
    kind, assembler, prepared, seal: Pkcs12Seal, at: datetime, signxml, xmlsec1, ours
) -> None:
    signed = sign(prepared(kind), seal, at=at, assembler=assembler)
    assert signxml(signed)
    assert xmlsec1(signed)
    assert ours(signed)


@pytest.mark.parametrize("assembler", ["own", "signxml"])
@pytest.mark.parametrize("kind", CHECKED_BY_GIB)
def test_a_signed_document_keeps_gibs_rules(kind, assembler, prepared, seal: Pkcs12Seal, at: datetime, gib) -> None:
    signed = sign(prepared(kind), seal, at=at, assembler=assembler)
    assert gib(signed) == []
    assert any(finding.kod == "imza-var" for finding in kontrol.kontrol_et(signed).bulgular)


@pytest.mark.parametrize("behind", [b'<cbc:PayableAmount currencyID="TRY">', b'URI="#SignedProperties_'])
def test_one_changed_byte_is_refused_by_all(
    behind: bytes, invoice: bytes, seal: Pkcs12Seal, at: datetime, signxml, xmlsec1, ours, gib
) -> None:
    """efatura-kontrol does no cryptography: it sees the sum, and the reference that leads nowhere."""
    signed = sign(invoice, seal, at=at)
    place = signed.index(behind) + len(behind)
    forged = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]  # 4 becomes 5, 5 becomes 4 …
    assert not signxml(forged)
    assert not xmlsec1(forged)
    assert not ours(forged)
    assert gib(forged) != []


@pytest.mark.parametrize(
    "behind",
    [
        b"<cbc:Note>",
        b"<cbc:UUID>",
        b'<cbc:ID schemeID="VKN_TCKN">',
        b"<xades:SigningTime>",
        b"<xades:ClaimedRole>",
        b"<ds:X509SerialNumber>",
        b"<ds:X509IssuerName>",
        b"<ds:SignatureValue>",
        b"<ds:DigestValue>",
    ],
    ids=lambda tag: tag.decode(),
)
@pytest.mark.parametrize("assembler", ["own", "signxml"])
def test_one_changed_byte_of_what_is_signed_is_refused(
    behind: bytes, assembler, invoice: bytes, seal: Pkcs12Seal, at: datetime, signxml, xmlsec1, ours
) -> None:
    signed = sign(invoice, seal, at=at, assembler=assembler)
    place = signed.index(behind) + len(behind)
    other = b"7" if signed[place : place + 1] != b"7" else b"3"
    forged = signed[:place] + other + signed[place + 1 :]
    assert not signxml(forged)
    assert not xmlsec1(forged)
    assert not ours(forged)


def test_the_signature_of_a_stranger_is_refused(
    invoice: bytes, strangers_ca: DevelopmentCa, at: datetime, signxml, xmlsec1, ours
) -> None:
    strangers = strangers_ca.issue(vkn_tckn="1920384751", name="Bora", password="x", at=at)
    signed = sign(invoice, Pkcs12Seal.load(strangers, "x"), at=at)
    assert not signxml(signed)
    assert not xmlsec1(signed)
    assert not ours(signed)


def test_gib_refuses_what_signxml_makes_by_default(invoice: bytes, rsa_seal: Pkcs12Seal, at: datetime, gib) -> None:
    """The reason for the profile; if this fails one day, signxml or GİB has changed."""
    signed = sign(invoice, rsa_seal, at=at)
    two_transforms = signed.replace(
        b"</ds:Transforms>",
        b'<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>',
    )
    assert any("ds:Transform" in message for message in gib(two_transforms))
    second_version = signed.replace(b"xades:SigningCertificate>", b"xades:SigningCertificateV2>")
    assert gib(second_version) != []


def test_the_certificate_inside_is_the_seals(invoice: bytes, seal: Pkcs12Seal, at: datetime) -> None:
    certificate: x509.Certificate = verify(sign(invoice, seal, at=at), trust=None).certificate
    assert certificate == seal.certificate
