"""Kontör: balance, lots and ledger entries of the caller's account."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from billing.ledger import balance, dues, pages
from billing.ledger.models import Entry, Lot
from ebelge.api import cursors
from ebelge.api.answers import (
    BalanceAnswer,
    EntryAnswer,
    EntryPage,
    LotAnswer,
    LotPage,
    Money,
    PastBalanceAnswer,
    SellerAnswer,
)
from ebelge.api.cursors import PageQuery
from ebelge.api.described import described
from ebelge.api.reading import query
from ebelge.core.db import tenant_session
from ebelge.edge import sellers as sellers_of
from ebelge.edge.access import bearer, needs
from ebelge.edge.idempotency import json_response, render
from ebelge.edge.requests import request_at

blueprint = APIBlueprint("billing", __name__, tag="Kontör")
TRY = "TRY"


class BalanceQuery(BaseModel):
    """Which instant."""

    model_config = ConfigDict(extra="forbid")

    as_of: (
        Annotated[
            AwareDatetime,
            Field(description="RFC 3339, at least 90 s ago; absent: now", examples=["2026-11-01T00:00:00Z"]),
        ]
        | None
    ) = None


class LotQuery(PageQuery):
    """Which lots."""

    open: Annotated[bool, Field(description="true: only lots with kontör left to spend")] = False


@blueprint.get("/balance")
@described(BalanceAnswer, query=BalanceQuery, also=PastBalanceAnswer)
@needs("billing:read")
def get_balance() -> Response:
    """The balance

    Kontör that can be spent, that is reserved and that is frozen, now or as of an earlier instant.
    """
    asked = query(BalanceQuery)
    with tenant_session(bearer().tenant_id) as session:
        if asked.as_of is not None:
            return json_response(render(_past(session, asked.as_of)))
        now = balance.balance(session, tenant_id=bearer().tenant_id, at=request_at())
        return json_response(
            render(
                BalanceAnswer(
                    spendable=now.spendable,
                    held=now.held,
                    frozen=now.frozen,
                    owed=dues.owed_kontor(session, tenant_id=bearer().tenant_id),
                    next_expiry_at=now.next_expiry_at,
                    next_expiry_kontor=now.next_expiry_kontor,
                    version=now.version,
                )
            )
        )


def _past(session: Session, as_of: datetime) -> PastBalanceAnswer:
    past = balance.balance_as_of(session, tenant_id=bearer().tenant_id, as_of=as_of, now=request_at())
    return PastBalanceAnswer(
        as_of=as_of, available=past.available, held=past.held, frozen=past.frozen, version=past.version
    )


@blueprint.get("/lots")
@described(LotPage, query=LotQuery)
@needs("billing:read")
def list_lots() -> Response:
    """Lots

    Kontör as it was credited: what each lot cost, what is left of it and until when. Newest first.
    """
    asked = query(LotQuery)
    with tenant_session(bearer().tenant_id) as session:
        found = pages.lots_page(
            session,
            tenant_id=bearer().tenant_id,
            limit=asked.limit + 1,
            before=cursors.unpack_uuid(asked.cursor),
            only_open=asked.open,
        )
    sellers = {
        tenant_id: SellerAnswer(tenant_id=tenant_id, title=title)
        for tenant_id, title in sellers_of.titles(found).items()
    }
    page = LotPage(
        items=[_lot(lot, sellers) for lot in found[: asked.limit]],
        next_cursor=cursors.pack(found[asked.limit - 1].lot_id) if len(found) > asked.limit else None,
    )
    return json_response(render(page))


@blueprint.get("/entries")
@described(EntryPage, query=PageQuery)
@needs("billing:read")
def list_entries() -> Response:
    """Ledger entries

    Every movement of kontör with the balance after it, newest first. `charge_id` is the document's id.
    """
    asked = query(PageQuery)
    with tenant_session(bearer().tenant_id) as session:
        found = pages.entries_page(
            session,
            tenant_id=bearer().tenant_id,
            limit=asked.limit + 1,
            before=cursors.unpack_int(asked.cursor),
        )
        page = EntryPage(
            items=[_entry(entry) for entry in found[: asked.limit]],
            next_cursor=cursors.pack(found[asked.limit - 1].version) if len(found) > asked.limit else None,
        )
        return json_response(render(page))


def _lot(lot: Lot, sellers: dict[UUID, SellerAnswer]) -> LotAnswer:
    names = ("granted", "remaining", "held", "consumed", "expired", "voided", "frozen", "passed")
    counts: dict[str, int] = {name: getattr(lot, name) for name in names}
    return LotAnswer(
        lot_id=UUID(str(lot.lot_id)),
        source=lot.source,
        reason=lot.reason,
        net_price=Money(amount_kurus=lot.net_price_kurus, currency=TRY),
        credited_at=lot.credited_at,
        expires_at=lot.expires_at,
        received_from=sellers.get(lot.origin_tenant_id) if lot.origin_tenant_id else None,
        **counts,
    )


def _entry(entry: Entry) -> EntryAnswer:
    return EntryAnswer(
        version=entry.version,
        at=entry.at,
        kind=entry.kind,
        kontor=entry.kontor,
        lot_id=entry.lot_id,
        charge_id=entry.charge_id,
        net=Money(amount_kurus=entry.net_kurus, currency=TRY),
        available=entry.available,
        held=entry.held,
        frozen=entry.frozen,
    )
