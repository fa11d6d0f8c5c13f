"""Müşterilerim: all companies of a person on one page, who needs him first. A click leads into a company, to the list.

Each company is read as itself, with the rights and the reach that the person has there; what he may not see stays out.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for

from ebelge.core.clock import istanbul_date
from ebelge.core.folding import fold
from ebelge.core.sheets import Table, csv_bytes
from ebelge.edge import people
from ebelge.edge.languages import language
from ebelge.edge.people import own_account
from ebelge.edge.requests import request_at
from ebelge.web.client_desks import NEEDS, Desk, read
from ebelge.web.filters import left
from ebelge.web.frame import account_page
from tenants.members.memberships import Seat

blueprint = Blueprint("client_pages", __name__, url_prefix="/clients")
PAGE_ROWS: Final = 50
# More companies than that are not read at once; the page says so.
DESKS_MAX: Final = 1000
_Asked = tuple[str, str, str, int]


@blueprint.get("")
@own_account
def index() -> Response:
    """The companies that fit, who needs the person first."""
    found, words, need, order, first = _found()
    shown = found[first : first + PAGE_ROWS]
    return account_page(
        "clients/index.html",
        desks=shown,
        all=_count(found),
        needs=NEEDS,
        words=words,
        need=need,
        order=order,
        total=len(found),
        companies=len(_seats()),
        desks_max=DESKS_MAX,
        more=_path(words, need, order, first + PAGE_ROWS) if len(found) > first + PAGE_ROWS else "",
        path=_path,
        left=_left,
        now=request_at(),
    )


@blueprint.get("/sheet")
@own_account
def sheet() -> Response:
    """All companies that fit, as CSV."""
    found, *_ = _found()
    response = Response(csv_bytes(_table(found)), content_type="text/csv; charset=utf-8")
    name = f"musterilerim-{istanbul_date(request_at()):%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _seats() -> list[Seat]:
    """The person's live companies that do work of their own; the operator's is no client of anybody."""
    seats = people.my_seats(people.person())
    return [seat for seat in seats if seat.mode == "live" and seat.kind != "operator" and seat.state != "closed"]


def _found() -> tuple[list[Desk], str, str, str, int]:
    words, need, order, first = _asked()
    wanted = fold(words).split()[:6]
    seats = [
        seat for seat in _seats() if all(word in fold(seat.title) or seat.vkn_tckn.startswith(word) for word in wanted)
    ]
    desks = read(seats[:DESKS_MAX], at=request_at())
    if need:
        desks = [desk for desk in desks if need == "any" or need in desk.needs]
        desks = [desk for desk in desks if desk.needs]
    if order == "need":
        desks.sort(key=lambda desk: (desk.urgency, fold(desk.seat.title)))
    return desks, words, need, order, first


def _asked() -> _Asked:
    need = request.args.get("need", "")
    first = request.args.get("from", "")
    return (
        request.args.get("q", "").strip()[:80],
        need if need in NEEDS or need == "any" else "",
        "title" if request.args.get("order") == "title" else "need",
        int(first) if first.isascii() and first.isdecimal() and len(first) < 6 else 0,
    )


def _path(words: str, need: str, order: str, first: int = 0, *, endpoint: str = "client_pages.index") -> str:
    asked = {"q": words, "need": need, "order": "" if order == "need" else order, "from": str(first or "")}
    kept = {name: value for name, value in asked.items() if value}
    return url_for(endpoint) + (f"?{urlencode(kept)}" if kept else "")


def _count(desks: Sequence[Desk]) -> dict[str, int]:
    return {need: sum(need in desk.needs for desk in desks) for need in NEEDS}


def _left(desk: Desk) -> str:
    until = desk.waiting.answer_until if desk.waiting else None
    return left(until, request_at(), language()) if until else ""


def _table(found: Sequence[Desk]) -> Table:
    side = 0 if language() == "tr" else 1
    heads = [
        ("VKN/TCKN", "VKN/TCKN"), ("Unvan", "Title"), ("Gönderilmemiş", "Unsent"), ("Ret", "Refused"),
        ("Yanıt bekleyen", "Answers due"), ("En yakın son an", "Nearest deadline"),
        ("e-Arşiv raporu", "e-Arşiv report"), ("Kontör", "Kontör"), ("Yeteceği gün", "Days left"),
        ("Son hareket", "Last activity"),
    ]  # fmt: skip
    rows: list[list[object]] = []
    for desk in found:
        waits, kontor = desk.waiting, desk.kontor
        rows.append([
            desk.seat.vkn_tckn, desk.seat.title,
            *((waits.unsent, waits.refused, waits.answers, waits.answer_until) if waits else (None,) * 4),
            desk.report[1][side] if desk.report else None,
            *((kontor.spendable, kontor.days_left) if kontor else (None, None)),
            waits.last_activity if waits else None,
        ])  # fmt: skip
    return [[head[side] for head in heads], *rows]  # type: ignore[list-item]  # every cell is one of `sheets.Cell`
