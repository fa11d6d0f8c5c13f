"""The archive over the API and as a page: found, tagged, put in, handed over; narrowed people see what they reach."""

from __future__ import annotations

import io
from uuid import UUID

import pytest

from ebelge.archive.store import open_store
from ebelge.core.clock import utc_now
from ebelge.core.db import fetch, tenant_session
from ebelge.documents.keeping import integrity
from ebelge.jobs import archive_keeping
from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind
from tests.web.conftest import _planted, app, browser, browsers, web_settings, world

__all__ = ["_planted", "app", "browser", "browsers", "web_settings", "world"]
API = "/api/v1/archive"


@pytest.fixture(scope="module")
def keys(world):
    return {name: {"Authorization": f"Bearer {world.accounts[name].key}"} for name in ("akin", "bora")}


@pytest.fixture(scope="module")
def client(app):
    return app.test_client()


@pytest.fixture(scope="module")
def entries(world, client, keys):
    """A document and a file of Akın's in the index; their ids."""
    sent = client.post("/api/v1/documents", json=example_json(DocumentKind.EFATURA), headers=keys["akin"])
    assert sent.status_code == 202, sent.get_json()
    archive_keeping._looked.clear()
    archive_keeping.enter_new(utc_now())
    put = client.post(
        f"{API}/files?name=kira%20s%C3%B6zle%C5%9Fmesi.pdf&kind=contract&note=Depo", data=b"%PDF-1.7 kira",
        headers=keys["akin"] | {"Content-Type": "application/octet-stream"},
    )  # fmt: skip
    assert put.status_code == 201, put.get_json()
    return sent.get_json()["document_id"], put.get_json()["entry_id"]


def test_the_api_finds_documents_and_files_and_hands_them_over(client, keys, entries):
    document, file = entries
    found = client.get(f"{API}?q=depo", headers=keys["akin"]).get_json()["items"]
    assert [(one["entry_id"], one["title"]) for one in found] == [(file, "kira sözleşmesi.pdf")]
    (one,) = client.get(f"{API}?source=outgoing&limit=1", headers=keys["akin"]).get_json()["items"]
    assert (one["entry_id"], one["amount"]["currency"]) == (document, "TRY")
    content = client.get(f"{API}/{file}/content", headers=keys["akin"])
    assert (content.data, content.content_type) == (b"%PDF-1.7 kira", "application/pdf")
    assert content.headers["Content-Disposition"].startswith("attachment")
    unsigned = client.get(f"{API}/{document}/content", headers=keys["akin"])
    assert (unsigned.status_code, unsigned.get_json()["code"]) == (409, "not_signed")


def test_pages_of_the_api_follow_each_other(client, keys, entries):
    first = client.get(f"{API}?limit=1", headers=keys["akin"]).get_json()
    second = client.get(f"{API}?limit=1&cursor={first['next_cursor']}", headers=keys["akin"]).get_json()
    assert first["items"][0]["entry_id"] != second["items"][0]["entry_id"]
    assert client.get(f"{API}?cursor=x", headers=keys["akin"]).status_code == 400
    assert client.get(f"{API}?tags=1-2", headers=keys["akin"]).status_code == 400


def test_another_account_finds_opens_and_tags_none_of_it(client, keys, entries):
    for entry in entries:
        for path in (f"{API}/{entry}", f"{API}/{entry}/content"):
            assert client.get(path, headers=keys["bora"]).status_code == 404
        tag = client.post(f"{API}/tags", json={"name": f"B {entry}"}, headers=keys["bora"]).get_json()["tag_id"]
        body = {"entry_ids": [entry], "add": [tag]}
        assert client.post(f"{API}/tagging", json=body, headers=keys["bora"]).status_code == 404
        assert client.delete(f"{API}/tags/{tag}", headers=keys["akin"]).status_code == 404
    assert client.get(f"{API}?q=depo", headers=keys["bora"]).get_json()["items"] == []


def test_tags_and_searches_over_the_api(client, keys, entries):
    tag = client.post(f"{API}/tags", json={"name": "Kira", "colour": "blue"}, headers=keys["akin"]).get_json()
    body = {"entry_ids": list(entries), "add": [tag["tag_id"]]}
    assert client.post(f"{API}/tagging", json=body, headers=keys["akin"]).get_json() == {"count": 2}
    found = client.get(f"{API}?tags={tag['tag_id']}", headers=keys["akin"]).get_json()["items"]
    assert {one["tags"][0]["colour"] for one in found} == {"blue"}
    assert len(found) == 2
    kept = {"name": "Depo", "filters": {"q": "depo", "from": "2026-01-01"}, "shared": True}
    made = client.post(f"{API}/searches", json=kept, headers=keys["akin"]).get_json()
    assert made["filters"] == {"q": "depo", "from": "2026-01-01"}
    assert len(client.get(f"{API}/searches", headers=keys["akin"]).get_json()["items"]) == 1
    assert client.delete(f"{API}/searches/{made['search_id']}", headers=keys["akin"]).get_json() == {"removed": True}


