"""Exports of a month as CSV and XLSX, each with control totals that stand on the page, too."""

from datetime import date
from typing import Final

from flask import Blueprint, Response, request

from billing.statements.statement import month as period
from ebelge.core.clock import istanbul_date
from ebelge.core.db import engine
from ebelge.core.errors import InvalidRequest
from ebelge.core.sheets import csv_bytes, xlsx_bytes
from ebelge.edge.people import right
from ebelge.edge.requests import request_at
from ebelge.web.finance import common, words
from ebelge.web.finance.common import finance_page
from ebelge.web.finance.tables import ROWS_MAX, TABLES, Made

blueprint = Blueprint("finance_exports", __name__, url_prefix="/finance/exports")
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("")
@right("finance:work")
def index() -> Response:
    """What can be taken out of a month; the totals of the one that is chosen."""
    month, name = common.month(request_at()), request.args.get("kind", "")
    chosen = _made(name, month) if name in TABLES else None
    return finance_page(
        "exports.html", month=month, tables=TABLES, chosen=name if chosen else "",
        totals=chosen.totals if chosen else (),
    )  # fmt: skip


@blueprint.get("/<name>.<form>")
@right("finance:work")
def file(name: str, form: str) -> Response:
    """The file: heading, rows, and the control totals beneath."""
    if name not in TABLES or form not in ("csv", "xlsx"):
        raise InvalidRequest("Böyle bir dosya yok.", "There is no such file.")
    month = common.month(request_at())
    table = _made(name, month).table()
    data = (
        csv_bytes(table)
        if form == "csv"
        else xlsx_bytes(table, title=f"{TABLES[name].name[words.side()]} {month:%Y-%m}")
    )
    response = Response(data, content_type="text/csv; charset=utf-8" if form == "csv" else XLSX)
    made_on = istanbul_date(request_at())
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{month:%Y-%m}-{made_on}.{form}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _made(name: str, month: date) -> Made:
    """One snapshot of the role reader. :raises InvalidRequest: more rows than a file takes."""
    start, end = period(month)
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection, connection.begin():
        made = TABLES[name].make(connection, start, end, words.side())
    if len(made.rows) > ROWS_MAX:
        raise InvalidRequest(
            f"Bir dosyaya en çok {ROWS_MAX} satır sığar; kiracı ekstresini `ebelge statement` ile alın.",
            f"A file takes at most {ROWS_MAX} rows; take accounts one by one with `ebelge statement`.",
        )
    return made
