"""The OpenAPI document holds together, and the application does what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

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
    assert "https://" not in page
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
