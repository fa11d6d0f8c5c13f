"""The documents behind movements of kontör: their numbers and pages, for those who may see them.

A charge's id is its document's. Whoever works with some series only sees the number of no other document (TRADE.md 11).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger.models import Charge
from ebelge.documents import reached
from ebelge.documents.models import Document
from ebelge.edge.access import reach
from ebelge.edge.people import member
from ebelge.web.kontor.charge_kinds import charge_kind


@dataclass(frozen=True, slots=True)
class Behind:
    """What a movement was for. `path`: its document's page; empty where there is none that the reader may open."""

    reference: str
    kind: str
    path: str


def charged(session: Session, tenant_id: UUID, charge_ids: Iterable[UUID | None]) -> dict[UUID, Charge]:
    """The charges behind movements that the reader may see, in two statements at most."""
    wanted = sorted({one for one in charge_ids if one is not None})
    if not wanted:
        return {}
    rows = session.scalars(select(Charge).where(Charge.tenant_id == tenant_id, Charge.charge_id.in_(wanted))).all()
    seen = within(session, tenant_id, wanted)
    return {row.charge_id: row for row in rows if seen is None or row.charge_id in seen}


def within(session: Session, tenant_id: UUID, ids: list[UUID]) -> set[UUID] | None:
    """Which of these documents the reader reaches; None: he reaches everything."""
    if reach().whole:
        return None
    statement = select(Document.document_id).where(Document.tenant_id == tenant_id, Document.document_id.in_(ids))
    return set(session.scalars(reached.narrowed(statement, tenant_id=tenant_id, reach=reach())))


def shown(charge: Charge, side: int) -> Behind:
    """A charge as lists show it."""
    return behind(charge.charge_id, charge.kind, charge.reference, side)


def behind(charge_id: UUID, kind: str, reference: str, side: int) -> Behind:
    """The same from its parts."""
    path = ""
    if "documents:read" in member().rights:
        way = kind.partition(".")[2]
        if way == "out":
            path = url_for("portal_documents.one", document_id=charge_id)
        elif way == "in":
            path = url_for("portal_incoming.one", document_id=charge_id)
    return Behind(reference, charge_kind(kind)[side], path)
