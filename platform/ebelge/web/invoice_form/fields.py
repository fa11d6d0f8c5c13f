"""Fields of the form <-> the JSON of a document: `lines[0].unit_price` is the name of the field and the path in both.

Figures are typed as Turkish readers write them (1.234,5) and stand in the JSON with a point.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ebelge.ubl import codes
from ebelge.ubl.draft import MODELS
from ebelge.web.forms import plain_figure
from ebelge.web.invoice_form.identity import joined, parted

LINES_MAX: Final = 1000
FIELDS_MAX: Final = 40_000
TEXT_MAX: Final = 4000
_DEPTH_MAX: Final = 4
_INDEX_MAX: Final = 100
_PART: Final = re.compile(r"([a-z_]{1,40})(?:\[(\d{1,4})\])?")
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
FIGURES: Final = frozenset({
    "quantity", "unit_price", "percent", "amount", "kdv_rate", "exchange_rate", "withholding_rate", "gross",
    "stopaj_rate", "special_base", "accommodation_tax_rate", "count", "rate",
})  # fmt: skip
# A row with none of these is an empty row of the form, whatever its choices say.
_FILLED: Final = ("name", "unit_price", "gross", "description", "seller_code")
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Posted:
    """What the form said: the body, and which row of the form each of its lines was."""

    body: dict[str, Any]
    rows: tuple[int, ...] = ()

    def field_of(self, path: str) -> str:
        """The name of the field that a path in the body came from."""
        found = re.match(r"lines\[(\d+)\]", path)
        if found is None or int(found[1]) >= len(self.rows):
            return path
        return f"lines[{self.rows[int(found[1])]}]{path[found.end() :]}"


@dataclass(slots=True)
class Values:
    """What stands in the form's fields; `rest` are those that no field has shown."""

    flat: dict[str, str]
    shown: set[str] = field(default_factory=set)

    def text(self, name: str, otherwise: str = "") -> str:
        """The words of a field."""
        self.shown.add(name)
        return self.flat.get(name, otherwise)

    def figure(self, name: str, otherwise: str = "") -> str:
        """A figure as it is typed: with a comma."""
        return self.text(name, otherwise).replace(".", ",")

    def has(self, start: str) -> bool:
        """Whether anything stands below a path."""
        return any(name.startswith(start) for name in self.flat)

    def rest(self) -> list[tuple[str, str]]:
        """Fields of the document for which the form has no place: they are carried along unseen."""
        return [(name, value) for name, value in self.flat.items() if name not in self.shown]

    @property
    def lines(self) -> int:
        """How many lines there are."""
        found = [int(one[1]) for name in self.flat if (one := re.match(r"lines\[(\d+)\]", name))]
        return max(found, default=-1) + 1


def read(given: Iterable[tuple[str, str]], *, kind: str) -> Posted:
    """The body that these fields say; empty ones and what is no field of the kind are left out."""
    known = MODELS[kind].model_fields.keys() | {"buyer", "farmer"}
    tree: dict[str, Any] = {}
    for count, (name, value) in enumerate(given):
        path = path_of(name)
        if count >= FIELDS_MAX or path is None or path[0] not in known:
            continue
        said = _UNSEEN.sub("", value)[:TEXT_MAX].strip()
        if said:
            _put(tree, path, plain_figure(said) if path[-1] in FIGURES else said)
    lines = tree.pop("lines", {})
    lines = lines if isinstance(lines, dict) else {}
    rows = tuple(sorted(row for row, line in lines.items() if isinstance(row, int) and _is_filled(line)))
    body: dict[str, Any] = {"kind": kind} | {name: _settled(one) for name, one in tree.items() if name != "kind"}
    for party in ("buyer", "farmer"):
        if isinstance(body.get(party), dict):
            body[party] = parted(body[party])
    if isinstance(body.get("deductions"), list):  # the form names each; those without a figure are none
        body["deductions"] = [one for one in body["deductions"] if not isinstance(one, dict) or one.get("percent")]
    body["lines"] = [_numbered(_settled(lines[row])) for row in rows]
    return Posted(body, rows)


def is_empty(body: Mapping[str, Any]) -> bool:
    """Whether nothing was written yet: no party, no line, no note."""
    return not any(body.get(name) for name in ("buyer", "farmer", "lines", "notes"))


def values_of(body: Mapping[str, Any]) -> Values:
    """The fields of a body."""
    shown = dict(body)
    for party in ("buyer", "farmer"):
        if isinstance(shown.get(party), dict):
            shown[party] = joined(shown[party])
    if isinstance(shown.get("deductions"), list):
        shown["deductions"] = _by_code(shown["deductions"])
    flat = dict(_flat(shown, ""))
    return Values({name: _short(value) if name.endswith("kdv_rate") else value for name, value in flat.items()})


def path_of(name: str) -> Path | None:
    """The path that a field's name is; None if it is none."""
    path: list[str | int] = []
    for part in name.split("."):
        found = _PART.fullmatch(part)
        if found is None or len(path) >= _DEPTH_MAX * 2:
            return None
        path.append(found[1])
        if found[2] is not None:
            index = int(found[2])
            if index >= (LINES_MAX if path == ["lines"] else _INDEX_MAX):
                return None
            path.append(index)
    return tuple(path)


def _put(tree: dict[Any, Any], path: Path, value: str) -> None:
    at = tree
    for part in path[:-1]:
        below = at.setdefault(part, {})
        if not isinstance(below, dict):
            return
        at = below
    at.setdefault(path[-1], value)


def _settled(tree: Any) -> Any:
    """Places by number become lists, gaps closed."""
    if not isinstance(tree, dict):
        return tree
    if tree and all(isinstance(key, int) for key in tree):
        return [_settled(tree[key]) for key in sorted(tree)]
    return {str(key): _settled(value) for key, value in tree.items()}


def _numbered(line: Any) -> Any:
    """A line without numbers of the goods of which only the kind was chosen: the form makes a lone choice itself."""
    given = line.get("identifiers")
    if not isinstance(given, list):
        return line
    kept = [one for one in given if not isinstance(one, dict) or one.get("value")]
    return line | {"identifiers": kept} if kept else {key: one for key, one in line.items() if key != "identifiers"}


def _is_filled(line: Any) -> bool:
    return isinstance(line, dict) and any(line.get(name) for name in _FILLED)


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _flat(one, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _flat(one, f"{name}[{place}]")
    elif value not in (None, ""):
        yield name, str(value)


def _by_code(deductions: list[Any]) -> list[Any]:
    """Deductions in the places that the form has for them."""
    given = {one.get("code"): one for one in deductions if isinstance(one, dict)}
    return [given.get(code, {"code": code}) for code in codes.PRODUCER_DEDUCTIONS]


def _short(figure: str) -> str:
    """A rate as the form's list has it: 20.00 is 20."""
    return figure.rstrip("0").rstrip(".") or "0" if "." in figure else figure
