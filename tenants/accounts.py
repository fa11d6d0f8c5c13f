"""Tenants: who they are, opened once, read everywhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stdnum.tr import tckimlik, vkn

from ebelge.core.db import fetch
from ebelge.core.errors import Conflict, DomainError, NotFound
from tenants.models import Tenant

TenantKind = Literal["customer", "reseller", "pool", "operator"]
TenantMode = Literal["live", "test"]


class TenantExists(Conflict):
    """The VKN or TCKN has a tenant already in this mode, or the mode has its operator."""

    code = "tenant_exists"
    title_tr, title_en = "Bu mükellef zaten kayıtlı", "This taxpayer is registered already"


class InvalidIdentity(DomainError):
    """The VKN or TCKN is wrong, or the names do not go with it."""

    code, http_status = "invalid_identity", 422
    title_tr, title_en = "VKN, TCKN ya da unvan geçersiz", "The VKN, TCKN or name is invalid"


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


def check_identity(identity: Identity) -> None:
    """:raises InvalidIdentity: check digits are wrong, a name or the place is missing."""
    person = len(identity.vkn_tckn) == 11
    if not (tckimlik if person else vkn).is_valid(identity.vkn_tckn):
        raise InvalidIdentity(
            f"{identity.vkn_tckn} geçerli bir VKN ya da TCKN değil; rakamları denetleyin.",
            f"{identity.vkn_tckn} is no valid VKN or TCKN; check its digits.",
        )
    if person and not (identity.first_name and identity.family_name):
        raise InvalidIdentity("TCKN ile ad ve soyad gerekir.", "A TCKN needs first and family name.")
    if not (identity.title and identity.district and identity.city):
        raise InvalidIdentity("Unvan, ilçe ve il gerekir.", "Title, district and city are needed.")


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
    check_identity(identity)
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
