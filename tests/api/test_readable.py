"""Documents to read over the API: designs of one's own, PDFs, many at once."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from uuid import UUID, uuid4

import pikepdf
import pytest
from click.testing import CliRunner

from ebelge.archive.store import open_store
from ebelge.cli.main import cli
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.documents import bundle, queries
from ebelge.documents.sign import SIGNED_NAME
from ebelge.ubl import embedded, stylesheet
from ebelge.ubl.reading import read_tree
from tenants import accounts

XSLT = (
    '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"><xsl:output method="html"/>'
    '<xsl:template match="/"><html><body><h1>Bizim tasarım %s <xsl:value-of select="//cbc:ID"/></h1>'
    '<div id="qrcode"/><script>alert(1)</script></body></html></xsl:template></xsl:stylesheet>'
)


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def design(caller):
    """A design of Bora's for a kind, with this stylesheet."""

    def make(kind: str, mark: str = "bir") -> tuple[str, str]:
        bora = caller("bora")
        made = bora.post("/designs", json={"kind": kind, "name": f"{kind}-{uuid4().hex[:6]}"}).get_json()
        path = f"/designs/{made['design_id']}"
        bora.post(f"{path}/default")
        answer = bora.post(f"{path}/versions", json={"xslt_base64": coded(XSLT % mark), "xslt_name": "a.xslt"})
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return path, answer.get_json()["xslt_sha256"]

    return make


def source_of(bora, sent) -> bytes:
    return bora.get(f"/documents/{sent['document_id']}/xml?form=source").data


def text_of(bora, sent) -> str:
    return bora.get(f"/documents/{sent['document_id']}/html").get_data(as_text=True)


def test_a_document_keeps_the_stylesheet_it_was_accepted_with(bora, design) -> None:
    before = bora.send("emm").get_json()
    path, digest = design("emm")
    first = bora.send("emm", n=2).get_json()
    assert bora.post(f"{path}/versions", json={"keep_xslt": True, "notes": ["x"]}).get_json()["xslt_sha256"] == digest
    bora.post(f"{path}/versions", json={"xslt_base64": coded(XSLT % "iki")})
    second = bora.send("emm", n=3).get_json()
    assert bora.post(f"{path}/versions", json={"notes": ["Bizim not"]}).get_json()["xslt_name"] is None
    last = bora.send("emm", n=4).get_json()
    assert "Bizim" not in text_of(bora, before)
    for sent, mark in ((before, None), (first, "bir"), (second, "iki"), (last, None)):  # what others show it by
        inside = embedded.stylesheet(source_of(bora, sent))
        assert (inside == (XSLT % mark).encode()) is (mark is not None)
        assert mark is not None or inside == stylesheet.source(read_tree(source_of(bora, sent)))
    assert f"Bizim tasarım bir {first['number']}" in text_of(bora, first)
    assert "Bizim tasarım iki" in text_of(bora, second)
    assert "<script" not in text_of(bora, second)
    assert "Bizim not" in text_of(bora, last)
    assert "Bizim tasarım" not in text_of(bora, last)


def test_a_hostile_stylesheet_is_refused_and_nothing_is_stored(bora, design, assert_problem) -> None:
    path, _ = design("eirsaliye")
    for body, line in ((XSLT.replace("<h1>", "\n<xsl:include href='x'/><h1>"), 2), ("no XML", 1)):
        answer = bora.post(f"{path}/versions", json={"xslt_base64": coded(body.replace("%s", ""))})
        assert assert_problem(answer, 422, "design_refused")["line"] == line
    assert bora.get("/designs").get_json()["items"][-1]["version"] >= 1
    assert_problem(bora.post(f"{path}/versions", json={"xslt_base64": "%%%"}), 400, "invalid_request")


def test_a_design_is_seen_before_it_is_used(akin, bora, design, assert_problem) -> None:
    path, _ = design("earsiv")
    sent = bora.send("earsiv").get_json()
    example = bora.post(f"{path}/preview", json={})
    assert "Bizim tasarım bir ORN2026000000001" in example.get_data(as_text=True)
    assert example.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    own = bora.post(f"{path}/preview", json={"document_id": sent["document_id"], "xslt_base64": coded(XSLT % "yeni")})
    assert f"Bizim tasarım yeni {sent['number']}" in own.get_data(as_text=True)
    theirs = akin.send("earsiv").get_json()
    assert_problem(bora.post(f"{path}/preview", json={"document_id": theirs["document_id"]}), 404, "not_found")
    assert_problem(akin.post(f"{path}/preview", json={}), 404, "not_found")


