"""Documents on pages: listed, opened, downloaded; to a narrowed member the rest is as if it were not there."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.documents import submit
from ebelge.documents.models import Document, Series
from ebelge.documents.submission import Submission
from ebelge.documents.travel import health
from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind
from tenants import api_keys
from tenants.company.models import Branch


def send(tenant_id: UUID, kind: str, n: int = 1):
    at = utc_now()
    facts, answers = submit.check_all(
        [Submission(draft=example_json(DocumentKind(kind), n=n))], tenant_id=tenant_id, at=at
    )
    with tenant_session(tenant_id) as session:
        (document,) = submit.accept(session, tenant=facts, checked=answers, created_by="key:0123456789abcdef", at=at)
        return document


@pytest.fixture(scope="module")
def sent(world):
    """Two e-Arşiv invoices and one e-Müstahsil receipt of Akın's."""
    akin = UUID(world.accounts["akin"].tenant_id)
    return {"AKA": send(akin, "earsiv"), "second": send(akin, "earsiv", 2), "AKM": send(akin, "emm")}


def numbers(page: str, sent) -> set[str]:
    """Whose documents a page leads to."""
    return {name for name, document in sent.items() if f"/documents/{document.document_id}" in page}


def test_the_list_shows_the_newest_and_filters(browser, sent) -> None:
    one = browser("viewer")
    assert numbers(one.text("/documents"), sent) == {"AKA", "second", "AKM"}
    assert numbers(one.text("/documents?kind=emm"), sent) == {"AKM"}
    assert numbers(one.text(f"/documents?q={sent['second'].number}"), sent) == {"second"}
    assert numbers(one.text(f"/documents?q={str(sent['AKA'].ettn).upper()}"), sent) == {"AKA"}
    assert numbers(one.text("/documents?state=delivered"), sent) == set()
    assert numbers(one.text("/documents?state=delivered&state=accepted"), sent) == {"AKA", "second", "AKM"}
    assert numbers(one.text("/documents?period=last_year"), sent) == set()
    assert numbers(one.text("/documents?needs=1"), sent) == set()
    assert "No document fits" in one.text("/documents?q=00000000000")
    second = sent["second"]
    after = f"{second.issue_date.isoformat()}~{second.document_id}"
    assert numbers(one.text(f"/documents?period=month&after={after}"), sent) == {"AKA"}


@pytest.mark.parametrize(
    "query", ["from=x", "after=x", "to=2026-13-45", "after=%00", "state=x", "period=x", "lira_to=a", "taken=2", "q=%00"]
)
def test_a_filter_that_is_none_is_said(query: str, browser, sent) -> None:
    answer = browser("viewer").get(f"/documents?{query}")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.get_data(as_text=True)


def test_a_filter_is_shown_as_text(browser) -> None:
    page = browser("viewer").get("/documents?q=%22%3E%3Cscript%3E").get_data(as_text=True)
    assert "<script>" not in page


def test_a_document_shows_its_steps_its_cost_and_its_views(browser, sent) -> None:
    one, document = browser("viewer"), sent["AKA"]
    page = one.text(f"/documents/{document.document_id}")
    for word in (document.number, str(document.ettn), "Found to keep all rules", "API key 0123456789abcdef"):
        assert word in page
    xml = one.get(f"/documents/{document.document_id}/xml")
    assert (xml.status_code, xml.content_type) == (200, "application/xml")
    assert document.number.encode() in xml.get_data()
    view = one.get(f"/documents/{document.document_id}/view")
    assert view.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert document.number in view.get_data(as_text=True)
    pdf = one.get(f"/documents/{document.document_id}/pdf")
    assert (pdf.status_code, pdf.content_type, pdf.data[:5]) == (200, "application/pdf", b"%PDF-")


def test_a_document_names_the_key_that_sent_it(browser, world, sent) -> None:
    akin = UUID(world.accounts["akin"].tenant_id)
    with tenant_session(akin) as session:
        key = api_keys.keys(session, tenant_id=akin)[0]
        document = session.get_one(Document, (akin, sent["second"].document_id))
        document.created_by, given = f"key:{key.key_id}", key.name
    assert f"API key {given}" in browser("viewer").text(f"/documents/{sent['second'].document_id}")


