"""Drafts become documents that pass GİB's rules, with the figures an accountant expects."""

from decimal import Decimal

import pytest

from ebelge.ubl import examples
from ebelge.ubl.draft import read_draft
from ebelge.ubl.errors import InvalidDraft
from ebelge.ubl.parse import parse
from ebelge.ubl.type_rules import type_code
from ebelge.ubl.types import DocumentKind
from tests.ubl.kinds import UBL_KINDS

EFATURA, EARSIV, EIRSALIYE, EMM, ESMM = DocumentKind


def line(**changes):
    return {"name": "Vana", "quantity": "1", "unit": "adet", "unit_price": "100", "kdv_rate": "20"} | changes


def text(xml: bytes, path: str) -> list[str]:
    return [e.text or "" for e in parse(xml).tree.iterfind("/".join("{*}" + part for part in path.split("/")))]


@pytest.mark.parametrize("kind", UBL_KINDS)
def test_an_example_of_every_kind_keeps_every_rule(write, findings, kind):
    assert findings(write(kind), kind) == []


@pytest.mark.parametrize("kind", UBL_KINDS)
def test_a_document_tells_its_facts_again(write, kind):
    facts = parse(write(kind))
    assert facts.kinds == (kind,)
    assert facts.number == "AKN2026000000001"
    assert facts.supplier == examples.AKIN
    assert facts.line_count == 2
    assert not facts.signed


def test_a_ticari_invoice_says_so(write, faults):
    xml = write(EFATURA, profile="TICARIFATURA")
    assert text(xml, "ProfileID") == ["TICARIFATURA"]
    assert faults(xml, EFATURA) == []


def test_kdv_at_three_rates_is_rounded_once_per_rate(write, faults):
    lines = [line(unit_price="0.03", kdv_rate="20")] * 3 + [line(unit_price="10.05", kdv_rate="1")]
    xml = write(EFATURA, lines=lines)
    assert text(xml, "TaxTotal/TaxSubtotal/TaxAmount") == ["0.02", "0.10"]
    assert text(xml, "InvoiceLine/TaxTotal/TaxAmount") == ["0.01", "0.00", "0.01", "0.10"]
    assert faults(xml, EFATURA) == []


def test_tevkifat_as_in_gibs_sample(write, faults):
    xml = write(EFATURA, lines=[line(unit_price="20000", kdv_rate="18", withholding_code="606")])
    facts = parse(xml)
    assert facts.type_code == "TEVKIFAT"
    assert (facts.tax_total, facts.payable) == (Decimal("360.00"), Decimal("20360.00"))
    assert text(xml, "WithholdingTaxTotal/TaxAmount") == ["3240.00"]
    assert text(xml, "LegalMonetaryTotal/TaxInclusiveAmount") == ["23600.00"]
    assert faults(xml, EFATURA) == []


def test_full_tevkifat_and_a_taxed_line_stand_on_one_invoice(write, faults):
    xml = write(EFATURA, lines=[line(withholding_code="801"), line(withholding_code="616"), line()])
    assert text(xml, "WithholdingTaxTotal/TaxSubtotal/Percent") == ["100", "50"]
    assert parse(xml).payable_kurus == 300_00 + 60_00 - 20_00 - 10_00
    assert faults(xml, EFATURA) == []


def test_an_older_withholding_percentage_may_be_given(write, faults):
    xml = write(EFATURA, lines=[line(withholding_code="612", withholding_rate="70")])
    assert faults(xml, EFATURA) == []
    xml = write(EFATURA, lines=[line(withholding_code="612", withholding_rate="60")])
    assert "sch-WithholdingTaxTotalCheck-3" in faults(xml, EFATURA)


def test_an_exemption_makes_an_istisna_invoice(write, faults):
    xml = write(EFATURA, lines=[line(kdv_rate="0", exemption_code="301")])
    assert parse(xml).type_code == "ISTISNA"
    assert text(xml, "TaxTotal/TaxSubtotal/TaxCategory/TaxExemptionReason") == ["11/1-a Mal ihracatı"]
    assert faults(xml, EFATURA) == []


def test_zero_kdv_that_is_no_exemption_is_code_351(write, faults):
    xml = write(EARSIV, lines=[line(kdv_rate="0", exemption_code="351"), line()])
    assert parse(xml).type_code == "SATIS"
    assert faults(xml, EARSIV) == []


def test_zero_kdv_without_a_code_is_refused(write, faults):
    assert "sch-TaxExemptionReasonCheck-1" in faults(write(EFATURA, lines=[line(kdv_rate="0")]), EFATURA)


def test_discounts_of_lines_and_document_lower_the_tax_base(write, faults):
    lines = [
        line(unit_price="200", discounts=[{"percent": "10", "reason": "kampanya"}]),
        line(unit_price="100", kdv_rate="10", discounts=[{"amount": "20"}]),
    ]
    xml = write(EFATURA, lines=lines, discounts=[{"amount": "26", "reason": "sadakat"}])
    assert text(xml, "LegalMonetaryTotal/LineExtensionAmount") == ["260.00"]
    assert text(xml, "LegalMonetaryTotal/AllowanceTotalAmount") == ["26.00"]
    assert text(xml, "TaxTotal/TaxSubtotal/TaxableAmount") == ["162.00", "72.00"]
    assert parse(xml).payable_kurus == 234_00 + 32_40 + 7_20
    assert faults(xml, EFATURA) == []


