"""A finding says rule, line in the client's XML, the matter and the mend in two languages; for JSON, the field."""

from dataclasses import replace
from datetime import date

import pytest
from efatura_kontrol.kod import _aciklamalar

from ebelge.ubl import explain, texts_gib, texts_invoice
from ebelge.ubl.paths import draft_path, point_at_json
from ebelge.ubl.types import DocumentKind
from ebelge.ubl.validate import check
from tests.ubl.kinds import UBL_KINDS

EFATURA, EARSIV, EIRSALIYE, EMM, ESMM = DocumentKind
LINE = {"name": "Vana", "quantity": "1", "unit": "adet", "unit_price": "100", "kdv_rate": "20"}


def line_of(xml: bytes, words: bytes) -> int:
    return xml[: xml.index(words)].count(b"\n") + 1


def test_an_unknown_unit_is_found_on_its_line(write, findings):
    xml = write(EFATURA).replace(b'unitCode="C62">3<', b'unitCode="ADET">3<')
    (finding,) = findings(xml, EFATURA)
    assert finding.rule == "sch-GeneralUnitCodeCheck-1"
    assert finding.line == line_of(xml, b'unitCode="ADET"')
    assert finding.path == "/Invoice/cac:InvoiceLine[2]/cbc:InvoicedQuantity/@unitCode"
    assert "ADET" in finding.message_tr
    assert "C62" in finding.mend_tr and "C62" in finding.mend_en
    assert finding.answer("en")["message"] == "The unit code is not in GİB's list."


def test_a_wrong_sum_says_what_is_written_and_what_is_right(write, findings):
    xml = write(EFATURA, lines=[LINE]).replace(
        b'<cbc:PayableAmount currencyID="TRY">120.00', b'<cbc:PayableAmount currencyID="TRY">130.00'
    )
    (finding,) = findings(xml, EFATURA)
    assert (finding.rule, finding.severity) == ("hesap-dip-odenecek", "error")
    assert finding.message_en.endswith("Written 130.00, reckoned 120.00.")
    assert finding.line == line_of(xml, b"130.00")


def test_a_missing_buyer_id_is_found(write, faults):
    xml = write(EFATURA).replace(
        b'<cbc:ID schemeID="VKN">1920384751</cbc:ID>', b'<cbc:ID schemeID="MERSISNO">1</cbc:ID>'
    )
    assert faults(xml, EFATURA) == ["sch-PartyIdentificationPartyNamePersonCheck-1"]


def test_a_schema_fault_names_what_belongs_there(write, findings):
    xml = write(EFATURA).replace(b"<cbc:DocumentCurrencyCode>TRY</cbc:DocumentCurrencyCode>", b"")
    schema = [f for f in findings(xml, EFATURA) if f.rule.startswith("xsd-")]
    assert len(schema) == 1
    assert "DocumentCurrencyCode" in schema[0].mend_en and "DocumentCurrencyCode" in schema[0].message_tr
    assert schema[0].line == line_of(xml, b"<cbc:LineCountNumeric>")
    assert "urn:oasis" not in schema[0].message_en


@pytest.mark.parametrize("kind", UBL_KINDS)
def test_the_future_is_judged_by_the_day_that_is_passed(write, kind):
    xml = write(kind)
    assert check(xml, kind=kind, today=date(2026, 11, 22)) == []
    (rule,) = {f.rule for f in check(xml, kind=kind, today=date(2026, 11, 21))}
    assert rule == "EB-FUTURE-DATE"


def test_the_machines_own_clock_does_not_matter(write):
    xml = write(EFATURA).replace(b"2026-11-22", b"2099-01-01").replace(b"AKN2026", b"AKN2099")
    assert "sch-TimeCheck-1" not in {f.rule for f in check(xml, kind=EFATURA, today=date(2099, 1, 1))}
    assert check(xml, kind=EFATURA, today=date(2099, 1, 1)) == []


def test_the_year_of_the_number_is_the_year_of_issue(write, faults):
    assert faults(write(EFATURA, number="AKN2025000000001"), EFATURA) == ["EB-NUMBER-YEAR"]


def test_a_wrong_check_digit_warns_and_does_not_refuse(write, findings):
    xml = write(EFATURA).replace(b"1920384751", b"1920384752")
    (finding,) = findings(xml, EFATURA)
    assert (finding.rule, finding.severity) == ("EB-CHECKSUM", "warning")


def test_an_earsiv_invoice_without_time_of_issue_warns(write, findings):
    xml = write(EARSIV).replace(b"<cbc:IssueTime>10:30:00</cbc:IssueTime>", b"")
    (finding,) = findings(xml, EARSIV)
    assert (finding.rule, finding.severity) == ("EB-ISSUE-TIME", "warning")


