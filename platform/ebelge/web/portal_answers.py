"""Pages about wrong documents: an incoming one answered, sent back, or its steps recorded; one's own that is wrong.

Answers are legal: a suspended company gives them, too. Every form is told on the same page why it was refused.
"""

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.archive.store import open_store
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.documents import queries
from ebelge.documents.answers import answering, receipts
from ebelge.documents.answers.receipts import Came
from ebelge.documents.mistakes import records as mistakes
from ebelge.documents.mistakes.records import Told
from ebelge.documents.withdraw import withdraw
from ebelge.edge import limits, papers
from ebelge.edge.access import reach
from ebelge.edge.idempotency import json_response
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import bell
from ebelge.ubl.response import ResponseCode
from ebelge.ubl.return_draft import return_draft
from ebelge.web import document_deeds, document_page, forms, incoming_page

blueprint = Blueprint("portal_answers", __name__)
CODES: Final[dict[str, ResponseCode]] = {"accept": "KABUL", "reject": "RED", "return": "IADE"}
# A paper and the form around it.
FORM_BYTES_MAX: Final = mistakes.PAPER_BYTES_MAX + 64 * 1024


@blueprint.get("/incoming/<uuid:document_id>/answer")
@right("documents:read")
def incoming(document_id: UUID) -> WerkzeugResponse:
    """An incoming document: its answer, the time left, and what else can be done about it: a part of its page."""
    with tenant_session(member().tenant_id) as session:
        answering.get(session, tenant_id=member().tenant_id, document_id=document_id, reach=reach())
    return forms.go_to(url_for("portal_incoming.one", document_id=document_id, _anchor="answer"))


@blueprint.post("/incoming/<uuid:document_id>/answer")
@right("documents:send", suspended_too=True)
def answer(document_id: UUID) -> Response | WerkzeugResponse:
    """Accept, reject or return a commercial invoice."""

    def act() -> None:
        code, reason = CODES.get(forms.field("answer")), forms.field("reason", longest=1000)
        if code is None or (code != "KABUL" and not reason):
            raise InvalidRequest("Yanıtı seçin; ret ve iade için neden yazın.", "Choose an answer, and say why.")
        _enter(
            answering.prepare_response(
                tenant_id=member().tenant_id, document_id=document_id, code=code, reason=reason, store=open_store(),
                at=request_at(),
            )
        )  # fmt: skip

    return _done(act, document_id)


@blueprint.post("/incoming/<uuid:document_id>/receipt")
@right("documents:send", suspended_too=True)
def receipt(document_id: UUID) -> Response | WerkzeugResponse:
    """Say what came of a despatch note."""

    def act() -> None:
        tenant_id, store = member().tenant_id, open_store()
        delivered = receipts.lines_of(tenant_id=tenant_id, document_id=document_id, store=store)
        came = [
            Came(
                line.line, short=_quantity(f"short-{line.line}"), rejected=_quantity(f"rejected-{line.line}"),
                oversupply=_quantity(f"oversupply-{line.line}"),
                reject_reason=forms.field(f"reason-{line.line}", longest=1000),
            )
            for line in delivered
        ]  # fmt: skip
        _enter(
            answering.prepare_receipt(
                tenant_id=tenant_id, document_id=document_id, lines=receipts.whole_lines(delivered, came),
                note=forms.field("note", longest=1000), delivered_on=forms.day("delivered_on", at=request_at()),
                store=store, at=request_at(),
            )
        )  # fmt: skip

    return _done(act, document_id)


@blueprint.post("/incoming/<uuid:document_id>/return-draft")
@right("documents:send", suspended_too=True)
def return_invoice(document_id: UUID) -> Response:
    """The draft of a return invoice of chosen quantities, to be sent through the API or a bulk upload."""
    try:
        with tenant_session(member().tenant_id) as session:
            answering.get(session, tenant_id=member().tenant_id, document_id=document_id, reach=reach())
        invoice = answering.read(open_store(), tenant_id=member().tenant_id, document_id=document_id)
        chosen = {name.removeprefix("return-"): _quantity(name) for name in request.form if name.startswith("return-")}
        draft, _ = return_draft(invoice, chosen)
    except DomainError as error:
        return incoming_page.render(document_id, error)

    response = json_response(json.dumps(draft, ensure_ascii=False, indent=2).encode())
    response.headers["Content-Disposition"] = f'attachment; filename="iade-{document_id}.json"'
    return response


