"""What is refused leaves nothing: no row, no number, no kontör; and says why, in Turkish and English."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind

XML, JSON = "application/xml", "application/json"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><l>&c;</l>'
)
XXE = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><Invoice>&x;</Invoice>'


@pytest.fixture(scope="module")
def source(app, world) -> bytes:
    """A good e-Fatura of Akın's as XML."""
    client, headers = app.test_client(), {"Authorization": f"Bearer {world.accounts['akin'].key}"}
    sent = client.post("/api/v1/documents", json=example_json(DocumentKind.EFATURA), headers=headers).get_json()
    xml = client.get(f"/api/v1/documents/{sent['document_id']}/xml?form=source", headers=headers).data
    number = sent["number"].encode()
    return xml.replace(number, number[:7] + b"000000000")


def renewed(xml: bytes) -> bytes:
    """The same document under a new ETTN."""
    start = xml.index(b"<cbc:UUID>") + 10
    return xml.replace(xml[start : start + 36], str(uuid4()).encode())


def changed(old: bytes, new: bytes):
    def change(xml: bytes) -> bytes:
        assert old in xml, old
        return renewed(xml).replace(old, new)

    return change


def dated(days: int):
    def change(xml: bytes) -> bytes:
        today = istanbul_date(utc_now())
        return renewed(xml).replace(
            f"<cbc:IssueDate>{today}".encode(), f"<cbc:IssueDate>{today + timedelta(days=days)}".encode(), 1
        )

    return change


XML_CASES = {
    "not XML": (lambda xml: b"merhaba", 422, "invalid_document", "EB-XML"),
    "nothing": (lambda xml: b"", 422, "invalid_document", None),
    "XXE": (lambda xml: XXE, 422, "invalid_document", "EB-DTD"),
    "billion laughs": (lambda xml: LAUGHS, 422, "invalid_document", "EB-DTD"),
    "wrong root": (lambda xml: b"<Order xmlns='urn:x'/>", 422, "invalid_document", "EB-ROOT"),
    "UTF-16": (lambda xml: xml.decode().encode("utf-16"), 422, "invalid_document", None),
    "another's VKN as supplier": (changed(b"4810573263", b"1920384751"), 422, "invalid_document", None),
    "future date": (dated(1), 422, "invalid_document", None),
    "before the series' last": (dated(-1), 422, "issue_date_goes_back", None),
    "number in a series of ours": (changed(b"000000000<", b"000000077<"), 422, "invalid_document", None),
    "unknown unit": (changed(b'unitCode="C62"', b'unitCode="ADET"'), 422, "invalid_document", None),
    "6 MB": (lambda xml: xml + b" " * 6_000_000, 413, "request_too_large", None),
    "50 MB": (lambda xml: b" " * 50_000_001, 413, "request_too_large", None),
}


@pytest.mark.parametrize("case", XML_CASES)
def test_refused_xml_leaves_nothing(case: str, akin, source: bytes, snapshot, assert_problem) -> None:
    change, status, code, rule = XML_CASES[case]
    before = snapshot()
    answer = akin.post("/documents", data=change(source), content_type=XML)
    body = assert_problem(answer, status, code)
    if rule:
        assert rule in [finding["rule"] for finding in body["findings"]]
    if code == "invalid_document":
        assert all(finding["message_tr"] and finding["message_en"] for finding in body["findings"])
    assert snapshot() == before


def test_wrong_sums_are_refused_with_rule_and_line(akin, source: bytes, snapshot, assert_problem) -> None:
    start = source.index(b">", source.index(b"<cbc:PayableAmount")) + 1
    end = source.index(b"<", start)
    wrong = renewed(source[:start] + b"99999.99" + source[end:])
    before = snapshot()
    body = assert_problem(akin.post("/documents", data=wrong, content_type=XML), 422, "invalid_document")
    assert any(finding["severity"] == "error" for finding in body["findings"])
    assert snapshot() == before


def test_a_duplicate_ettn_is_refused_also_another_tenants(akin, bora, snapshot, assert_problem) -> None:
    ettn = str(uuid4())
    assert akin.send("efatura", ettn=ettn).status_code == 202
    before = snapshot()
    assert_problem(akin.send("efatura", ettn=ettn), 409, "duplicate_ettn")
    mine = bora.send("earsiv", ettn=ettn)
    body = assert_problem(mine, 409, "duplicate_ettn")
    assert str(akin.tenant_id) not in mine.get_data(as_text=True)
    assert body["ettn"] == [ettn]
    assert snapshot() == before


