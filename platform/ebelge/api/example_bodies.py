"""An example of a JSON body, made of its model: what is required, and no more."""

from typing import Any, Final

from pydantic import BaseModel

# What stands where neither the field nor its type says more.
_WORDS: Final[dict[str, Any]] = {
    "url": "https://erp.example.com/ebelge", "vkn_tckn": "1920384751", "code": "IZM", "name": "Örnek",
    "title": "Bora A.Ş.", "surname": "Akın", "district": "Konak", "city": "İzmir", "email": "muhasebe@bora.example",
    "owner_email": "muhasebe@bora.example", "file_name": "faturalar.xlsx", "file_base64": "UEsDBBQAAAAIAA==",
    "xslt_base64": "PHhzbDpzdHlsZXNoZWV0Lz4=", "alias": "urn:mail:defaultgb@bora.example", "reason": "Tutar yanlış",
    "item": "Kompresör", "line": "1", "quantity": "2", "notes": "Teşekkür ederiz.", "method": "bank",
}  # fmt: skip
_FORMATS: Final = {
    "uuid": "01a205e0-4ad8-76d1-b5e6-74caede1a4b4",
    "date": "2026-11-30",
    "date-time": "2026-11-30T09:00:00Z",
}


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """A body of this model as a client would begin with it."""
    schema = model.model_json_schema()
    found = _value("", schema, schema.get("$defs", {}))
    if not found and schema.get("properties"):  # nothing is required: the first field shows the way
        name, field = next(iter(schema["properties"].items()))
        return {name: _value(name, field, schema.get("$defs", {}))}
    return dict(found)


def _value(name: str, schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _value(name, defs[schema["$ref"].rpartition("/")[2]], defs)
    for given in ("const", "default"):
        if schema.get(given) not in (None, ""):
            return schema[given]
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema and name not in _WORDS:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _value(name, _plainest(schema["anyOf"]), defs)
    return _of_type(name, schema, defs)


def _plainest(choices: list[dict[str, Any]]) -> dict[str, Any]:
    """An amount as a string rather than as a number, anything rather than null."""
    return next((one for one in choices if one.get("type") == "string"), choices[0])


def _of_type(name: str, schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {one: _value(one, fields[one], defs) for one in schema.get("required", [])}
        case "array":
            return [_value(name, schema.get("items", {}), defs)]
        case "integer" | "number":
            return max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return True
    if name not in _WORDS and "format" in schema:
        return _FORMATS.get(schema["format"], "")
    return _WORDS.get(name, "100")
