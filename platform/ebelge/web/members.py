"""People of a company: who is in, in which role and reach; invited, changed and let go by whoever manages them."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest
from ebelge.core.findings import Language
from ebelge.documents.models import Series
from ebelge.edge.actors import actor
from ebelge.edge.languages import language
from ebelge.edge.people import Member, member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import bell, inviting
from ebelge.web.forms import problem_of
from ebelge.web.frame import account_page
from tenants.company import branches
from tenants.members import invitations, memberships
from tenants.members.errors import NotMember
from tenants.members.memberships import Colleague
from tenants.members.reach import WHOLE, Reach, reach_of
from tenants.rights import NARROWABLE, RIGHTS, ROLE_NAMES, ROLES, ROLES_OF_KIND, Role

blueprint = Blueprint("members", __name__, url_prefix="/settings/people")
# What a deed leaves in the address of the page that it leads to.
DONE = frozenset({"invited", "sent_again", "withdrawn", "changed", "removed"})


@dataclass(frozen=True, slots=True)
class Places:
    """What a role can be narrowed to: series by their letters, branches by id."""

    series: tuple[tuple[str, str], ...]
    branches: tuple[tuple[UUID, str], ...]


@blueprint.get("")
@right("people:read")
def index() -> Response:
    """Everybody who is in, and who is invited."""
    return _index()


@blueprint.get("/<uuid:person_id>")
@right("people:manage")
def one(person_id: UUID) -> Response:
    """A member: role, reach, removal."""
    return _one(person_id)


@blueprint.post("/invitations")
@right("people:manage")
def invite() -> WerkzeugResponse:
    """Offer a role to an address. The answer is the same whether we know the address or not."""
    me = member()
    try:
        with tenant_session(me.tenant_id) as session:
            inviting.invite(
                session,
                tenant_id=me.tenant_id,
                email=request.form.get("email", ""),
                full_name=request.form.get("full_name", ""),
                language=_language(),
                role=request.form.get("role", ""),
                reach=_reach(),
                actor=actor(),
                at=request_at(),
            )
    except DomainError as refusal:
        return _index(refusal=refusal)
    bell.ring()
    return _to("invited")


@blueprint.post("/invitations/<uuid:invitation_id>/again")
@right("people:manage")
def send_again(invitation_id: UUID) -> WerkzeugResponse:
    """Send an invitation once more, with a new link."""
    me = member()
    done = _deed(
        lambda session: inviting.send_again(
            session, tenant_id=me.tenant_id, invitation_id=invitation_id, actor=actor(), at=request_at()
        )
    )
    if isinstance(done, DomainError):
        return _index(refusal=done)
    bell.ring()
    return _to("sent_again")


@blueprint.post("/invitations/<uuid:invitation_id>/withdraw")
@right("people:manage")
def withdraw(invitation_id: UUID) -> WerkzeugResponse:
    """Take an invitation back."""
    me = member()
    done = _deed(
        lambda session: invitations.revoke(
            session, tenant_id=me.tenant_id, invitation_id=invitation_id, actor=actor(), at=request_at()
        )
    )
    return _index(refusal=done) if isinstance(done, DomainError) else _to("withdrawn")


@blueprint.post("/<uuid:person_id>/role")
@right("people:manage")
def change(person_id: UUID) -> WerkzeugResponse:
    """Give a member another role or reach."""
    me = member()
    done = _deed(
        lambda session: memberships.change(
            session, tenant_id=me.tenant_id, person_id=person_id, role=request.form.get("role", ""), reach=_reach(),
            actor=actor(), at=request_at(),
        )
    )  # fmt: skip
    return _one(person_id, refusal=done) if isinstance(done, DomainError) else _to("changed")


@blueprint.post("/<uuid:person_id>/remove")
@right("people:manage")
def remove(person_id: UUID) -> WerkzeugResponse:
    """Let a member go; his next request finds no company."""
    me = member()
    done = _deed(
        lambda session: memberships.end(
            session, tenant_id=me.tenant_id, person_id=person_id, actor=actor(), at=request_at()
        )
    )
    return _one(person_id, refusal=done) if isinstance(done, DomainError) else _to("removed")


def _deed(act: Callable[[Session], object]) -> DomainError | None:
    """Do it in a transaction of the company's; a refusal is returned, and nothing was changed."""
    try:
        with tenant_session(member().tenant_id) as session:
            act(session)
    except DomainError as refusal:
        return refusal
    return None


