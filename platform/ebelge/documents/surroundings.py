"""What belongs to one document beside its row: its kontör by lots, its mails, and the documents it hangs together with.

A fixed number of statements, whatever there is; each names its tenant. What a narrowed reader does not reach is left
out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from billing.ledger.models import Charge, ChargeLot, Lot
from ebelge.documents import reached
from ebelge.documents.despatch_models import DespatchInvoice
from ebelge.documents.incoming import queries as incoming_queries
from ebelge.documents.incoming.models import IncomingDocument
from ebelge.documents.models import Document
from ebelge.documents.travel.models import MailDelivery, ZarfRow
from tenants.members.reach import Reach

SHOWN_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Share:
    """Kontör out of one lot. `source`: how the lot came about; `state`: of the charge (held, captured, …)."""

    lot_id: UUID
    kontor: int
    source: str
    credited_at: datetime
    expires_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Related:
    """A document that hangs together with it. `how`: replaces, replaced_by, returned_by, despatch, invoice.

    `at`, `state`: since when it is here and how it stands, of one that bears the same number.
    """

    how: str
    document_id: UUID
    number: str
    day: date
    incoming: bool = False
    at: datetime | None = None
    state: str = ""


def shares(session: Session, *, tenant_id: UUID, document_id: UUID) -> list[Share]:
    """From which lots the document's kontör is, the one that expires first at the head."""
    rows = session.execute(
        select(Lot.lot_id, ChargeLot.kontor, Lot.source, Lot.credited_at, Lot.expires_at, Charge.state)
        .join(ChargeLot, (ChargeLot.tenant_id == Lot.tenant_id) & (ChargeLot.lot_id == Lot.lot_id))
        .join(Charge, (Charge.tenant_id == ChargeLot.tenant_id) & (Charge.charge_id == ChargeLot.charge_id))
        .where(ChargeLot.tenant_id == tenant_id, ChargeLot.charge_id == document_id)
        .order_by(Lot.expires_at, Lot.lot_id)
    )
    return [Share(*row) for row in rows]


def mails(session: Session, *, tenant_id: UUID, document_id: UUID) -> Sequence[MailDelivery]:
    """Its mails, the newest first."""
    return session.scalars(
        select(MailDelivery)
        .where(MailDelivery.tenant_id == tenant_id, MailDelivery.document_id == document_id)
        .order_by(MailDelivery.mail_id.desc())
        .limit(SHOWN_MAX)
    ).all()


def next_question_at(session: Session, document: Document) -> datetime | None:
    """When GİB is asked about its envelope next; None where it is not asked."""
    if document.zarf_id is None:
        return None
    zarf = session.get(ZarfRow, (document.tenant_id, document.zarf_id))
    return None if zarf is None or zarf.state == "ended" else zarf.next_question_at


def related(session: Session, document: Document, *, reach: Reach) -> list[Related]:
    """What it replaces or is replaced by, what came back for it, its despatch notes or its invoice."""
    tenant_id, own = document.tenant_id, document.document_id
    links = session.execute(
        select(DespatchInvoice.despatch_id, DespatchInvoice.invoice_id)
        .where(
            DespatchInvoice.tenant_id == tenant_id,
            or_(DespatchInvoice.invoice_id == own, DespatchInvoice.despatch_id == own),
        )
        .limit(SHOWN_MAX)
    ).all()
    how = {row.despatch_id: "despatch" for row in links if row.invoice_id == own}
    how |= {row.invoice_id: "invoice" for row in links if row.despatch_id == own}
    if document.replaces_id is not None:
        how[document.replaces_id] = "replaces"
    wanted = select(Document).where(
        Document.tenant_id == tenant_id, or_(Document.document_id.in_(sorted(how)), Document.replaces_id == own)
    )
    ours = session.scalars(reached.narrowed(wanted, tenant_id=tenant_id, reach=reach))
    found = [
        Related(
            how.get(one.document_id, "replaced_by"),
            one.document_id,
            one.number,
            one.issue_date,
            at=one.created_at,
            state=one.state,
        )
        for one in ours
    ]
    came = select(IncomingDocument).where(
        IncomingDocument.tenant_id == tenant_id, IncomingDocument.references_id == own
    )
    theirs = session.scalars(incoming_queries.narrowed(came, tenant_id=tenant_id, reach=reach).limit(SHOWN_MAX))
    found += [Related("returned_by", one.document_id, one.number, one.issue_date, incoming=True) for one in theirs]
    return found
