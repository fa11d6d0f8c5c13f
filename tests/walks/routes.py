"""The routes of the application as walks take them: addresses with ids filled in, and the fields that views read."""

from __future__ import annotations

import html
import inspect
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Flask
from werkzeug.test import TestResponse

from ebelge.edge.access import PUBLIC, needed_right, needed_scope, needs_person

NOBODYS = "01a205e0-4ad8-76d1-b5e6-74caede1a4b4"
_PLACE = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
_FORM = re.compile(r"""\b(?:form|request\.form)(?:\.get|\.getlist)?[(\[]\s*["'](\w+)["']""")
_ARGS = re.compile(r"""\b(?:args|request\.args)(?:\.get|\.getlist)?[(\[]\s*["'](\w+)["']""")


@dataclass(frozen=True)
class Route:
    """One method of one rule."""

    endpoint: str
    method: str
    rule: str
    scope: str | None
    right: str | None
    own: bool

    @property
    def places(self) -> list[str]:
        return [name for _, name in _PLACE.findall(self.rule)]

    def address(self, ids: Mapping[str, str] | None = None) -> str:
        """The rule with its places filled in: by name, else with an id that nobody has."""
        return _PLACE.sub(lambda found: (ids or {}).get(found[2], _nobodys(found[1])), self.rule)


def _nobodys(converter: str) -> str:
    return {"uuid": NOBODYS, "int": "1"}.get(converter, "yok")


def routes(app: Flask, *, public: bool = False) -> Iterator[Route]:
    """Every method of every rule that is not public; or of those that are."""
    for rule in app.url_map.iter_rules():
        if (rule.endpoint in PUBLIC) != public:
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            yield Route(
                rule.endpoint, method, rule.rule, needed_scope(app, rule.endpoint), needed_right(app, rule.endpoint),
                needs_person(app, rule.endpoint),
            )  # fmt: skip


def fields(app: Flask, route: Route) -> tuple[Sequence[str], Sequence[str]]:
    """Names of the form fields and of the query parameters that the view's module reads."""
    module = inspect.getmodule(inspect.unwrap(app.view_functions[route.endpoint]))
    source = inspect.getsource(module) if module is not None else ""
    return sorted(set(_FORM.findall(source))), sorted(set(_ARGS.findall(source)))


def said(answer: TestResponse) -> str:
    """Everything an answer says: its text without HTML's escapes; of a sheet or an archive what lies inside."""
    data = answer.get_data()
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"\n".join(archive.read(name) for name in archive.namelist())
    return html.unescape(data.decode("utf-8", "replace")) + str(answer.headers)
