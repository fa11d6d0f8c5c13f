"""What we build or prepare can be sealed, and the sealed document keeps GİB's rules on signatures too."""

import re
from datetime import UTC, datetime

import pytest
from efatura_kontrol.kontrol import kontrol_et

from ebelge.signing.development import DevelopmentCa
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.signing.verify import verify
from ebelge.ubl import examples
from ebelge.ubl.gib_rules import TUR
from ebelge.ubl.parse import parse
from ebelge.ubl.render import html
from ebelge.ubl.types import DocumentKind
from ebelge.ubl.validate import check_signed
from tests.ubl.kinds import UBL_KINDS

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def seal() -> Pkcs12Seal:
    akin = examples.AKIN
    made = DevelopmentCa.create(at=AT).issue(vkn_tckn=akin.vkn_tckn, name=akin.name, password="gizli", at=AT)
    return Pkcs12Seal.load(made, "gizli")


@pytest.mark.parametrize("kind", UBL_KINDS)
def test_a_sealed_document_keeps_every_rule(write, today, seal, kind):
    signed = sign(write(kind), seal, at=AT)
    assert check_signed(signed, kind=kind, today=today) == []
    assert parse(signed).signed
    assert verify(signed, trust=None).signature_id == f"Signature_{parse(signed).ettn}"
    assert kind.heading.encode() in html(signed)
    if kind in TUR:
        assert kontrol_et(signed, TUR[kind]).gecerli


@pytest.mark.parametrize("kind", UBL_KINDS)
def test_an_unsealed_document_is_not_taken_for_sealed(write, kind):
    assert "EB-UNSIGNED" in {f.rule for f in check_signed(write(kind), kind=kind)}


def test_a_signature_without_signing_certificate_is_found(write, seal):
    signed = sign(write(DocumentKind.EFATURA), seal, at=AT)
    broken = re.sub(rb"<xades:SigningCertificate>.*?</xades:SigningCertificate>", b"", signed, flags=re.DOTALL)
    assert broken != signed
    rules = {f.rule for f in check_signed(broken, kind=DocumentKind.EFATURA)}
    assert {"sch-XadesSignatureCheckForInvoice-6", "imza-yapi"} <= rules
