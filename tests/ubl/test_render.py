"""The readable view: the heading that GİB wants, Turkish figures, nothing from outside, no script."""

import re
from datetime import date, time
from uuid import uuid4

import pytest
from lxml import etree

from ebelge.ubl import karekod, type_examples
from ebelge.ubl.build import build
from ebelge.ubl.draft import read_draft
from ebelge.ubl.examples import AKIN, signatory
from ebelge.ubl.reading import read_tree
from ebelge.ubl.render import html
from ebelge.ubl.types import DocumentKind
from tests.ubl.kinds import UBL_KINDS

EFATURA, EARSIV, EIRSALIYE, EMM, ESMM = DocumentKind
LINE = {"name": "Vana", "quantity": "1234.5", "unit": "kg", "unit_price": "1000", "kdv_rate": "20"}


def view(xml: bytes) -> etree._Element:
    return etree.HTML(html(xml))


@pytest.mark.parametrize("kind", UBL_KINDS)
def test_the_heading_stands_at_the_top_centre(write, kind):
    page = view(write(kind))
    assert page.xpath("string(//header/section[@class='title']/h1)") == kind.heading
    assert "AKN2026000000001" in page.xpath("string(//header/section[@class='title'])")


@pytest.mark.parametrize("kind", UBL_KINDS)
def test_on_a_narrow_screen_each_cell_says_what_its_column_said(write, kind):
    """The head of the table is hidden there and the cells stand below one another, named by data-n."""
    discount = {} if kind in (EIRSALIYE, EMM) else {"lines": [LINE, LINE | {"discounts": [{"percent": "10"}]}]}
    page = view(write(kind, **discount))
    heads = page.xpath("//table[@class='lines']/thead//th")
    for row in page.xpath("//table[@class='lines']/tbody/tr"):
        named = [cell.get("data-n", head.text) for cell, head in zip(row, heads, strict=True)]
        assert named == [head.text for head in heads]
        assert [cell.get("class") for cell in row if cell.get("data-n") is None] == [None, "t"]
    style = page.xpath("string(//style)")
    narrow = style[style.index("@media screen and (max-width:720px)") : style.index("@page")]
    assert ".lines thead{display:none}" in narrow and "content:attr(data-n)" in narrow


@pytest.mark.parametrize("kind", UBL_KINDS)
def test_nothing_is_loaded_and_nothing_runs(write, kind):
    text = html(write(kind)).decode()
    assert text.startswith("<!DOCTYPE html")
    text = text.replace(' src="data:image/svg+xml;base64,', "")  # the QR code
    assert not re.search(r"<script|<link|<img [^>]*src|<iframe|\son\w+=|javascript:|url\(|@import|https?://", text)
    assert "charset=UTF-8" in text


def test_figures_are_written_the_turkish_way(write):
    page = view(write(EFATURA, lines=[LINE]))
    text = " ".join(page.xpath("//table[contains(@class,'lines')]//td//text()"))
    assert "1.234,5\xa0kg" in text and "1.234.500,00\xa0TL" in text and "%20" in text
    assert "1.481.400,00\xa0TL" in page.xpath("string(//tr[@class='due'])")
    assert "22.11.2026" in page.xpath("string(//table[@class='facts'])")


@pytest.mark.parametrize(
    ("stands", "shown"),
    [
        ("1219326311.23", "1.219.326.311,23\xa0TL"),
        ("90071992547409.93", "90.071.992.547.409,93\xa0TL"),
        ("12345.678901", "12.345,678901\xa0TL"),
        ("-0.5", "-0,50\xa0TL"),
        (".07", "0,07\xa0TL"),
        ("+1000", "1.000,00\xa0TL"),
        ("2.50000000", "2,50\xa0TL"),
    ],
)
def test_an_amount_is_shown_as_it_stands_and_never_as_a_binary_fraction(write, stands, shown):
    xml = re.sub(rb"(<cbc:PayableAmount [^>]*>)[^<]+", rf"\g<1>{stands}".encode(), write(EFATURA))
    assert view(xml).xpath("string(//tr[@class='due']/td)") == shown