def test_a_rate_of_kdv_that_is_not_in_force_warns_once_at_its_first_line(write, findings):
    lines = [LINE, *({**LINE, "kdv_rate": rate} for rate in ("18", "18", "10", "21", "1"))]
    found = findings(write(EFATURA, lines=lines), EFATURA)
    assert [(f.rule, f.severity, draft_path(f.path)) for f in found] == [
        ("EB-KDV-RATE", "warning", "lines[1].kdv_rate"), ("EB-KDV-RATE", "warning", "lines[4].kdv_rate"),
    ]  # fmt: skip
    assert found[0].message_tr == "Bu tarihte %18 KDV oranı yok."
    assert found[0].mend_en == "Write one of these: 20 %, 10 %, 1 %, 0 %."


def test_the_rates_of_kdv_are_those_of_the_day_and_what_is_given_back_keeps_its_own(write, findings):
    xml = write(EFATURA, lines=[{**LINE, "kdv_rate": "18"}])
    old = xml.replace(b"2026-11-22", b"2023-07-09").replace(b"AKN2026", b"AKN2023")
    assert "EB-KDV-RATE" not in {f.rule for f in findings(old, EFATURA)}
    given_back = xml.replace(b">SATIS<", b">IADE<")
    assert given_back != xml and "EB-KDV-RATE" not in {f.rule for f in findings(given_back, EFATURA)}


def test_errors_come_before_warnings_and_in_order_of_lines(write, findings):
    xml = write(EFATURA).replace(b"1920384751", b"1920384752").replace(b'"C62"', b'"ADET"')
    found = findings(xml, EFATURA)
    assert [f.severity for f in found] == ["error", "error", "warning"]
    assert found[0].line < found[1].line


def test_the_same_document_has_the_same_findings_twice(write, findings):
    xml = write(EFATURA).replace(b'"C62"', b'"ADET"')
    assert findings(xml, EFATURA) == findings(xml, EFATURA)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/Invoice/cac:InvoiceLine[2]/cbc:InvoicedQuantity/@unitCode", "lines[1].unit"),
        (
            "/Invoice/cac:InvoiceLine[1]/cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:TaxExemptionReasonCode",
            "lines[0].exemption_code",
        ),
        (
            "/Invoice/cac:InvoiceLine[1]/cac:WithholdingTaxTotal/cac:TaxSubtotal/cbc:Percent",
            "lines[0].withholding_rate",
        ),
        ("/Invoice/cac:InvoiceLine[3]", "lines[2]"),
        ("/Invoice/cac:AccountingCustomerParty/cac:Party/cac:PartyName/cbc:Name", "buyer.name"),
        ("/Invoice/cac:AccountingCustomerParty/cac:Party", "buyer"),
        ("/CreditNote/cac:AccountingCustomerParty/cac:Party", "farmer"),
        ("/CreditNote/cac:CreditNoteLine[1]/cbc:CreditedQuantity", "lines[0].quantity"),
        (
            "/DespatchAdvice/cac:Shipment/cac:Delivery/cac:DeliveryAddress/cbc:PostalZone",
            "delivery_address.postal_zone",
        ),
        ("/Invoice/cac:BillingReference[2]/cac:InvoiceDocumentReference", "returned_invoices[1]"),
        ("/Invoice/cbc:IssueDate", "issue_date"),
        ("/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount", ""),
        ("/Invoice", ""),
        ("", ""),
    ],
)
def test_a_place_in_the_xml_is_a_field_of_the_draft(path, field):
    assert draft_path(path) == field


def test_for_json_the_findings_point_at_fields(write, findings):
    found = findings(write(EFATURA, lines=[LINE, LINE | {"kdv_rate": "0"}]), EFATURA)
    (finding,) = point_at_json(found)
    assert (finding.rule, finding.path, finding.line) == ("sch-TaxExemptionReasonCheck-1", "lines", None)


def test_every_rule_with_words_has_all_of_them():
    for rule, words in (texts_gib.TEXTS | texts_invoice.TEXTS).items():
        assert len(words) == 3 and all(words), rule


def test_the_rules_that_the_trade_breaks_most_have_words_of_ours():
    ours = texts_gib.TEXTS.keys() | texts_invoice.TEXTS.keys()
    of_others = ("xml", "xsd", "imza-yok", "imza-var", "sch-TimeCheck-1", "sch-DocumentCheck", "sch-TypeVersion")
    elsewhere = ("sch-ContactCheck", "sch-ARSignature", "sch-XadesSignature")
    missing = {rule for rule in _aciklamalar() if not rule.startswith(of_others + elsewhere)} - ours
    assert missing == set()


def test_a_rule_without_words_still_explains_itself():
    finding = explain.explained("sch-Yeni-1", "GİB'in sözü.", "/Invoice/cbc:ID")
    assert finding.message_tr == "GİB'in sözü."
    assert "/Invoice/cbc:ID" in finding.message_en and "GİB'in sözü." in finding.message_en
    assert finding.mend_tr and finding.mend_en
    assert replace(finding, line=3).answer("tr")["message"] == "GİB'in sözü."