@pytest.mark.parametrize(
    ("path", "data", "status", "code"),
    [
        ("files?name=a.exe", b"MZ\x90\x00", 415, "file_kind_refused"), ("files?name=..", b"%PDF-1.7", 400, None),
        ("files?name=a.pdf", b"", 400, None), ("files?name=a.pdf&kind=edefter", b"%PDF-1.7", 400, None),
        ("ledgers?name=defter.xml", b"<a/>", 422, "ledger_refused"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_and_leaves_nothing(client, keys, world, path, data, status, code):
    tenant_id = UUID(world.accounts["akin"].tenant_id)
    before = len(list(open_store().keys(tenant_id)))
    with tenant_session(tenant_id) as session:
        fetch(
            session,
            "UPDATE service SET state = 'active', active_from = '2026-01-01' WHERE service = 'edefter' RETURNING 1",
        )
    answer = client.post(f"{API}/{path}", data=data, headers=keys["akin"])
    assert answer.status_code == status, answer.get_json()
    assert code in (None, answer.get_json()["code"])
    assert len(list(open_store().keys(tenant_id))) == before


def test_the_page_searches_tags_keeps_searches_and_takes_files(browser, entries, world):
    ayse = browser("sender")
    assert "kira sözleşmesi.pdf" in ayse.text("/archive?q=DEPO&source=file")
    assert "kira sözleşmesi.pdf" not in ayse.text("/archive?q=yok")
    assert "kira sözleşmesi.pdf" in ayse.text("/archive?lira_to=&kind=contract")
    assert ayse.submit("/archive/tags", name="Acil", colour="red").status_code == 303
    with tenant_session(UUID(world.accounts["akin"].tenant_id)) as session:
        tag = fetch(session, "SELECT tag_id FROM tag WHERE name = 'Acil'")[0].tag_id
    assert ayse.submit("/archive/tagging", id=entries[1], tag=str(tag)).status_code == 303
    assert "colour-red" in ayse.text(f"/archive?tags={tag}")
    assert ayse.submit("/archive/searches?q=depo", name="Depo aramam").status_code == 303
    assert "Depo aramam" in ayse.text("/archive")
    file = (io.BytesIO(b"Tarih;Tutar"), "C:\\ekstre.csv")
    assert ayse.submit("/archive/files", file=file, kind="statement", note="Banka").status_code == 303
    assert "ekstre.csv" in ayse.text("/archive?q=banka")
    program = (io.BytesIO(b"MZ\x90\x00"), "setup.exe")
    assert ayse.submit("/archive/files", file=program, kind="other").status_code == 415
    for wrong in ("from=dün", "lira_from=abc", "tags=1", "after=x"):
        assert ayse.get(f"/archive?{wrong}").status_code == 400


def test_a_narrowed_member_sees_what_his_series_numbered_and_puts_nothing_in(browser, entries):
    document, file = entries
    narrow = browser("sender", series=("AKN",))
    other = browser("sender", series=("ZZZ",))
    assert document in narrow.text("/archive")
    assert file not in narrow.text("/archive")
    assert document not in other.text("/archive")
    assert narrow.get(f"/archive/{file}/content").status_code == 404
    assert narrow.get("/archive/checks").status_code == 404
    given = {"file": (io.BytesIO(b"%PDF-1.7"), "a.pdf"), "kind": "other"}
    assert narrow.submit("/archive/files", **given).status_code == 404


def test_the_result_of_checks_is_shown(browser, client, keys, entries, world):
    tenant_id = UUID(world.accounts["akin"].tenant_id)
    lost = open_store().put(tenant_id, UUID(entries[0]), "stray.xml", b"nobody's")
    assert lost.created
    integrity.check(open_store(), tenant_id=tenant_id, now=utc_now)
    shown = browser("viewer").text("/archive/checks")
    assert "without a row" in shown
    told = client.get(f"{API}/integrity", headers=keys["akin"]).get_json()
    assert (told["broken_count"], told["broken"][0]["what"]) == (1, "without_row")
    assert told["last"]["files"] >= 1