def test_a_discount_above_its_base_is_refused(write):
    with pytest.raises(InvalidDraft) as refusal:
        write(EFATURA, lines=[line(discounts=[{"amount": "100.01"}])])
    (finding,) = refusal.value.findings
    assert (finding.rule, finding.path) == ("EB-DISCOUNT", "lines[0].discounts[0]")


def test_a_foreign_currency_carries_its_rate(write, faults):
    xml = write(EFATURA, currency="USD", exchange_rate="41.234567")
    assert text(xml, "PricingExchangeRate/CalculationRate") == ["41.234567"]
    assert parse(xml).currency == "USD"
    assert faults(xml, EFATURA) == []


def test_a_return_names_the_invoice_it_returns(write, faults):
    returned = [{"number": "BRA2026000000007", "date": "2026-11-01"}]
    assert faults(write(EFATURA, returned_invoices=returned), EFATURA) == []
    assert faults(write(EARSIV, returned_invoices=returned), EARSIV) == []
    ticari = write(EFATURA, returned_invoices=returned).replace(b">TEMELFATURA<", b">TICARIFATURA<")
    assert faults(ticari, EFATURA) == ["sch-InvoiceTypeCodeCheck-2"]
    with pytest.raises(InvalidDraft) as refused:
        write(EFATURA, returned_invoices=returned, profile="TICARIFATURA")
    assert [(found.rule, found.path) for found in refused.value.findings] == [("EB-TYPE", "type_code")]


def test_a_return_without_reference_is_refused(write, faults):
    plain = write(EFATURA).replace(b">SATIS<", b">IADE<")
    assert faults(plain, EFATURA) == ["sch-IADEInvioceCheck-1"]
    with pytest.raises(InvalidDraft) as refused:
        write(EFATURA, type_code="IADE")
    assert [(found.rule, found.path) for found in refused.value.findings] == [("EB-TYPE-NEEDS", "returned_invoices")]


def test_order_despatch_payment_and_notes_are_on_the_invoice(write, faults):
    xml = write(
        EFATURA,
        order={"number": "SIP-42", "date": "2026-11-01"},
        despatches=[{"number": "IRS2026000000009", "date": "2026-11-02"}],
        payment={"means_code": "42", "due_date": "2026-12-22", "iban": "TR33 0006 1005 1978 6457 8413 26"},
        notes=["Bir", "", "İki & üç"],
    )
    assert text(xml, "Note") == ["Bir", "İki & üç"]
    assert text(xml, "PaymentMeans/PayeeFinancialAccount/ID") == ["TR330006100519786457841326"]
    assert faults(xml, EFATURA) == []


def test_a_name_with_ampersand_ninety_letters_and_both_turkish_i(write, faults):
    name = ("Işıl & İlkay İnşaat <Ithalat> " * 3)[:90]
    buyer = examples.example_json(EFATURA)["buyer"] | {"name": name}
    xml = write(EFATURA, buyer=buyer)
    assert parse(xml).customer.name == name.strip()
    assert faults(xml, EFATURA) == []


def test_a_buyer_without_email_is_fine(write, faults):
    buyer = examples.example_json(EARSIV)["buyer"] | {"email": ""}
    xml = write(EARSIV, buyer=buyer)
    assert parse(xml).customer.email == ""
    assert faults(xml, EARSIV) == []


def test_the_final_consumer_may_be_eleven_ones(write, findings):
    buyer = examples.example_json(EARSIV)["buyer"] | {"tckn": "11111111111"}
    assert findings(write(EARSIV, buyer=buyer), EARSIV) == []


def test_five_hundred_lines(write, faults):
    xml = write(EFATURA, line_count=500)
    assert parse(xml).line_count == 500
    assert faults(xml, EFATURA) == []


def test_a_despatch_with_carrier_trailer_and_paper_note(write, faults):
    xml = write(
        EIRSALIYE,
        drivers=[],
        plate=None,
        carrier={"vkn": examples.vkn(9), "name": "Hızlı Nakliyat A.Ş.", "district": "Tuzla", "city": "İstanbul"},
        trailer_plates=["06DE123"],
        paper={"number": "A-000123", "date": "2026-11-20"},
        order={"number": "SIP-1", "date": "2026-11-01"},
    )
    assert parse(xml).type_code == "MATBUDAN"
    assert faults(xml, EIRSALIYE) == []


def test_a_producer_receipt_pays_gross_less_deductions(write, faults):
    lines = [{"name": "Buğday", "quantity": "2000", "unit": "kg", "unit_price": "1"}]
    deductions = [{"code": c, "percent": p} for c, p in (("0003", "2"), ("9040", "0.1"), ("SGK_PRIM", "1"))]
    xml = write(EMM, lines=lines, deductions=deductions)
    assert text(xml, "TaxTotal/TaxSubtotal/TaxAmount") == ["40.00", "2.00", "20.00"]
    assert parse(xml).payable_kurus == 1938_00
    assert faults(xml, EMM) == []


def test_a_producer_receipt_without_deductions(write, faults):
    xml = write(EMM, deductions=[])
    assert faults(xml, EMM) == []


def test_the_type_given_by_the_client_wins(write):
    draft = read_draft(examples.example_json(EFATURA) | {"type_code": "SATIS"})
    assert type_code(draft) == "SATIS"
    exempt = line(kdv_rate="0", exemption_code="301")
    assert parse(write(EFATURA, lines=[exempt])).type_code == "ISTISNA"
    assert parse(write(EFATURA, lines=[exempt], type_code="KOMISYONCU")).type_code == "KOMISYONCU"
