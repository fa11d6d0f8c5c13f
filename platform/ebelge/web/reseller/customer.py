"""One customer of a reseller: what is known of it, kontör passed on and taken back, consent to act for it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.catalogue import packages, prices
from billing.catalogue.packages import Package
from billing.models.resellers import TakeBack
from billing.resellers import contracts, overview, passing, taking_back
from billing.resellers.passing import Part
from ebelge.core.db import reseller_session, tenant_session
from ebelge.core.errors import DomainError, InvalidRequest
from ebelge.core.ids import new_id
from ebelge.edge import sign_in
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import acting, customer_onboarding, reselling
from ebelge.web.forms import field, go_to, identifier, number, told
from ebelge.web.frame import account_page
from ebelge.web.reseller import glances
from ebelge.web.wish import as_staff, asker, wished
from tenants.acting import consents
from tenants.acting.consents import MAY_BE_GIVEN
from tenants.acting.models import ActingConsent
from tenants.rights import RIGHTS
from tenants.services import SERVICES
from tenants.states import STATE_NAMES

blueprint = Blueprint("reseller_customer", __name__, url_prefix="/reseller/customers/<uuid:customer_id>")
SHOWN = 20
SAID: Final = {
    "passed": ("Kontör müşteriye aktarıldı.", "The kontör are passed on."),
    "back": ("Kontör stokunuza geri geldi.", "The kontör are back in your stock."),
    "asked": (
        "Müşteriye soruldu; kabul ederse kontör geri gelir.",
        "The customer is asked; with its yes they come back.",
    ),
    "invited": ("Davet yeniden gönderildi.", "The invitation is sent again."),
    "wished": (
        "İzin istendi: müşterinin yetkilisi e-postasından ya da hesabından yanıtlar.",
        "The consent is asked for: the customer's owner answers by mail or in the account.",
    ),
}
_PARTS_MAX = 1000


@blueprint.get("")
@right("customers:read")
def show(customer_id: UUID) -> Response:
    """The customer; a foreign one is not found."""
    return _page(customer_id)


@blueprint.post("/pass")
@right("customers:pass")
def pass_on(customer_id: UUID) -> WerkzeugResponse:
    """Pass kontör on: first what the customer would have until when, then, confirmed, that and nothing else."""
    _known(customer_id)
    try:
        kontor = number("kontor")
        if field("shown"):
            reselling.pass_on(
                member().tenant_id, customer_id, kontor=kontor, draw_id=identifier("draw_id"), shown=_shown()
            )
            return go_to(f"{_path(customer_id)}?said=passed")
        with tenant_session(member().tenant_id) as session:
            parts = passing.preview(session, tenant_id=member().tenant_id, kontor=kontor, at=request_at())
    except DomainError as error:
        return _page(customer_id, refusal=told(error), status=error.http_status)
    shown = json.dumps([[part.kontor, part.expires_at.isoformat()] for part in parts])
    return _page(customer_id, preview=(kontor, parts, shown, new_id()))


@blueprint.post("/take-back")
@right("customers:pass")
def take_back(customer_id: UUID) -> WerkzeugResponse:
    """Take unspent kontör of a transfer back: at once within 24 hours, else the customer is asked."""
    _known(customer_id)
    try:
        answered = reselling.take_back(
            member().tenant_id,
            draw_id=identifier("draw_id"),
            kontor=number("kontor"),
            take_back_id=identifier("take_back_id"),
            asked_by=member().mark,
        )
    except DomainError as error:
        return _page(customer_id, refusal=told(error), status=error.http_status)
    return go_to(f"{_path(customer_id)}?said={'back' if answered.state == 'done' else 'asked'}")


@blueprint.post("/invite")
@right("customers:onboard")
def invite_again(customer_id: UUID) -> WerkzeugResponse:
    """Send the owner's invitation again."""
    _known(customer_id)
    try:
        customer_onboarding.invite_again(member().tenant_id, customer_id)
    except DomainError as error:
        return _page(customer_id, refusal=told(error), status=error.http_status)
    return go_to(f"{_path(customer_id)}?said=invited")


@blueprint.post("/consent")
@right("customers:act")
def ask_consent(customer_id: UUID) -> WerkzeugResponse:
    """Ask the customer's owners for consent to act for it."""
    _known(customer_id)
    try:
        wish = wished()
        acting.ask(
            asker(), customer_id, reason=wish.reason, hours=wish.hours, rights=wish.rights,
            actor=as_staff(customer_id),
            at=request_at(),
        )  # fmt: skip
    except DomainError as error:
        return _page(customer_id, refusal=told(error), status=error.http_status)
    return go_to(f"{_path(customer_id)}?said=wished")


