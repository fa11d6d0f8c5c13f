"""What paying needs beside an order: who pays, completed from the account, never invented; where transfers go."""

import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select
from stdnum.tr import tckimlik

from billing.models.bank import BankAccount
from billing.payments.gateway import Buyer
from ebelge.core.db import role_session
from ebelge.core.errors import DomainError
from tenants.models import Tenant

HOME: Final = frozenset({"Turkey", "Türkiye", "Turkiye"})
_PASSPORT = re.compile(r"[A-Z0-9]{5,20}")


class BuyerInvalid(DomainError):
    """Something of the buyer is missing or wrong that the gateway needs."""

    code, http_status = "buyer_invalid", 422
    title_tr, title_en = "Ödeyenin bilgileri eksik ya da geçersiz", "The payer's details are incomplete or invalid"


def payer(
    *, tenant: Tenant, gateway: str, ip: str, name: str, surname: str, identity_number: str = "",
    email: str | None = None, phone: str | None = None, address: str | None = None, city: str | None = None,
    postal_code: str = "", country: str = "Turkey",
) -> Buyer:  # fmt: skip
    """The person who pays, for a gateway; what is left out is taken from the account.

    :raises BuyerInvalid: something is missing or wrong; `missing` names the fields.
    """
    identity = identity_number.replace(" ", "").upper() if identity_number.isascii() else ""
    if gateway == "iyzico":
        _check_identity(identity, abroad=country not in HOME)
    found = {
        "email": email or tenant.email,
        "phone": phone or tenant.phone,
        "address": address or " ".join(part for part in (tenant.street, tenant.district) if part),
        "city": city or tenant.city,
    }
    missing = sorted(key for key, value in found.items() if not value)
    if gateway == "stripe":
        missing = [key for key in missing if key == "email"]
    if missing:
        names = ", ".join(missing)
        raise BuyerInvalid(f"buyer içinde gerekli: {names}", f"Needed in buyer: {names}", missing=missing)
    return Buyer(
        buyer_id=UUID(str(tenant.tenant_id)).hex,
        name=name,
        surname=surname,
        identity_number=identity,
        country=country,
        postal_code=postal_code or tenant.postal_zone or "",
        contact_name=tenant.title,
        ip=ip,
        **{key: value or "" for key, value in found.items()},
    )


def bank_accounts() -> Sequence[BankAccount]:
    """Where transfers go. The operator's book: read as its own role, before the tenant's transaction."""
    with role_session("finance") as session:
        return session.scalars(
            select(BankAccount).where(BankAccount.active).order_by(BankAccount.bank_name, BankAccount.iban)
        ).all()


def _check_identity(identity: str, *, abroad: bool) -> None:
    if tckimlik.is_valid(identity) or (abroad and _PASSPORT.fullmatch(identity)):
        return
    raise BuyerInvalid(
        "Kartla ödeyen kişinin T.C. kimlik numarası gerekir (yabancılar için pasaport numarası).",
        "The TCKN of the person who pays is needed (a passport number for foreigners).",
        missing=["identity_number"],
    )
