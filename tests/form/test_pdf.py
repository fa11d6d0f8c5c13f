"""PDFs: archivable, with the signed document inside, right in Turkish, and nothing is fetched for them."""

import io
import os
import shutil
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime

import pikepdf
import pytest

from ebelge.paper import pdf
from ebelge.paper.errors import Failed, PdfTooLarge, PdfUnavailable
from ebelge.paper.helpers import helpers
from ebelge.ubl import render

ISSUED = datetime(2026, 11, 30, 7, 20, tzinfo=UTC)


def facts(xml=b""):
    return pdf.Facts(title="e-Arşiv Fatura AKN2026000000001", author="Akın Ltd. Şti.", issued_at=ISSUED, xml=xml)


@pytest.fixture(scope="module")
def printed(document):
    """A PDF of an e-Arşiv document, and the document."""
    xml = document(lines=40)
    return pdf.made(render.html(xml), facts(xml)), xml


def text_of(data, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (apt-get install poppler-utils)")
    (tmp_path / "a.pdf").write_bytes(data)
    return subprocess.run(["pdftotext", "-layout", tmp_path / "a.pdf", "-"], capture_output=True, text=True).stdout


def test_it_is_pdf_a_3b_with_the_document_inside_byte_for_byte(printed):
    data, xml = printed
    with pikepdf.open(io.BytesIO(data)) as opened:
        root = opened.Root
        (intent,) = root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert len(intent.DestOutputProfile.read_bytes()) > 100
        meta = opened.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "B")
        assert meta["dc:title"] == "e-Arşiv Fatura AKN2026000000001"
        assert str(opened.docinfo["/Author"]) == "Akın Ltd. Şti."
        (associated,) = root.AF
        assert associated.AFRelationship == "/Source"
        assert associated.UF == "belge.xml"
        ((name, file),) = opened.attachments.items()
        assert name == "belge.xml"
        assert file.get_file().read_bytes() == xml
        assert associated.EF.F.Subtype == "/text/xml"
        assert "/JavaScript" not in root.get("/Names", {})
        for page in opened.pages:
            assert [round(float(side)) for side in page.mediabox] == [0, 0, 595, 842]
            for font in page.resources.Font.values():
                inner = font.DescendantFonts[0].FontDescriptor
                assert "/FontFile2" in inner or "/FontFile3" in inner


def test_its_tools_find_no_fault(printed, tmp_path):
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed (apt-get install qpdf)")
    (tmp_path / "a.pdf").write_bytes(printed[0])
    done = subprocess.run(["qpdf", "--check", tmp_path / "a.pdf"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    if shutil.which("verapdf") is not None:
        done = subprocess.run(["verapdf", "--flavour", "3b", tmp_path / "a.pdf"], capture_output=True, text=True)
        assert 'isCompliant="true"' in done.stdout, done.stdout


def test_turkish_letters_and_page_numbers_are_on_the_paper(printed, tmp_path):
    text = text_of(printed[0], tmp_path)
    assert "Akın Endüstri Ltd. Şti." in text
    assert "Ceren Işık" in text
    assert "Çelik boru" in text
    bare = text.replace(" ", "")
    assert "1/2" in bare
    assert "2/2" in bare
    assert text.partition("\f")[2].count("e-Arşiv Fatura AKN2026000000001") == 1  # which document the page is of
    assert text.count("Birim fiyat") == 2  # the head of the table stands on both pages


def test_the_same_page_gives_the_same_bytes(document):
    page = render.html(document(lines=1))
    assert pdf.made(page, facts()) == pdf.made(page, facts())


def test_nothing_is_fetched_for_a_page(tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"x")
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    web = f"http://127.0.0.1:{listener.getsockname()[1]}"
    page = (
        f'<link rel="stylesheet" href="{web}/a.css"><link rel="attachment" href="{secret.as_uri()}">'
        f'<style>@import "{web}/b.css"; @font-face{{font-family:x;src:url({web}/c.ttf)}} p{{font-family:x;'
        f'background:url({web}/d.png)}}</style><p>İyi<img src="{web}/e.png"><img src="{secret.as_uri()}">'
        f"<object data='{web}/f.svg'></object>"
    ).encode()
    with pikepdf.open(io.BytesIO(pdf.made(page, facts()))) as opened:
        assert len(opened.pages) == 1
        assert not opened.attachments
    with pytest.raises(BlockingIOError):
        listener.accept()
    listener.close()


def test_a_page_that_takes_too_long_is_refused_and_the_next_one_printed(document):
    endless = b"<p>" + b"<span style='padding:1px'>a</span> " * 60_000
    began = time.monotonic()
    with pytest.raises(Failed) as failed:
        helpers().print([b'{"title":"","author":"","issued_at":""}', endless, b""], wall_s=1.0, bytes_max=10**6)
    assert failed.value.reason == "time"
    assert time.monotonic() - began < 5
    assert pdf.made(render.html(document(lines=1)), facts()).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("reason", "refusal", "word"),
    [
        ("time", PdfTooLarge, "a browser can save"),
        ("memory", PdfTooLarge, "a browser can save"),
        ("missing", PdfUnavailable, "lacks libraries or fonts"),
        ("message", PdfUnavailable, "No PDF"),
    ],
)
def test_what_cannot_be_printed_has_words(reason, refusal, word):
    said = pdf.refusal(Failed(reason, "apt-get install x"))
    assert isinstance(said, refusal)
    assert word in said.detail_en


def test_a_machine_without_fonts_says_what_to_install(tmp_path):
    (tmp_path / "fonts.conf").write_text("<?xml version='1.0'?><fontconfig><dir>/nowhere</dir></fontconfig>")
    done = subprocess.run(
        [sys.executable, "-c", "from ebelge.paper import pdf_helper; pdf_helper.Press()"],
        env={"FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert "apt-get install" in done.stderr
    assert "Failed: missing" in done.stderr
