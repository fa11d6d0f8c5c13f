"""The OpenAPI document holds together, and the application does what it says."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from ebelge.api import guide
from ebelge.api.example_bodies import example_of
from ebelge.api.webhook_answers import EventName
from ebelge.notify.webhooks import signatures

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(app) -> dict[str, Any]:
    return app.test_client().get("/api/v1/openapi.json").get_json()


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_it_is_openapi_3_1_and_every_reference_leads_somewhere(document) -> None:
    assert document["openapi"] == "3.1.0"
    assert {"title", "version", "description"} <= set(document["info"])
    schemas = document["components"]["schemas"]
    found = set(references(document))
    assert {reference.rpartition("/")[2] for reference in found} <= set(schemas)
    assert all(reference.startswith("#/components/schemas/") for reference in found)
    assert {"DocumentAnswer", "Problem", "InvoiceDraft", "BulkRequest", "Money"} <= set(schemas)


def test_every_operation_is_complete(document) -> None:
    ids = []
    for path, item in document["paths"].items():
        assert path.startswith("/api/v1/")
        for method, operation in item.items():
            if method not in METHODS:
                continue
            ids.append(operation["operationId"])
            named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
            assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}
            assert {"401", "403"} <= set(operation["responses"])
            success = [status for status in operation["responses"] if status.startswith("2")]
            assert len(success) == 1
            assert operation["responses"][success[0]]["content"]
            for response in operation["responses"].values():
                assert response["description"]
            for parameter in operation["parameters"]:
                assert "anyOf" not in parameter["schema"] or {"type": "null"} not in parameter["schema"]["anyOf"]
    assert len(ids) == len(set(ids)) >= 17


def test_its_examples_are_documents_that_are_accepted(document, akin) -> None:
    content = document["paths"]["/api/v1/documents"]["post"]["requestBody"]["content"]["application/json"]
    for name, example in content["examples"].items():
        answer = akin.post("/documents/check", json=example["value"])
        assert (answer.status_code, answer.get_json().get("valid")) == (200, True), (name, answer.get_json())


def test_answers_have_exactly_the_described_fields(document, akin) -> None:
    schemas = document["components"]["schemas"]
    sent = akin.send("earsiv").get_json()
    assert set(sent) == set(schemas["AcceptedAnswer"]["properties"])
    for path, schema in (
        (f"/documents/{sent['document_id']}", "DocumentAnswer"),
        ("/documents", "DocumentPage"),
        ("/balance", "BalanceAnswer"),
        ("/lots", "LotPage"),
        ("/entries", "EntryPage"),
        ("/series", "SeriesPage"),
        ("/account", "AccountAnswer"),
        (f"/documents/{sent['document_id']}/events", "EventPage"),
    ):
        assert set(akin.get(path).get_json()) == set(schemas[schema]["properties"]), path


def test_the_page_lists_every_operation_and_needs_no_script(document, app) -> None:
    answer = app.test_client().get("/api/v1/docs")
    page = answer.get_data(as_text=True)
    for item in document["paths"].values():
        for method, operation in item.items():
            if method in METHODS:
                assert f'id="{operation["operationId"]}"' in page
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://localhost", "")
    assert not re.search(r"""(?:href|src)=["']https:""", page)
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_every_json_body_has_an_example_that_is_taken(document, app) -> None:
    models = {view.described.body for view in app.view_functions.values() if hasattr(view, "described")}
    models = [model for model in models if isinstance(model, type)]
    assert len(models) > 30
    for model in models:
        model.model_validate(example_of(model))
    page = app.test_client().get("/api/v1/docs").get_data(as_text=True)
    endpoints = page[page.index('id="post_webhooks_create"') :].partition("</section>")[0]
    assert "-d &#39;{&#34;url&#34;:" in endpoints
    assert "UBL-TR" not in endpoints
    sending = page[page.index('id="post_documents_create"') :].partition("</section>")[0]
    assert "e-SMM · ProfessionalReceiptDraft" in sending
    assert "application/json&#34; --data-binary @fatura.json" in sending


def test_the_guides_first_document_is_accepted_and_its_events_are_all(akin) -> None:
    answer = akin.post("/documents/check", json=guide.FIRST)
    assert (answer.status_code, answer.get_json()["kind"]) == (200, "earsiv"), answer.get_json()
    assert set(guide.EVENTS) == set(get_args(EventName))


def test_the_guides_check_of_a_signature_takes_ours_and_no_other() -> None:
    recipe: dict[str, Any] = {}
    exec(guide.VERIFY, recipe)  # the recipe is our own
    old, secret, body, now = signatures.new_secret(), signatures.new_secret(), "{ş}".encode(), int(time.time())
    for at, sent, taken in ((now, body, True), (now, body + b" ", False), (now - 600, body, False)):
        signed = signatures.sign(body, event_id="e", timestamp_s=at, keys=[old, secret])
        headers = {"webhook-id": "e", "webhook-timestamp": str(at), "webhook-signature": signed}
        assert recipe["is_ours"](headers, sent, secret) is taken
