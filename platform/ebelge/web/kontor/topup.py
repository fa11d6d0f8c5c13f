"""Keeping the wallet filled: the low-balance watch, automatic top-up by a saved card, the cards."""

from datetime import datetime
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.catalogue import packages
from billing.models.upkeep import TopupRun
from billing.orders import cards
from billing.topups import plans, runs, watch
from billing.topups.plans import Terms
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.core.money import count_text
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import bell, intents
from ebelge.web import forms
from ebelge.web.frame import account_page
from ebelge.web.kontor import offers, paying, words
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, refused
from tenants import accounts
from tenants.fields import InvalidFields

blueprint = Blueprint("kontor_topup", __name__, url_prefix="/kontor/top-up")
RUNS_SHOWN: Final = 20
RUN_WORDS: Final = {
    "started": ("wait", "Sürüyor", "Under way"), "credited": ("good", "Yüklendi", "Credited"),
    "failed": ("bad", "Olmadı", "Failed"),
}  # fmt: skip
STATES: Final = {
    "on": ("good", "Açık", "On"), "off": ("quiet", "Kapalı", "Off"), "suspended": ("bad", "Durduruldu", "Suspended"),
}  # fmt: skip
WHY: Final = {
    "dispute": ("bir ödemeye itiraz edildi", "a payment was disputed"),
    "failures": ("kart art arda reddedildi", "the card was refused several times"),
    "card_gone": ("kart kaldırıldı", "the card is gone"), "expired_card": ("kartın süresi doldu", "the card expired"),
    "not_found": ("kart kaldırıldı", "the card is gone"),
    "package_off_sale": ("paket satıştan kalktı", "the package is off sale"),
    "authentication_required": ("banka onayınızı istiyor", "the bank asks for your confirmation"),
}  # fmt: skip
SAID: Final = {
    "saved": ("Kaydedildi.", "Saved."), "resumed": ("Otomatik yükleme yeniden açıldı.", "Top-up is on again."),
    "removed": (
        "Kart kaldırıldı; ödeme kuruluşundaki kaydı da silinir.",
        "The card is removed; what the payment provider keeps of it is deleted, too.",
    ),
}  # fmt: skip


@blueprint.get("")
@right("kontor:read")
def show() -> Response:
    """The plan, the watch, the cards and the last runs."""
    return _page(EMPTY, EMPTY)


@blueprint.post("")
@right("kontor:buy")
@body_up_to(FORM_BYTES_MAX)
def keep() -> Response | WerkzeugResponse:
    """Set the plan up, change it, switch it on or off."""
    try:
        terms = _terms()
        with tenant_session(member().tenant_id) as session:
            plans.keep(session, tenant_id=member().tenant_id, terms=terms, by=member().mark, at=request_at())
    except DomainError as refusal:
        return _again(refusal, _page(refused(refusal), EMPTY))
    return forms.go_to(url_for("kontor_topup.show", said="saved"))


@blueprint.post("/resume")
@right("kontor:buy")
@body_up_to(FORM_BYTES_MAX)
def resume() -> Response | WerkzeugResponse:
    """Start a suspended plan again."""
    try:
        with tenant_session(member().tenant_id) as session:
            plans.resume(session, tenant_id=member().tenant_id, by=member().mark, at=request_at())
    except DomainError as refusal:
        return _again(refusal, _page(refused(refusal), EMPTY))
    return forms.go_to(url_for("kontor_topup.show", said="resumed"))


@blueprint.post("/watch")
@right("kontor:buy")
@body_up_to(FORM_BYTES_MAX)
def keep_watch() -> Response | WerkzeugResponse:
    """Set whom to tell, and below which balance."""
    try:
        watch_as_sent()
    except DomainError as refusal:
        return _again(refusal, _page(EMPTY, refused(refusal)))
    return forms.go_to(url_for("kontor_topup.show", said="saved"))


@blueprint.post("/cards/<uuid:card_id>/remove")
@right("kontor:buy")
@body_up_to(FORM_BYTES_MAX)
def remove_card(card_id: UUID) -> WerkzeugResponse:
    """Use a card no more, here and at its gateway; with the last one of a gateway its payer is forgotten, too."""
    tenant_id = member().tenant_id
    with tenant_session(tenant_id) as session:
        of = plans.card_of(session, tenant_id=tenant_id, card_id=card_id).gateway
        cards.remove(session, tenant_id=tenant_id, card_id=card_id, at=request_at())
        if not any(one.gateway == of for one in cards.listed(session, tenant_id=tenant_id)):
            intents.forget_buyers(session, tenant_id=tenant_id, gateway=of)
    bell.ring()
    return forms.go_to(url_for("kontor_topup.show", said="removed"))


