"""What the pages of contacts and products share: the list, a change of one entry, sheets in and out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.errors import DomainError
from ebelge.core.sheets import csv_bytes, xlsx_bytes
from ebelge.documents.drafting import sheets
from ebelge.documents.drafting.sheets import What
from ebelge.edge.languages import language
from ebelge.edge.limits import uploaded
from ebelge.edge.people import member
from ebelge.edge.requests import request_at
from ebelge.web.forms import problem_of
from ebelge.web.frame import account_page
from ebelge.web.set_up.forms import Show, attempt, own_rows

BYTES_MAX: Final = sheets.BYTES_MAX + 64 * 1024
PER_PAGE: Final = 50
NAMES: Final = {"contacts": ("kisiler", "contacts"), "products": ("urunler", "products")}
_TYPES: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class BookPages:
    """The pages of a book: `here` is its list's endpoint, `key` what a page begins after. `further`: for the list."""

    what: What
    here: str
    listed: Callable[..., Sequence[Any]]
    key: Callable[[Any], tuple[str, UUID]]
    further: Mapping[str, Any]

    def show(self, refusal: DomainError | None = None) -> Response:
        """The list, narrowed by what is looked for; with what was refused, when something was."""
        wanted = request.args.get("q", "").strip()[:100]
        with own_rows() as session:
            rows = self.listed(session, tenant_id=member().tenant_id, wanted=wanted, after=_after(), limit=PER_PAGE + 1)
            shown = rows[:PER_PAGE]
            more = len(rows) > PER_PAGE
            return account_page(
                f"books/{self.what}.html", status=refusal.http_status if refusal else 200, rows=shown, wanted=wanted,
                problem=problem_of(refusal) if refusal else None, said=_said(),
                may_write="documents:send" in member().rights,
                more=self._address(wanted, self.key(shown[-1])) if more else "", **self.further,
            )  # fmt: skip

    def change(self, deed: Callable[..., object], *, show: Show, **given: object) -> Response | WerkzeugResponse:
        """Do `deed` in a transaction of its own and go to the list; refused, `show` the form again."""

        def done() -> None:
            with own_rows() as session:
                deed(session, tenant_id=member().tenant_id, by=member().mark, at=request_at(), **given)

        return attempt(done, show=show, to=self.here)

    def take_in(self) -> Response | WerkzeugResponse:
        """Enter the rows of the uploaded sheet, all or none, and go to the list, which says how many came in."""
        try:
            count = _taken_in(self.what)
        except DomainError as refusal:
            return self.show(refusal)
        return redirect(url_for(self.here, rows=count), HTTPStatus.SEE_OTHER)

    def _address(self, wanted: str, key: tuple[str, UUID]) -> str:
        return url_for(self.here, q=wanted or None, after=f"{key[0]}~{key[1]}")


def export(what: What) -> Response:
    """All entries of a book, as XLSX or with `?form=csv` as CSV."""
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


def _taken_in(what: What) -> int:
    """How many rows. :raises SheetRefused, FileRefused: nothing was taken."""
    name, data = uploaded("file", bytes_max=sheets.BYTES_MAX)
    with own_rows() as session:
        return sheets.take_in(
            session, tenant_id=member().tenant_id, what=what, name=name, data=data, by=member().mark, at=request_at()
        )


def _said() -> str:
    """What the list says after a change."""
    turkish, count = language() == "tr", request.args.get("rows", "")
    if count.isascii() and count.isdecimal() and len(count) < 7:
        return f"{count} satır alındı." if turkish else f"{count} rows were taken in."
    if "done" in request.args:
        return "Kaydedildi." if turkish else "Saved."
    return ""


def _after() -> tuple[str, UUID] | None:
    """Where the page begins, from the address; what is none is the beginning."""
    title, _, last = request.args.get("after", "").rpartition("~")
    try:
        return title[:400], UUID(last)
    except ValueError:
        return None
