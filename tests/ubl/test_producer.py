"""Rules of ours for the e-Müstahsil Makbuzu, one by one."""

import pytest

from ebelge.ubl.parse import parse
from ebelge.ubl.taxes import taxes_of
from ebelge.ubl.types import DocumentKind

EMM = DocumentKind.EMM
BODY = {
    "lines": [{"name": "Buğday", "quantity": "2000", "unit": "kg", "unit_price": "1"}],
    "deductions": [{"code": "0003", "percent": "2"}, {"code": "SGK_PRIM", "percent": "1"}],
}
TRY = b' currencyID="TRY">'


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"<cbc:UBLVersionID>2.1", b"<cbc:UBLVersionID>2.0", "EMM-VERSION"),
        (b"<cbc:CustomizationID>TR1.2.1", b"<cbc:CustomizationID>TR1.2", "EMM-CUSTOMIZATION"),
        (b"<cbc:ProfileID>EARSIVBELGE", b"<cbc:ProfileID>EARSIVFATURA", "EMM-PROFILE"),
        (b"MUSTAHSILMAKBUZ<", b"MUSTAHSILMAKBUZU<", "EMM-TYPE"),
        (b"<cbc:CreditNoteTypeCode>MUSTAHSILMAKBUZ</cbc:CreditNoteTypeCode>", b"", "EMM-TYPE"),
        (b"<cbc:CopyIndicator>false", b"<cbc:CopyIndicator>true", "EMM-COPY"),
        (b"<cbc:ID>AKN2026000000001", b"<cbc:ID>42", "EMM-NUMBER"),
        (b"<cbc:IssueTime>10:30:00</cbc:IssueTime>", b"", "EMM-TIME"),
        (b"<cbc:DocumentCurrencyCode>TRY", b"<cbc:DocumentCurrencyCode>TL", "EMM-CURRENCY"),
        (
            b'schemeID="VKN">4810573263</cbc:ID>\n\t\t\t</cac:PartyIdentification>\n\t\t\t<cac:PartyName',
            b'schemeID="VKN">48</cbc:ID>\n\t\t\t</cac:PartyIdentification>\n\t\t\t<cac:PartyName',
            "EMM-SUPPLIER-ID",
        ),
        (b'schemeID="TCKN"', b'schemeID="MUSTERINO"', "EMM-FARMER-ID"),
        (b"<cbc:FirstName>Fatma", b"<cbc:FirstName>", "EMM-FARMER-NAME"),
        (b'unitCode="KGM"', b'unitCode="KILO"', "EMM-UNIT"),
        (b"<cbc:Name>Bu\xc4\x9fday", b"<cbc:Name>", "EMM-ITEM"),
        (b"<cbc:PriceAmount" + TRY + b"1", b"<cbc:PriceAmount" + TRY + b"2", "EMM-LINE-SUM"),
        (b"<cbc:TaxTypeCode>0003", b"<cbc:TaxTypeCode>0015", "EMM-DEDUCTION-CODE"),
        (b"<cbc:TaxTypeCode>SGK_PRIM", b"<cbc:TaxTypeCode>0003", "EMM-DEDUCTION-TWICE"),
        (b"<cbc:Percent>2</cbc:Percent>", b"", "EMM-DEDUCTION-PERCENT"),
        (b"<cbc:Percent>2<", b"<cbc:Percent>4<", "EMM-DEDUCTION-SUM"),
        (b"<cbc:TaxAmount" + TRY + b"60.00", b"<cbc:TaxAmount" + TRY + b"61.00", "EMM-TAX-TOTAL"),
        (b"<cbc:PayableAmount" + TRY + b"1940.00", b"<cbc:PayableAmount" + TRY + b"2000.00", "EMM-PAYABLE"),
        (b"<cbc:PayableAmount" + TRY + b"1940.00", b"<cbc:PayableAmount" + TRY + b"1940.001", "EMM-AMOUNT"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_each_rule_speaks(write, findings, old, new, rule):
    xml = write(EMM, **BODY)
    assert old in xml
    found = findings(xml.replace(old, new), EMM)
    assert rule in {f.rule for f in found}
    for finding in found:
        assert finding.line and finding.message_tr and finding.message_en and finding.mend_tr and finding.mend_en


def test_the_sum_of_the_lines_is_checked(write, faults):
    xml = write(EMM, **BODY)
    head, tail = xml.split(b"<cac:LegalMonetaryTotal>")
    broken = head + b"<cac:LegalMonetaryTotal>" + tail.replace(TRY + b"2000.00", TRY + b"2100.00", 1)
    assert "EMM-LINES-SUM" in faults(broken, EMM)


def test_a_second_tax_total_is_refused(write, faults):
    xml = write(EMM, **BODY)
    start, end = xml.index(b"<cac:TaxTotal>"), xml.index(b"</cac:TaxTotal>") + len(b"</cac:TaxTotal>")
    twice = xml[:end] + xml[start:end] + xml[end:]
    assert "EMM-TAX-TOTALS" in faults(twice, EMM)


def test_gibs_schema_holds_too(write, faults):
    xml = write(EMM, **BODY).replace(b"<cac:LegalMonetaryTotal>", b"<cac:WithholdingTaxTotal/><cac:LegalMonetaryTotal>")
    assert any(rule.startswith("xsd-") for rule in faults(xml, EMM))


def test_the_samples_of_the_trade(shared_dir, findings):
    folder = shared_dir / "gib" / "samples" / "mustahsil"
    rules = {
        p.name: [f.rule for f in findings(p.read_bytes(), EMM) if f.severity == "error"] for p in folder.glob("*.xml")
    }
    assert rules["ornek_mustahsil_makbuzu.xml"] == []
    assert any(rule.startswith("xsd-") for rule in rules["izibiz_mustahsil_vergisiz.xml"])


def test_its_base_is_the_price_of_the_goods_and_not_what_is_left_of_it(write):
    taxes = taxes_of(parse(write(EMM, **BODY)).tree)
    assert (taxes.base_kurus, taxes.kdv_kurus, taxes.other_kurus) == (2_000_00, 0, 60_00)
    assert {line.base_kurus for line in taxes.lines} == {2_000_00}
