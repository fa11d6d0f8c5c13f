"""Reconciliation: three columns that must agree, the queue of what does not, and running it anew."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.reconciliation import queue
from billing.reconciliation.queue import RunRow, Wanted
from billing.reconciliation.sides import SIDES, column_of
from ebelge.core.db import role_session
from ebelge.core.errors import InvalidRequest
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import right
from ebelge.edge.requests import request_at
from ebelge.jobs import bell, books
from ebelge.web.finance import break_words, common
from ebelge.web.finance.common import FORM_BYTES, PAGE, finance_page
from ebelge.web.finance.words import side
from ebelge.web.forms import field, go_to

blueprint = Blueprint("finance_pages", __name__, url_prefix="/finance")
RUNS_SHOWN: Final = 10
# A run that wrote nothing for so long is not under way any more: its process died.
GIVEN_UP: Final = timedelta(minutes=20)


@blueprint.get("")
@right("finance:work")
def index() -> Response:
    """The columns as the last run found them, and the queue as it is now."""
    wanted = Wanted(
        ended=request.args.get("ended") == "1", kind=_kind(), tenant_id=common.uuid("tenant"), after=common.place()
    )
    with role_session("finance") as session:
        runs = queue.runs(session, limit=RUNS_SHOWN)
        counts = queue.open_by_kind(session)
        found = queue.breaks(session, wanted, limit=PAGE + 1)
    shown = found[:PAGE]
    last = next((run for run in runs if run.ended_at is not None), None)
    ends = "ended_at" if wanted.ended else "found_at"
    return finance_page(
        "index.html", last=last, busy=_busy(runs), runs=runs, rows=shown, wanted=wanted, at=request_at(),
        open_count=sum(counts.values()), counts=counts, sides=_sides(last, counts), words=break_words,
        people=common.names([*(row.owner for row in shown), *(run.asked_by for run in runs)]), here=common.here,
        chips=_chips(wanted, shown[0].title if shown else ""),
        more=common.here("finance_pages.index", after=common.cursor(getattr(shown[-1], ends), shown[-1].break_id))
        if len(found) > PAGE else "",
    )  # fmt: skip


@blueprint.post("/run")
@right("finance:work")
@body_up_to(FORM_BYTES)
def run_now() -> WerkzeugResponse:
    """Let a worker compare everything; the page tells how far it is."""
    if field("go", longest=1) != "1":
        raise InvalidRequest("Form eksik; sayfayı yenileyin.", "The form is incomplete; reload the page.")
    if books.request(asked_by=common.me(), at=request_at()):
        bell.ring()
    return go_to(url_for("finance_pages.index"))


@blueprint.get("/progress")
@right("finance:work")
def progress() -> Response:
    """How far the comparison is: a part of the first page, asked for again and again while it runs."""
    with role_session("finance") as session:
        runs = queue.runs(session, limit=1)
    response = finance_page("progress.html", busy=_busy(runs), polled=True)
    if not _busy(runs):
        response.headers["HX-Refresh"] = "true"
    return response


def _busy(runs: Sequence[RunRow]) -> dict[str, int] | None:
    """How many checks are done of how many, while a run is under way or waits for its worker."""
    newest = runs[0] if runs else None
    if newest is not None and newest.ended_at is None and newest.started_at > request_at() - GIVEN_UP:
        return {"done": newest.counts.get("checked", 0), "of": newest.counts.get("checks", 0)}
    return {"done": 0, "of": 0} if books.waits() else None


def _sides(last: RunRow | None, counts: dict[str, int]) -> list[dict[str, object]]:
    """Each column: both witnesses of the last run, their difference, and how many breaks are open in it."""
    kept = last.counts if last else {}
    return [
        {
            "name": side.name, "unit": side.unit, "first": side.first, "second": side.second,
            "values": (kept.get(side.first), kept.get(side.second)),
            "difference": kept[side.first] - kept[side.second] if side.first in kept and side.second in kept else None,
            "open": sum(count for kind, count in counts.items() if column_of(kind) == side.name),
            "kinds": [kind for kind in counts if column_of(kind) == side.name],
        }
        for side in SIDES
    ]  # fmt: skip


def _kind() -> str:
    given = request.args.get("kind", "")[:60]
    return given if given.replace("_", "").isalpha() and given.isascii() else ""


def _chips(wanted: Wanted, title: str) -> list[tuple[str, str, str]]:
    turkish = side() == 0
    on: list[tuple[str, str, str]] = []
    if wanted.kind:
        name = "Tür" if turkish else "Kind"
        on.append((name, break_words.title(wanted.kind), common.here("finance_pages.index", kind="")))
    if wanted.tenant_id:
        name = "Hesap" if turkish else "Account"
        on.append((name, title or str(wanted.tenant_id), common.here("finance_pages.index", tenant="")))
    return on
