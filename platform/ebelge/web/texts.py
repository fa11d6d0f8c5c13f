"""The texts: public in every version; what waits to be accepted by a person, and what he accepted."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import NotFound
from ebelge.edge import actors, people
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import own_account, person
from ebelge.edge.redirects import ours
from ebelge.edge.requests import request_at
from ebelge.onboarding import customers
from ebelge.web import visitors
from ebelge.web.frame import account_page
from ebelge.web.public import page
from ebelge.web.sign_in import to
from tenants.audit import entries
from tenants.members.memberships import Seat
from tenants.rights import ROLES
from tenants.texts import acceptances, versions
from tenants.texts.acceptances import Outstanding, Signature
from tenants.texts.kinds import KINDS, OF_TENANT_KINDS
from tenants.texts.models import TextVersion

blueprint = Blueprint("texts", __name__)
_SAYS = {
    "company": ("metnini şirket adına kabul ediyorum", "I accept it for the company"),
    "person": ("metnini okudum", "I have read it"),
}


@blueprint.get("/texts/<kind>")
def current(kind: str) -> Response:
    """The version in force, with all others below."""
    _known(kind)
    with role_session("app") as session:
        found = versions.in_force(session, at=request_at()).get(kind)
        return _public(found, list(versions.history(session, kind=kind)), found)


@blueprint.get("/texts/<kind>/<version>")
def one(kind: str, version: str) -> Response:
    """A version, however old."""
    _known(kind)
    with role_session("app") as session:
        rows = list(versions.history(session, kind=kind))
        found = next((row for row in rows if row.version == version), None)
        return _public(found, rows, versions.in_force(session, at=request_at()).get(kind))


@blueprint.get("/account/texts")
@own_account
def mine() -> Response:
    """What waits for this person in his companies, his free consent, and what he accepted before."""
    who, at, turkish = person(), request_at(), language() == "tr"
    companies, consents, accepted = [], [], []
    for seat in _companies():
        with tenant_session(seat.tenant_id) as session:
            waiting = acceptances.outstanding(session, tenant_id=seat.tenant_id, person_id=who.person_id, at=at)
            if waiting:
                shown = [_waiting(text, seat, turkish) for text in waiting]
                companies.append({
                    "tenant_id": seat.tenant_id, "title": seat.title, "texts": shown,
                    "any": any(text["may"] for text in shown),
                })  # fmt: skip
            free = versions.in_force(session, at=at).get("consent")
            if free is not None:
                given = acceptances.consent(session, tenant_id=seat.tenant_id, person_id=who.person_id)
                consents.append({
                    "tenant_id": seat.tenant_id, "title": seat.title, "given": given is not None,
                    "version": free.version,
                })  # fmt: skip
            rows = acceptances.history(session, tenant_id=seat.tenant_id, person_id=who.person_id)
            session.expunge_all()
        accepted += [(row, seat.title, _name(row.kind, turkish)) for row in rows]
    wanted = ours(request.args.get("next"), otherwise="")
    return account_page("texts/mine.html", companies=companies, consents=consents, accepted=accepted, next=wanted)


@blueprint.post("/account/texts")
@own_account
@body_up_to(visitors.FORM_BYTES_MAX)
def accept() -> Response:
    """Accept what was ticked, in the versions that were shown."""
    seat, at = _chosen(), request_at()
    seen = [(kind, version) for kind, _, version in (pair.partition(" ") for pair in request.form.getlist("seen"))]
    allowed = [(kind, version) for kind, version in seen if _may(kind, seat)]
    with tenant_session(seat.tenant_id) as session:
        rows = acceptances.accept(session, tenant_id=seat.tenant_id, seen=allowed, signature=_signature(), at=at)
        for row in rows:
            entries.note(
                session, tenant_id=seat.tenant_id, actor=actors.actor(), action="text.accepted", object_kind="text",
                object_id=row.acceptance_id,
                after={"text": row.kind, "version": row.version, "language": row.language}, at=at,
            )  # fmt: skip
        customers.settle_in(
            session, tenant_id=seat.tenant_id, person_id=person().person_id, actor=actors.actor(), at=at
        )
    return to(ours(request.form.get("next"), otherwise="/account/texts"))


@blueprint.post("/account/texts/consent")
@own_account
@body_up_to(visitors.FORM_BYTES_MAX)
def consent() -> Response:
    """Give the free consent, or take it back."""
    seat, at, version = _chosen(), request_at(), request.form.get("give", "")
    with tenant_session(seat.tenant_id) as session:
        if version:
            acceptances.accept(
                session, tenant_id=seat.tenant_id, seen=[("consent", version)], signature=_signature(), at=at
            )
        else:
            version = acceptances.withdraw_consent(session, tenant_id=seat.tenant_id, signature=_signature(), at=at)
        after = {"text": "consent", "version": version}
        entries.note(
            session, tenant_id=seat.tenant_id, actor=actors.actor(), object_kind="text", object_id="consent",
            action="text.accepted" if request.form.get("give") else "text.withdrawn", after=after, at=at,
        )  # fmt: skip
    return to("/account/texts")


def blocks(body: str) -> Iterator[tuple[str, list[str]]]:
    """A body as it is laid out: headings ("## "), lists ("- ") and paragraphs."""
    listed: list[str] = []
    for line in body.splitlines():
        if line.startswith("- "):
            listed.append(line[2:])
            continue
        if listed:
            yield "list", listed
            listed = []
        if line.startswith("## "):
            yield "heading", [line[3:]]
        elif line:
            yield "paragraph", [line]
    if listed:
        yield "list", listed


def _known(kind: str) -> None:
    if kind not in KINDS:
        raise NotFound("Böyle bir metin yok.", "There is no such text.")


def _public(found: TextVersion | None, rows: list[TextVersion], in_force: TextVersion | None) -> Response:
    if found is None:
        raise NotFound("Böyle bir metin yok.", "There is no such text.")
    turkish = language() == "tr"
    return page(
        "texts/text.html",
        shown=found,
        title=found.title_tr if turkish else found.title_en,
        blocks=list(blocks(found.body_tr if turkish else found.body_en)),
        versions=rows,
        in_force=in_force is not None and found.version == in_force.version,
        to_come=found.valid_from > request_at(),
    )


def _companies() -> list[Seat]:
    return [
        seat for seat in people.my_seats(person())
        if seat.mode == "live" and seat.kind in OF_TENANT_KINDS and seat.state != "closed"
    ]  # fmt: skip


def _chosen() -> Seat:
    wanted = request.form.get("tenant_id", "")
    found = next((seat for seat in _companies() if str(seat.tenant_id) == wanted), None)
    if found is None:
        raise NotFound("Şirketleriniz arasında böyle bir şirket yok.", "There is no such company among yours.")
    return found


def _may(kind: str, seat: Seat) -> bool:
    """Whether this member accepts a text of the kind: for himself always, for the company by his right."""
    return kind in KINDS and (KINDS[kind].who == "person" or "consent:give" in ROLES[seat.role])


def _waiting(text: Outstanding, seat: Seat, turkish: bool) -> dict[str, Any]:
    row = text.text
    return {
        "kind": text.kind,
        "version": row.version,
        "before": text.before,
        "title": row.title_tr if turkish else row.title_en,
        "changes": row.changes_tr if turkish else row.changes_en,
        "says": _SAYS[KINDS[text.kind].who][0 if turkish else 1],
        "may": _may(text.kind, seat),
    }


def _signature() -> Signature:
    who: UUID = person().person_id
    spoken, address, agent = visitors.came_from()
    return Signature(who, spoken, address, agent)


def _name(kind: str, turkish: bool) -> str:
    return KINDS[kind].name_tr if turkish else KINDS[kind].name_en
