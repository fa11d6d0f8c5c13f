"""Many documents from one file, on pages: upload, map columns, see faults and cost, send, watch, take the result."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.ledger import balance
from ebelge.bulk import queries, uploads, zipped
from ebelge.bulk.columns import COLUMNS, FORM_NAMES, Form
from ebelge.bulk.mapping import missing
from ebelge.bulk.models import BulkUpload
from ebelge.bulk.results import ITEM_STATES, UPLOAD_STATES, result_table
from ebelge.bulk.sheet import ROWS_MAX, template_xlsx
from ebelge.bulk.uploads import WHOLE_MAX, Sender, form_of
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.core.money import lira_text
from ebelge.core.sheets import xlsx_bytes
from ebelge.edge.access import reach
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to, uploaded
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import bell
from ebelge.ubl.types import DocumentKind
from ebelge.web.forms import field, go_to, told
from ebelge.web.frame import account_page
from ebelge.web.trade_words import kind_name

blueprint = Blueprint("bulk_pages", __name__, url_prefix="/documents/bulk")
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PER_PAGE: Final = 100
WARNED, WARNED_NAME = "warned", ("Uyarılı", "With warnings")  # a filter of the list, no state
TONES: Final = {"bad": "bad", "failed": "bad", "sent": "good", "good": "calm", "waiting": "quiet"}
UPLOAD_TONES: Final = {"done": "good", "paused": "bad", "dropped": "quiet"}
_FORM_BYTES: Final = 64 * 1024


@blueprint.get("")
@right("documents:send")
def index() -> Response:
    """The upload, the templates, and earlier files."""
    return _index()


@blueprint.get("/template/<form>")
@right("documents:send")
def template(form: str) -> Response:
    """The empty sheet of a form."""
    turkish = language() == "tr"
    return _file(template_xlsx(_form(form), turkish=turkish), f"{form}.xlsx")


@blueprint.post("")
@right("documents:send")
@body_up_to(zipped.BYTES_MAX + _FORM_BYTES)
def upload() -> WerkzeugResponse:
    """Keep a file and have it checked; no document is sent by this."""
    me = member()
    try:
        form = _form(field("form", longest=30) or "invoices")
        name, data = uploaded("file", bytes_max=zipped.BYTES_MAX)
        with tenant_session(me.tenant_id) as session:
            made = uploads.take(
                session, tenant_id=me.tenant_id, file_name=name, data=data, form=form, sender=_sender(),
                at=request_at(),
            )  # fmt: skip
            upload_id = made.upload_id
    except DomainError as error:
        return _index(refusal=told(error), status=error.http_status)
    bell.ring()
    return go_to(url_for("bulk_pages.show", upload_id=upload_id))


@blueprint.get("/<uuid:upload_id>")
@right("documents:send")
def show(upload_id: UUID) -> Response:
    """Each document, what is wrong with it and what it costs; renews itself while the queue works."""
    return _show(upload_id)


@blueprint.post("/<uuid:upload_id>/columns")
@right("documents:send")
def map_columns(upload_id: UUID) -> WerkzeugResponse:
    """Say what the columns mean."""
    me = member().tenant_id
    try:
        with tenant_session(me) as session:
            found = queries.look(session, tenant_id=me, upload_id=upload_id)
            names = [] if found.form == "zip" else [one.field for one in COLUMNS[form_of(found)]]
            fields = {name: field(f"column_{name}", longest=100) for name in names}
            uploads.map_columns(session, tenant_id=me, upload_id=upload_id, fields=fields, at=request_at())
    except NotFound:
        raise
    except DomainError as error:
        return _show(upload_id, refusal=told(error), status=error.http_status)
    bell.ring()
    return go_to(url_for("bulk_pages.show", upload_id=upload_id))


@blueprint.post("/<uuid:upload_id>/send")
@right("documents:send")
def send(upload_id: UUID) -> WerkzeugResponse:
    """Send the good documents, or all or none; also goes on after a purchase of kontör."""
    me = member().tenant_id
    try:
        with tenant_session(me) as session:
            uploads.start(
                session, tenant_id=me, upload_id=upload_id, whole=field("whole", longest=1) == "1", sender=_sender(),
                at=request_at(),
            )  # fmt: skip
    except NotFound:
        raise
    except DomainError as error:
        return _show(upload_id, refusal=told(error), status=error.http_status)
    bell.ring()
    return go_to(url_for("bulk_pages.show", upload_id=upload_id))


@blueprint.post("/<uuid:upload_id>/drop")
@right("documents:send")
def drop(upload_id: UUID) -> WerkzeugResponse:
    """Send nothing more of it."""
    me = member().tenant_id
    try:
        with tenant_session(me) as session:
            uploads.drop(session, tenant_id=me, upload_id=upload_id, at=request_at())
    except NotFound:
        raise
    except DomainError as error:
        return _show(upload_id, refusal=told(error), status=error.http_status)
    return go_to(url_for("bulk_pages.show", upload_id=upload_id))


@blueprint.get("/<uuid:upload_id>/result")
@right("documents:send")
def result(upload_id: UUID) -> Response:
    """The sheet again, with what became of each row and how to mend it."""
    me, turkish = member().tenant_id, language() == "tr"
    with tenant_session(me) as session:
        table = result_table(session, queries.look(session, tenant_id=me, upload_id=upload_id), turkish=turkish)
    return _file(xlsx_bytes(table, title="Sonuç" if turkish else "Result"), f"sonuc-{upload_id}.xlsx")


def _index(*, refusal: str = "", status: int = 200) -> Response:
    me, side = member().tenant_id, _side()
    with tenant_session(me) as session:
        kept = queries.uploads(session, tenant_id=me)
        counts = queries.counts(session, tenant_id=me, upload_ids=[one.upload_id for one in kept])
        found = [
            {"path": url_for("bulk_pages.show", upload_id=one.upload_id), "name": one.file_name, "by": one.created_name,
             "at": one.created_at, "state": UPLOAD_STATES[one.state][side], "form": FORM_NAMES[one.form][side],
             "tone": UPLOAD_TONES.get(one.state, "wait"), "documents": sum(counts[one.upload_id].values()),
             "counts": [(ITEM_STATES[state][side], count) for state in ("sent", "bad", "failed")
                        if (count := counts[one.upload_id].get(state))]}
            for one in kept
        ]  # fmt: skip
    forms = {form: FORM_NAMES[form][side] for form in COLUMNS}
    return account_page(
        "bulk/index.html", status=status, uploads=found, forms=forms, refusal=refusal, rows_max=ROWS_MAX,
        entries_max=zipped.ENTRIES_MAX, megabytes=zipped.BYTES_MAX // 1024 // 1024,
    )  # fmt: skip


def _show(upload_id: UUID, *, refusal: str = "", status: int = 200) -> Response:
    me, side = member().tenant_id, _side()
    state = request.args.get("state", "")
    after = request.args.get("after", "0")
    with tenant_session(me) as session:
        found = queries.look(session, tenant_id=me, upload_id=upload_id)
        count = queries.progress(session, tenant_id=me, upload_id=upload_id)
        rows = queries.items(
            session, tenant_id=me, upload_id=upload_id, state=state if state in ITEM_STATES else None,
            warned=state == WARNED, limit=PER_PAGE + 1,
            after=int(after) if after.isascii() and after.isdecimal() and len(after) < 9 else 0,
        )  # fmt: skip
        items = [
            {"place": one.place, "kind": kind_name(one.kind, side) if one.kind else "", "buyer": one.buyer,
             "amount": _amount(one.payable_kurus, one.currency, one.kind), "kontor": one.kontor,
             "number": one.number, "document_id": one.document_id, "state": ITEM_STATES[one.state][side],
             "tone": TONES[one.state], "findings": one.findings[:10],
             "mend": url_for("bulk_rows.one", upload_id=upload_id, item=one.item)
             if one.state == "bad" and found.state == "checked" and found.file is not None and one.rows else ""}
            for one in rows[:PER_PAGE]
        ]  # fmt: skip
        more = rows[PER_PAGE - 1].item if len(rows) > PER_PAGE else None
        same = queries.same_file(session, found)
        spendable = balance.balance(session, tenant_id=me, at=request_at()).spendable
        return account_page(
            "bulk/show.html", status=status, upload=found, count=count, items=items, refusal=refusal,
            state_name=UPLOAD_STATES[found.state][side], tone=UPLOAD_TONES.get(found.state, "wait"),
            item_states=ITEM_STATES | {WARNED: WARNED_NAME},
            filtered=state, more=more, mapping=_mapping(found), spendable=spendable,
            short=max(0, count.kontor - spendable), whole_max=WHOLE_MAX,
            same=None if same is None else url_for("bulk_pages.show", upload_id=same.upload_id),
            problem=None if found.problem is None else found.problem[language()],
        )  # fmt: skip


def _mapping(upload: BulkUpload) -> list[dict[str, object]]:
    """What the page asks of the columns of a sheet that has not been started."""
    if upload.form == "zip" or upload.state not in ("mapping", "checked"):
        return []
    form, turkish = form_of(upload), language() == "tr"
    lacking = {one.field for one in missing(form, upload.mapping)}
    return [
        {"field": one.field, "name": one.column.name_tr if turkish else one.column.name_en,
         "required": one.column.required, "heading": upload.mapping.get(one.field, ""), "lacking": one.field in lacking}
        for one in COLUMNS[form]
    ]  # fmt: skip


def _amount(kurus: int | None, currency: str, kind: str | None) -> str:
    if kurus is None or kind == DocumentKind.EIRSALIYE:
        return ""
    return f"{lira_text(kurus)} {'₺' if currency == 'TRY' else currency}"


def _form(name: str) -> Form:
    if name not in COLUMNS:
        raise InvalidRequest("Böyle bir şablon yok.", "There is no such form.")
    return name


def _sender() -> Sender:
    me = member()
    return Sender(by=f"person:{me.person_id}", name=me.full_name, reach=reach())


def _side() -> int:
    return 0 if language() == "tr" else 1


def _file(data: bytes, name: str) -> Response:
    response = Response(data, content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
