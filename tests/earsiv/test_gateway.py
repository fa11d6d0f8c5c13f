"""The e-Arşiv service: messages signed as WS-Security says, verified by strangers; reports taken and judged."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.verifier import SignatureConfiguration, XMLVerifier
from zeep.exceptions import SignatureVerificationFailed
from zeep.wsse import signature as zeep_signature

from ebelge.core.clock import utc_now
from ebelge.gib.earsiv_gateway import EArsivGateway
from ebelge.gib.earsiv_lines import line_of
from ebelge.gib.earsiv_report import Header, build, cancel_line, pack
from ebelge.gib.errors import GatewayOutcomeUnknown, GibFault
from ebelge.gib.wssecurity import WSSE, signed_envelope
from ebelge.signing.document import EARSIV_REPORT
from ebelge.signing.signer import sign
from ebelge.ubl.examples import AKIN
from tests.earsiv.conftest import NOW, earsiv_url


@pytest.fixture
def gateway(gib, seal):
    with EArsivGateway(earsiv_url(gib), lambda: seal, utc_now, timeout_s=3.0) as gateway:
        yield gateway


@pytest.fixture
def packed(signed, seal):
    """A report with one invoice: its id and its zip."""

    def make(number="EAR2026000000001", *more):
        report_id = uuid4()
        header = Header(AKIN.vkn_tckn, AKIN.vkn_tckn, report_id, NOW.date(), 1)
        data = build(header, [line_of("earsiv", signed("earsiv", number)), *more])
        return report_id, pack(sign(data, seal, at=NOW, placement=EARSIV_REPORT), report_id=report_id)

    return make


def send(gateway, report):
    return gateway.send(f"{report[0]}.zip", report[1])


def test_strangers_verify_timestamp_and_body(seal, tmp_path):
    request = etree.Element("{http://earsiv.vedop3.ggm.gov.org/}getBatchStatus")
    etree.SubElement(request, "paketId").text = "ğ<x>"
    message = signed_envelope(request, seal, at=utc_now())
    where = f"./{{http://www.w3.org/2003/05/soap-envelope}}Header/{{{WSSE}}}Security/"
    checked = XMLVerifier().verify(
        message, x509_cert=seal.certificate,
        expect_config=SignatureConfiguration(location=where, expect_references=2),
    )  # fmt: skip
    assert [etree.QName(one.signed_xml).localname for one in checked] == ["Timestamp", "Body"]
    (tmp_path / "seal.pem").write_bytes(seal.certificate.public_bytes(Encoding.PEM))
    zeep_signature.verify_envelope(etree.fromstring(message), str(tmp_path / "seal.pem"))
    with pytest.raises(SignatureVerificationFailed):
        zeep_signature.verify_envelope(
            etree.fromstring(message.replace(b"paketId", b"paketIx")), str(tmp_path / "seal.pem")
        )


def test_a_report_is_taken_worked_on_and_accepted(gateway, gib, packed):
    gib.control("PUT", "settings", answer_delay_ms=60_000)
    report = packed()
    assert send(gateway, report) == "Dosya Kaydedildi"
    assert gateway.status(report[0]).outcome == "working"
    gib.control("PUT", "settings", answer_delay_ms=0)
    status = gateway.status(report[0])
    assert (status.code, status.outcome) == (30, "accepted")
    assert [line["number"] for line in gib.control("GET", "report-lines")] == ["EAR2026000000001"]


def test_a_number_reported_twice_fails_the_second_report(gateway, packed):
    for expected in ("accepted", "failed"):
        report = packed()
        send(gateway, report)
        assert gateway.status(report[0]).outcome == expected


def test_what_was_never_reported_cannot_be_cancelled(gateway, packed):
    unheard = cancel_line("earsiv", number="EAR2026000000777", on=NOW.date(), total=Decimal(1))
    report = packed("EAR2026000000005", unheard)
    send(gateway, report)
    assert gateway.status(report[0]).outcome == "failed"


def test_the_same_report_number_is_taken_once(gateway, packed):
    report = packed()
    send(gateway, report)
    with pytest.raises(GibFault):
        send(gateway, report)


def test_a_report_nobody_sent_is_not_there(gateway):
    assert gateway.status(uuid4()).outcome == "failed"


def test_a_forged_report_fails(gateway, packed):
    report_id, zipped = packed()
    xml = zipfile.ZipFile(io.BytesIO(zipped)).read(f"{report_id}.xml")
    send(gateway, (report_id, pack(xml.replace(b"<dovizKuru>1<", b"<dovizKuru>2<"), report_id=report_id)))
    assert gateway.status(report_id).outcome == "failed"


def test_an_old_message_is_refused(gib, seal, packed):
    with (
        EArsivGateway(earsiv_url(gib), lambda: seal, lambda: utc_now() - timedelta(hours=1)) as late,
        pytest.raises(GibFault),
    ):
        send(late, packed())


def test_a_call_that_breaks_leaves_the_outcome_unknown(gateway, gib, packed):
    gib.control("POST", "earsiv-orders", operation="sendDocumentFile", do={"transport": "drop", "stored": True})
    report = packed()
    with pytest.raises(GatewayOutcomeUnknown):
        send(gateway, report)
    assert gateway.status(report[0]).outcome == "accepted"
