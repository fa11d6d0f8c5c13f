"""Acting for a customer, from outside: its end by whoever acts, support's wishes, the owner's answer from his mail."""

from uuid import UUID

from flask import Blueprint, Response
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.errors import DomainError, NotFound
from ebelge.edge import csp, people, rates, sign_in
from ebelge.edge.actors import actor, known_as
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, own_account, right
from ebelge.edge.requests import request_at
from ebelge.jobs import acting
from ebelge.web.forms import field, go_to, identifier, number, told
from ebelge.web.frame import account_page
from ebelge.web.public import page
from ebelge.web.wish import as_staff, asker, chosen_rights, wished
from tenants.acting.consents import MAY_BE_GIVEN
from tenants.rights import RIGHTS, ROLES_OF_KIND

blueprint = Blueprint("acting", __name__)
OPERATOR = "/operator/acting"
FORM_BYTES_MAX = 16 * 1024


@blueprint.post("/acting/end")
@own_account
def end() -> WerkzeugResponse:
    """Whoever acts stops, and is at home again."""
    who = people.person()
    here = people.member_of(who, people.my_seats(who))
    if here is None or here.acting is None:
        return go_to("/account")
    known_as(person_id=who.person_id, name=who.full_name, for_whom=here.tenant_id, of=here.acting.by_title)
    acting.leave(here.tenant_id, here.acting.acting_id, session_id=who.session_id, actor=actor(), at=request_at())
    sign_in.choose_tenant(here.acting.by_tenant_id)
    by_reseller = here.role in ROLES_OF_KIND["reseller"]
    return go_to(f"/reseller/customers/{here.tenant_id}" if by_reseller else OPERATOR)


@blueprint.get(OPERATOR)
@right("customers:act")
def support() -> Response:
    """Wishes of support's own, and the form for another."""
    return _support()


@blueprint.post(OPERATOR)
@right("customers:act")
def ask() -> WerkzeugResponse:
    """Support asks a customer's owners for consent."""
    me = member()
    try:
        if me.tenant_kind != "operator":
            raise NotFound()
        customer_id, wish = acting.operators_customer(me.tenant_id, field("vkn", longest=11)), wished()
        acting.ask(
            asker(), customer_id, reason=wish.reason, hours=wish.hours, rights=wish.rights,
            actor=as_staff(customer_id),
            at=request_at(),
        )  # fmt: skip
    except DomainError as error:
        return _support(refusal=told(error), status=error.http_status)
    return go_to(OPERATOR)


@blueprint.post(f"{OPERATOR}/<uuid:customer_id>")
@right("customers:act")
def begin(customer_id: UUID) -> WerkzeugResponse:
    """Support acts for the customer from now on, under a consent in force."""
    me = member()
    acting.begin(
        customer_id, identifier("consent_id"), person_id=me.person_id, session_id=me.session_id,
        actor=as_staff(customer_id),
        at=request_at(),
    )  # fmt: skip
    sign_in.choose_tenant(customer_id)
    return go_to("/account")


@blueprint.get("/consent/<token>")
@rates.limited(rates.LINKS)
def by_mail(token: str) -> Response:
    """What is asked. Opening it does nothing: mail programs open links."""
    return _by_mail(token)


@blueprint.post("/consent/<token>")
@body_up_to(FORM_BYTES_MAX)
@rates.limited(rates.LINKS)
def answer_by_mail(token: str) -> WerkzeugResponse:
    """The owner's answer: as it was wished or less, or no."""
    link, consent = acting.by_link(token, at=request_at())
    known_as(person_id=link.link_id, name=link.email)
    try:
        if field("word") == "give":
            rights = tuple(one for one in chosen_rights() if one in consent.rights)
            hours = min(number("hours"), consent.hours)
            acting.give(link.tenant_id, consent.consent_id, hours=hours, rights=rights, actor=actor(), at=request_at())
        else:
            acting.refuse(link.tenant_id, consent.consent_id, actor=actor(), at=request_at())
    except DomainError as error:
        return _by_mail(token, refusal=told(error), status=error.http_status)
    return go_to(f"/consent/{token}")


def _support(*, refusal: str = "", status: int = 200) -> Response:
    me = member()
    return account_page(
        "access/support.html",
        status=status,
        refusal=refusal,
        wishes=acting.asked_by(me.person_id, me.tenant_id),
        rights=MAY_BE_GIVEN,
        right_names=RIGHTS,
        now=request_at(),
    )


def _by_mail(token: str, *, refusal: str = "", status: int = 200) -> Response:
    _, consent = acting.by_link(token, at=request_at())
    response = page(
        "access/by_mail.html", policy=csp.FORM, status=status, consent=consent, token=token, refusal=refusal,
        right_names=RIGHTS,
    )  # fmt: skip
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
