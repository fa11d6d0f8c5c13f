"""Every id of Bora's in every place where an id can stand, by those who are not Bora's: nothing is told or changed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from tests.walks.conftest import Walked
from tests.walks.routes import Route, fields, routes, said
from tests.web.browsers import Browser, form_token

# Who is tried; Ceren is Bora's own reseller and the operator's people see every account, so these are no foreigners.
FOREIGNERS = ("akin owner", "akin-holding owner", "other reseller_admin")


def likely(ids: dict[str, list[str]], place: str, *, most: int) -> list[str]:
    """Bora's ids that a place of this name would take: those of the column of that name first, then the others."""
    own = ids.get(place, []) or ids.get(f"{place}_id", [])
    others = [values[0] for column, values in sorted(ids.items()) if column != place]
    return [*own[:2], *others][:most]


def addresses(route: Route, ids: dict[str, list[str]], walked: Walked, *, most: int) -> Iterator[str]:
    tries = {place: [*likely(ids, place, most=most), str(walked.bora)] for place in route.places}
    longest = max(len(values) for values in tries.values())
    for turn in range(longest):
        yield route.address({place: values[turn % len(values)] for place, values in tries.items()})


def assert_nothing_told(answer: Any, walked: Walked, *context: object, asked: Iterable[str] = ()) -> None:
    told = said(answer)
    for secret in set(walked.secrets()) - set(asked):
        assert secret not in told, (*context, secret)
    assert answer.status_code < 500, (*context, told[:300])


@pytest.mark.parametrize("name", FOREIGNERS)
def test_walk_ids_of_another_in_every_address_of_a_page(walked: Walked, walkers: dict[str, Browser], name: str) -> None:
    before, ids, walker, count = walked.rows_of_bora(), walked.bora_ids(), walkers[name], 0
    token = form_token(walker.get("/account"))
    for route in routes(walked.app):
        if route.right is None or not route.places:
            continue
        for address in addresses(route, ids, walked, most=4):
            given = {"data": {"csrf_token": token}} if route.method != "GET" else {}
            answer = walker.open(address, method=route.method, **given)
            assert answer.status_code not in (200, 201, 202, 204), (name, route, address)
            assert_nothing_told(answer, walked, name, route, address)
            count += 1
    assert walked.rows_of_bora() == before
    print(f"{name}: {count} addresses with ids of another")


def test_walk_ids_of_another_in_every_address_of_the_api(walked: Walked) -> None:
    before, ids, count = walked.rows_of_bora(), walked.bora_ids(), 0
    key = {"Authorization": f"Bearer {walked.key('akin')}"}
    client = walked.app.test_client()
    for route in routes(walked.app):
        if route.scope is None or not route.places:
            continue
        for address in addresses(route, ids, walked, most=4):
            body = {"json": {}} if route.method in ("POST", "PUT", "PATCH") else {}
            answer = client.open(address, method=route.method, headers=key, **body)
            assert answer.status_code in (400, 403, 404, 409, 415, 422), (route, address, answer.status_code)
            assert_nothing_told(answer, walked, route, address)
            count += 1
    assert walked.rows_of_bora() == before
    print(f"{count} addresses of the API with ids of another")


@pytest.mark.parametrize("name", FOREIGNERS)
def test_walk_ids_of_another_in_every_field_of_a_form(walked: Walked, walkers: dict[str, Browser], name: str) -> None:
    before, ids, walker, count = walked.rows_of_bora(), walked.bora_ids(), walkers[name], 0
    token = form_token(walker.get("/account"))
    for route in routes(walked.app):
        if route.right is None or route.method == "GET" or route.endpoint.startswith("companies."):
            continue
        names, _ = fields(walked.app, route)
        for turn in range(2):
            data = {field: _value(ids, field, walked, turn) for field in names if field != "csrf_token"}
            answer = walker.open(route.address(), method=route.method, data={**data, "csrf_token": token})
            assert_nothing_told(answer, walked, name, route, data, asked=data.values())
            count += 1
    assert walked.rows_of_bora() == before
    print(f"{name}: {count} forms with ids of another")


