"""Many documents from one file: uploaded, mapped, checked and priced, sent, and told row by row."""

import base64
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from ebelge.api import sheets
from ebelge.api.account import NoQuery
from ebelge.api.bulk_answers import (
    ColumnsBody,
    ItemPage,
    ItemsQuery,
    ResultQuery,
    SendBody,
    TemplateQuery,
    UploadAnswer,
    UploadBody,
    UploadPage,
    item_answer,
    upload_answer,
)
from ebelge.api.cursors import PageQuery, pack, unpack_int, unpack_uuid
from ebelge.api.described import described
from ebelge.api.reading import json_body, query, validated
from ebelge.api.sheets import SHEETS, XLSX
from ebelge.bulk import queries, uploads
from ebelge.bulk.results import result_table
from ebelge.bulk.sheet import template_xlsx
from ebelge.bulk.uploads import Sender
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.core.sheets import csv_bytes, xlsx_bytes
from ebelge.edge import limits
from ebelge.edge.access import bearer, needs, reach
from ebelge.edge.idempotency import json_response, perform, render
from ebelge.edge.languages import language
from ebelge.jobs import bell

blueprint = APIBlueprint("bulk", __name__, tag="Documents")


@blueprint.get("/bulk-uploads/template")
@described(None, query=TemplateQuery, media_types=(XLSX,))
@needs("documents:read")
def template() -> Response:
    """The empty sheet

    Its columns may stand in any order and under other names: those are mapped once.
    """
    asked = query(TemplateQuery)
    data = template_xlsx(asked.form, turkish=language() == "tr")
    return sheets.sheet(data, form="xlsx", name=f"{asked.form}.xlsx")


@blueprint.get("/bulk-uploads")
@described(UploadPage, query=PageQuery)
@needs("documents:read")
def list_uploads() -> Response:
    """Bulk uploads

    Newest first.
    """
    asked, me = query(PageQuery), bearer().tenant_id
    with tenant_session(me) as session:
        found = queries.uploads(session, tenant_id=me, limit=asked.limit + 1, after=unpack_uuid(asked.cursor))
        shown = [upload_answer(session, one, language()) for one in found[: asked.limit]]
    more = pack(shown[-1].upload_id) if len(found) > asked.limit else None
    return json_response(render(UploadPage(items=shown, next_cursor=more)))


@blueprint.post("/bulk-uploads")
@described(UploadAnswer, status=HTTPStatus.CREATED, body=UploadBody, idempotent=True, refusals=(409, 413, 422))
@limits.body_up_to(limits.BULK_BYTES_MAX)
@needs("documents:write")
def upload() -> Response:
    """Upload many documents

    A ZIP of UBL-TR XML, or a workbook whose rows are lines. They are checked and priced by the queue; nothing is
    stored as a document, numbered or charged before `POST …/send`.
    """
    body = validated(UploadBody, json_body())
    try:
        data = base64.b64decode(body.file_base64, validate=True)
    except ValueError as error:  # binascii.Error is one
        raise InvalidRequest("Geçersiz base64: file_base64", "Invalid base64: file_base64") from error

    def work(session: Session, at: datetime) -> UploadAnswer:
        made = uploads.take(
            session, tenant_id=bearer().tenant_id, file_name=body.file_name, data=data, form=body.form,
            sender=_sender(), at=at,
        )  # fmt: skip
        return upload_answer(session, made, language())

    return _rung(perform(work, status=HTTPStatus.CREATED))


@blueprint.get("/bulk-uploads/<uuid:upload_id>")
@described(UploadAnswer, query=NoQuery, refusals=(404,))
@needs("documents:read")
def get_upload(upload_id: UUID) -> Response:
    """A bulk upload

    How far it has come, and what the good documents cost together.
    """
    query(NoQuery)
    me = bearer().tenant_id
    with tenant_session(me) as session:
        found = queries.look(session, tenant_id=me, upload_id=upload_id)
        return json_response(render(upload_answer(session, found, language())))


