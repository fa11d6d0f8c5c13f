"""The OpenAPI 3.1 document: APIFlask walks the routes, our notes say what they take and give."""

from typing import Any

from apiflask import APIFlask
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from ebelge.api.answers import Problem
from ebelge.api.described import Description
from ebelge.api.example_bodies import example_of
from ebelge.api.reading import BulkRequest
from ebelge.edge.access import needed_scope
from ebelge.edge.problems import PROBLEM_JSON
from ebelge.ubl.draft import DespatchDraft, InvoiceDraft, ProducerReceiptDraft
from ebelge.ubl.esmm_draft import ProfessionalReceiptDraft
from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind

DRAFTS: tuple[type[BaseModel], ...] = (
    InvoiceDraft,
    DespatchDraft,
    ProducerReceiptDraft,
    ProfessionalReceiptDraft,
)
REFUSALS = {
    400: "The request cannot be read",
    401: "No valid key",
    402: "Not enough kontör; nothing was stored",
    403: "The key may not do this",
    404: "Not found in this account",
    409: "The state does not allow this, a number or ETTN is taken, or an Idempotency-Key was reused",
    413: "The body is too large",
    415: "The media type is not accepted",
    422: "A rule is broken; `detail`, with a document `findings`, say which, where and how to mend it",
    503: "The service cannot do this just now; `detail` says why",
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "1-255 visible ASCII characters. The same key and body get the same answer again for 30 days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
DESCRIPTION = """\
Send e-Fatura, e-Arşiv Fatura, e-İrsaliye and e-Müstahsil Makbuzu. A document is checked by GİB's own rules, numbered,
charged, signed and delivered; a document that is refused costs nothing and takes no number.

Authenticate with `Authorization: Bearer eb_live_…`; `eb_test_…` keys reach the sandbox. Errors are RFC 9457 problem
documents with a stable `code`; their words are Turkish or English by `Accept-Language`.
"""
_EXAMPLES = {
    "e-Fatura": DocumentKind.EFATURA,
    "e-Arşiv": DocumentKind.EARSIV,
    "e-İrsaliye": DocumentKind.EIRSALIYE,
    "e-Müstahsil": DocumentKind.EMM,
    "e-SMM": DocumentKind.ESMM,
}


def register(app: APIFlask) -> None:
    """Let the application's OpenAPI document be filled by our notes."""
    app.description = DESCRIPTION
    app.servers = [{"url": "/", "description": "This server"}]

    def filled(spec: dict[str, Any] | str) -> dict[str, Any] | str:
        # a string only if APIFlask were told to write YAML
        return complete(app, spec) if isinstance(spec, dict) else spec

    app.spec_processor(filled)


def complete(app: APIFlask, spec: dict[str, Any]) -> dict[str, Any]:
    """Fill APIFlask's skeleton with our notes. Routes without a note (docs, health) keep theirs."""
    views = _described(app)
    spec["components"] = spec.get("components", {}) | {
        "schemas": _schemas(list(views.values())),
        "securitySchemes": {
            "key": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key: eb_live_… or eb_test_… (sandbox)",
            }
        },
    }
    for path in spec["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and operation.get("operationId") in views:
                endpoint, description = views[operation["operationId"]]
                _fill(app, operation, endpoint, description)
    return spec


def _described(app: APIFlask) -> dict[str, tuple[str, Description]]:
    found = {}
    for rule in app.url_map.iter_rules():
        note = getattr(app.view_functions[rule.endpoint], "described", None)
        for method in rule.methods or ():
            if note is not None and method not in ("HEAD", "OPTIONS"):
                found[f"{method.lower()}_{rule.endpoint.replace('.', '_')}"] = (rule.endpoint, note)
    return found


def _schemas(views: list[tuple[str, Description]]) -> dict[str, Any]:
    answers = {model for _, note in views for model in (note.answer, note.also) if model is not None}
    given: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (model, "serialization") for model in sorted(answers | {Problem}, key=lambda m: m.__name__)
    ]
    noted = {note.body for _, note in views if isinstance(note.body, type)}
    bodies: list[type[BaseModel]] = [*DRAFTS, BulkRequest, *sorted(noted, key=lambda model: model.__name__)]
    taken: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in bodies]
    _, found = models_json_schema([*given, *taken], ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = found["$defs"]
    for schema in schemas.values():
        _plain(schema)
    return schemas


def _plain(schema: dict[str, Any]) -> None:
    """Drop generated titles: they repeat the names."""
    schema.pop("title", None)
    for value in schema.get("properties", {}).values():
        value.pop("title", None)


def _fill(app: APIFlask, operation: dict[str, Any], endpoint: str, note: Description) -> None:
    scope = needed_scope(app, endpoint)
    if scope:
        operation["security"] = [{"key": []}]
        operation["x-scope"] = scope
    operation["parameters"] = [*operation.get("parameters", []), *_parameters(note)]
    if note.body is not None:
        operation["requestBody"] = _body(note)
    responses: dict[str, Any] = {str(note.status.value): _success(note)}
    for status in sorted({400, 401, 403, *note.refusals} | ({409} if note.idempotent else set())):
        responses[str(status)] = {
            "description": REFUSALS[status],
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    operation["responses"] = responses


def _parameters(note: Description) -> list[dict[str, Any]]:
    found = []
    if note.query is not None:
        schema = note.query.model_json_schema()
        for name, field in schema["properties"].items():
            field = _without_null(field)
            found.append(
                {
                    "name": name,
                    "in": "query",
                    "required": name in schema.get("required", []),
                    "description": field.pop("description", ""),
                    "schema": field,
                }
            )
    return [*found, IDEMPOTENCY_KEY] if note.idempotent else found


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """A property as a query parameter: there is no null in a query, an absent parameter says the same."""
    choices = [choice for choice in field.get("anyOf", []) if choice.get("type") != "null"]
    merged = {name: value for name, value in field.items() if name not in ("anyOf", "title")}
    if len(choices) == 1:
        merged = {**choices[0], **merged}
        if merged.get("default", ...) is None:
            del merged["default"]
    elif choices:
        merged["anyOf"] = choices
    return merged


def _success(note: Description) -> dict[str, Any]:
    if note.answer is None:
        return {
            "description": "The document",
            "content": {media_type: {"schema": {"type": "string"}} for media_type in note.media_types},
        }
    schema: dict[str, Any] = {"$ref": f"#/components/schemas/{note.answer.__name__}"}
    if note.also is not None:
        schema = {"oneOf": [schema, {"$ref": f"#/components/schemas/{note.also.__name__}"}]}
    text = (note.answer.__doc__ or "").strip().splitlines()[0]
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _body(note: Description) -> dict[str, Any]:
    if isinstance(note.body, type):
        schema = {"$ref": f"#/components/schemas/{note.body.__name__}"}
        content = {"schema": schema, "example": example_of(note.body)}
        return {"required": True, "content": {"application/json": content}}
    if note.body == "file":
        binary = {"type": "string", "format": "binary", "description": "The file's bytes, as they are"}
        return {"required": True, "content": {"application/octet-stream": {"schema": binary}}}
    if note.body == "bulk":
        example = {"documents": [{"draft": example_json(DocumentKind.EFATURA), "series": "AKN"}]}
        content = {"schema": {"$ref": "#/components/schemas/BulkRequest"}, "example": example}
        return {"required": True, "content": {"application/json": content}}
    drafts = [{"$ref": f"#/components/schemas/{model.__name__}"} for model in DRAFTS]
    return {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"oneOf": drafts},
                "examples": {name: {"value": example_json(kind)} for name, kind in _EXAMPLES.items()},
            },
            "application/xml": {
                "schema": {"type": "string", "description": "UBL-TR 1.2.1: Invoice, DespatchAdvice or CreditNote"}
            },
        },
    }
