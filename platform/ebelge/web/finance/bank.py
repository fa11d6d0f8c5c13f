"""The bank: statements taken in, lines with what each may be for, and one line decided by hand."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.models.bank import LINE_STATES, BankLine
from billing.payments.bank.statement import FILE_BYTES_MAX
from billing.settlement import (
    bank_desk,
    bank_files,
    bank_import,
    bank_lists,
    bank_proposals,
    bank_reversal,
    receivables,
    refund_sending,
)
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError, NotFound
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to, uploaded
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import bank_files as bank_jobs
from ebelge.jobs import banking
from ebelge.web.finance import bank_forms, common, words
from ebelge.web.finance.common import FORM_BYTES, finance_page
from ebelge.web.forms import field, go_to, identifier, problem_of

blueprint = Blueprint("finance_bank", __name__, url_prefix="/finance/bank")
LIST, ONE = "finance_bank.index", "finance_bank.one"
LINES_MAX: Final = 200
FILES_SHOWN: Final = 10


@blueprint.get("")
@right("finance:work")
def index() -> Response:
    """Lines that wait for somebody, or those of a state; the import."""
    return _index()


@blueprint.post("/import")
@right("finance:work")
@body_up_to(FILE_BYTES_MAX + FORM_BYTES)
def take_in() -> Response | WerkzeugResponse:
    """Keep a statement file for a worker, who reads it whole, or refuses it whole, and matches its lines."""
    try:
        name, data = uploaded("file", bytes_max=FILE_BYTES_MAX)
        iban = field("iban", longest=40) or bank_forms.only_account()
        file_id, new = bank_jobs.hand_in(iban=iban, file_name=name, data=data, **common.signed())
    except DomainError as error:
        return _index(problem=error, status=error.http_status)
    return go_to(url_for("finance_bank.file", file_id=file_id, said="" if new else "known"))


@blueprint.get("/files/<uuid:file_id>")
@right("finance:work")
def file(file_id: UUID) -> Response:
    """A file: how far its worker is, or what came of it."""
    return _file(file_id, "bank_file.html")


@blueprint.get("/files/<uuid:file_id>/progress")
@right("finance:work")
def progress(file_id: UUID) -> Response:
    """How far it is: a part of its page, asked for again and again until it has ended."""
    return _file(file_id, "bank_file_progress.html")


@blueprint.post("/accounts")
@right("finance:work")
@body_up_to(FORM_BYTES)
def add_account() -> Response | WerkzeugResponse:
    """Enter an account of ours that transfers go to."""
    try:
        with role_session("finance") as session:
            bank_import.open_account(
                session, iban=field("iban", longest=60), bank_name=field("bank", longest=100),
                holder=field("holder", longest=200), at=request_at(),
            )  # fmt: skip
    except DomainError as error:
        return _index(problem=error, status=error.http_status)
    return go_to(url_for(LIST, said="account"))


@blueprint.get("/<uuid:line_id>")
@right("finance:work")
def one(line_id: UUID) -> Response:
    """A line: what it may be for, what is decided, what can be done."""
    return _page(line_id)


@blueprint.post("/<uuid:line_id>/allocate")
@right("finance:work")
@body_up_to(FORM_BYTES)
def allocate(line_id: UUID) -> Response | WerkzeugResponse:
    """Put it to one or several orders; above the limit a second person approves."""

    def work(session: Session) -> None:
        bank_desk.allocate(
            session, line_id=line_id, parts=bank_forms.parts(session), by=common.me(), at=request_at(),
            note=field("note"), limit_kurus=settings().second_person_kurus,
        )  # fmt: skip

    return _do(line_id, work)


@blueprint.post("/<uuid:line_id>/decisions/<uuid:decision_id>")
@right("finance:work")
@body_up_to(FORM_BYTES)
def decide(line_id: UUID, decision_id: UUID) -> Response | WerkzeugResponse:
    """Approve as a second person, refuse, or take a credited decision back."""

    def work(session: Session) -> None:
        own = bank_lists.decisions(session, [line_id])
        found = next((one for one in own if one.allocation_id == decision_id), None)
        if found is None:
            raise NotFound()
        match field("word", longest=10):
            case "approve":
                bank_forms.another(found.asked_by, member().full_name)
                bank_desk.approve(session, allocation_id=decision_id, by=common.me(), at=request_at())
            case "refuse":
                bank_desk.refuse(
                    session, allocation_id=decision_id, by=common.me(), note=field("note"), at=request_at()
                )
            case "reverse":
                bank_reversal.reverse(
                    session, allocation_id=decision_id, by=common.me(), note=field("note"), at=request_at(),
                    limit_kurus=settings().second_person_kurus,
                )  # fmt: skip
            case _:
                bank_forms.incomplete()

    return _do(line_id, work)


@blueprint.post("/<uuid:line_id>/aside")
@right("finance:work")
@body_up_to(FORM_BYTES)
def aside(line_id: UUID) -> Response | WerkzeugResponse:
    """Set it aside, mark its rest to be sent back, or say which outgoing line shows that it went."""

    def work(session: Session) -> None:
        by = common.signed()
        match field("word", longest=10):
            case "ignore":
                bank_desk.ignore(session, line_id=line_id, note=field("note"), **by)
            case "refund":
                bank_desk.to_refund(session, line_id=line_id, note=field("note"), **by)
            case "refunded":
                bank_desk.refunded(session, line_id=line_id, out_line_id=identifier("out"), **by)
            case _:
                bank_forms.incomplete()

    return _do(line_id, work)


@blueprint.post("/<uuid:line_id>/proves")
@right("finance:work")
@body_up_to(FORM_BYTES)
def proves(line_id: UUID) -> Response | WerkzeugResponse:
    """Say which customer's refund an outgoing line paid, or which debt an incoming one."""
    try:
        paid, by = identifier("paid"), common.signed()
        with role_session("finance") as session:
            outgoing = _line(session, line_id).amount_kurus < 0
            if outgoing:
                owner = bank_desk.pays_refund(session, out_line_id=line_id, refund_id=paid, **by)
            else:
                owner = bank_desk.pays_debt(session, line_id=line_id, receivable_id=paid, **by)
        with tenant_session(owner) as session:
            if outgoing:
                refund_sending.transferred(session, tenant_id=owner, refund_id=paid, bank_ref=str(line_id), **by)
            else:
                receivables.settle_debt(session, tenant_id=owner, receivable_id=paid, line_id=line_id, **by)
    except DomainError as error:
        return _page(line_id, problem=error, status=error.http_status)
    return go_to(url_for(ONE, line_id=line_id, said="done"))


