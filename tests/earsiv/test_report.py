"""The report: its values are those of the signed documents, and GİB's own schema and stylesheet take it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from lxml import etree
from saxonche import PySaxonProcessor

from ebelge.gib import earsiv_report
from ebelge.gib.earsiv_lines import NotReportable, SignedFile, line_of
from ebelge.gib.earsiv_nodes import EARSIV
from ebelge.gib.earsiv_report import Header, ReportInvalid, build, cancel_line, objection_line
from ebelge.signing.document import EARSIV_REPORT
from ebelge.signing.signer import sign
from ebelge.signing.verify import verify
from ebelge.ubl.examples import AKIN
from tests.earsiv.conftest import NOW, URL

INTERNET = {
    "web_address": "https://www.akin.example", "payment_way": "ODEMEARACISI", "payment_agent": "Örnek Ödeme A.Ş.",
    "payment_date": NOW.date().isoformat(),
}  # fmt: skip


TAXED = {
    "name": "Araç", "quantity": "1", "unit_price": "1000", "kdv_rate": "20",
    "other_taxes": [{"code": "9077", "rate": "220"}, {"code": "0071", "amount": "12.34"}],
}  # fmt: skip


def header(**changes):
    return Header(**{
        "taxpayer": AKIN.vkn_tckn, "preparer": "9876543217", "report_id": uuid4(), "day": NOW.date(), "part": 1,
    } | changes)  # fmt: skip


@pytest.fixture(scope="module")
def lines(signed):
    paper = line_of("earsiv", signed("earsiv", "EAR2026000000001", sending="KAGIT", lines=[TAXED]))
    sold = line_of("earsiv", signed("earsiv", "INT2026000000001", internet_sale=INTERNET))
    receipt = line_of("emm", signed("emm", "EMM2026000000001"))
    return [
        paper, sold, receipt,
        cancel_line("earsiv", number="EAR2026000000003", on=NOW.date(), total=Decimal(250)),
        cancel_line("emm", number="EMM2026000000002", on=NOW.date(), total=Decimal("100.5")),
        objection_line("earsiv", number="EAR2026000000004", paper_date=NOW.date(), paper_number="KEP-1", way="KEP",
                       text="örnek"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def report(lines, seal):
    one = header()
    return one, sign(build(one, lines), seal, at=NOW, placement=EARSIV_REPORT)


def test_gibs_schema_takes_the_signed_report(report, report_schema):
    report_schema.assertValid(etree.fromstring(report[1]))


def test_gibs_stylesheet_finds_nothing_in_it(report, shared_dir, tmp_path):
    (tmp_path / "report.xml").write_bytes(report[1])
    with PySaxonProcessor(license=False) as processor:
        compiled = processor.new_xslt30_processor().compile_stylesheet(
            stylesheet_file=str(shared_dir / "gib/schematron/earsiv-1.1_6/earsiv_schematron.xsl")
        )
        said = compiled.transform_to_string(source_file=str(tmp_path / "report.xml"))
    assert etree.tostring(etree.fromstring(f"<x>{said.partition('?>')[2]}</x>"), method="text").strip() == b""


def test_the_signature_is_the_last_child_of_the_header_and_holds(report, ca):
    root = etree.fromstring(report[1])
    assert root[0][-1].tag == "{http://www.w3.org/2000/09/xmldsig#}Signature"
    proven = verify(report[1], trust=[ca.certificate], placement=EARSIV_REPORT)
    assert (proven.vkn_tckn, proven.trusted) == (AKIN.vkn_tckn, True)


def test_each_value_is_that_of_the_signed_invoice(signed):
    file = signed("earsiv", "EAR2026000000001", sending="KAGIT", lines=[TAXED])
    line, invoice = line_of("earsiv", file), etree.fromstring(file.xml)
    total = "{*}LegalMonetaryTotal/{*}"
    for name, path in {
        "faturaNo": "{*}ID", "faturaUUID": "{*}UUID", "duzenlenmeTarihi": "{*}IssueDate",
        "duzenlenmeZamani": "{*}IssueTime", "toplamTutar": f"{total}LineExtensionAmount",
        "odenecekTutar": f"{total}PayableAmount", "vergiBilgisi/{*}vergilerToplami": "{*}TaxTotal/{*}TaxAmount",
    }.items():  # fmt: skip
        assert line.findtext(f"{{*}}{name}") == invoice.findtext(path), name
    assert line.findtext("{*}ozetDeger") == earsiv_report.sha256_hex(file.xml)
    assert line.findtext("{*}dosyaAdi") == f"{invoice.findtext('{*}UUID')}.xml"
    assert (line.findtext("{*}gonderimSekli"), line.findtext("{*}faturaUrl")) == ("KAGIT", URL)
    assert [
        (one.findtext("{*}matrah"), one.findtext("{*}vergiTutari"), one.findtext("{*}vergiKodu"))
        for one in line.iter(f"{EARSIV}vergi")
    ] == [
        (one.findtext("{*}TaxableAmount"), one.findtext("{*}TaxAmount"), one.findtext(".//{*}TaxTypeCode"))
        for one in invoice.iterfind("{*}TaxTotal/{*}TaxSubtotal")
    ]
    assert [one.text for one in line.iter(f"{EARSIV}vergiOrani")] == ["220", "0", "20"]


def test_tevkifat_stands_with_code_amount_and_rate(signed):
    goods = {"name": "Temizlik", "quantity": "1", "unit_price": "1000", "kdv_rate": "20", "withholding_code": "612"}
    held = line_of("earsiv", signed("earsiv", "EAR2026000000002", lines=[goods])).find(f".//{EARSIV}tevkifat")
    assert held is not None
    assert [child.text for child in held] == ["612", "180.00", "90"]


def test_an_internet_sale_says_where_how_and_when(lines):
    sale = lines[1].find(f"{EARSIV}internetSatisBilgi")
    assert sale is not None
    assert sale.findtext("{*}webAdresi") == INTERNET["web_address"]
    assert sale.findtext("{*}odemeSekli") == "ODEMEARACISI"
    assert sale.findtext("{*}odemeAracisiAdi") == "Örnek Ödeme A.Ş."
    assert sale.findtext("{*}odemeTarihi") == INTERNET["payment_date"]
    assert sale.findtext("{*}gonderiBilgileri/{*}gonderiTasiyan/{*}tuzelKisi/{*}vkn") == AKIN.vkn_tckn


def test_the_period_is_the_calendar_month_and_the_part_is_the_day():
    root = etree.fromstring(build(
        header(day=date(2028, 2, 29), part=7), [cancel_line("earsiv", number="EAR2028000000001", on=NOW.date(),
                                                            total=Decimal(1))],
    ))  # fmt: skip
    assert [root[0].findtext(f"{{*}}{name}") for name in (
        "donemBaslangicTarihi", "donemBitisTarihi", "bolumBaslangicTarihi", "bolumBitisTarihi", "bolumNo"
    )] == ["2028-02-01", "2028-02-29", "2028-02-29", "2028-02-29", "7"]  # fmt: skip


def test_a_number_twice_and_a_report_without_lines_are_refused():
    twice = [cancel_line("earsiv", number="EAR2026000000001", on=NOW.date(), total=Decimal(1)) for _ in range(2)]
    for wrong in (twice, []):
        with pytest.raises(ReportInvalid):
            build(header(), wrong)


def test_a_document_that_names_no_tax_is_not_reportable(signed):
    file = signed("earsiv", "EAR2026000000009")
    root = etree.fromstring(file.xml)
    for total in root.findall("{*}TaxTotal"):
        root.remove(total)
    with pytest.raises(NotReportable):
        line_of("earsiv", SignedFile(etree.tostring(root), "0" * 64, NOW, "KAGIT", URL))


def test_the_same_report_packs_to_the_same_bytes(report):
    one, data = report
    assert earsiv_report.pack(data, report_id=one.report_id) == earsiv_report.pack(data, report_id=one.report_id)
