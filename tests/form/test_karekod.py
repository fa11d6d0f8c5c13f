"""The QR code of the readable view: what it says by kind, and that others can read it."""

import base64
import json
import re
import shutil
import subprocess

import pytest
from lxml import etree

from ebelge.ubl import karekod, render
from ebelge.ubl.reading import read_tree
from ebelge.ubl.types import DocumentKind
from tests.ubl.kinds import UBL_KINDS

HEAD = ["vkntckn", "avkntckn", "senaryo", "tip", "tarih", "no", "ettn"]


def said(xml):
    text = karekod.payload(read_tree(xml))
    assert ", " not in text and '": ' not in text
    return json.loads(text)


def test_an_invoice_says_base_and_tax_of_each_rate(document):
    told = said(document(DocumentKind.EFATURA))
    assert list(told) == [
        *HEAD, "parabirimi", "malhizmettoplam", "kdvmatrah(20)", "hesaplanankdv(20)", "kdvmatrah(10)",
        "hesaplanankdv(10)", "kdvmatrah(1)", "hesaplanankdv(1)", "vergidahil", "odenecek",
    ]  # fmt: skip
    assert told["senaryo"] == "TEMELFATURA"
    assert told["tarih"] == "2026-11-30"
    assert told["malhizmettoplam"] == "1041.94"
    assert told["hesaplanankdv(20)"] == "42.85"
    assert said(document(DocumentKind.EARSIV))["senaryo"] == "EARSIVFATURA"


def test_two_parts_of_one_rate_are_one_pair(document):
    xml = document(DocumentKind.EFATURA).replace(b"<cbc:Percent>10</cbc:Percent>", b"<cbc:Percent>20.00</cbc:Percent>")
    told = said(xml)
    assert told["kdvmatrah(20)"] == "556.86"
    assert "kdvmatrah(10)" not in told


def test_a_despatch_says_when_and_by_whom(document):
    told = said(document(DocumentKind.EIRSALIYE))
    assert list(told) == [*HEAD, "sevktarihi", "sevkzamani", "tasiyicivkn", "plaka"]
    assert told["plaka"] == "06ABC123"


def test_a_producers_receipt_says_what_was_withheld(document):
    told = said(document(DocumentKind.EMM))
    assert list(told) == [
        *HEAD, "parabirimi", "malhizmettoplam", "gvstopaj", "merafonu", "borsatescilucreti", "sgkprimkesintisi",
        "odenecek",
    ]  # fmt: skip
    assert told["tip"] == "MUSTAHSILMAKBUZU"
    assert (told["gvstopaj"], told["sgkprimkesintisi"], told["merafonu"]) == ("318.02", "159.01", "0.00")


def test_a_receipt_of_a_profession_says_gross_withheld_and_net(document):
    xml = document(DocumentKind.EFATURA, lines=1).replace(b"TEMELFATURA", b"EARSIVBELGE")
    withheld = (
        b"<cac:WithholdingTaxTotal><cbc:TaxAmount currencyID='TRY'>42.85</cbc:TaxAmount><cac:TaxSubtotal>"
        b"<cbc:TaxAmount currencyID='TRY'>42.85</cbc:TaxAmount><cac:TaxCategory><cac:TaxScheme><cbc:TaxTypeCode>0003"
        b"</cbc:TaxTypeCode></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:WithholdingTaxTotal>"
    )
    told = said(xml.replace(b"<cac:LegalMonetaryTotal>", withheld + b"<cac:LegalMonetaryTotal>"))
    assert list(told) == [
        "vkntckn", "avkntckn", "tarih", "no", "ettn", "parabirimi", "brutucret", "tahsilkdv", "kdvtevkifat",
        "gvstopaj", "kdvtutari", "netucret", "tahsilat",
    ]  # fmt: skip
    assert (told["brutucret"], told["gvstopaj"], told["netucret"]) == ("214.26", "42.85", "171.41")


def test_every_view_has_the_code(document):
    for kind in UBL_KINDS:
        xml = document(kind)
        page = etree.HTML(render.html(xml))
        assert page.xpath("//*[@id='qrcode']/img/@src") == [karekod.picture(read_tree(xml))]


def test_what_no_code_can_hold_is_left_out(document):
    xml = document().replace(b"<cbc:ID>AKN2026000000001</cbc:ID>", b"<cbc:ID>" + b"A" * 3000 + b"</cbc:ID>")
    assert karekod.picture(read_tree(xml)) == ""
    assert "Karekod" not in render.html(xml).decode()


@pytest.mark.parametrize("kind", UBL_KINDS)
def test_a_reader_of_others_reads_what_we_wrote(document, tmp_path, kind):
    if shutil.which("zbarimg") is None:
        pytest.skip("zbarimg is not installed (apt-get install zbar-tools)")
    root = read_tree(document(kind))
    svg = base64.b64decode(karekod.picture(root).partition(",")[2]).decode()
    size = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    dots = [["0"] * size for _ in range(size)]
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg):
        dots[int(y)][int(x) : int(x) + int(width)] = "1" * int(width)
    scale = 4
    rows = [" ".join(dot for dot in row for _ in range(scale)) for row in dots for _ in range(scale)]
    file = tmp_path / "code.pbm"
    file.write_text(f"P1\n{size * scale} {size * scale}\n" + "\n".join(rows) + "\n")
    done = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqr.enable", file], capture_output=True)
    assert done.stdout.decode().strip() == karekod.payload(root)
