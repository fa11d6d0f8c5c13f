"""The OpenAPI document, laid out for a reader: operations by group, fields of each schema, an example call."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

GROUPS = {
    "Documents": "Send, check, look at, download, correct.",
    "Incoming": "Invoices and despatch notes that came through GİB: list, look at, download, answer, send back.",
    "Kontör": "What is left, where it came from, where it went.",
    "Orders": "Buy kontör by card or bank transfer.",
    "Account": "The account behind the key and its number series.",
    "Company": "The company's data, branches, series, services with what they still need, aliases, designs, settings.",
    "Archive": "Find what was kept, tag it, put files of your own and e-Defter files into it.",
    "Webhooks": "Let us tell your software what happens. What is sent, and how it is signed, stands above.",
    "Pools and resellers": "For groups with a pool of kontör, and for resellers.",
}
SHORT = 300
# In the order in which a newcomer needs them.
ORDER = (
    "post_documents_create",
    "post_documents_check_only",
    "post_documents_create_many",
    "get_lookups_get_document",
    "get_lookups_list_documents",
    "get_lookups_list_events",
    "get_lookups_get_xml",
    "get_lookups_get_html",
    "get_lookups_get_pdf",
    "get_bundles_get_zip",
    "post_decisions_correct_document",
    "post_decisions_withdraw_document",
    "post_decisions_resend_document",
    "post_decisions_give_up_document",
    "post_reports_cancel_document",
    "post_reports_object_to_document",
    "get_reports_get_standing",
    "get_reports_list_reports",
    "get_billing_get_balance",
)


@dataclass(frozen=True)
class Field:
    """A property of a schema."""

    name: str
    type: str
    link: str
    required: bool
    text: str


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    anchor: str
    method: str
    path: str
    title: str
    text: str
    scope: str
    parameters: list[dict[str, Any]]
    bodies: list[tuple[str, str, str, str]]
    answers: list[tuple[str, str, str]]
    curl: str


def page(spec: dict[str, Any]) -> dict[str, Any]:
    """What the template shows."""
    operations: dict[str, list[Operation]] = {}
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict):
                group = (operation.get("tags") or ["-"])[0]
                operations.setdefault(group, []).append(_operation(path, method, operation))
    groups = [
        (name, GROUPS.get(name, ""), sorted(operations[name], key=_place))
        for name in sorted(operations, key=lambda n: list(GROUPS).index(n) if n in GROUPS else 99)
    ]
    schemas = {
        name: (schema.get("description", ""), list(_fields(schema)))
        for name, schema in sorted(spec["components"]["schemas"].items())
    }
    return {"groups": groups, "schemas": schemas}


def _place(operation: Operation) -> int:
    return ORDER.index(operation.anchor) if operation.anchor in ORDER else len(ORDER)


def _operation(path: str, method: str, operation: dict[str, Any]) -> Operation:
    return Operation(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        title=operation.get("summary", ""),
        text=operation.get("description", ""),
        scope=operation.get("x-scope", ""),
        parameters=[
            {**parameter, "type": _type(parameter["schema"])[0]} for parameter in operation.get("parameters", [])
        ],
        bodies=list(_bodies(operation)),
        answers=[_answer(status, answer) for status, answer in operation["responses"].items()],
        curl=_curl(path, method, operation),
    )


def _bodies(operation: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """(title, schema, example, what it is if there is no example) of each form the body may have."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        schemas = content["schema"].get("oneOf", [content["schema"]])
        examples = content.get("examples") or (
            {media_type: {"value": content["example"]}} if "example" in content else {}
        )
        if not examples:
            yield media_type, "", "", content["schema"].get("description", "")
        for name, example in examples.items():
            text = json.dumps(example["value"], indent=2, ensure_ascii=False)
            yield name, _ref(_schema_of(name, schemas)), text, ""


def _schema_of(example: str, schemas: list[dict[str, Any]]) -> dict[str, Any]:
    """Which of the drafts an example is of."""
    wanted = {
        "e-İrsaliye": "DespatchDraft", "e-Müstahsil": "ProducerReceiptDraft", "e-SMM": "ProfessionalReceiptDraft",
    }.get(example, "")  # fmt: skip
    return next((schema for schema in schemas if _ref(schema) == wanted), schemas[0])


def _answer(status: str, answer: dict[str, Any]) -> tuple[str, str, str]:
    contents: list[dict[str, Any]] = list(answer.get("content", {}).values())
    return status, answer["description"], _ref(contents[0].get("schema", {})) if contents else ""


def _ref(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _fields(schema: dict[str, Any]) -> Iterator[Field]:
    for name, value in schema.get("properties", {}).items():
        kind, link = _type(value)
        yield Field(name, kind, link, name in schema.get("required", []), value.get("description", ""))


def _type(schema: dict[str, Any]) -> tuple[str, str]:
    """A schema's type in words, and the schema it points to."""
    if "$ref" in schema:
        return _ref(schema), _ref(schema)
    for many in ("anyOf", "oneOf", "allOf"):
        if many in schema:
            parts = [_type(part) for part in schema[many]]
            names = list(dict.fromkeys(name for name, _ in parts if name != "null"))
            nullable = " or null" if any(name == "null" for name, _ in parts) else ""
            return " or ".join(names) + nullable, next((link for _, link in parts if link), "")
    if schema.get("type") == "array":
        name, link = _type(schema.get("items", {}))
        return f"list of {name}", link
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"]), ""
    if "const" in schema:
        return str(schema["const"]), ""
    name = str(schema.get("type", "any"))
    return (f"{name} ({schema['format']})" if "format" in schema else name), ""


def _curl(path: str, method: str, operation: dict[str, Any]) -> str:
    lines = [f'curl "$EBELGE_URL{path}" -H "Authorization: Bearer $EBELGE_KEY"']
    if method != "get":
        lines[0] = lines[0].replace("curl ", f"curl -X {method.upper()} ", 1)
    if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", [])):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    content = operation.get("requestBody", {}).get("content", {})
    lines += [f'-H "Content-Type: {media_type}" {data}' for media_type, data in _data(content)]
    return " \\\n     ".join(lines)


def _data(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The body of the call, in the first of its forms: what is short in words, what is long as a file."""
    for media_type, form in list(content.items())[:1]:
        if media_type != "application/json":
            yield media_type, "--data-binary @dosya"
        elif "examples" in form:
            yield media_type, "--data-binary @fatura.json"
        else:
            text = json.dumps(form["example"], ensure_ascii=False)
            yield media_type, f"-d '{text}'" if len(text) < SHORT and "'" not in text else "--data-binary @govde.json"