def test_a_service_that_is_not_active_is_409(caller, snapshot, assert_problem) -> None:
    before = snapshot()
    # the reseller has no service of its own
    answer = caller("ceren").send("earsiv")
    body = assert_problem(answer, 409, "service_not_active")
    assert body["service"] == "earsiv"
    assert snapshot() == before


DRAFT = example_json(DocumentKind.EARSIV)
BAD_JSON = {
    "not JSON": (b"{", 400, "invalid_request"),
    "a list": (b"[]", 400, "invalid_request"),
    "NaN": (b'{"kind": NaN}', 400, "invalid_request"),
    "deep": (b"[" * 100_000, 400, "invalid_request"),
    "not UTF-8": (b'{"kind": "\xff"}', 400, "invalid_request"),
    "empty": (b"{}", 422, "invalid_document"),
    "unknown field": (json.dumps(DRAFT | {"colour": "red"}).encode(), 422, "invalid_document"),
    "unknown kind": (json.dumps(DRAFT | {"kind": "efature"}).encode(), 422, "invalid_document"),
    "float": (
        json.dumps(DRAFT | {"lines": [DRAFT["lines"][0] | {"unit_price": 1.1}]}).encode(), 422, "invalid_document",
    ),
    "NUL in a name": (
        json.dumps(DRAFT | {"notes": ["a\u0000b"]}).encode(), 422, "invalid_document",
    ),
    "half a surrogate": (b'{"kind": "earsiv", "notes": ["\\ud800"]}', 422, "invalid_document"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_JSON)
def test_refused_json_leaves_nothing(case: str, akin, snapshot, assert_problem) -> None:
    data, status, code = BAD_JSON[case]
    before = snapshot()
    assert_problem(akin.post("/documents", data=data, content_type=JSON), status, code)
    assert snapshot() == before


@pytest.mark.parametrize("media_type", ["text/plain", "multipart/form-data; boundary=x", "application/zip", ""])
def test_other_media_types_are_refused(media_type: str, akin, assert_problem) -> None:
    body = assert_problem(akin.post("/documents", data=b"x", content_type=media_type), 415, "unsupported_media_type")
    assert "application/xml" in body["accepted"]


@pytest.mark.parametrize(
    "path",
    [
        "/documents?limit=0", "/documents?limit=201", "/documents?limit=x", "/documents?cursor=***",
        "/documents?cursor=" + "A" * 300, "/documents?state=lost", "/documents?kind=x", "/documents?ettn=1",
        "/documents?limit=1&limit=2", "/documents?colour=red", "/documents?buyer=1%27%20OR%201=1",
        "/documents?day_from=2026-13-01", "/entries?cursor=LTE", "/lots?cursor=eA", "/balance?as_of=yesterday",
        "/balance?as_of=2026-11-01T00:00:00", "/balance?as_of=2999-01-01T00:00:00Z", "/series?year=1",
    ],
)  # fmt: skip
def test_a_wrong_query_is_400_and_says_where(path: str, akin, assert_problem) -> None:
    assert_problem(akin.get(path), 400, "invalid_request")


@pytest.mark.parametrize(
    "path",
    ["/documents/1", "/documents/../account", "/documents/%00", "/documents/" + "a" * 5000, "/documents/-/xml", "/nix"],
)
def test_hostile_ids_are_not_found(path: str, akin, assert_problem) -> None:
    assert_problem(akin.get(path), 404, "not_found")


def test_a_bulk_of_none_or_too_many_is_refused(akin, assert_problem) -> None:
    item = {"draft": {"kind": "earsiv"}}
    for documents in ([], [item] * 1001, [{}], [item | {"xml_base64": ""}], [{"xml_base64": "***"}]):
        assert_problem(akin.post("/documents/bulk", json={"documents": documents}), 400, "invalid_request")


def test_a_method_that_is_not_there_is_405_with_the_ones_that_are(akin, assert_problem) -> None:
    answer = akin.client.delete("/api/v1/documents")
    assert_problem(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]
