"""Tenants: who they are, opened once, read everywhere."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stdnum.tr import tckimlik, vkn

from ebelge.core.db import fetch
from ebelge.core.errors import Conflict, NotFound
from tenants.fields import Checks, InvalidFields
from tenants.models import Tenant

TenantKind = Literal["customer", "reseller", "pool", "operator"]
TenantMode = Literal["live", "test"]


class TenantExists(Conflict):
    """The VKN or TCKN has a tenant already in this mode, or the mode has its operator."""

    code = "tenant_exists"
    title_tr, title_en = "Bu mükellef zaten kayıtlı", "This taxpayer is registered already"


class InvalidIdentity(InvalidFields):
    """The VKN or TCKN is wrong, or the names do not go with it."""

    code = "invalid_identity"
    title_tr, title_en = "VKN, TCKN, unvan ya da adres geçersiz", "The VKN, TCKN, name or address is invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a taxpayer is and where: a title goes with a VKN, first and family name with a TCKN."""

    vkn_tckn: str
    title: str
    district: str
    city: str
    first_name: str | None = None
    family_name: str | None = None
    tax_office: str | None = None
    street: str | None = None
    postal_zone: str | None = None
    country: str = "Türkiye"
    email: str | None = None
    phone: str | None = None


def check_identity(identity: Identity) -> Identity:
    """The identity with its texts trimmed; a person without a title is called by the names.

    :raises InvalidIdentity: check digits are wrong, a name or the place is missing, a text is too long or no text.
    """
    check, given = Checks(), identity
    person = len(given.vkn_tckn) == 11
    if not (tckimlik if person else vkn).is_valid(given.vkn_tckn) or not given.vkn_tckn.isascii():
        check.refuse(
            "vkn_tckn",
            f"{given.vkn_tckn[:20]} geçerli bir VKN ya da TCKN değil; rakamları denetleyin.",
            f"{given.vkn_tckn[:20]} is no valid VKN or TCKN; check its digits.",
        )
    first_name = check.text("first_name", given.first_name, longest=100, needed=person)
    family_name = check.text("family_name", given.family_name, longest=100, needed=person)
    own_name = " ".join(name for name in (first_name, family_name) if name) if person else ""
    clean = replace(
        given,
        title=check.text("title", given.title or own_name, longest=250, needed=True) or "",
        first_name=first_name,
        family_name=family_name,
        tax_office=check.text("tax_office", given.tax_office, longest=100),
        street=check.text("street", given.street, longest=200),
        district=check.text("district", given.district, longest=100, needed=True) or "",
        city=check.text("city", given.city, longest=100, needed=True) or "",
        postal_zone=check.text("postal_zone", given.postal_zone, longest=20),
        country=check.text("country", given.country, longest=100, needed=True) or "",
        email=check.email("email", given.email),
        phone=check.phone("phone", given.phone),
    )
    check.done(InvalidIdentity)
    return clean


def create_tenant(
    session: Session,
    *,
    tenant_id: UUID,
    kind: TenantKind,
    mode: TenantMode,
    identity: Identity,
    at: datetime,
    live_tenant_id: UUID | None = None,
    reseller_id: UUID | None = None,
    state: Literal["applied", "active"] = "active",
) -> Tenant:
    """Write the tenant's own row. The session must be bound to the new `tenant_id`.

    Only `onboarding` calls this: a tenant without wallet, services and series is half a tenant.
    :raises InvalidIdentity: see `check_identity`.
    :raises TenantExists: the VKN or TCKN has a tenant in this mode.
    """
    identity = check_identity(identity)
    tenant = Tenant(
        tenant_id=tenant_id,
        kind=kind,
        mode=mode,
        live_tenant_id=live_tenant_id,
        reseller_id=reseller_id,
        state=state,
        state_since=at,
        created_at=at,
        **{name: getattr(identity, name) for name in Identity.__dataclass_fields__},
    )
    try:
        with session.begin_nested():
            session.add(tenant)
    except IntegrityError as error:
        if not any(index in str(error.orig) for index in ("tenant_vkn_per_mode", "tenant_operator_per_mode")):
            raise
        raise TenantExists(
            f"{identity.vkn_tckn} için bir hesap var.", f"There is an account for {identity.vkn_tckn}."
        ) from error
    return tenant


def get(session: Session, *, tenant_id: UUID) -> Tenant:
    """The tenant of this session. :raises NotFound: there is none, or the session is another's."""
    tenant = session.scalars(select(Tenant).where(Tenant.tenant_id == tenant_id)).one_or_none()
    if tenant is None:
        raise NotFound()
    return tenant


def sandbox_of(session: Session, *, tenant_id: UUID) -> UUID | None:
    """The sandbox of the session's own tenant; None if it has none, or is not the session's."""
    rows = fetch(session, "SELECT tenant_id FROM sandbox_of(%s)", tenant_id)
    return UUID(str(rows[0].tenant_id)) if rows else None