def test_a_signed_documents_pdf_holds_the_signed_xml(app, akin, assert_problem) -> None:
    sent = akin.send("earsiv").get_json()
    path = f"/documents/{sent['document_id']}"
    link = "/b/" + sent["links"]["buyer"].rpartition("/")[2]
    assert app.test_client().get(f"{link}/document.pdf").status_code == 404
    unsigned = akin.get(f"{path}/pdf")
    assert (unsigned.status_code, unsigned.content_type) == (200, "application/pdf")
    source = akin.get(f"{path}/xml?form=source").data
    with tenant_session(akin.tenant_id) as session:
        row = queries.lock(session, tenant_id=akin.tenant_id, document_id=UUID(sent["document_id"]))
        stored = open_store().put(akin.tenant_id, row.ettn, SIGNED_NAME, source)
        row.state, row.signed_sha256, row.signed_at = "signed", stored.sha256, utc_now()
    for answer in (akin.get(f"{path}/pdf"), app.test_client().get(f"{link}/document.pdf")):
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{sent["number"]}.pdf"'
        with pikepdf.open(io.BytesIO(answer.data)) as opened:
            ((name, file),) = opened.attachments.items()
            assert (name, file.get_file().read_bytes()) == (f"{sent['number']}.xml", source)
            assert opened.open_metadata()["dc:title"] == f"e-Arşiv Fatura {sent['number']}"
    assert "document.pdf" in app.test_client().get(link).get_data(as_text=True)
    assert_problem(akin.get(f"/documents/{uuid4()}/pdf"), 404, "not_found")


def test_documents_come_as_a_zip_within_bounds(akin, bora, assert_problem, monkeypatch) -> None:
    sent = [akin.send("efatura", n=n).get_json() for n in (1, 2)]
    month = sent[0]["issue_date"][:7]
    asked = f"/documents/zip?kind=efatura&month={month}&forms=xml,html,pdf"
    answer = akin.get(asked)
    assert answer.content_type == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    manifest = json.loads(archive.read("manifest.json"))
    assert {one["number"] for one in manifest["documents"]} >= {one["number"] for one in sent}
    assert {name.rpartition(".")[2] for name in archive.namelist()} == {
        "xml",
        "html",
        "pdf",
        "json",
        "SHA256SUMS",
    }
    assert archive.read(f"efatura/{sent[0]['number']}.pdf").startswith(b"%PDF")
    named = akin.get(f"/documents/zip?documents={sent[0]['document_id']}&forms=xml")
    assert len(zipfile.ZipFile(io.BytesIO(named.data)).namelist()) == 3
    assert_problem(bora.get(f"/documents/zip?documents={sent[0]['document_id']}"), 404, "not_found")
    assert_problem(akin.get(f"{asked}&day_from=2026-01-01"), 400, "invalid_request")
    monkeypatch.setattr(bundle, "PRINTED_MAX", 1)
    assert assert_problem(akin.get(asked), 422, "too_many_documents")["limit"] == 1


def test_commands_write_the_same_files(akin, tmp_path) -> None:
    sent = akin.send("eirsaliye").get_json()
    with tenant_session(akin.tenant_id) as session:
        vkn = accounts.get(session, tenant_id=akin.tenant_id).vkn_tckn
    told = CliRunner().invoke(cli, ["pdf", vkn, sent["number"], str(tmp_path / "a.pdf")])
    assert "not signed yet" in told.output, told.output
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    asked = ["zip", vkn, str(tmp_path / "a.zip"), "--kind", "eirsaliye", "--form", "xml"]
    assert ": 1 documents" in CliRunner().invoke(cli, asked).output
    assert f"eirsaliye/{sent['number']}.xml" in zipfile.ZipFile(tmp_path / "a.zip").namelist()
    assert "is there already" in CliRunner().invoke(cli, asked).output