def watch_as_sent() -> None:
    """Keep the watch as the form says. :raises InvalidFields: no whole number. :raises InvalidRequest: see `keep`."""
    low = _whole("low_kontor")
    emails = [one for one in forms.field("emails").replace(",", " ").replace(";", " ").split() if one]
    with tenant_session(member().tenant_id) as session:
        watch.keep(
            session, tenant_id=member().tenant_id, low_kontor=low, emails=emails,
            language="en" if forms.field("language", longest=5) == "en" else "tr", at=request_at(),
        )  # fmt: skip


def _terms() -> Terms:
    wrong = {}
    package = forms.field("package", longest=40)
    card = forms.field("card", longest=40)
    try:
        card_id = UUID(card)
    except ValueError:
        wrong["card"] = ("Kayıtlı bir kart seçin.", "Choose a saved card.")
    if not package:
        wrong["package"] = ("Bir paket seçin.", "Choose a package.")
    if wrong:
        raise InvalidFields(wrong)
    return Terms(
        package_code=package, threshold_kontor=_whole("threshold_kontor"),
        monthly_cap_kurus=_whole("monthly_cap_lira") * 100, card_id=card_id, on=forms.field("on", longest=5) == "yes",
    )  # fmt: skip


def _whole(name: str) -> int:
    """A whole number beside whose field a fault is shown."""
    try:
        return forms.number(name)
    except DomainError as error:
        raise InvalidFields({name: ("Bir tam sayı yazın.", "Write a whole number.")}) from error


def _again(refusal: DomainError, page: Response) -> Response:
    page.status_code = refusal.http_status
    return page


def _page(plan_form: Form, watch_form: Form) -> Response:
    who, at, side = member(), request_at(), 0 if language() == "tr" else 1
    with tenant_session(who.tenant_id) as session:
        plan = plans.of(session, tenant_id=who.tenant_id)
        spent = runs.spent_kurus(session, tenant_id=who.tenant_id, at=at)
        last = runs.newest(session, tenant_id=who.tenant_id, limit=RUNS_SHOWN)
        kept = cards.listed(session, tenant_id=who.tenant_id)
        set_watch = watch.of(session, tenant_id=who.tenant_id)
        on_sale = _packages(session, at, turkish=side == 0)
    state = plan.state if plan else "off"
    return account_page(
        "kontor/topup.html",
        plan=plan,
        plan_form=plan_form,
        watch=set_watch,
        watch_form=watch_form,
        state=(STATES[state][0], STATES[state][side + 1]),
        why=WHY.get(plan.suspended_why, (plan.suspended_why,) * 2)[side] if plan and plan.suspended_why else "",
        spent_kurus=spent,
        runs=[_run(one, side) for one in last],
        cards=[
            (
                str(one.card_id),
                f"{words.card(one.brand, one.last_four)} ({paying.GATEWAY_NAMES.get(one.gateway, one.gateway)})",
            )
            for one in kept
        ],
        packages=[(one.code, f"{one.name} · {count_text(one.kontor)} kontör", one.gross_kurus) for one in on_sale],
        may_buy="kontor:buy" in who.rights,
        said=SAID.get(request.args.get("said", ""), ("", ""))[side],
    )


def _packages(session: Session, at: datetime, *, turkish: bool) -> list[offers.Offer]:
    tenant_id = member().tenant_id
    reseller_id = accounts.get(session, tenant_id=tenant_id).reseller_id
    found = packages.offered(session, tenant_id=tenant_id, reseller_id=reseller_id, at=at)
    return offers.offers(found, turkish=turkish)


def _run(run: TopupRun, side: int) -> dict[str, object]:
    tone, *names = RUN_WORDS[run.state]
    return {
        "at": run.started_at,
        "gross_kurus": run.gross_kurus,
        "tone": tone,
        "state": names[side],
        "why": WHY.get(run.why, (run.why,) * 2)[side] if run.why else "",
        "path": url_for("kontor_orders.one", order_id=run.order_id),
    }
