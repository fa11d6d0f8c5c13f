"""XAdES-T and XAdES-A: time stamps are added, and what was signed stays as it was."""

from base64 import b64decode
from collections.abc import Callable
from datetime import datetime

import pytest
from lxml import etree

from ebelge.signing.errors import SignatureInvalid, TimeStampUnknown
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.signing.verify import verify
from ebelge.signing.xades_levels import Evidence, verify_levels, with_archive_timestamp, with_signature_timestamp
from tests.strangers.tsa import Tsa

XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
ARCHIVE = "{http://uri.etsi.org/01903/v1.4.1#}ArchiveTimeStamp"
DS = "{http://www.w3.org/2000/09/xmldsig#}"


@pytest.fixture
def stamped(signed: bytes, tsa: Tsa) -> bytes:
    return with_signature_timestamp(signed, tsa.stamper())


@pytest.fixture
def archived(stamped: bytes, tsa: Tsa, ca) -> bytes:
    evidence = Evidence(certificates=[ca.certificate], crls=[b"a list"], ocsp_answers=[b"an answer"])
    return with_archive_timestamp(stamped, tsa.stamper(), evidence=evidence)


def _token(xml: bytes, tag: str) -> bytes:
    return b64decode(etree.fromstring(xml).findtext(f".//{tag}/{XADES}EncapsulatedTimeStamp"))


def test_a_time_stamp_covers_the_signature_value(stamped: bytes, tsa: Tsa, ca) -> None:
    proven = verify_levels(stamped, trust=[ca.certificate], stamp_trust=tsa.trust)
    assert (proven.level, len(proven.signature_stamps)) == ("T", 1)
    value = next(etree.fromstring(stamped).iter(f"{DS}SignatureValue"))
    octets = etree.tostring(value, method="c14n", with_tail=False)
    assert tsa.openssl_accepts(_token(stamped, f"{XADES}SignatureTimeStamp"), octets)


def test_an_archive_time_stamp_covers_document_signature_and_evidence(archived: bytes, tsa: Tsa, ca) -> None:
    proven = verify_levels(archived, trust=[ca.certificate], stamp_trust=tsa.trust)
    assert (proven.level, len(proven.archive_stamps)) == ("A", 1)
    root = etree.fromstring(archived)
    assert [etree.QName(one).localname for one in root.find(f".//{XADES}UnsignedSignatureProperties")] == [
        "SignatureTimeStamp", "CertificateValues", "RevocationValues", "ArchiveTimeStamp",
    ]  # fmt: skip
    assert tsa.openssl_accepts(_token(archived, ARCHIVE), _covered(archived))


def _covered(xml: bytes) -> bytes:
    """What TS 101 903 v1.4.1, 8.2.1 lists, put together here once more, step by step."""
    root = etree.fromstring(xml)
    signature = next(root.iter(f"{DS}Signature"))
    bare = etree.fromstring(xml)
    inner = next(bare.iter(f"{DS}Signature"))
    inner.getparent().remove(inner)
    parts = [etree.tostring(bare, method="c14n")]
    parts += [etree.tostring(next(signature.iter(f"{XADES}SignedProperties")), method="c14n")]
    parts += [
        etree.tostring(signature.find(DS + name), method="c14n") for name in ("SignedInfo", "SignatureValue", "KeyInfo")
    ]
    for element in signature.find(f".//{XADES}UnsignedSignatureProperties"):
        if element.tag != ARCHIVE:
            parts.append(etree.tostring(element, method="c14n"))
    return b"".join(parts)


def test_a_further_archive_time_stamp_covers_the_first(archived: bytes, tsa: Tsa, ca) -> None:
    twice = with_archive_timestamp(archived, tsa.stamper(digest="sha512"))
    proven = verify_levels(twice, trust=[ca.certificate], stamp_trust=tsa.trust)
    assert [stamp.digest for stamp in proven.archive_stamps] == ["sha256", "sha512"]


def test_other_verifiers_still_accept_the_signature(archived: bytes, ca, xmlsec1: Callable[[bytes], bool]) -> None:
    assert xmlsec1(archived)
    assert verify(archived, trust=[ca.certificate]).trusted


def test_every_octet_of_the_signed_document_stays(signed: bytes, archived: bytes) -> None:
    before, _, after = signed.partition(b"</xades:SignedProperties>")
    assert archived.startswith(before)
    assert archived.endswith(after)


def test_p384_is_stamped_too(invoice: bytes, ec_seal: Pkcs12Seal, at: datetime, tsa: Tsa, ca) -> None:
    stamped = with_signature_timestamp(sign(invoice, ec_seal, at=at), tsa.stamper())
    archived = with_archive_timestamp(stamped, tsa.stamper())
    assert verify_levels(archived, trust=[ca.certificate], stamp_trust=tsa.trust).level == "A"


def test_without_stamps_the_level_is_bes(signed: bytes, tsa: Tsa, ca) -> None:
    assert verify_levels(signed, trust=[ca.certificate], stamp_trust=tsa.trust).level == "BES"
    with pytest.raises(SignatureInvalid):
        with_archive_timestamp(signed, tsa.stamper())


def test_an_authority_that_is_away_leaves_the_document_as_it_is(signed: bytes, tsa: Tsa) -> None:
    tsa.order(transport="http_500")
    with pytest.raises(TimeStampUnknown):
        with_signature_timestamp(signed, tsa.stamper())


def _swap_value(root: etree._Element) -> None:
    next(root.iter(f"{XADES}EncapsulatedTimeStamp")).text = "AAAA"


def _change_evidence(root: etree._Element) -> None:
    next(root.iter(f"{XADES}EncapsulatedCRLValue")).text = "AAAA"


def _drop_evidence(root: etree._Element) -> None:
    found = next(root.iter(f"{XADES}RevocationValues"))
    found.getparent().remove(found)


def _drop_signature_stamp(root: etree._Element) -> None:
    found = next(root.iter(f"{XADES}SignatureTimeStamp"))
    found.getparent().remove(found)


def _change_amount(root: etree._Element) -> None:
    next(root.iter("{*}PayableAmount")).text = "1.00"


def _foreign_form(root: etree._Element) -> None:
    next(root.iter(ARCHIVE)).find(f"{DS}CanonicalizationMethod").set("Algorithm", "urn:other")


@pytest.mark.parametrize(
    "change",
    [_swap_value, _change_evidence, _drop_evidence, _drop_signature_stamp, _change_amount, _foreign_form],
)
def test_whatever_changes_afterwards_is_found(archived: bytes, tsa: Tsa, ca, change) -> None:
    root = etree.fromstring(archived)
    change(root)
    with pytest.raises(SignatureInvalid):
        verify_levels(etree.tostring(root), trust=[ca.certificate], stamp_trust=tsa.trust)


def test_a_stamp_of_a_stranger_does_not_count(archived: bytes, ca) -> None:
    with pytest.raises(SignatureInvalid):
        verify_levels(archived, trust=[ca.certificate], stamp_trust=[ca.certificate])