def _to(done: str) -> WerkzeugResponse:
    return redirect(url_for("members.index", done=done), HTTPStatus.SEE_OTHER)


def _index(*, refusal: DomainError | None = None) -> Response:
    me = member()
    with tenant_session(me.tenant_id) as session:
        people = memberships.colleagues(session, tenant_id=me.tenant_id)
        waiting = invitations.waiting(session, tenant_id=me.tenant_id) if _manages(me) else ()
        places = _places(session, me.tenant_id)
    done = request.args.get("done", "")
    return account_page(
        "people/index.html",
        status=HTTPStatus.OK if refusal is None else refusal.http_status,
        problem=None if refusal is None else problem_of(refusal),
        done=done if done in DONE and refusal is None else "",
        me=me,
        manages=_manages(me),
        people=[one for one in people if one.ended_at is None],
        left=[one for one in people if one.ended_at is not None],
        waiting=waiting,
        now=request_at(),
        typed=request.form,
        chosen=request.form.getlist("series") + request.form.getlist("branch"),
        names=_names(),
        reach_words=lambda reach: _reach_words(reach, places),
        reach_of_row=memberships.reach_of_row,
        places=places,
        **_table(me),
    )


def _one(person_id: UUID, *, refusal: DomainError | None = None) -> Response:
    me = member()
    with tenant_session(me.tenant_id) as session:
        found = _colleague(session, me.tenant_id, person_id)
        places = _places(session, me.tenant_id)
    chosen = [*found.reach.series_prefixes, *(str(branch) for branch in found.reach.branch_ids)]
    return account_page(
        "people/one.html",
        status=HTTPStatus.OK if refusal is None else refusal.http_status,
        problem=None if refusal is None else problem_of(refusal),
        one=found,
        me=me,
        role=request.form.get("role", found.role),
        chosen=request.form.getlist("series") + request.form.getlist("branch") if refusal else chosen,
        names=_names(),
        places=places,
        **_table(me),
    )


def _colleague(session: Session, tenant_id: UUID, person_id: UUID) -> Colleague:
    for one in memberships.colleagues(session, tenant_id=tenant_id):
        if one.person_id == person_id and one.ended_at is None:
            return one
    raise NotMember()


def _manages(me: Member) -> bool:
    return "people:manage" in me.rights


def _table(me: Member) -> dict[str, Any]:
    """The roles of this kind of company, what each may do, and which of them may be given here."""
    side = _side()
    rights = {role: [RIGHTS[right][side] for right in RIGHTS if right in ROLES[role]] for role in _roles(me)}
    return {
        "roles": _roles(me),
        "givable": memberships.givable(me.role, me.tenant_kind) if _manages(me) else (),
        "narrowable": NARROWABLE,
        "rights": rights,
    }


def _roles(me: Member) -> tuple[Role, ...]:
    return ROLES_OF_KIND[me.tenant_kind]


def _names() -> dict[Role, str]:
    return {role: names[_side()] for role, names in ROLE_NAMES.items()}


def _side() -> int:
    return 0 if language() == "tr" else 1


def _language() -> Language:
    return "en" if request.form.get("language") == "en" else "tr"


def _reach() -> Reach:
    """What the form narrows to; boxes that are ticked for a role that reaches everything are not heard."""
    if request.form.get("role", "") not in NARROWABLE:
        return WHOLE
    try:
        chosen = [UUID(text) for text in request.form.getlist("branch")]
    except ValueError as error:
        raise InvalidRequest("Şube tanınmadı.", "There is no such branch.") from error
    return reach_of(chosen, request.form.getlist("series"))


def _places(session: Session, tenant_id: UUID) -> Places:
    series = session.query(Series).where(Series.tenant_id == tenant_id).order_by(Series.kind, Series.prefix).all()
    shown = branches.listed(session, tenant_id=tenant_id)
    return Places(tuple((row.prefix, row.kind) for row in series), tuple((row.branch_id, row.name) for row in shown))


def _reach_words(reach: Reach, places: Places) -> str:
    named = [name for branch_id, name in places.branches if branch_id in reach.branch_ids]
    return ", ".join([*named, *sorted(reach.series_prefixes)])
