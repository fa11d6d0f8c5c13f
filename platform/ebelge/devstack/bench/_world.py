"""Taxpayers for the benchmarks: each with e-Fatura, the operator's seal, a key and kontör."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlalchemy.orm import Session

from billing.ledger import lots
from ebelge.core.clock import istanbul_date, kontor_expiry, utc_now
from ebelge.core.db import set_tenant, tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.bench._invoices import Form, form
from ebelge.onboarding.accounts import ServicePlan, open_tenant
from ebelge.ubl.examples import vkn
from tenants import api_keys
from tenants.accounts import Identity

SERIES = "BNC"
_FIRST_VKN = 100_000  # far from the companies of the seed world
_PER_TRANSACTION = 25


@dataclass(frozen=True, slots=True)
class Sender:
    """A taxpayer that sends: its key, and the invoice it fills in."""

    tenant_id: UUID
    key: str
    form: Form


def open_senders(count: int, *, kontor: int, first: int = 0) -> list[Sender]:
    """Open `count` taxpayers with `kontor` kontör each; `first` keeps the VKNs of several calls apart."""
    numbers = iter(range(_FIRST_VKN + first, _FIRST_VKN + first + count))
    opened: list[Sender] = []
    while chunk := list(islice(numbers, _PER_TRANSACTION)):
        at = utc_now()
        with tenant_session(new_id()) as session:
            opened += [_open(session, number, kontor=kontor, at=at) for number in chunk]
    return opened


def _open(session: Session, number: int, *, kontor: int, at: datetime) -> Sender:
    tenant_id, taxpayer = new_id(), vkn(number)
    set_tenant(session, tenant_id)
    open_tenant(
        session,
        tenant_id=tenant_id,
        kind="customer",
        identity=Identity(vkn_tckn=taxpayer, title=f"Ölçüm {number} A.Ş.", district="Kadıköy", city="İstanbul"),
        services=[
            ServicePlan(
                service="efatura",
                active_from=istanbul_date(at).replace(month=1, day=1),
                sender_alias=f"urn:mail:defaultgb@olcum{number}.example",
            )
        ],
        series={"efatura": SERIES},
        sandbox=False,
        at=at,
    )
    lots.grant(
        session,
        tenant_id=tenant_id,
        source="opening",  # as the seed's lots: no order and no payment stand behind it, and the books say so
        source_id=new_id(),
        kontor=kontor,
        net_price_kurus=kontor * 80,
        expires_at=kontor_expiry(at),
        reason="bench",
        at=at,
    )
    key = api_keys.create(session, tenant_id=tenant_id, mode="live", name="bench", at=at)
    session.flush()
    return Sender(tenant_id, key.token, form(at=at, series=SERIES, vkn=taxpayer))