@blueprint.get("/bulk-uploads/<uuid:upload_id>/items")
@described(ItemPage, query=ItemsQuery, refusals=(404,))
@needs("documents:read")
def list_items(upload_id: UUID) -> Response:
    """Documents of a bulk upload

    In the file's order: what each is, what it costs, what is wrong with it, and which document it became.
    """
    asked, me = query(ItemsQuery), bearer().tenant_id
    with tenant_session(me) as session:
        queries.look(session, tenant_id=me, upload_id=upload_id)
        found = queries.items(
            session, tenant_id=me, upload_id=upload_id, state=asked.state, limit=asked.limit + 1,
            after=unpack_int(asked.cursor) or 0,
        )  # fmt: skip
        shown = [item_answer(one, language()) for one in found[: asked.limit]]
    more = pack(shown[-1].item) if len(found) > asked.limit else None
    return json_response(render(ItemPage(items=shown, next_cursor=more)))


@blueprint.post("/bulk-uploads/<uuid:upload_id>/columns")
@described(UploadAnswer, body=ColumnsBody, idempotent=True, refusals=(404, 409, 422))
@needs("documents:write")
def map_columns(upload_id: UUID) -> Response:
    """Map the columns of a sheet

    Checks the sheet anew. The next file with the same headings is read the same way.
    """

    def work(session: Session, at: datetime) -> UploadAnswer:
        queries.look(session, tenant_id=bearer().tenant_id, upload_id=upload_id)
        body = validated(ColumnsBody, json_body())
        found = uploads.map_columns(
            session, tenant_id=bearer().tenant_id, upload_id=upload_id, fields=body.fields, at=at
        )
        return upload_answer(session, found, language())

    return _rung(perform(work))


@blueprint.post("/bulk-uploads/<uuid:upload_id>/send")
@described(UploadAnswer, body=SendBody, idempotent=True, refusals=(404, 409))
@needs("documents:write")
def send(upload_id: UUID) -> Response:
    """Send a bulk upload

    Each document takes a number and is charged. One that stands still for lack of kontör goes on by the same call.
    """

    def work(session: Session, at: datetime) -> UploadAnswer:
        queries.look(session, tenant_id=bearer().tenant_id, upload_id=upload_id)
        body = validated(SendBody, json_body())
        found = uploads.start(
            session, tenant_id=bearer().tenant_id, upload_id=upload_id, whole=body.whole, sender=_sender(), at=at
        )
        return upload_answer(session, found, language())

    return _rung(perform(work))


@blueprint.post("/bulk-uploads/<uuid:upload_id>/drop")
@described(UploadAnswer, query=NoQuery, idempotent=True, refusals=(404, 409))
@needs("documents:write")
def drop(upload_id: UUID) -> Response:
    """Drop a bulk upload

    What has not been sent is not sent. Documents that were sent stay.
    """

    def work(session: Session, at: datetime) -> UploadAnswer:
        found = uploads.drop(session, tenant_id=bearer().tenant_id, upload_id=upload_id, at=at)
        return upload_answer(session, found, language())

    return perform(work)


@blueprint.get("/bulk-uploads/<uuid:upload_id>/result")
@described(None, query=ResultQuery, media_types=SHEETS, refusals=(404,))
@needs("documents:read")
def result(upload_id: UUID) -> Response:
    """The result of a bulk upload as a sheet

    The sheet again with number, or error and mend, beside each row; of a ZIP, a row for each file.
    """
    asked, me = query(ResultQuery), bearer().tenant_id
    with tenant_session(me) as session:
        found = queries.look(session, tenant_id=me, upload_id=upload_id)
        rows = result_table(session, found, turkish=language() == "tr")
    data = (
        csv_bytes(rows) if asked.form == "csv" else xlsx_bytes(rows, title="Sonuç" if language() == "tr" else "Result")
    )
    return sheets.sheet(data, form=asked.form, name=f"sonuc-{upload_id}.{asked.form}")


def _sender() -> Sender:
    return Sender(by=f"key:{bearer().key_id}", name=bearer().key_id, reach=reach())


def _rung(response: Response) -> Response:
    bell.ring()
    return response