def test_what_is_withheld_and_exempt_is_shown(write):
    lines = [LINE | {"withholding_code": "606"}, LINE | {"kdv_rate": "0", "exemption_code": "351"}]
    text = view(write(EFATURA, lines=lines)).xpath("string(//section[@class='sums'])")
    assert "KDV tevkifatı 606 (%90)" in text
    assert "KDV istisnası 351: İstisna olmayan diğer" in text


def test_foreign_currency_shows_its_rate(write):
    text = view(write(EFATURA, currency="USD", exchange_rate="41.25")).xpath("string(//main)")
    assert "Kur: 1 USD = 41,25\xa0TRY" in text
    assert "\xa0USD" in text


def test_markup_in_a_name_is_text(write):
    name = "<script>alert(1)</script> & 'Işık'"
    page = view(write(EFATURA, lines=[LINE | {"name": name}], notes=["<img src=x onerror=1>"]))
    assert not page.xpath("//script|//img[@alt!='Karekod']")
    assert name in page.xpath("string(//tbody)")


def test_plate_driver_and_delivery_address_are_on_the_despatch(write):
    text = view(write(EIRSALIYE)).xpath("string(//section[@class='boxes'])")
    assert "06ABC123" in text and "Deniz Kaya" in text and "Aliağa" in text


def test_deductions_are_on_the_producer_receipt(write):
    text = view(write(EMM)).xpath("string(//section[@class='sums'])")
    assert "GV STOPAJI (%2)" in text and "SGK PRİM KESİNTİSİ (%1)" in text


def test_a_document_with_an_evil_stylesheet_is_shown_by_ours(write):
    xml = re.sub(rb'(mimeCode="application/xml">)[^<]+', rb"\1PHNjcmlwdD4=", write(EFATURA))
    assert b"<h1>e-Fatura</h1>" in html(xml)


def test_samples_can_be_shown(shared_dir):
    for folder in ("fatura", "earsiv", "irsaliye", "mustahsil"):
        for path in sorted((shared_dir / "gib" / "samples" / folder).glob("*.xml")):
            assert view(path.read_bytes()).xpath("string(//h1)"), path.name


@pytest.mark.parametrize(
    ("profile", "type_code", "words"),
    [
        ("IHRACAT", "ISTISNA", ["Yurt dışındaki alıcı", "Müller & Söhne GmbH", "Hamburg", "CIF", "GTİP 730630770000"]),
        ("YOLCUBERABERFATURA", "ISTISNA", ["Anna Schmidt", "Pasaport C01X00T47", "Aracı kurum", "İade Aracılık A.Ş."]),
        ("HKS", "HKSSATIS", ["KUNYENO 3512345678901234567"]),
        ("ENERJI", "SARJ", ["Dönem", "02.11.2025\xa008:00 – 02.11.2025\xa009:15"]),
        ("YATIRIMTESVIK", "SATIS", ["Teşvik belgesi", "Seri no TRN-2026-081", "Model CNC torna"]),
    ],
)
def test_what_a_kind_of_invoice_adds_is_on_the_page(profile, type_code, words):
    xml = build(
        read_draft(type_examples.example(profile, type_code)), supplier=AKIN, kind=EFATURA, number="AKN2026000000001",
        ettn=uuid4(), issue_date=date(2026, 11, 30), issue_time=time(10, 20), signatory=signatory(),
    )  # fmt: skip
    text = view(xml).xpath("string(//main)")
    assert [word for word in words if word not in text] == []
    if profile == "YOLCUBERABERFATURA":
        said = karekod.payload(read_tree(xml))
        assert '"pasaportno":"C01X00T47","aracikurumvkn":"4810000775"' in said