def test_marked_or_filtered_documents_come_as_a_zip_with_their_hashes(browser, sent) -> None:
    one = browser("viewer")
    names = zipfile.ZipFile(io.BytesIO(one.get("/documents/zip?kind=emm&form=xml").data)).namelist()
    assert f"emm/{sent['AKM'].number}.xml" in names
    assert (all(name.startswith("emm/") for name in names[:-2]), names[-2:]) == (True, ["manifest.json", "SHA256SUMS"])
    marked = [str(sent[name].document_id) for name in ("AKA", "second")]
    answer = one.submit("/documents/zip", id=marked)
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert archive.testzip() is None
    for line in archive.read("SHA256SUMS").decode().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    assert len(archive.namelist()) == 6
    assert one.submit("/documents/zip", id=str(uuid4())).status_code == 404
    assert one.submit("/documents/zip", id="x").status_code == 400
    number, state = sent["AKM"].number, sent["AKM"].state  # every filter of the list, and no other document
    for wanted in (f"q={number}", f"q={sent['AKM'].ettn}", f"kind=emm&state={state},refused"):
        archive = zipfile.ZipFile(io.BytesIO(one.get(f"/documents/zip?{wanted}&form=xml").data))
        names = [name for name in archive.namelist() if name.endswith(".xml")]
        assert f"emm/{number}.xml" in names and all(name.startswith("emm/") for name in names), wanted
    assert one.get("/documents/zip?kind=yok").status_code == 400
    assert f'value="{sent["AKA"].document_id}"' in one.text("/documents")


def test_a_narrowed_viewer_neither_lists_opens_finds_downloads_nor_counts_what_is_outside(browser, sent) -> None:
    one = browser("viewer", series=["AKA"])
    assert numbers(one.text("/documents"), sent) == {"AKA", "second"}
    outside = sent["AKM"]
    for query in ("kind=emm", f"q={outside.number}", f"q={outside.buyer_vkn_tckn}&kind=emm"):
        assert numbers(one.text(f"/documents?{query}"), sent) == set()
    for path in ("", "/view", "/xml", "/pdf"):
        theirs = one.get(f"/documents/{outside.document_id}{path}")
        nobodys = one.get(f"/documents/{uuid4()}{path}")
        assert theirs.status_code == nobodys.status_code == 404
        assert outside.number not in theirs.get_data(as_text=True)
        assert one.get(f"/documents/{sent['AKA'].document_id}{path}").status_code == 200


def test_a_branch_narrows_to_its_series(browser, sent, world) -> None:
    akin, branch_id = UUID(world.accounts["akin"].tenant_id), new_id()
    with tenant_session(akin) as session:
        session.add(
            Branch(tenant_id=akin, branch_id=branch_id, code="KONYA", name="Konya", district="Selçuklu", city="Konya",
                   created_at=utc_now())
        )  # fmt: skip
    one = browser("viewer", branches=[branch_id])
    assert numbers(one.text("/documents"), sent) == set()
    with tenant_session(akin) as session:
        session.query(Series).where(Series.tenant_id == akin, Series.prefix == "AKM").update({"branch": "KONYA"})
    assert numbers(one.text("/documents"), sent) == {"AKM"}


def test_a_foreign_companys_document_is_not_there(browser, sent) -> None:
    theirs = browser("owner", "bora")
    assert numbers(theirs.text("/documents"), sent) == set()
    for path in ("", "/view", "/xml"):
        assert theirs.get(f"/documents/{sent['AKA'].document_id}{path}").status_code == 404


def test_a_suspended_company_keeps_reading(browser, sent) -> None:
    one = browser("viewer")
    with tenant_session(one.tenant_id) as session:
        run = session.connection().exec_driver_sql
        run("UPDATE tenant SET state = 'suspended' WHERE tenant_id = %s", (one.tenant_id,))
    try:
        assert numbers(one.text("/documents"), sent) >= {"AKA"}
    finally:
        with tenant_session(one.tenant_id) as session:
            run = session.connection().exec_driver_sql
            run("UPDATE tenant SET state = 'active' WHERE tenant_id = %s", (one.tenant_id,))


def test_each_page_of_documents_asks_how_far_its_reader_reaches() -> None:
    """Whoever calls a query of documents in a page or the API says whose eyes it is for."""
    import ast
    from pathlib import Path

    root = Path(__file__).resolve().parents[2] / "platform" / "ebelge"
    asked = {"get", "lock", "by_ettn", "by_number", "list_page", "page_statement", "timeline", "source_xml"}
    missing = []
    for path in [*root.glob("api/*.py"), *root.glob("web/*.py"), *root.glob("edge/*.py")]:
        source = path.read_text()
        if "from ebelge.documents import queries" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value
            named = {keyword.arg for keyword in node.keywords}
            if (
                isinstance(owner, ast.Name)
                and owner.id == "queries"
                and node.func.attr in asked
                and "reach" not in named
            ):
                missing.append(f"{path.name}:{node.lineno}")
    assert missing == []


def test_every_page_says_since_when_gib_does_not_answer(browser, sent) -> None:
    one = browser("viewer")
    said = "GİB cannot be reached since 30.11.2026 07:40"
    assert said not in one.text("/documents")
    with role_session("app") as session:
        health.went_down(
            session, mode="live", detail="connection refused", at=datetime(2026, 11, 30, 4, 40, tzinfo=UTC)
        )
    try:
        assert said in one.text("/documents")
    finally:
        with role_session("app") as session:
            health.came_back(session, mode="live", at=utc_now())
    assert said not in one.text("/documents")
