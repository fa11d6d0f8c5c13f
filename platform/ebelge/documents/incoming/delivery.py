"""Documents that came in, delivered to their receiver: rows, timeline, price. All of an envelope or none."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.catalogue.prices import price_of
from billing.ledger import dues, lots
from billing.ledger.charges import ChargeRequest
from ebelge.core.db import fetch
from ebelge.core.ids import new_id
from ebelge.documents.incoming import envelopes as incoming
from ebelge.documents.incoming.checks import CheckedDocument, CheckedZarf, Header, ZarfRefused
from ebelge.documents.incoming.envelopes import Waiting
from ebelge.documents.incoming.models import IncomingDocument, IncomingEvent
from ebelge.documents.models import Document
from tenants.models import Tenant

KINDS: Final = {"INVOICE": "efatura", "DESPATCHADVICE": "eirsaliye"}
# Two look-ups, each by its unique index.
_DOUBLES: Final = (
    "SELECT number, ettn FROM incoming_document "
    "WHERE tenant_id = %s AND zarf_id <> %s AND ettn = ANY (%s::uuid[]) "
    "UNION ALL SELECT d.number, d.ettn FROM unnest(%s::text[], %s::text[], %s::text[]) AS u(kind, sender, number) "
    "JOIN incoming_document d ON d.tenant_id = %s AND d.kind = u.kind AND d.sender_vkn_tckn = u.sender "
    "AND d.number = u.number WHERE d.zarf_id <> %s LIMIT 1"
)
RETURNS: Final = frozenset({"IADE", "TEVKIFATIADE", "YTBIADE", "YTBTEVKIFATIADE"})


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document and the id it gets: the same however often its envelope is worked on."""

    document_id: UUID
    kind: str
    document: CheckedDocument


def of(checked: CheckedZarf, *, waiting: Waiting) -> list[NewDocument]:
    """The documents in an envelope, with their ids."""
    return [
        NewDocument(incoming.document_id_of(waiting, index), KINDS[document.facts.element_type], document)
        for index, document in enumerate(checked.documents)
    ]


def deliver(
    session: Session, *, tenant_id: UUID, documents: Sequence[NewDocument], waiting: Waiting, header: Header,
    at: datetime,
) -> list[IncomingDocument]:  # fmt: skip
    """Enter the documents of an envelope, whose files are archived; returns their rows.

    What they cost is charged or owed; nothing is held back for it (TRADE.md 4).
    :raises ZarfRefused: 1163, 1164 one of them came before; the transaction must not be committed then.
    """
    refuse_doubles(session, tenant_id=tenant_id, documents=documents, waiting=waiting)
    kontor = _charge(session, tenant_id, documents, at)
    rows = [_row(session, tenant_id, one, waiting, header, price) for one, price in zip(documents, kontor, strict=True)]
    session.add_all(rows)
    session.add_all([_event(row, header, at) for row in rows])
    session.flush()
    return rows


def refuse_doubles(session: Session, *, tenant_id: UUID, documents: Sequence[NewDocument], waiting: Waiting) -> None:
    """:raises ZarfRefused: 1163 an invoice, 1164 another document of the envelope came before, by ETTN or number.

    What came in this very envelope does not count: its delivery was committed and the answer to that was lost.
    """
    ettns = [one.document.facts.ettn for one in documents]
    numbers = [(one.kind, one.document.facts.sender_vkn_tckn, one.document.facts.number) for one in documents]
    kinds, senders, named = ([one[place] for one in numbers] for place in range(3))
    found = fetch(
        session, _DOUBLES, tenant_id, waiting.zarf_id, ettns, kinds, senders, named, tenant_id, waiting.zarf_id
    )
    code = 1163 if documents[0].kind == "efatura" else 1164
    if found:
        raise ZarfRefused(code, f"{found[0].number} {found[0].ettn} came before")
    if len(set(numbers)) != len(numbers):
        raise ZarfRefused(code, "a number stands twice in the envelope")


def _charge(session: Session, tenant_id: UUID, documents: Sequence[NewDocument], at: datetime) -> list[int]:
    kind = f"{documents[0].kind}.in"
    reseller_id = session.get_one(Tenant, tenant_id).reseller_id
    price = price_of(session, kind=kind, at=at, tenant_id=tenant_id, reseller_id=reseller_id)
    if price.kontor:
        lots.hold_wallet(session, tenant_id=tenant_id, at=at)
        requests = [
            ChargeRequest(one.document_id, kind, price.kontor, price.price_id, one.document.facts.number)
            for one in documents
        ]
        dues.charge_or_owe(session, tenant_id=tenant_id, requests=requests, at=at)
    return [price.kontor] * len(documents)


def _row(
    session: Session, tenant_id: UUID, new: NewDocument, waiting: Waiting, header: Header, kontor: int
) -> IncomingDocument:
    facts, signature = new.document.facts, new.document.signature
    returned = facts.about if facts.type_code in RETURNS else ""
    return IncomingDocument(
        tenant_id=tenant_id,
        document_id=new.document_id,
        kind=new.kind,
        profile=facts.profile,
        type_code=facts.type_code,
        ettn=facts.ettn,
        number=facts.number,
        issue_date=facts.issue_date,
        sender_vkn_tckn=facts.sender_vkn_tckn,
        sender_title=facts.sender_title or header.sender.title,
        sender_alias=header.sender.alias,
        receiver_alias=header.receiver.alias,
        currency=facts.currency[:3],
        line_count=facts.line_count,
        base_kurus=facts.base_kurus,
        kdv_kurus=facts.tax_kurus(kdv=True),
        other_tax_kurus=facts.tax_kurus(kdv=False),
        tevkifat_kurus=facts.tax_kurus(kdv=False, withheld=True),
        payable_kurus=facts.payable_kurus,
        taxes=[asdict(tax) for tax in facts.taxes],
        zarf_id=waiting.zarf_id,
        signed_sha256=new.document.sha256,
        file_bytes=len(new.document.xml),
        signer_vkn_tckn=signature.vkn_tckn or "",
        signer_name=signature.subject[:500],
        signing_time=signature.signing_time,
        received_at=waiting.received_at,
        answerable_until=incoming.answerable_until(new.kind, facts.profile, received_at=waiting.received_at),
        answer="none",
        references_number=returned[:40] or None,
        references_id=_own(session, tenant_id, returned, facts.sender_vkn_tckn) if returned else None,
        kontor=kontor,
    )


def _own(session: Session, tenant_id: UUID, number: str, buyer: str) -> UUID | None:
    """The tenant's own invoice that a return names, if it was issued to the sender."""
    return session.scalars(
        select(Document.document_id)
        .where(Document.tenant_id == tenant_id, Document.number == number, Document.buyer_vkn_tckn == buyer)
        .order_by(Document.number_held.desc(), Document.document_id.desc())
        .limit(1)
    ).first()


def _event(row: IncomingDocument, header: Header, at: datetime) -> IncomingEvent:
    return IncomingEvent(
        tenant_id=row.tenant_id,
        document_id=row.document_id,
        event_id=new_id(),
        at=at,
        kind="received",
        code="1200",
        text_tr=f"Belge GİB üzerinden geldi, imzası ve kuralları doğrulandı: {header.sender.alias}",
        text_en=f"Came through GİB; signature and rules were verified: {header.sender.alias}",
        data={"zarf_id": str(row.zarf_id), "signer": row.signer_vkn_tckn},
    )