@pytest.mark.parametrize("name", FOREIGNERS)
def test_walk_ids_of_another_in_every_question(walked: Walked, walkers: dict[str, Browser], name: str) -> None:
    """Filters, cursors, sort keys, exports: what an address asks after its question mark."""
    ids, walker, count = walked.bora_ids(), walkers[name], 0
    for route in routes(walked.app):
        if route.right is None or route.method != "GET" or route.places:
            continue
        _, names = fields(walked.app, route)
        for field, turn in itertools.product(names, range(2)):
            value = _value(ids, field, walked, turn)
            answer = walker.get(route.address(), query_string={field: value})
            assert_nothing_told(answer, walked, name, route, field, asked=[value])
            count += 1
    print(f"{name}: {count} questions with ids of another")


def test_walk_ids_of_another_in_every_question_to_the_api(walked: Walked) -> None:
    ids, count = walked.bora_ids(), 0
    key = {"Authorization": f"Bearer {walked.key('akin')}"}
    client = walked.app.test_client()
    document = client.get("/api/v1/openapi.json").get_json()
    for path, operations in document["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", ()):
            if parameter["in"] != "query" or "{" in path:
                continue
            for turn in range(3):
                value = _value(ids, parameter["name"], walked, turn)
                answer = client.get(path, headers=key, query_string={parameter["name"]: value})
                assert_nothing_told(answer, walked, path, parameter["name"], asked=[value])
                count += 1
    print(f"{count} questions to the API with ids of another")
    assert count > 20


def test_walk_ids_of_another_in_every_body_of_the_api(walked: Walked) -> None:
    """Bodies made from the OpenAPI document: each id and text in them is one of Bora's."""
    before, ids, count = walked.rows_of_bora(), walked.bora_ids(), 0
    client = walked.app.test_client()
    document = client.get("/api/v1/openapi.json").get_json()
    key = {"Authorization": f"Bearer {walked.key('akin')}"}
    for path, operations in document["paths"].items():
        for method in ("post", "put", "patch"):
            content = operations.get(method, {}).get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            if schema is None:
                continue
            for turn in range(3):
                body = _body(document, schema, ids, walked, turn)
                address = path.replace("{", "<uuid:").replace("}", ">")
                route = Route(path, method, address, None, None, False)
                answer = client.open(route.address(), method=method.upper(), headers=key, json=body)
                assert_nothing_told(answer, walked, path, body)
                count += 1
    assert walked.rows_of_bora() == before
    print(f"{count} bodies with ids of another")
    assert count > 20


def _value(ids: dict[str, list[str]], field: str, walked: Walked, turn: int) -> str:
    """What is put into a field: an id of the column of its name, Bora's own, or what would find him by his name."""
    if field in ("number", "ettn"):
        return walked.bora_document[field]
    if field in ("q", "search", "title"):
        return ("Saklayan", walked.bora_document["number"], str(walked.bora))[turn]
    return (*likely(ids, field, most=2), str(walked.bora), str(walked.bora))[turn]


def _body(
    document: dict[str, Any], schema: dict[str, Any], ids: dict[str, list[str]], walked: Walked, turn: int
) -> Any:
    """A body that fits the schema as far as it matters, with Bora's ids wherever an id or a text stands."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return _body(document, document["components"]["schemas"][name], ids, walked, turn)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _body(document, schema[choice][0], ids, walked, turn)
    if "enum" in schema:
        return schema["enum"][turn % len(schema["enum"])]
    if "const" in schema:
        return schema["const"]
    match schema.get("type"):
        case "object":
            return {
                name: _value(ids, name, walked, turn) if one.get("type") == "string" and "enum" not in one
                else _body(document, one, ids, walked, turn)
                for name, one in schema.get("properties", {}).items()
            }  # fmt: skip
        case "array":
            return [_body(document, schema.get("items", {"type": "string"}), ids, walked, turn)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case _:
            return str(walked.bora)
