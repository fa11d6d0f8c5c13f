"""What the pages of contacts and products share: their sheets in and out, the way to the next page."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final
from uuid import UUID

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.sheets import csv_bytes, xlsx_bytes
from ebelge.documents.drafting import sheets
from ebelge.documents.drafting.sheets import What
from ebelge.edge.languages import language
from ebelge.edge.limits import uploaded
from ebelge.edge.people import member
from ebelge.edge.requests import request_at
from ebelge.web.set_up.forms import own_rows

BYTES_MAX: Final = sheets.BYTES_MAX + 64 * 1024
PER_PAGE: Final = 50
NAMES: Final = {"contacts": ("kisiler", "contacts"), "products": ("urunler", "products")}
_TYPES: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def export(what: What) -> Response:
    """All of them, as XLSX or with `?form=csv` as CSV."""
    turkish = language() == "tr"
    form = "csv" if request.args.get("form") == "csv" else "xlsx"
    name = NAMES[what][0 if turkish else 1]
    with own_rows() as session:
        table = sheets.table(session, tenant_id=member().tenant_id, what=what, turkish=turkish)
        data = csv_bytes(table) if form == "csv" else xlsx_bytes(table, title=name)
    response = Response(data, content_type=_TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def take_in(what: What) -> int:
    """Enter the rows of the uploaded sheet; returns how many. :raises SheetRefused, FileRefused: nothing was."""
    name, data = uploaded("file", bytes_max=sheets.BYTES_MAX)
    with own_rows() as session:
        return sheets.take_in(
            session, tenant_id=member().tenant_id, what=what, name=name, data=data, by=member().mark, at=request_at()
        )


def done(endpoint: str, count: int) -> WerkzeugResponse:
    """On to the list, which says how many came in."""
    return redirect(url_for(endpoint, rows=count), HTTPStatus.SEE_OTHER)


def said() -> str:
    """What the list says after a change."""
    turkish, count = language() == "tr", request.args.get("rows", "")
    if count.isascii() and count.isdecimal() and len(count) < 7:
        return f"{count} satır alındı." if turkish else f"{count} rows were taken in."
    if "done" in request.args:
        return "Kaydedildi." if turkish else "Saved."
    return ""


def after_of() -> tuple[str, UUID] | None:
    """Where the page begins, from the address; what is none is the beginning."""
    title, _, last = request.args.get("after", "").rpartition("~")
    try:
        return title[:400], UUID(last)
    except ValueError:
        return None


def next_page(endpoint: str, wanted: str, rows: Sequence[object], keys: Sequence[tuple[str, UUID]]) -> str:
    """The address of the next page, or nothing where there is none."""
    if len(rows) <= PER_PAGE:
        return ""
    title, last = keys[-1]
    return url_for(endpoint, q=wanted or None, after=f"{title}~{last}")