def _do(line_id: UUID, work: Callable[[Session], None]) -> Response | WerkzeugResponse:
    """A decision as finance, and what follows from it at once; what is refused is told on the same page."""
    try:
        with role_session("finance") as session:
            work(session)
    except DomainError as error:
        return _page(line_id, problem=error, status=error.http_status)
    banking.credit(request_at())
    return go_to(url_for(ONE, line_id=line_id, said="done"))


def _line(session: Session, line_id: UUID) -> BankLine:
    found = session.get(BankLine, line_id)
    if found is None:
        raise NotFound()
    return found


def _index(*, problem: DomainError | None = None, status: int = 200) -> Response:
    state = request.args.get("state", "")
    statement = common.uuid("statement")
    states = (state,) if state in LINE_STATES else LINE_STATES if statement else bank_lists.WAITING
    with role_session("finance") as session:
        accounts = [(one.iban, one.bank_name, one.active) for one in bank_import.accounts(session)]
        found = bank_lists.lines(session, states=states, statement_id=statement, limit=LINES_MAX + 1)
        files = bank_files.listed(session, limit=FILES_SHOWN)
        decisions = bank_lists.decisions(session, [line.line_id for line in found])
    asked = {one.line_id for one in decisions if one.state == "asked"}
    return finance_page(
        "bank.html", status=status, accounts=accounts, files=files, statement=statement,
        rows=found[:LINES_MAX], full=len(found) > LINES_MAX,
        asked=asked, state=state if state in LINE_STATES else "", said=request.args.get("said", ""), at=request_at(),
        problem=problem_of(problem) if problem else None,
    )  # fmt: skip


def _file(file_id: UUID, template: str) -> Response:
    with role_session("finance") as session:
        row = bank_files.one(session, file_id=file_id)
        became = bank_files.became(session, statement_id=row.statement_id)
    said = (row.refusal or {}).get(language(), {})
    response = finance_page(
        template, row=row, became=became, refusal=said, polled=template != "bank_file.html", at=request_at(),
        people=common.names([row.asked_by]), said=request.args.get("said", ""),
    )  # fmt: skip
    if template != "bank_file.html" and row.ended_at is not None:
        response.headers["HX-Refresh"] = "true"
    return response


def _page(line_id: UUID, *, problem: DomainError | None = None, status: int = 200) -> Response:
    with role_session("finance") as session:
        line = _line(session, line_id)
        listed = bank_lists.lines(session, states=LINE_STATES, line_ids=[line_id])[0]
        open_ = line.state in ("new", "proposed", "ignored") and line.amount_kurus > 0
        proposals = bank_proposals.proposals_for(session, [line], at=request_at()) if open_ else []
        decisions = bank_lists.decisions(session, [line_id])
        outgoing = bank_forms.outgoing(session, listed)
        facts = {
            "sender_iban": line.sender_iban, "bank_ref": line.bank_ref, "decided_by": (decided_by := line.decided_by),
            "decided_at": line.decided_at, "pays_back_id": line.pays_back_id,
        }  # fmt: skip
    marks = [mark for one in decisions for mark in (one.asked_by, one.approved_by)]
    return finance_page(
        "bank_line.html", status=status, line=listed, facts=facts, proposals=proposals, decisions=decisions,
        outgoing=outgoing, mine=common.me(), people=common.names([*marks, decided_by]),
        limit=settings().second_person_kurus, problem=problem_of(problem) if problem else None,
        said=request.args.get("said", ""), typed=request.form if problem else {}, tones=words.LINES,
    )  # fmt: skip
