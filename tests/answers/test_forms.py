"""Answers as XML: what we write keeps GİB's rules once it is sealed, and is read back as what it says."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from efatura_kontrol.kontrol import kontrol_et

from ebelge.signing.development import DevelopmentCa
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.signing.verify import verify
from ebelge.ubl import examples
from ebelge.ubl.answer_reading import read_answer
from ebelge.ubl.answer_rules import check_answer
from ebelge.ubl.errors import UnreadableDocument
from ebelge.ubl.receipt import ReceivedLine, receipt_advice
from ebelge.ubl.render import html
from ebelge.ubl.response import Answered, application_response

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
INVOICE = Answered(uuid4(), "BRF2026000000007", date(2026, 11, 20), "TICARIFATURA")
DESPATCH = Answered(uuid4(), "BRI2026000000007", date(2026, 11, 20), "TEMELIRSALIYE")
LINES = (
    ReceivedLine(
        "1", "Masa & sandalye", "C62", Decimal(8), short=Decimal(1), rejected=Decimal(1), reject_reason="kırık"
    ),
    ReceivedLine("2", "Boya", "KGM", Decimal("12.5"), oversupply=Decimal("0.5"), late_reason="geç geldi"),
)  # fmt: skip


@pytest.fixture(scope="module")
def seal() -> Pkcs12Seal:
    akin = examples.AKIN
    made = DevelopmentCa.create(at=AT).issue(vkn_tckn=akin.vkn_tckn, name=akin.name, password="gizli", at=AT)
    return Pkcs12Seal.load(made, "gizli")


def respond(code: Any = "RED", **changes: Any) -> bytes:
    given = {
        "about": INVOICE, "code": code, "reason": "Fiyat <sözleşmeye> uymuyor.", "sender": examples.AKIN,
        "receiver": examples.BORA, "number": "UYG2026000000001", "ettn": uuid4(), "issue_date": date(2026, 11, 22),
        "issue_time": time(11, 0), "signatory": examples.signatory(),
    } | changes  # fmt: skip
    return application_response(**given)


def receive(**changes: Any) -> bytes:
    given = {
        "about": DESPATCH, "lines": LINES, "note": "", "delivered_on": date(2026, 11, 21), "sender": examples.AKIN,
        "receiver": examples.BORA, "number": "IRY2026000000001", "ettn": uuid4(), "issue_date": date(2026, 11, 22),
        "issue_time": time(11, 0), "signatory": examples.signatory(),
    } | changes  # fmt: skip
    return receipt_advice(**given)


@pytest.mark.parametrize("code", ["KABUL", "RED", "IADE"])
def test_a_response_keeps_every_rule_and_says_what_was_meant(seal: Pkcs12Seal, code: str) -> None:
    xml = respond(code)
    assert check_answer(xml, signed=False) == []
    signed = sign(xml, seal, at=AT)

    assert check_answer(signed, signed=True) == []
    assert kontrol_et(signed, "uygulama-yaniti").gecerli
    read = read_answer(signed)
    assert (read.form, read.code, read.about_ettn, read.about_number) == (
        "response", code, INVOICE.ettn, INVOICE.number,
    )  # fmt: skip
    assert (read.reason, read.profile) == ("Fiyat <sözleşmeye> uymuyor.", "TICARIFATURA")
    assert (read.sender_vkn_tckn, read.receiver_vkn_tckn) == (examples.AKIN.vkn_tckn, examples.BORA.vkn_tckn)
    assert verify(signed, trust=None).signature_id == f"Signature_{read.ettn}"
    assert "Uygulama Yanıtı".encode() in html(signed)


def test_the_machines_clock_does_not_judge_an_answers_day() -> None:
    """At one o'clock at night in Turkey a machine on UTC is still in the day before."""
    later = date(2099, 1, 1)
    assert check_answer(respond(issue_date=later, number="UYG2099000000001"), signed=False) == []
    assert check_answer(receive(issue_date=later, number="IRY2099000000001"), signed=False) == []


def test_a_receipt_advice_keeps_every_rule_and_says_what_came_of_each_line(seal: Pkcs12Seal) -> None:
    signed = sign(receive(), seal, at=AT)

    assert check_answer(signed, signed=True) == []
    assert kontrol_et(signed, "irsaliye-yaniti").gecerli
    read = read_answer(signed)
    assert (read.form, read.code, read.about_ettn, read.about_number) == (
        "receipt", "KISMI", DESPATCH.ettn, DESPATCH.number,
    )  # fmt: skip
    assert [(one.line, one.received, one.short, one.rejected, one.oversupply) for one in read.lines] == [
        ("1", 8, 1, 1, 0), ("2", Decimal("12.5"), 0, 0, Decimal("0.5")),
    ]  # fmt: skip
    page = html(signed).decode()
    assert "Masa &amp; sandalye" in page
    assert "kırık" in page


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([ReceivedLine("1", "Masa", "C62", Decimal(3))], "KABUL"),
        ([ReceivedLine("1", "Masa", "C62", Decimal(0), rejected=Decimal(3))], "RED"),
    ],
)
def test_what_a_receipt_advice_amounts_to_follows_from_its_lines(lines: list[ReceivedLine], code: str) -> None:
    assert read_answer(receive(lines=lines)).code == code


def test_a_response_to_a_basic_invoice_breaks_gibs_rule() -> None:
    xml = respond().replace(b">TICARIFATURA<", b">TEMELFATURA<")
    assert {finding.severity for finding in check_answer(xml, signed=False)} == {"error"}


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"<a/>",
        b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        respond().replace(b"<cbc:ResponseCode>RED<", b"<cbc:ResponseCode>S_APR<"),
        respond().replace(b"<cbc:UUID>", b"<cbc:UUID>x"),
        respond().replace(b"<cbc:IssueDate>2026-11-22", b"<cbc:IssueDate>22.11.2026"),
        receive().replace(b">12.5<", b">1E400<"),
        receive().replace(b"ReceiptLine", b"ReceiptRow"),
    ],
)
def test_what_is_no_answer_is_refused(broken: bytes) -> None:
    with pytest.raises(UnreadableDocument):
        read_answer(broken)


def test_gibs_samples_are_read(shared_dir: Path) -> None:
    samples = shared_dir / "gib" / "samples"
    customs = read_answer((samples / "uygulama-yaniti/IHRACAT_GTB_UygulamaYaniti_KABUL.xml").read_bytes())
    assert (customs.code, customs.profile, customs.sender_vkn_tckn) == ("KABUL", "IHRACAT", "1460415308")
    assert customs.customs["GTB_REFNO"] == "16545419880849000000392"
    returned = read_answer((samples / "uygulama-yaniti/IadeUygulamaYanitiOrnegi.xml").read_bytes())
    assert (returned.code, returned.about_number) == ("IADE", "GIB2009000000011")
    for name in ("IrsaliyeYaniti-Ornek1.xml", "IrsaliyeYaniti-Ornek2.xml"):
        advice = (samples / "irsaliye-yaniti" / name).read_bytes()
        assert read_answer(advice).about_ettn is not None
        assert check_answer(advice, signed=False) == []
