"""Sheets over the API: one answer for every route that gives a table as a file."""

from typing import Final, Literal

from flask import Response

CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Form = Literal["xlsx", "csv"]
# What a route that answers with a sheet may give, for its description.
SHEETS: Final = (XLSX, "text/csv")


def sheet(data: bytes, *, form: Form, name: str) -> Response:
    """A sheet to be saved as `name`; never kept by a cache."""
    response = Response(data, content_type=CSV if form == "csv" else XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
