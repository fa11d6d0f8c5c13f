"""Pages about wrong documents: an incoming one answered, sent back, or its steps recorded; one's own that is wrong.

Answers are legal: a suspended company gives them, too. Every form is told on the same page why it was refused.
"""

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.archive.store import open_store
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.documents import queries
from ebelge.documents.answers import answering, receipts
from ebelge.documents.answers.deadlines import last_minute, left_words
from ebelge.documents.answers.guide import guide
from ebelge.documents.answers.receipts import Came
from ebelge.documents.mistakes import records as mistakes
from ebelge.documents.mistakes import ways as mistake_ways
from ebelge.documents.mistakes.records import CHANNEL_WORDS, WORDS, Told
from ebelge.documents.withdraw import withdraw
from ebelge.edge import limits, papers
from ebelge.edge.access import reach
from ebelge.edge.idempotency import json_response
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import bell
from ebelge.ubl.response import ResponseCode
from ebelge.ubl.return_draft import return_draft
from ebelge.web import forms
from ebelge.web.frame import account_page

blueprint = Blueprint("portal_answers", __name__)
CODES: Final[dict[str, ResponseCode]] = {"accept": "KABUL", "reject": "RED", "return": "IADE"}
# A paper and the form around it.
FORM_BYTES_MAX: Final = mistakes.PAPER_BYTES_MAX + 64 * 1024
LINES_SHOWN_MAX: Final = 200
ANSWER_WORDS: Final = {
    "none": ("Yanıtlanmadı", "Not answered"),
    "accepted": ("Kabul edildi", "Accepted"),
    "rejected": ("Reddedildi", "Rejected"),
    "returned": ("İade edildi", "Returned"),
    "partly": ("Kısmen kabul edildi", "Accepted in part"),
    "assumed": ("Kabul edilmiş sayıldı", "Counts as accepted"),
}


@blueprint.get("/incoming/<uuid:document_id>/answer")
@right("documents:read")
def incoming(document_id: UUID) -> Response:
    """An incoming document: its answer, the time left, and what else can be done about it."""
    return _incoming_page(document_id)


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
        return _incoming_page(document_id, error)

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

    return _done(act, document_id)


@blueprint.get("/documents/<uuid:document_id>/mistake")
@right("documents:read")
def mistake(document_id: UUID) -> Response:
    """What can be done about a wrong document of one's own."""
    return _mistake_page(document_id)


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
    except DomainError as error:
        return _mistake_page(document_id, error)
    return forms.go_to(url_for("portal_answers.mistake", document_id=document_id))


@blueprint.get("/records/<uuid:record_id>/paper")
@right("documents:read")
def paper(record_id: UUID) -> Response:
    """The paper of a record, to be saved."""
    return papers.paper_of(member().tenant_id, record_id, reach=reach())


def _enter(prepared: answering.Prepared) -> None:
    with tenant_session(member().tenant_id) as session:
        answering.enter(session, tenant_id=member().tenant_id, prepared=prepared, by=member().mark, at=request_at())
    bell.ring()


def _done(act: Callable[[], None], document_id: UUID) -> Response | WerkzeugResponse:
    with tenant_session(member().tenant_id) as session:  # what is out of reach is not there
        answering.get(session, tenant_id=member().tenant_id, document_id=document_id, reach=reach())
    try:
        act()
    except DomainError as error:
        return _incoming_page(document_id, error)
    return forms.go_to(url_for("portal_answers.incoming", document_id=document_id))


def _told() -> Told:
    uploaded = request.files.get("paper")
    paper_bytes = uploaded.stream.read(mistakes.PAPER_BYTES_MAX + 1) if uploaded is not None else b""
    return Told(
        way=forms.field("way", longest=40), on=forms.day("on", at=request_at()),
        channel=forms.field("channel", longest=40) or None, paper_number=forms.field("paper_number", longest=100),
        note=forms.field("note", longest=mistakes.TEXT_MAX), paper=paper_bytes,
    )  # fmt: skip


def _quantity(name: str) -> Decimal:
    """A quantity as it is typed in Turkey: 1.234,5 or 1234.5 or nothing."""
    typed = forms.field(name, longest=30)
    try:
        value = Decimal((typed.replace(".", "").replace(",", ".") if "," in typed else typed) or "0")
    except InvalidOperation as error:
        raise InvalidRequest(f"Miktar okunamadı: {typed}.", f"This is no quantity: {typed}.") from error
    if not value.is_finite() or value < 0 or value >= Decimal(10) ** 15:
        raise InvalidRequest(f"Miktar okunamadı: {typed}.", f"This is no quantity: {typed}.")
    return value


def _incoming_page(document_id: UUID, refusal: DomainError | None = None) -> Response:
    tenant_id, at, side = member().tenant_id, request_at(), 0 if language() == "tr" else 1
    with tenant_session(tenant_id) as session:
        document = answering.get(session, tenant_id=tenant_id, document_id=document_id, reach=reach())
        given = answering.latest(session, tenant_id=tenant_id, document_id=document_id)
        kept = _records(session, tenant_id, document_id)
    until = answering.until(document)
    open_ = until is not None and at < until and document.answer == "none"
    ways = guide(profile=document.profile, came_at=document.received_at, at=at) if document.kind == "efatura" else []
    try:
        lines = receipts.lines_of(tenant_id=tenant_id, document_id=document_id, store=open_store())[:LINES_SHOWN_MAX]
    except NotFound:  # without its file nothing can be answered; what was done about it is shown all the same
        lines, open_ = [], False
    return _page(
        "answers/incoming.html", refusal, document=document, given=given, kept=kept, open=open_, ways=ways,
        lines=lines, last=None if until is None else last_minute(until),
        left="" if until is None else left_words(until, at)[side], answer=ANSWER_WORDS[document.answer][side],
        record_ways=[way.record for way in ways] + ["other"],
    )  # fmt: skip


def _mistake_page(document_id: UUID, refusal: DomainError | None = None) -> Response:
    tenant_id, at = member().tenant_id, request_at()
    with tenant_session(tenant_id) as session:
        document = queries.get(session, tenant_id=tenant_id, document_id=document_id, reach=reach())
        ways = mistake_ways.ways(document, at=at)
        kept = _records(session, tenant_id, document_id)
    follows = mistake_ways.FOLLOWS if any(one[0] == "portal_cancel_asked" for one in kept) else ("other",)
    recorded = [way.code for way in ways if way.act == "record"] + list(follows)
    return _page("answers/mistake.html", refusal, document=document, ways=ways, kept=kept, record_ways=recorded)


def _records(session: Session, tenant_id: UUID, document_id: UUID) -> list[tuple[str, UUID, str, bool]]:
    """(way, id, words, with a paper) of what was recorded."""
    side = 0 if language() == "tr" else 1
    found = mistakes.records(session, tenant_id=tenant_id, document_id=document_id)
    return [(row.way, row.record_id, mistakes.said(row)[side], row.file_type is not None) for row in found]


def _page(template: str, refusal: DomainError | None, **values: Any) -> Response:
    turkish, at = language() == "tr", request_at()
    status = HTTPStatus.OK if refusal is None else HTTPStatus(refusal.http_status)
    return account_page(
        template, status=status, problem=None if refusal is None else refusal.problem(language()),
        may="documents:send" in member().rights, today=istanbul_date(at),
        way_words={code: words[not turkish] for code, words in WORDS.items()},
        channels={code: words[not turkish] for code, words in CHANNEL_WORDS.items()}, **values,
    )  # fmt: skip
