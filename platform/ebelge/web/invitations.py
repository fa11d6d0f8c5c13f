"""The page behind an invitation's link: what is offered, and taking it with the login one has or with a new one.

Whoever holds the link has the mail of the address: the page offers both ways alike, whether we know it or not.
"""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError
from ebelge.edge import csp, passwords, people, rates, sign_in, sign_in_log
from ebelge.edge.actors import actor
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.requests import request_at
from ebelge.onboarding import customers
from ebelge.web.forms import problem_of
from ebelge.web.public import page
from tenants import accounts
from tenants.locator import Located
from tenants.members import invitations
from tenants.members.models import Invitation
from tenants.people import password_rules, persons
from tenants.people.persons import EmailTaken
from tenants.rights import ROLE_NAMES

blueprint = Blueprint("invitations", __name__, url_prefix="/invitations")
FORM_BYTES_MAX = 16 * 1024
HOME = "/home"


@blueprint.get("/<token>")
@rates.limited(rates.LINKS)
def show(token: str) -> Response:
    """The offer."""
    found = _find(token)
    return _page(token, found)


@blueprint.post("/<token>")
@body_up_to(FORM_BYTES_MAX)
@rates.limited(rates.LINKS)
def accept(token: str) -> WerkzeugResponse:
    """Take the offer as whoever is signed in; who is not, signs in first and comes back."""
    found = _find(token)
    if sign_in.signed_in() is None:
        return redirect(sign_in.sign_in_url(f"/invitations/{token}"), HTTPStatus.SEE_OTHER)
    who = people.let_person_in()
    try:
        _take(found, token, person_id=who.person_id, email=who.email)
    except DomainError as refusal:
        return _page(token, found, refusal=refusal)
    sign_in.choose_tenant(found.tenant_id)
    return redirect(HOME, HTTPStatus.SEE_OTHER)


@blueprint.post("/<token>/new")
@body_up_to(FORM_BYTES_MAX)
@rates.limited(rates.LINKS)
def join(token: str) -> WerkzeugResponse:
    """Take the offer with a new login. The link has proved the address; the login is confirmed with it."""
    found = _find(token)
    offer = _offer(found, token)
    try:
        name, password = persons.plain_name(request.form.get("full_name", "")), request.form.get("password", "")
        password_rules.check(password, email=offer.email, full_name=name)
        hashed = passwords.hashed(password)
        with role_session("people") as session:
            person_id = persons.create(
                session, email=offer.email, full_name=name, language=language(), password_hash=hashed,
                confirmed=True, at=request_at(),
            ).person_id  # fmt: skip
    except EmailTaken:
        known = EmailTaken(
            "Bu adresin Ebelge'de zaten hesabı var. Davet bekliyor; giriş yaparak kabul edin.",
            "The address has an account at Ebelge already. The invitation is kept; sign in to accept it.",
        )
        return _page(token, found, refusal=known)
    except DomainError as refusal:
        return _page(token, found, refusal=refusal)
    sign_in.begin(person_id=person_id, method="invitation")
    people.let_person_in()
    _take(found, token, person_id=person_id, email=offer.email)
    sign_in_log.signed_in(person_id, factor="none")
    sign_in.choose_tenant(found.tenant_id)
    return redirect(HOME, HTTPStatus.SEE_OTHER)


def _find(token: str) -> Located:
    with role_session("app") as session:
        return invitations.locate(session, token=token)


def _offer(found: Located, token: str) -> Invitation:
    with tenant_session(found.tenant_id) as session:
        return invitations.offered(
            session, tenant_id=found.tenant_id, invitation_id=found.object_id, token=token, at=request_at()
        )


def _take(found: Located, token: str, *, person_id: UUID, email: str) -> None:
    with tenant_session(found.tenant_id) as session:
        invitations.accept(
            session, tenant_id=found.tenant_id, invitation_id=found.object_id, token=token, person_id=person_id,
            email=email, actor=actor(), at=request_at(),
        )  # fmt: skip
        # where no text waits for him (he signed for another company of his), the customer of a reseller is active now
        customers.settle_in(session, tenant_id=found.tenant_id, person_id=person_id, actor=actor(), at=request_at())


def _page(token: str, found: Located, *, refusal: DomainError | None = None) -> Response:
    offer = _offer(found, token)
    with tenant_session(found.tenant_id) as session:
        company = accounts.get(session, tenant_id=found.tenant_id)
    names = next(names for role, names in ROLE_NAMES.items() if role == offer.role)
    response = page(
        "people/invitation.html",
        policy=csp.FORM,
        status=HTTPStatus.OK if refusal is None else refusal.http_status,
        problem=None if refusal is None else problem_of(refusal),
        offer=offer,
        company=company.title,
        vkn_tckn=company.vkn_tckn,
        role=names[0 if language() == "tr" else 1],
        narrowed=[*offer.series_prefixes, *offer.branch_ids],
        who=sign_in.signed_in(),
        token=token,
        full_name=request.form.get("full_name", offer.full_name)[:200],
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
