"""Which column of a stranger's sheet means what: guessed by names, corrected by people, kept for the next file."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ebelge.bulk.columns import COLUMNS, REFERENCE, BulkColumn, Form
from ebelge.core.cells import Column, plain
from ebelge.core.errors import InvalidRequest
from ebelge.core.folding import fold
from ebelge.core.workbooks import Sheet

HEADER_ROWS_MAX = 20
HEADING_MAX = 80


def header_of(sheet: Sheet, form: Form) -> tuple[int, list[str]] | None:
    """The row of headings (counted from 0) and what they say; None for a sheet without any.

    It is the row in which most names are known; where none is, the first row with three texts.
    """
    known = {name for column in COLUMNS[form] for name in _names(column)}
    best, first = (0, -1), -1
    for number, row in enumerate(sheet.rows[:HEADER_ROWS_MAX]):
        texts = [fold(plain(cell)[:HEADING_MAX]) for cell in row if isinstance(cell, str) and plain(cell)]
        best = max(best, (sum(1 for text in texts if text in known), -number))
        if first < 0 and len(texts) >= 3:
            first = number
    at = -best[1] if best[0] >= 2 else first
    if at < 0:
        return None
    headings = list(dict.fromkeys(plain(cell)[:HEADING_MAX] for cell in sheet.rows[at] if plain(cell)))
    return at, headings


def suggest(form: Form, headings: Sequence[str]) -> dict[str, str]:
    """Field -> heading, for every heading whose name is known; each heading means one thing only."""
    by_name = {fold(heading): heading for heading in reversed(headings)}
    found: dict[str, str] = {}
    for column in COLUMNS[form]:
        heading = next((by_name[name] for name in _names(column) if name in by_name), None)
        if heading is not None and heading not in found.values():
            found[column.field] = heading
    return found


def checked(form: Form, headings: Sequence[str], fields: Mapping[str, str]) -> dict[str, str]:
    """A mapping as a person gave it. :raises InvalidRequest: an unknown field or heading, or a heading used twice."""
    known = {column.field for column in COLUMNS[form]}
    kept = {field: heading for field, heading in fields.items() if heading}
    for field, heading in kept.items():
        if field not in known or heading not in headings:
            raise InvalidRequest(
                f"Sütun eşlemesi tanınmıyor: {field[:60]} -> {heading[:60]}",
                f"Unknown column or heading: {field[:60]} -> {heading[:60]}",
            )
    twice = [heading for heading in kept.values() if list(kept.values()).count(heading) > 1]
    if twice:
        raise InvalidRequest(
            f"'{twice[0]}' sütunu iki alana birden eşlenmiş.", f"The column '{twice[0]}' is used for two fields."
        )
    return kept


def missing(form: Form, mapping: Mapping[str, str]) -> list[Column]:
    """The columns that must be there and are not mapped."""
    return [one.column for one in COLUMNS[form] if one.column.required and one.field not in mapping]


def columns(form: Form, mapping: Mapping[str, str]) -> list[Column]:
    """The mapped columns under the headings of the sheet: so is every cell's fault told in its owner's words."""
    return [
        replace(one.column, name_tr=mapping[one.field], name_en=mapping[one.field])
        for one in COLUMNS[form]
        if one.field in mapping
    ]


def digest(headings: Sequence[str]) -> bytes:
    """What a sheet's headings are remembered by."""
    return hashlib.sha256("\n".join(fold(heading) for heading in headings).encode()).digest()


def _names(column: BulkColumn) -> list[str]:
    """Names that mean the column, the surest first. The reference has the vaguest ones and never takes another's."""
    own = [*column.column.names(), *(fold(name) for name in column.also)]
    return [name for name in dict.fromkeys(own) if name or column.field != REFERENCE]
