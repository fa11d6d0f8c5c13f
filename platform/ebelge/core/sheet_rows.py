"""Rows of a sheet that a stranger filled in: its header found by names in two languages, each row read or explained."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ebelge.core.cells import TEXT_MAX, BadCell, Column, plain, shown
from ebelge.core.findings import Finding
from ebelge.core.folding import fold
from ebelge.core.workbooks import Cell, Sheet

HEADER_ROWS_MAX = 20
SHOWN_MAX = 60


@dataclass(frozen=True, slots=True)
class Row:
    """A row's number as the spreadsheet shows it, and its fields by name (None where an optional cell is empty)."""

    number: int
    fields: Mapping[str, Any]


def read_rows(sheet: Sheet, columns: Sequence[Column]) -> tuple[list[Row], list[Finding]]:
    """The rows that can be read, and a finding for each cell or heading that cannot.

    Empty rows are passed over. Columns with other names are not looked at. Without the required headings there are no
    rows and one finding that names what is missing.
    """
    at = _header(sheet, columns)
    if at is None:
        return [], [_no_header(sheet, columns)]
    places = _places(sheet.rows[at], columns)
    rows: list[Row] = []
    findings: list[Finding] = []
    for number, cells in enumerate(sheet.rows[at + 1 :], start=at + 2):
        if not any(plain(cell) for cell in cells):
            continue
        fields: dict[str, Any] = {}
        wrong = list(_read(sheet.title, number, cells, columns, places, fields))
        findings += wrong
        if not wrong:
            rows.append(Row(number, fields))
    return rows, findings


def texts(sheet: Sheet, columns: Sequence[Column]) -> list[tuple[int, dict[str, str]]]:
    """What stands in each filled row, right or wrong, as text by field; nothing without a header."""
    at = _header(sheet, columns)
    if at is None:
        return []
    places = _places(sheet.rows[at], columns)
    return [
        (number, {
            column.field: plain(cells[place])[:TEXT_MAX]
            if (place := places.get(column.field, len(cells))) < len(cells) else ""
            for column in columns
        })
        for number, cells in enumerate(sheet.rows[at + 1 :], start=at + 2)
        if any(plain(cell) for cell in cells)
    ]  # fmt: skip


def template(columns: Sequence[Column], *, turkish: bool) -> list[str]:
    """The headings of an empty sheet; what must be filled in bears a star."""
    return [(column.name_tr if turkish else column.name_en) + (" *" if column.required else "") for column in columns]


def unstarred(heading: str) -> str:
    """A heading without the star of a template, as sentences and labels name it."""
    return heading.removesuffix(" *")


def _read(
    title: str,
    number: int,
    cells: Sequence[Cell],
    columns: Sequence[Column],
    places: Mapping[str, int],
    fields: dict[str, Any],
) -> Iterator[Finding]:
    for column in columns:
        place = places.get(column.field)
        cell = cells[place] if place is not None and place < len(cells) else None
        try:
            if plain(cell):
                fields[column.field] = column.read(cell)
            elif column.required:
                raise BadCell("boş olamaz", "is needed")
            else:
                fields[column.field] = None
        except BadCell as error:
            yield finding(title, number, column, cell, error)


def finding(title: str, number: int, column: Column, cell: Cell, error: BadCell) -> Finding:
    """What is wrong with one cell, told with its place and what stands there."""
    there = shown(cell)[:SHOWN_MAX]
    tr, en = (f"{unstarred(column.name_tr)} {error.tr}", f"{unstarred(column.name_en)} {error.en}")
    return Finding(
        rule=f"sheet.{column.field}",
        message_tr=f"{title}, satır {number}: {tr}" + (f" ('{there}')." if there else "."),
        message_en=f"{title}, row {number}: {en}" + (f" ('{there}')." if there else "."),
        line=number,
        path=f"{title}!{column.name_tr}",
    )


def _header(sheet: Sheet, columns: Sequence[Column]) -> int | None:
    required = {column.field for column in columns if column.required}
    for number, row in enumerate(sheet.rows[:HEADER_ROWS_MAX]):
        if required <= _places(row, columns).keys():
            return number
    return None


def _places(row: Sequence[Cell], columns: Sequence[Column]) -> dict[str, int]:
    by_name = {name: column.field for column in columns for name in column.names()}
    places: dict[str, int] = {}
    for place, cell in enumerate(row):
        field = by_name.get(fold(plain(cell)[:80]))
        if field is not None:
            places.setdefault(field, place)
    return places


def _no_header(sheet: Sheet, columns: Sequence[Column]) -> Finding:
    found = set().union(*(_places(row, columns).keys() for row in sheet.rows[:HEADER_ROWS_MAX]))
    missing = [column for column in columns if column.required and column.field not in found] or list(columns)
    return Finding(
        rule="sheet.header",
        message_tr=f"{sheet.title}: başlık satırında şu sütunlar eksik: {', '.join(one.name_tr for one in missing)}.",
        message_en=f"{sheet.title}: the header row lacks these columns: {', '.join(one.name_en for one in missing)}.",
        mend_tr="Şablonu indirin ve başlıklarını değiştirmeden doldurun.",
        mend_en="Take the template and fill it in without changing its headings.",
        path=sheet.title,
    )