@blueprint.post("/incoming/<uuid:document_id>/records")
@right("documents:send", suspended_too=True)
@limits.body_up_to(FORM_BYTES_MAX)
def record_incoming(document_id: UUID) -> Response | WerkzeugResponse:
    """Record what happened outside about an incoming document."""

    def act() -> None:
        tenant_id, told = member().tenant_id, _told()
        filed = mistakes.file_paper(open_store(), tenant_id=tenant_id, paper=told.paper)
        with tenant_session(tenant_id) as session:
            mistakes.record_incoming(
                session, tenant_id=tenant_id, document_id=document_id, told=told, filed=filed, by=member().mark,
                at=request_at(),
            )  # fmt: skip

    return _done(act, document_id, "recorded")


@blueprint.post("/incoming/<uuid:document_id>/tags")
@right("archive:write")
@limits.body_up_to(FORM_BYTES_MAX)
def tag(document_id: UUID) -> Response | WerkzeugResponse:
    """Hang the tags of the form on an incoming document and take the others off."""

    def act() -> None:
        document_deeds.hang_exactly(document_id)

    return _done(act, document_id, "tagged")


@blueprint.get("/documents/<uuid:document_id>/mistake")
@right("documents:read")
def mistake(document_id: UUID) -> WerkzeugResponse:
    """What can be done about a wrong document of one's own: a part of its page."""
    with tenant_session(member().tenant_id) as session:
        queries.get(session, tenant_id=member().tenant_id, document_id=document_id, reach=reach())
    return forms.go_to(url_for("portal_documents.one", document_id=document_id, _anchor="mistake"))


@blueprint.post("/documents/<uuid:document_id>/mistake")
@right("documents:send", suspended_too=True)
@limits.body_up_to(FORM_BYTES_MAX)
def record(document_id: UUID) -> Response | WerkzeugResponse:
    """Withdraw it, or record what happened outside."""
    tenant_id = member().tenant_id
    try:
        told = _told()
        with tenant_session(tenant_id) as session:
            queries.get(session, tenant_id=tenant_id, document_id=document_id, reach=reach())
        if told.way == "withdraw":
            with tenant_session(tenant_id) as session:
                withdraw(session, tenant_id=tenant_id, document_id=document_id, at=request_at(), reach=reach())
        else:
            filed = mistakes.file_paper(open_store(), tenant_id=tenant_id, paper=told.paper)
            with tenant_session(tenant_id) as session:
                mistakes.record_outgoing(
                    session, tenant_id=tenant_id, document_id=document_id, told=told, filed=filed, by=member().mark,
                    at=request_at(), reach=reach(),
                )  # fmt: skip
    except NotFound:
        raise
    except DomainError as error:
        return document_page.render(document_id, error)
    done = "withdrawn" if told.way == "withdraw" else "recorded"
    return forms.go_to(url_for("portal_documents.one", document_id=document_id, done=done))


@blueprint.get("/records/<uuid:record_id>/paper")
@right("documents:read")
def paper(record_id: UUID) -> Response:
    """The paper of a record, to be saved."""
    return papers.paper_of(member().tenant_id, record_id, reach=reach())


def _enter(prepared: answering.Prepared) -> None:
    with tenant_session(member().tenant_id) as session:
        answering.enter(session, tenant_id=member().tenant_id, prepared=prepared, by=member().mark, at=request_at())
    bell.ring()


def _done(act: Callable[[], None], document_id: UUID, what: str = "answered") -> Response | WerkzeugResponse:
    with tenant_session(member().tenant_id) as session:  # what is out of reach is not there
        answering.get(session, tenant_id=member().tenant_id, document_id=document_id, reach=reach())
    try:
        act()
    except DomainError as error:
        return incoming_page.render(document_id, error)
    return forms.go_to(url_for("portal_incoming.one", document_id=document_id, done=what))


def _told() -> Told:
    uploaded = request.files.get("paper")
    paper_bytes = uploaded.stream.read(mistakes.PAPER_BYTES_MAX + 1) if uploaded is not None else b""
    return Told(
        way=forms.field("way", longest=40), on=forms.day("on", at=request_at()),
        channel=forms.field("channel", longest=40) or None, paper_number=forms.field("paper_number", longest=100),
        note=forms.field("note", longest=mistakes.TEXT_MAX), paper=paper_bytes,
    )  # fmt: skip


def _quantity(name: str) -> Decimal:
    """A quantity as it is typed in Turkey: 1.234,5 or 1.234 or 1234.5 or nothing."""
    typed = forms.field(name, longest=30)
    try:
        value = Decimal(forms.plain_figure(typed) or "0")
    except InvalidOperation as error:
        raise InvalidRequest(f"Miktar okunamadı: {typed}.", f"This is no quantity: {typed}.") from error
    if not value.is_finite() or value < 0 or value >= Decimal(10) ** 15:
        raise InvalidRequest(f"Miktar okunamadı: {typed}.", f"This is no quantity: {typed}.")
    return value
