"""Buying kontör: packages side by side, then one button: card, saved card, transfer or open account.

A form has a key of its own: sent twice it is one order. The distance-selling text is accepted with each purchase.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.catalogue import packages
from billing.catalogue.packages import Package
from billing.models.orders import KontorOrder, SavedCard
from billing.orders import attempts, cards, place
from billing.orders.sellers import BuysFromReseller, check_buys_here
from billing.payments.gateway import Buyer
from billing.settlement import on_account, terms
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError, NotFound
from ebelge.edge import checkout
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.payers import bank_accounts
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs.gateways import gateway, gateways
from ebelge.web import forms, visitors
from ebelge.web.forms import problem_of
from ebelge.web.frame import account_page
from ebelge.web.kontor import offers, paying, words
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, refused
from ebelge.web.ways_out import way_out
from tenants import accounts, locator
from tenants.fields import InvalidFields
from tenants.models import Tenant
from tenants.texts import acceptances, versions
from tenants.texts.acceptances import Signature, TextsOutstanding
from tenants.texts.kinds import OF_TENANT_KINDS

blueprint = Blueprint("kontor_buying", __name__, url_prefix="/kontor/buy")
FORM_KIND: Final = "order.form"
TERMS: Final = "distance-selling"


@blueprint.get("")
@right("kontor:read")
def show() -> Response:
    """What is on sale to this account, and how it can be paid."""
    return _page(EMPTY)


@blueprint.post("")
@right("kontor:buy")
@body_up_to(FORM_BYTES_MAX)
def buy() -> Response | WerkzeugResponse:
    """Place the order and go where it is paid."""
    try:
        return _buy()
    except DomainError as refusal:
        answer = _page(refused(refusal))
        answer.status_code = refusal.http_status
        return answer


def _buy() -> WerkzeugResponse:
    who, way = member(), forms.field("way", longest=60)
    known = _ordered_before()
    if known is not None:
        return forms.go_to(url_for("kontor_orders.one", order_id=known))
    if way == "bank" and not bank_accounts():
        raise _no_way()
    buyer = None
    if way in attempts.CARD_METHODS:
        gateway(way)  # 404 where it is not set up, before anything is written
        with tenant_session(who.tenant_id) as session:
            tenant = accounts.get(session, tenant_id=who.tenant_id)
        buyer = paying.buyer(tenant, way)
    try:
        with tenant_session(who.tenant_id) as session:
            order_id, attempt_id = _place(session, way, buyer, request_at())
    except locator.AlreadyTaken:
        known = _ordered_before()
        if known is None:
            raise
        return forms.go_to(url_for("kontor_orders.one", order_id=known))
    if attempt_id is None or buyer is None:
        return forms.go_to(url_for("kontor_orders.one", order_id=order_id, said="placed"))
    return paying.open_page(order_id, attempt_id, buyer)


def _place(session: Session, way: str, buyer: Buyer | None, at: datetime) -> tuple[UUID, UUID | None]:
    """The order with all that begins with it, in one transaction: its id, and the attempt that a gateway is to open."""
    who, code = member(), forms.field("package", longest=40)
    _accept_terms(session, at)
    attempt_id = None
    if way == "open_account":
        order = on_account.buy(session, tenant_id=who.tenant_id, package_code=code, placed_by=who.mark, at=at)
    elif buyer is not None:
        order = _order(session, code, way, at)
        attempt_id = checkout.begin(
            session, order=order, gateway=way, wish=paying.wish(order.order_id), buyer=buyer, by=who.mark, at=at
        ).attempt_id
    elif way.startswith("card:"):
        card = paying.saved_card(session, who.tenant_id, way)
        order = _order(session, code, card.gateway, at)
        attempts.by_card(session, order=order, card=card, by=who.mark, at=at)
    elif way == "bank":
        order = _order(session, code, way, at)
    else:
        raise InvalidFields({"way": ("Ödeme yolunu seçin.", "Choose how to pay.")})
    locator.put(session, tenant_id=who.tenant_id, kind=FORM_KIND, key=_form_key(), object_id=order.order_id)
    return order.order_id, attempt_id


def _order(session: Session, code: str, method: str, at: datetime) -> KontorOrder:
    if not code:
        raise InvalidFields({"package": ("Bir paket seçin.", "Choose a package.")})
    return place.place(
        session, tenant_id=member().tenant_id, package_code=code, method=method, placed_by=member().mark, at=at  # type: ignore[arg-type]  # checked by place
    )  # fmt: skip


def _accept_terms(session: Session, at: datetime) -> None:
    """Keep that the buyer accepted the distance-selling text that he saw. :raises InvalidFields: he did not."""
    if member().tenant_kind not in OF_TENANT_KINDS:
        return
    seen = forms.field("terms", longest=40)
    if not seen and TERMS in versions.in_force(session, at=at):
        raise InvalidFields({"terms": ("Metni okuyup onaylayın.", "Read the text and accept it.")})
    if seen:
        spoken, address, agent = visitors.came_from()
        acceptances.accept(
            session, tenant_id=member().tenant_id, seen=[(TERMS, seen)],
            signature=Signature(member().person_id, spoken, address, agent), at=at,
        )  # fmt: skip


def _form_key() -> str:
    return f"{member().tenant_id}:{visitors.form_key()}"


def _ordered_before() -> UUID | None:
    """The order that this very form has placed."""
    with role_session("app") as session:
        found = locator.locate(session, kind=FORM_KIND, key=_form_key())
    return found.object_id if found is not None and found.tenant_id == member().tenant_id else None


def _page(form: Form) -> Response:
    who, at, turkish = member(), request_at(), language() == "tr"
    accounts_to = bank_accounts()
    with tenant_session(who.tenant_id) as session:
        tenant = accounts.get(session, tenant_id=who.tenant_id)
        found = packages.offered(session, tenant_id=who.tenant_id, reseller_id=tenant.reseller_id, at=at)
        why_not = _why_not(session, tenant, at)
        kept = cards.listed(session, tenant_id=who.tenant_id)
        on_credit = terms.terms_at(session, tenant_id=who.tenant_id, at=at) is not None
        text = versions.in_force(session, at=at).get(TERMS) if who.tenant_kind in OF_TENANT_KINDS else None
    shown = offers.offers(found, turkish=turkish)
    return account_page(
        "kontor/buy.html",
        form=form,
        offers=shown,
        chosen=form.value("package", request.args.get("package", "")[:40] or _middle(found)),
        ways=_ways(kept, bool(accounts_to), on_credit, turkish),
        asked=paying.asked(tenant),
        names=paying.names(who.full_name),
        terms_version=text.version if text else "",
        why_not=why_not,
        form_key=visitors.new_form_key(),
        invented=any(one.note.startswith("invented") for one in found),
    )


def _ways(kept: Sequence[SavedCard], transfer: bool, on_credit: bool, turkish: bool) -> list[tuple[str, str, str]]:
    """Ways to pay: value, name, and what happens then. Saved cards come first: they need nothing more."""
    side = 0 if turkish else 1
    found = [
        (
            f"card:{one.card_id}", words.card(one.brand, one.last_four),
            ("Kayıtlı kart, hemen çekilir", "Saved card, charged at once")[side],
        )
        for one in kept if one.gateway in gateways()
    ]  # fmt: skip
    found += [
        (name, ("Kart", "Card")[side] + f" ({title})", ("Ödeme kuruluşunun sayfasında", "On the provider's page")[side])
        for name, title in paying.GATEWAY_NAMES.items() if name in gateways()
    ]  # fmt: skip
    if transfer:
        what = ("IBAN ve açıklama kodu gösterilir; para gelince yüklenir", "IBAN and reference; credited on arrival")
        found.append(("bank", ("Havale / EFT", "Bank transfer")[side], what[side]))
    if on_credit:
        what = ("Hemen yüklenir, vadesinde ödenir", "Credited now, paid when due")
        found.append(("open_account", ("Açık hesap", "Open account")[side], what[side]))
    return found


def _why_not(session: Session, tenant: Tenant, at: datetime) -> Any:
    """Why this member buys nothing here, as a problem; None: he may."""
    who = member()
    try:
        place.check_may_buy(tenant.state, tenant.mode)
    except place.CannotBuy as error:
        return problem_of(error)
    try:
        check_buys_here(session, tenant_id=tenant.tenant_id, reseller_id=tenant.reseller_id, at=at)
    except BuysFromReseller as error:
        return problem_of(error)
    if "kontor:buy" not in who.rights:
        return {
            "title": "Satın alma yetkiniz yok" if language() == "tr" else "You may not buy",
            "detail": "Paketleri görebilirsiniz; satın almayı şirketin yetkilisi ya da muhasebecisi yapar."
            if language() == "tr"
            else "You see the packages; an owner or accountant of the company buys.",
        }
    return _texts_first(session, at)


def _texts_first(session: Session, at: datetime) -> Any:
    """Texts that buying waits for, told before somebody has filled in the form, with the way to them and back."""
    who = member()
    try:
        acceptances.check(
            session, tenant_id=who.tenant_id, person_id=who.person_id, right="kontor:buy", at=at,
            guest=who.acting is not None,
        )  # fmt: skip
    except TextsOutstanding as error:
        return problem_of(error) | {"way": way_out(error.code, back=request.full_path.rstrip("?"))}
    return None


def _middle(found: Sequence[Package]) -> str:
    return found[min(1, len(found) - 1)].code if found else ""


def _no_way() -> DomainError:
    return NotFound("Havale için tanımlı hesap yok.", "No account for transfers is set up.")
