"""The company's own data: read, and changed with a trace. Documents issued afterwards name the new ones."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, NotFound
from tenants.accounts import Identity, check_identity
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.models import Tenant


class TaxNumberIsFixed(Conflict):
    """Another VKN or TCKN is another taxpayer: an account never changes whose it is."""

    code = "tax_number_is_fixed"
    title_tr, title_en = "VKN ya da TCKN değiştirilemez", "The VKN or TCKN cannot be changed"
    advice_tr = "Hiçbir şey kaydedilmedi; başka bir mükellef için yeni hesap açılır."
    advice_en = "Nothing was stored; another taxpayer gets an account of its own."


def identity(tenant: Tenant) -> Identity:
    """A tenant's data as they were entered."""
    return Identity(**{name: getattr(tenant, name) for name in Identity.__dataclass_fields__})


def change(session: Session, *, tenant_id: UUID, to: Identity, actor: Actor, at: datetime) -> Tenant:
    """Write new data of the session's tenant; the same again changes nothing.

    A document that is accepted after the commit names them as its supplier; one accepted before keeps what it says.
    :raises InvalidIdentity: a field is wrong. :raises TaxNumberIsFixed: another VKN or TCKN. :raises NotFound.
    """
    tenant = session.scalars(select(Tenant).where(Tenant.tenant_id == tenant_id).with_for_update()).one_or_none()
    if tenant is None:
        raise NotFound()
    clean = check_identity(to)
    if clean.vkn_tckn != tenant.vkn_tckn:
        raise TaxNumberIsFixed()
    before, after = asdict(identity(tenant)), asdict(clean)
    for name, value in after.items():
        setattr(tenant, name, value)
    session.flush()
    del before["vkn_tckn"], after["vkn_tckn"]
    entries.note(
        session, tenant_id=tenant_id, actor=actor, action="company.changed", object_kind="company",
        object_id=tenant_id, before=before, after=after, at=at,
    )  # fmt: skip
    return tenant
