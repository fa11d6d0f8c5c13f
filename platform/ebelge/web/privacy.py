"""Personal data: a person's own page (a copy, being erased), and the operator's (requests, record of processing)."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.db import role_session
from ebelge.core.errors import InvalidRequest
from ebelge.edge import people, reproof, sign_in_log
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import own_account, right
from ebelge.edge.requests import request_at
from ebelge.web.frame import account_page
from tenants.audit.deeds import deed
from tenants.privacy import erasing, requests
from tenants.privacy.register import CLASSES, period_text

blueprint = Blueprint("privacy_pages", __name__)
FORM_BYTES_MAX = 16_384
OWN, OPERATOR = "/account/privacy", "/operator/privacy"
KINDS = {
    "export": ("Verilerin kopyası", "Copy of the data"),
    "erasure": ("Silme", "Erasure"),
    "correction": ("Düzeltme", "Correction"),
    "objection": ("İtiraz", "Objection"),
    "information": ("Bilgi", "Information"),
}
STATES = {"open": ("Bekliyor", "Open"), "done": ("Yanıtlandı", "Answered"), "refused": ("Reddedildi", "Refused")}


@dataclass(frozen=True, slots=True)
class Processing:
    """A class of data, in the reader's language."""

    code: str
    title: str
    subjects: str
    data: str
    purpose: str
    basis: str
    begins: str
    period: str
    after: str
    recipients: str


@blueprint.get(OWN)
@own_account
def own() -> Response:
    """What is kept of the person, his copy, his requests."""
    who, at = people.person(), request_at()
    with role_session("people") as session:
        copy = requests.copy_of(session, person_id=who.person_id, at=at)
        asked = requests.of_person(session, person_id=who.person_id)
        session.expunge_all()
    return account_page(
        "privacy/own.html", copy=copy, asked=asked, asks_password=reproof.has_password(who), record=record(),
        kinds=_words(KINDS), states=_words(STATES), waits=any(r.kind == "erasure" and r.state == "open" for r in asked),
    )  # fmt: skip


@blueprint.post(f"{OWN}/copy")
@own_account
@body_up_to(FORM_BYTES_MAX)
def ask_copy() -> WerkzeugResponse:
    """Ask for a copy; the password (or a fresh sign-in) proves who asks."""
    who, at = people.person(), request_at()
    reproof.check(who, password=request.form.get("password", ""), at=at)
    with role_session("people") as session:
        requests.ask_copy(session, person_id=who.person_id, language=language(), at=at)
    sign_in_log.note(who.person_id, "privacy.export_asked")
    return redirect(OWN, 303)


@blueprint.get(f"{OWN}/copy/<uuid:export_id>")
@own_account
def fetch_copy(export_id: UUID) -> Response:
    """The file, for seven days, for its person only."""
    who = people.person()
    with role_session("people") as session:
        file = requests.fetch_copy(session, person_id=who.person_id, export_id=export_id, at=request_at())
    sign_in_log.note(who.person_id, "privacy.export_fetched")
    response = Response(file, content_type="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="ebelge-data.zip"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post(f"{OWN}/erasure")
@own_account
@body_up_to(FORM_BYTES_MAX)
def ask_erasure() -> WerkzeugResponse:
    """Ask to be erased; staff answers within 30 days."""
    who, at = people.person(), request_at()
    reproof.check(who, password=request.form.get("password", ""), at=at)
    with role_session("people") as session:
        requests.ask_erasure(session, person_id=who.person_id, at=at)
    sign_in_log.note(who.person_id, "privacy.request_noted", after={"kind": "erasure"})
    return redirect(OWN, 303)


@blueprint.get(OPERATOR)
@right("tenants:manage")
def operator() -> Response:
    """Open requests with their days left, holds, and the record of processing."""
    at = request_at()
    with role_session("people") as session:
        waiting = [(row, (row.due_at - at).days) for row in requests.waiting(session)]
        held = erasing.holds(session)
        due = len(erasing.due(session, at=at))
        session.expunge_all()
    return account_page(
        "privacy/operator.html", waiting=waiting, held=held, due=due, record=record(), kinds=_words(KINDS)
    )


@blueprint.post(f"{OPERATOR}/<uuid:request_id>")
@right("tenants:manage")
@body_up_to(FORM_BYTES_MAX)
def answer(request_id: UUID) -> WerkzeugResponse:
    """Close a request with what was answered."""
    state = request.form.get("state", "")
    if state not in ("done", "refused"):
        raise InvalidRequest("Yanıtlandı ya da reddedildi seçin.", "Choose answered or refused.")
    with role_session("people") as session:
        row = requests.answer(
            session, request_id=request_id, state="done" if state == "done" else "refused",
            note=request.form.get("note", ""), by=people.member().mark, at=request_at(),
        )  # fmt: skip
        deed(
            session, tenant_id=people.member().tenant_id, action="privacy.request_answered", object_kind="request",
            object_id=request_id, after={"kind": row.kind, "state": row.state}, at=request_at(),
        )  # fmt: skip
    return redirect(OPERATOR, 303)


def record() -> list[Processing]:
    """The record of processing in the reader's language."""
    said = language()
    at = 0 if said == "tr" else 1
    return [
        Processing(
            code=code, title=one.title[at], subjects=one.subjects[at], data=one.data[at], purpose=one.purpose[at],
            basis=one.basis[at], begins=one.begins[at], period=period_text(one.kept, said), after=one.after[at],
            recipients=one.recipients[at],
        )
        for code, one in CLASSES.items()
    ]  # fmt: skip


def _words(table: dict[str, tuple[str, str]]) -> dict[str, str]:
    at = 0 if language() == "tr" else 1
    return {name: words[at] for name, words in table.items()}
