"""A faulty document of an uploaded workbook, corrected on the page and checked again."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.bulk import correcting
from ebelge.bulk.correcting import Correctable, Key
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.core.sheet_rows import unstarred
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import bell
from ebelge.web.forms import go_to, told
from ebelge.web.frame import account_page

blueprint = Blueprint("bulk_rows", __name__, url_prefix="/documents/bulk/<uuid:upload_id>/rows")
FORM_BYTES: Final = 512 * 1024


@blueprint.get("/<int:item>")
@right("documents:send")
def one(upload_id: UUID, item: int) -> Response:
    """Its cells, with what is wrong beside them."""
    return _page(upload_id, item)


@blueprint.post("/<int:item>")
@right("documents:send")
@body_up_to(FORM_BYTES)
def correct(upload_id: UUID, item: int) -> Response | WerkzeugResponse:
    """Write the cells that were changed, and check the document again."""
    me = member().tenant_id
    try:
        with tenant_session(me) as session:
            row = correcting.correct(
                session, tenant_id=me, upload_id=upload_id, item=item, given=_given(), at=request_at()
            )
            good = row.state != "bad"
    except NotFound:
        raise
    except DomainError as error:
        return _page(upload_id, item, refusal=told(error), status=error.http_status)
    if not good:
        return _page(upload_id, item, status=422)
    bell.ring()
    return go_to(url_for("bulk_pages.show", upload_id=upload_id))


def _given() -> dict[Key, str]:
    """Cells by row and field: fields of the form are named `row-field`."""
    found: dict[Key, str] = {}
    for name, text in request.form.items():
        row, dash, field = name.partition("-")
        if not dash:
            continue
        if not (row.isascii() and row.isdecimal() and len(row) < 7):
            raise InvalidRequest("Form eksik; sayfayı yenileyin.", "The form is incomplete; reload the page.")
        found[int(row), field] = " ".join(text.split())
    return found


def _page(upload_id: UUID, item: int, *, refusal: str = "", status: int = 200) -> Response:
    me = member().tenant_id
    with tenant_session(me) as session:
        found = correcting.look_at(session, tenant_id=me, upload_id=upload_id, item=item)
        return account_page(
            "bulk/row.html", status=status, upload_id=upload_id, item=item, place=found.item.place, refusal=refusal,
            findings=found.item.findings[:20], rows=_rows(found), many=len(found.item.rows) > 1,
        )  # fmt: skip


def _rows(found: Correctable) -> list[tuple[int, list[dict[str, object]]]]:
    """The cells in groups: those of the document, then each line's; a cell's faults beside it.

    `shown`: wrong, filled in or needed; the others are folded away, for a workbook has forty columns.
    """
    groups: dict[int, list[dict[str, object]]] = {}
    key = "message_tr" if language() == "tr" else "message_en"
    for cell in found.cells:
        wrong = [
            str(one[key])
            for one in found.item.findings
            if str(one.get("path", "")).rpartition("!")[2] == cell.heading and cell.row in (0, one.get("line"))
        ]
        groups.setdefault(cell.row, []).append(
            {
                "name": f"{cell.row}-{cell.column.field}", "label": unstarred(cell.heading), "text": cell.text,
                "wrong": wrong, "required": cell.column.column.required,
                "shown": bool(wrong or cell.text or cell.column.column.required),
            }
        )  # fmt: skip
    return list(groups.items())
