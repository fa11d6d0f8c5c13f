"""The buyer's page: one document behind an unguessable link, without script, without sign-in."""

from __future__ import annotations

import json
import re
from uuid import UUID, uuid4

import pytest

from ebelge.archive.store import ArchiveStore
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.documents import queries
from ebelge.documents.sign import SIGNED_NAME
from ebelge.documents.states import State


@pytest.fixture
def sent(akin) -> dict:
    return akin.send("earsiv").get_json()


@pytest.fixture
def path(sent) -> str:
    return "/b/" + sent["links"]["buyer"].rpartition("/")[2]


def test_the_link_is_not_to_be_guessed(akin) -> None:
    tokens = {akin.send("earsiv").get_json()["links"]["buyer"].rpartition("/")[2] for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(token) >= 32 for token in tokens)


def test_the_page_shows_the_document_without_signing_in(app, sent, path: str) -> None:
    answer = app.test_client().get(path)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    for words in ("Akın Endüstri", sent["number"], sent["ettn"], "İmzalanıyor"):
        assert words in page
    assert 'sandbox=""' in page
    assert "<script" not in page
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    for internal in (sent["document_id"], "tenant", "kontör"):
        assert internal not in page


def test_the_view_is_sandboxed_and_may_stand_in_our_frame_only(app, path: str) -> None:
    view = app.test_client().get(f"{path}/view")
    policy = view.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "frame-ancestors 'self'" in policy
    assert (view.headers["X-Frame-Options"], view.headers["Cross-Origin-Opener-Policy"]) == (
        "SAMEORIGIN",
        "unsafe-none",
    )
    assert "<script" not in view.get_data(as_text=True)


def test_hostile_words_in_a_document_stay_words(app, akin) -> None:
    script = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    sent = akin.send("earsiv", notes=[script]).get_json()
    path = "/b/" + sent["links"]["buyer"].rpartition("/")[2]
    for page in (app.test_client().get(path), app.test_client().get(f"{path}/view")):
        assert page.status_code == 200
        assert "<script>" not in page.get_data(as_text=True)
        assert "<img src=x" not in page.get_data(as_text=True)


def test_the_signed_xml_is_there_when_it_is_signed(app, akin, sent, path: str, api_settings) -> None:
    before = app.test_client().get(f"{path}/signed.xml")
    assert before.status_code == 404
    _sign(akin.tenant_id, sent, api_settings, b"<signed/>")
    answer = app.test_client().get(f"{path}/signed.xml")
    assert (answer.status_code, answer.data) == (200, b"<signed/>")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{sent["number"]}.xml"'
    assert "Mali mühürle imzalandı" in app.test_client().get(path).get_data(as_text=True)
    assert akin.get(f"/documents/{sent['document_id']}/xml").data == b"<signed/>"


def _sign(tenant_id, sent, settings, xml: bytes) -> None:
    """What the signer leaves behind, with bytes of our own: the page must show exactly those."""
    stored = ArchiveStore(settings.archive_dir).put(tenant_id, UUID(sent["ettn"]), SIGNED_NAME, xml)
    with tenant_session(tenant_id) as session:
        row = queries.lock(session, tenant_id=tenant_id, document_id=UUID(sent["document_id"]))
        row.state, row.signed_sha256, row.signed_at = State.SIGNED.value, stored.sha256, utc_now()


