"""The statement on the screen, on paper and as a sheet: a period, its opening, every movement, its closing."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from billing.ledger.balance import SETTLED_AFTER
from billing.statements import statement, table
from billing.statements.statement import Frame, Line
from ebelge.core.clock import add_months, istanbul_date, istanbul_midnight
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest
from ebelge.core.sheets import csv_bytes, xlsx_bytes
from ebelge.edge.access import reach
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web.frame import account_page
from ebelge.web.kontor import documents_of
from ebelge.web.kontor.wallet import TONES
from tenants import accounts

blueprint = Blueprint("kontor_statement", __name__, url_prefix="/kontor/statement")
PER_PAGE: Final = 200
PAPER_MAX: Final = 2000
DAYS_MAX: Final = 366
MONTHS_SHOWN: Final = 12
CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SheetOutOfReach(DomainError):
    """A statement names every document; whoever works with some series only does not get it as a sheet."""

    code, http_status = "statement_out_of_reach", 403
    title_tr, title_en = "Ekstre dosyası size açık değil", "The statement's sheet is not open to you"
    advice_tr = "Dosya tüm serilerin belge numaralarını içerir; tüm belgeleri gören biri indirebilir."
    advice_en = "It holds the numbers of all series' documents; somebody who sees all of them can download it."


@blueprint.get("")
@right("kontor:read")
def show() -> Response:
    """The statement of a period, page by page; `print`: all of it, to be put on paper."""
    who, at, paper = member(), request_at(), request.args.get("print") == "1"
    first, last = period(istanbul_date(at))
    side = 0 if language() == "tr" else 1
    with tenant_session(who.tenant_id) as session:
        tenant = accounts.get(session, tenant_id=who.tenant_id)
        found = _frame(session, first, last, upto_now=not paper)
        after = max(_after(), found.opening.version) if found else 0
        size = PAPER_MAX if paper else PER_PAGE
        lines = statement.page(session, found, after=after, limit=size) if found else []
        seen = documents_of.within(session, who.tenant_id, sorted({one.charge_id for one in lines if one.charge_id}))
        left = statement.lots_left(session, found) if found and paper else []
    more = bool(found and lines and lines[-1].version < found.closing.version)
    asked = urlencode({"from": first.isoformat(), "to": last.isoformat()})
    path = url_for("kontor_statement.show")
    return account_page(
        "kontor/statement.html",
        found=found,
        first=first,
        last=last,
        days=_days(lines, seen, side),
        more=f"{path}?{asked}&after={lines[-1].version}" if more else "",
        begins=found is not None and after == found.opening.version,
        months=_months(istanbul_date(at)),
        left=left,
        sources=table.SOURCES,
        title=tenant.title,
        vkn=tenant.vkn_tckn,
        paper=paper,
        open_end=not paper and found is not None and found.end > at - SETTLED_AFTER,
        on_paper=f"{path}?{asked}&print=1",
        sheets=[(form, f"{path}/sheet?{asked}&form={form}") for form in ("xlsx", "csv")]
        if reach().whole and found
        else [],
    )  # fmt: skip


@blueprint.get("/sheet")
@right("kontor:read")
def sheet() -> Response:
    """The whole statement as XLSX, or as CSV that Turkish Excel opens."""
    if not reach().whole:
        raise SheetOutOfReach()
    form = "csv" if request.args.get("form") == "csv" else "xlsx"
    tenant_id = member().tenant_id
    first, last = period(istanbul_date(request_at()))
    with tenant_session(tenant_id) as session:
        title = accounts.get(session, tenant_id=tenant_id).title
        found = _frame(session, first, last)
        if found is None:
            raise InvalidRequest("Dönem henüz başlamadı.", "The period has not begun.")
        rows = table.rows(
            title, found, statement.lines(session, found), statement.lots_left(session, found), language=language()
        )
    data = csv_bytes(rows) if form == "csv" else xlsx_bytes(rows, title=f"{first:%Y-%m-%d}")
    response = Response(data, content_type=CSV if form == "csv" else XLSX)
    name = f"kontor-{first.isoformat()}-{last.isoformat()}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def period(today: date) -> tuple[date, date]:
    """First and last day of the address (`month`, or `from` and `to`); the present month where it names none.

    :raises InvalidRequest: no days, in the wrong order, or more than a year.
    """
    month, begins, ends = (request.args.get(name, "") for name in ("month", "from", "to"))
    try:
        if month:
            first = date.fromisoformat(f"{month}-01")
            return first, add_months(first, 1) - timedelta(days=1)
        first = date.fromisoformat(begins) if begins else today.replace(day=1)
        last = date.fromisoformat(ends) if ends else max(first, today)
    except ValueError as error:
        raise InvalidRequest("Günü takvimden seçin.", "Choose the day from the calendar.") from error
    if not first <= last < first + timedelta(days=DAYS_MAX) or not 2000 <= first.year <= 2200:
        raise InvalidRequest("En çok 366 günlük bir aralık verin.", "Give a range of at most 366 days.")
    return first, last


def _frame(session: Session, first: date, last: date, *, upto_now: bool = False) -> Frame | None:
    """The statement's frame; None where the period has not begun (for good). On paper and in sheets all of it is final;
    `upto_now`: who looks at the screen sees what was just used, though it may not be final yet."""
    start, end = istanbul_midnight(first), istanbul_midnight(last + timedelta(days=1))
    if start >= request_at() - (timedelta(0) if upto_now else SETTLED_AFTER):
        return None
    return statement.frame(
        session, tenant_id=member().tenant_id, start=start, end=end, now=request_at(), provisional=upto_now
    )


def _days(lines: list[Line], seen: set[UUID] | None, side: int) -> list[tuple[date, list[dict[str, Any]]]]:
    """Lines by Istanbul day, as the table shows them."""
    by_day: Iterator[tuple[date, Iterator[Line]]] = groupby(lines, key=lambda line: istanbul_date(line.at))
    return [(day, [_line(line, seen, side) for line in of_day]) for day, of_day in by_day]


def _line(line: Line, seen: set[UUID] | None, side: int) -> dict[str, Any]:
    open_to_reader = line.charge_id is not None and (seen is None or line.charge_id in seen)
    return {
        "path": url_for("kontor_pages.entry", version=line.version),
        "at": line.at,
        "name": table.MOVEMENTS[line.kind][side],
        "tone": TONES.get(line.kind, "calm"),
        "document": documents_of.behind(line.charge_id, line.charge_kind, line.reference, side)
        if open_to_reader and line.charge_id
        else None,
        "kontor": line.kontor,
        "change": line.change,
        "available": line.available,
        "lot": url_for("kontor_pages.lot", lot_id=line.lot_id),
        "lot_words": " · ".join(part for part in (table.SOURCES[line.source][side], line.lot_reference) if part),
    }


def _months(today: date) -> list[tuple[str, str]]:
    """The months that are offered: address and name, the newest first."""
    first = today.replace(day=1)
    months = [add_months(first, -back) for back in range(MONTHS_SHOWN)]
    return [(f"{month:%Y-%m}", f"{month:%m.%Y}") for month in months]


def _after() -> int:
    given = request.args.get("after", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= 18 else 0
