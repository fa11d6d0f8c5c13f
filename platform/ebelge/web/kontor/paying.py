"""What pages that take money share: who pays out of a form, and the way to the gateway's page."""

from typing import Final
from uuid import UUID

from flask import request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.models.orders import SavedCard
from billing.payments.errors import GatewayBusy, GatewayRefused, GatewayUnavailable, UntrustedAnswer
from billing.payments.gateway import Buyer
from billing.topups.plans import card_of
from ebelge.core.config import settings
from ebelge.core.errors import NotFound
from ebelge.edge import checkout
from ebelge.edge.checkout import Wish
from ebelge.edge.languages import language
from ebelge.edge.payers import BuyerInvalid, payer
from ebelge.edge.people import member
from ebelge.web import forms
from tenants.fields import InvalidFields
from tenants.models import Tenant

GATEWAY_NAMES: Final = {"iyzico": "iyzico", "stripe": "Stripe"}
_MISSING: Final = {
    "name": ("Adınızı yazın.", "Write your first name."),
    "surname": ("Soyadınızı yazın.", "Write your family name."),
    "identity_number": (
        "Kartla ödeyen kişinin T.C. kimlik numarasını yazın.", "Write the TCKN of the person who pays."
    ),
    "email": ("E-posta adresini yazın.", "Write an e-mail address."),
    "phone": ("Telefonu yazın.", "Write a telephone number."),
    "address": ("Adresi yazın.", "Write an address."),
    "city": ("İli yazın.", "Write the city."),
}  # fmt: skip


def asked(tenant: Tenant) -> list[str]:
    """What a card payment needs of the account that is not there, so that the form asks for it."""
    there = {"email": tenant.email, "phone": tenant.phone, "address": tenant.street, "city": tenant.city}
    return [name for name, value in there.items() if not value]


def names(full_name: str) -> tuple[str, str]:
    """First names and family name, as a form first shows them."""
    first, _, last = full_name.strip().rpartition(" ")
    return (first, last) if first else (last, "")


def buyer(tenant: Tenant, gateway: str) -> Buyer:
    """The payer out of the form. :raises InvalidFields: what is missing or wrong, beside its field."""
    given = {
        name: forms.field(name, longest=300)
        for name in ("name", "surname", "identity_number", "email", "phone", "address", "city")
    }
    wrong = {name: _MISSING[name] for name in ("name", "surname") if not given[name]}
    if wrong:
        raise InvalidFields(wrong)
    try:
        return payer(
            tenant=tenant, gateway=gateway, ip=request.remote_addr or "", name=given["name"][:100],
            surname=given["surname"][:100], identity_number=given["identity_number"][:20], email=given["email"] or None,
            phone=given["phone"] or None, address=given["address"] or None, city=given["city"] or None,
        )  # fmt: skip
    except BuyerInvalid as error:
        missing = error.extra.get("missing", [])
        raise InvalidFields({name: _MISSING[name] for name in missing if name in _MISSING}) from error


def wish(order_id: UUID) -> Wish:
    """What is asked of the gateway: our language, the card kept if that was ticked, and back to the order."""
    back = f"{settings().public_base_url}{url_for('kontor_orders.one', order_id=order_id)}"
    return Wish(language=language(), save_card=forms.field("save_card", longest=5) == "yes", go_on_to=back)


def saved_card(session: Session, tenant_id: UUID, way: str) -> SavedCard:
    """The saved card that a form names (`card:id`). :raises NotFound: none of the company's."""
    try:
        card_id = UUID(way.removeprefix("card:"))
    except ValueError as error:
        raise NotFound("Böyle bir kayıtlı kart yok.", "There is no such saved card.") from error
    return card_of(session, tenant_id=tenant_id, card_id=card_id)


def open_page(order_id: UUID, attempt_id: UUID, payer_of: Buyer) -> WerkzeugResponse:
    """Have the gateway open its page and lead there; what it says no to is shown with the order, which stays."""
    try:
        checkout.open_checkout(tenant_id=member().tenant_id, attempt_id=attempt_id, buyer=payer_of)
    except (GatewayUnavailable, GatewayBusy, UntrustedAnswer):
        return forms.go_to(url_for("kontor_orders.one", order_id=order_id, said="silent"))
    except GatewayRefused:
        return forms.go_to(url_for("kontor_orders.one", order_id=order_id, said="refused"))
    return forms.go_to(url_for("kontor_orders.leave", order_id=order_id))
