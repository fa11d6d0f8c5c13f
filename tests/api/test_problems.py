"""Problem documents: Turkish or English by Accept-Language, traceable, without insides."""

from __future__ import annotations

import json

import pytest

from ebelge.app import create_app
from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind


@pytest.mark.parametrize(
    ("wanted", "given", "title"),
    [
        ("en", "en", "Not found"),
        ("tr", "tr", "Kayıt bulunamadı"),
        ("tr-TR,en;q=0.5", "tr", "Kayıt bulunamadı"),
        ("en-US,tr;q=0.5", "en", "Not found"),
        ("de", "tr", "Kayıt bulunamadı"),
        ("", "tr", "Kayıt bulunamadı"),
        ("*;q=x,,,", "tr", "Kayıt bulunamadı"),
    ],
)
def test_the_language_is_the_readers(akin, wanted: str, given: str, title: str) -> None:
    answer = akin.get("/documents/01a205e0-4ad8-76d1-b5e6-74caede1a4b4", wanted)
    assert (answer.headers["Content-Language"], answer.get_json()["title"]) == (given, title)
    assert "Accept-Language" in answer.headers["Vary"]


def test_findings_are_in_both_languages_and_the_readers_own(akin) -> None:
    draft = example_json(DocumentKind.EARSIV)
    draft["lines"][0]["unit"] = "ADETT"
    english = akin.post("/documents", json=draft).get_json()["findings"][0]
    turkish = akin.post("/documents", "tr", json=draft).get_json()["findings"][0]
    assert english["message"] == english["message_en"] == turkish["message_en"]
    assert turkish["message"] == turkish["message_tr"] != english["message"]
    assert english["path"] == "lines.0.unit" or english["path"].startswith("lines")
    assert english["mend_tr"]
    assert english["mend_en"]


def test_a_refusal_says_what_happened_what_was_kept_and_what_to_do(akin) -> None:
    draft = example_json(DocumentKind.EARSIV)
    draft["lines"][0]["unit"] = "ADETT"
    said = {"tr": ("kontör harcanmadı", "yeniden gönderin"), "en": ("no kontör", "send it again")}
    for language, (kept, to_do) in said.items():
        problem = akin.post("/documents", language, json=draft).get_json()
        assert problem["title"]
        assert kept in problem["detail"]
        assert to_do in problem["detail"]


@pytest.mark.parametrize(
    ("field", "value", "turkish", "english", "mend"),
    [
        ("vkn", 1920384751, "metin", "string", '"1920384751"'),
        ("lines", {}, "liste", "list", "[ ]"),
        ("buyer", "Bora", "nesne", "object", "{ }"),
        ("kdv_rate", "yirmi", "sayı", "number", '"120.50"'),
        ("kdv_rate", "-1", "en az 0", "0 or more", "Correct"),
    ],
)
def test_a_value_of_a_wrong_type_is_told_in_both_languages(
    akin, field: str, value: object, turkish: str, english: str, mend: str
) -> None:
    draft = example_json(DocumentKind.EFATURA)
    {"vkn": draft["buyer"], "kdv_rate": draft["lines"][0]}.get(field, draft)[field] = value
    (found,) = akin.post("/documents", json=draft).get_json()["findings"]
    assert turkish in found["message_tr"]
    assert english in found["message_en"]
    assert mend in found["mend_en"]


def test_a_field_of_a_request_is_told_in_the_readers_language(akin) -> None:
    said = {"tr": "Değer en az 1 olmalı.", "en": "The value must be 1 or more."}
    for language, message in said.items():
        answer = akin.get("/documents?limit=0", language)
        assert answer.get_json()["fields"] == [{"path": "limit", "message": message}]


def test_a_body_that_is_no_json_is_told_where(akin) -> None:
    for body, detail in (
        (b'{"kind":\n "efatura",}', "line 2, character 12"),
        (b'{"kind": "\xff"}', "UTF-8"),
    ):
        problem = akin.post("/documents", data=body, content_type="application/json").get_json()
        assert detail in problem["detail"]
    with_mark = b"\xef\xbb\xbf" + json.dumps(example_json(DocumentKind.EARSIV)).encode()
    answer = akin.post("/documents/check", data=with_mark, content_type="application/json")
    assert answer.status_code == 200, answer.get_json()


def test_a_harmless_request_id_is_kept_and_a_hostile_one_replaced(akin) -> None:
    assert (
        akin.get("/balance", headers={"X-Request-Id": "erp-2026-000017"}).headers["X-Request-Id"] == "erp-2026-000017"
    )
    for hostile in ("x", "a" * 65, "a b c d e f g", '{"level":"error"}', "../../etc/passwd"):
        assert akin.get("/balance", headers={"X-Request-Id": hostile}).headers["X-Request-Id"] != hostile


def test_a_defect_is_500_without_a_trace_of_our_insides(world, caplog) -> None:
    app = create_app()

    def broken() -> str:
        raise RuntimeError("the password is hunter2")

    from ebelge.edge.access import needs

    app.add_url_rule("/api/v1/broken", "broken", needs("billing:read")(broken))
    answer = app.test_client().get("/api/v1/broken", headers={"Authorization": f"Bearer {world.accounts['akin'].key}"})
    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal_error")
    assert "hunter2" not in answer.get_data(as_text=True)
    assert "RuntimeError" not in answer.get_data(as_text=True)
    assert any(record.name == "ebelge.problems" and record.exc_info for record in caplog.records)


def test_every_answer_has_the_security_headers(akin, app) -> None:
    for answer in (akin.get("/balance"), akin.get("/nix"), app.test_client().get("/"), app.test_client().get("/nix")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_page_that_is_not_there_is_a_page(app) -> None:
    answer = app.test_client().get("/nix", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "Not found" in answer.get_data(as_text=True)
    assert answer.headers["X-Request-Id"] in answer.get_data(as_text=True)


def test_hostile_headers_do_no_harm(akin) -> None:
    for name, value in (
        ("Authorization", "Bearer " + "a" * 5000),
        ("Authorization", "Bearer eb_live_\u00e4"),
        ("Accept-Language", "," * 5000),
        ("Accept", "*/*;q=" + "9" * 2000),
        ("Content-Length", "-1"),
        ("X-Forwarded-Host", "evil.example"),
        ("Host", "evil.example"),
    ):
        answer = akin.get("/balance", headers={name: value})
        assert answer.status_code in (200, 400, 401), (name, answer.status_code)
        assert "evil.example" not in answer.get_data(as_text=True)


def test_links_are_those_of_the_settings_whatever_the_host_header_says(akin, api_settings) -> None:
    draft = example_json(DocumentKind.EARSIV)
    answer = akin.post("/documents", json=draft, headers={"Host": "localhost:1"})
    assert answer.get_json()["links"]["buyer"].startswith(api_settings.public_base_url + "/b/")
