"""The parts of an account that an import writes, each once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.ledger import lots
from ebelge.core.clock import istanbul_midnight
from ebelge.core.db import tenant_session
from ebelge.core.folding import fold
from ebelge.core.ids import new_id
from ebelge.documents.drafting.models import Contact
from ebelge.documents.numbers import series as number_series
from ebelge.onboarding.accounts import ServicePlan, open_tenant
from ebelge.onboarding.import_models import ImportPart
from ebelge.onboarding.imports.plan import identity
from ebelge.onboarding.imports.records import AccountRecord, ContactRecord, LotRecord, SeriesRecord


class Steps(Protocol):
    """Who is told how far it is."""

    def stage(self, text: str, total: int) -> None:
        """A stage with so many units begins."""

    def advance(self, units: int) -> None:
        """So many units are done."""


def open_account(import_id: UUID, one: AccountRecord, ids: Mapping[str, UUID], at: datetime) -> UUID:
    """Open an account; returns its id. Its mark says which import opened it."""
    tenant_id = new_id()
    with tenant_session(tenant_id) as session:
        open_tenant(
            session,
            tenant_id=tenant_id,
            kind="customer",
            identity=identity(one),
            services=[
                ServicePlan(service=name, sender_alias=one.sender_alias if name in _WITH_ALIAS else None)
                for name in one.services or ()
            ],
            reseller_id=ids[one.reseller] if one.reseller else None,
            at=at,
        )
        mark(session, tenant_id, import_id, "account", 1, at)
    return tenant_id


_WITH_ALIAS = ("efatura", "eirsaliye")


def write_part(
    import_id: UUID, tenant_id: UUID, part: str, records: Sequence[Any], write: Callable[[Session, UUID, Any], None],
    at: datetime,
) -> None:  # fmt: skip
    """Write the records of a part in one transaction with its mark; a part that is marked is left alone."""
    if not records:
        return
    with tenant_session(tenant_id) as session:
        if not mark(session, tenant_id, import_id, part, len(records), at):
            return
        for record in records:
            write(session, tenant_id, record)


def mark(session: Session, tenant_id: UUID, import_id: UUID, part: str, rows: int, at: datetime) -> bool:
    """Write the part's mark; False if it is there. Two imports of one file at once wait for each other here."""
    made = session.execute(
        insert(ImportPart)
        .values(tenant_id=tenant_id, import_id=import_id, part=part, rows=rows, at=at)
        .on_conflict_do_nothing()
        .returning(ImportPart.part)
    )
    return made.first() is not None


def write_series(session: Session, tenant_id: UUID, one: SeriesRecord) -> None:
    """Set up a series. :raises SeriesExists: the account has these letters."""
    number_series.create(
        session,
        tenant_id=tenant_id,
        kind=one.kind,
        prefix=one.prefix,
        owner="erp" if one.owner == "erp" else "ours",
        internet=bool(one.internet),
        branch=one.branch or "",
        default=one.default,
        year=one.year,
        last_used=one.last_used or 0,
    )


def lot_source(tenant_id: UUID, one: LotRecord) -> UUID:
    """One lot of the former system is one source here, in whatever file it comes."""
    return uuid5(NAMESPACE_URL, f"ebelge:import:lot:{tenant_id}:{one.reference}")


def write_lot(session: Session, tenant_id: UUID, one: LotRecord, at: datetime) -> None:
    """Credit what is left of a package, with its price and its last day. :raises SameKeyOtherContent: see `grant`."""
    lots.grant(
        session,
        tenant_id=tenant_id,
        source="opening",
        source_id=lot_source(tenant_id, one),
        kontor=one.kontor,
        net_price_kurus=one.net_price_kurus,
        expires_at=istanbul_midnight(one.last_day + timedelta(days=1)),
        reason=f"import {one.reference}" + (f": {one.note}" if one.note else ""),
        at=at,
    )


def write_contact(session: Session, tenant_id: UUID, one: ContactRecord, import_id: UUID, at: datetime) -> None:
    """Enter somebody in the address book; who stands there already gets the file's address."""
    entry = {
        "first_name": one.first_name,
        "family_name": one.family_name,
        "tax_office": one.tax_office,
        "street": one.street,
        "district": one.district,
        "city": one.city,
        "country": one.country or "Türkiye",
        "email": one.email,
        "phone": one.phone,
        "import_id": import_id,
    }
    session.execute(
        insert(Contact)
        .values(
            tenant_id=tenant_id,
            contact_id=new_id(),
            vkn_tckn=one.vkn_tckn,
            title=one.title,
            folded_title=fold(one.title),
            created_at=at,
            **entry,
        )
        .on_conflict_do_update(index_elements=["tenant_id", "vkn_tckn", "title"], set_=entry)
    )