def test_a_withdrawn_document_says_that_it_is_not_valid(app, akin, sent, path: str) -> None:
    akin.post(f"/documents/{sent['document_id']}/withdraw")
    page = app.test_client().get(path, headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert ("e-Arşiv invoice" in page, "e-Arşiv Fatura" in page) == (True, False)
    assert "This document is not valid" in page


def test_a_cancelled_document_says_that_it_was_cancelled(app, akin, sent, path: str, api_settings) -> None:
    _sign(akin.tenant_id, sent, api_settings, b"<signed/>")
    with tenant_session(akin.tenant_id) as session:
        document = queries.lock(session, tenant_id=akin.tenant_id, document_id=UUID(sent["document_id"]))
        document.state = State.CANCELLED.value
    page = app.test_client().get(path).get_data(as_text=True)
    assert "Bu belge iptal edildi" in page


def test_a_sandbox_document_says_that_it_has_no_legal_effect(app, caller) -> None:
    link = caller("akin", sandbox=True).send("earsiv").get_json()["links"]["buyer"]
    page = app.test_client().get("/b/" + link.rpartition("/")[2]).get_data(as_text=True)
    assert "hukuki sonucu yoktur" in page


@pytest.mark.parametrize("token", ["x", "a" * 32, "a" * 5000, "..%2f..%2fetc%2fpasswd", "'%20OR%201=1--", "%00" * 24])
def test_a_wrong_link_shows_a_calm_404(app, world, token: str) -> None:
    for suffix in ("", "/view", "/signed.xml"):
        answer = app.test_client().get(f"/b/{token}{suffix}")
        assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_the_log_never_holds_the_link(app, path: str, caplog) -> None:
    with caplog.at_level("INFO", logger="ebelge.requests"):
        app.test_client().get(path)
    lines = [str(record.__dict__) for record in caplog.records if record.name == "ebelge.requests"]
    assert lines
    assert not any(re.search(path.removeprefix("/b/"), line) for line in lines)


def test_the_log_names_request_tenant_and_document(akin, caplog) -> None:
    with caplog.at_level("INFO", logger="ebelge.requests"):
        sent = akin.send("earsiv")
        akin.get(f"/documents/{sent.get_json()['document_id']}")
    lines = [record for record in caplog.records if record.name == "ebelge.requests"]
    assert [line.document_id for line in lines] == [sent.get_json()["document_id"]] * 2
    assert {line.tenant_id for line in lines} == {str(akin.tenant_id)}


def test_the_front_page_leads_to_the_reference_and_to_the_state_of_the_service(app, world) -> None:
    client = app.test_client()
    page = client.get("/").get_data(as_text=True)
    for link in set(re.findall(r'href="(/[^"#]*)', page)):
        assert client.get(link).status_code == 200, link
    assert {"/api/v1/docs", "/status", "/services", "/verify"} <= set(re.findall(r'href="(/[^"#]*)', page))


def _verify(app, **fields: str) -> str:
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/verify").get_data(as_text=True))
    assert token is not None
    return client.post("/verify", data={"csrf_token": token[1], **fields}, headers={"Accept-Language": "en"}).get_data(
        as_text=True
    )


def test_who_holds_a_document_learns_whether_it_is_ours_and_holds(app, akin, sent, api_settings) -> None:
    ettn, number = sent["ettn"], sent["number"]
    unknown = "No such document was found"
    assert unknown in _verify(app, ettn=ettn, number=number), "it is not signed yet"
    _sign(akin.tenant_id, sent, api_settings, b"<signed/>")
    page = _verify(app, ettn=ettn, number=number)
    assert "Known to us, and sealed" in page
    assert "Akın Endüstri" in page
    assert "Known to us, and sealed" in _verify(app, qr=json.dumps({"ettn": ettn, "no": number, "odenecek": "1"}))
    other = number[:-1] + str((int(number[-1]) + 1) % 10)
    answers = {_without_fields(_verify(app, ettn=asked, number=other)) for asked in (ettn, str(uuid4()))}
    assert len(answers) == 1, "a wrong number tells as little as an unknown ETTN"
    for hostile in (
        {"ettn": "x", "number": number},
        {"qr": "[" * 3000},
        {"qr": '"<script>"'},
        {"ettn": ettn, "number": "İ"},
    ):
        page = _verify(app, **hostile)
        assert 'role="alert"' in page
        assert "<script" not in page


def _without_fields(page: str) -> str:
    return re.sub(r'value="[^"]*"', "", page).split('<form method="post" action="/verify"')[0]