@blueprint.post("/act")
@right("customers:act")
def act(customer_id: UUID) -> WerkzeugResponse:
    """Act for the customer from now on, in this browser's session, under a consent that is in force."""
    _known(customer_id)
    me = member()
    acting.begin(
        customer_id, identifier("consent_id"), person_id=me.person_id, session_id=me.session_id,
        actor=as_staff(customer_id),
        at=request_at(),
    )  # fmt: skip
    sign_in.choose_tenant(customer_id)
    return go_to("/account")


def _known(customer_id: UUID) -> overview.Seen:
    me = member().tenant_id
    with reseller_session(me) as session:
        return overview.customer(session, reseller_id=me, customer_id=customer_id, at=request_at())


def _page(
    customer_id: UUID,
    *,
    refusal: str = "",
    status: int = 200,
    preview: tuple[int, list[Part], str, UUID] | None = None,
) -> Response:
    me, found = member(), _known(customer_id)
    with tenant_session(me.tenant_id) as session:
        contract = contracts.at_instant(session, tenant_id=me.tenant_id, at=request_at())
        made = passing.passed_on(session, tenant_id=me.tenant_id, limit=SHOWN, customer_id=customer_id)
        transfers = [(row.draw_id, row.kontor, row.at) for row in made]
        old = taking_back.old_expiries(session, tenant_id=me.tenant_id, draw_ids=[row.draw_id for row in made])
        model = contract.model if contract else None
    asked, wishes = _of_customer(customer_id)
    offered, card, unspent = _sold(customer_id, [row[0] for row in transfers], old)
    return account_page(
        "reseller/customer.html",
        status=status,
        customer=found,
        glance=glances.read([customer_id], at=request_at())[customer_id],
        refusal=refusal,
        preview=preview,
        transfers=transfers,
        unspent=unspent,
        packages=offered,
        card=card,
        said=SAID.get(request.args.get("said", ""), ("", "")),
        asked=asked,
        wishes=wishes,
        model=model,
        may_pass="customers:pass" in me.rights and model is not None,
        may_invite="customers:onboard" in me.rights,
        may_act="customers:act" in me.rights,
        rights=MAY_BE_GIVEN,
        right_names=RIGHTS,
        states=STATE_NAMES,
        services=SERVICES,
        fresh_id=new_id,
        now=request_at(),
        me=me.person_id,
    )


def _of_customer(customer_id: UUID) -> tuple[dict[UUID, list[TakeBack]], list[ActingConsent]]:
    """What this reseller asked the customer for: kontör back, by transfer, and consent."""
    me = member().tenant_id
    with tenant_session(customer_id) as session:
        found = taking_back.requests(session, tenant_id=customer_id, limit=SHOWN, reseller_id=me)
        wishes = consents.consents(session, tenant_id=customer_id, limit=SHOWN, acting_tenant_id=me)
        session.expunge_all()
    asked: dict[UUID, list[TakeBack]] = {}
    for one in found:
        asked.setdefault(one.draw_id, []).append(one)
    return asked, list(wishes)


def _sold(
    customer_id: UUID, draws: list[UUID], old: dict[UUID, datetime]
) -> tuple[list[Package], Sequence[Any], dict[UUID, tuple[int, datetime]]]:
    """The packages and prices that the customer is offered, and how much of each transfer could come back."""
    me, at = member().tenant_id, request_at()
    with tenant_session(customer_id) as session:
        return (
            packages.offered(session, tenant_id=customer_id, reseller_id=me, at=at),
            prices.card(session, tenant_id=customer_id, reseller_id=me, at=at),
            taking_back.unspent(session, tenant_id=customer_id, reseller_id=me, draw_ids=draws, old=old, at=at),
        )


def _shown() -> list[Part]:
    try:
        rows = json.loads(field("shown", longest=100_000))
        return [Part(int(kontor), datetime.fromisoformat(until)) for kontor, until in rows[:_PARTS_MAX]]
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InvalidRequest("Form eksik; yeniden başlayın.", "The form is incomplete; begin again.") from error


def _path(customer_id: UUID) -> str:
    return f"/reseller/customers/{customer_id}"
