"""A list as a sheet: CSV while it is read, XLSX when it is whole; bounded, dates and amounts as what they are."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from flask import Response

from ebelge.core.clock import istanbul_date
from ebelge.core.errors import NotFound
from ebelge.core.sheets import Cell, csv_line, xlsx_bytes
from ebelge.edge.requests import request_at

CSV_ROWS_MAX: Final = 100_000
XLSX_ROWS_MAX: Final = 20_000
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CUT: Final = (
    "Dosya {n} satırda kesildi. Dönemi daraltıp kalanını ayrıca indirin.",
    "The file was cut at {n} rows. Narrow the period and download the rest by itself.",
)


def answer(form: str, *, heads: Sequence[str], rows: Iterator[list[Cell]], name: str, side: int) -> Response:
    """The rows under their heads as `csv` or `xlsx`; a last row says if there would have been more.

    :raises NotFound: there is no such form.
    """
    match form:
        case "csv":
            lines = (csv_line(cells) for cells in _bounded(heads, rows, CSV_ROWS_MAX, side))
            response = Response(_marked(lines), content_type="text/csv; charset=utf-8")
        case "xlsx":
            table = list(_bounded(heads, rows, XLSX_ROWS_MAX, side))
            response = Response(xlsx_bytes(table, title=name), content_type=XLSX)
        case _:
            raise NotFound()
    file_name = f"{name}-{istanbul_date(request_at()).isoformat()}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _bounded(
    heads: Sequence[str], rows: Iterator[list[Cell]], rows_max: int, side: int
) -> Iterator[Sequence[Cell]]:  # fmt: skip
    yield heads
    yield from islice(rows, rows_max)
    if next(rows, None) is not None:
        yield [_CUT[side].format(n=rows_max)]


def _marked(lines: Iterator[str]) -> Iterator[bytes]:
    """With the byte order mark by which spreadsheets know UTF-8."""
    yield b"\xef\xbb\xbf"
    for line in lines:
        yield line.encode()
