"""Submitting: read, check outside any transaction, then number, enter, charge and queue in one.

The edge calls `check_all` first, opens `tenant_session`, and calls `accept` inside it. All or nothing: whatever
`accept` raises, the rollback leaves no row, no number taken and no kontör held.
"""

import hashlib
import json
import secrets
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from billing.catalogue import prices
from billing.catalogue.prices import Price
from billing.ledger import charges
from ebelge.core.db import tenant_trips, together
from ebelge.core.errors import Conflict, DomainError
from ebelge.core.ids import new_id
from ebelge.documents import numbering, reached, taxpayer
from ebelge.documents.check import Checked, check
from ebelge.documents.facts import TenantFacts, asked, facts, told
from ebelge.documents.models import Document, DocumentEvent
from ebelge.documents.rows import insert_rows, insert_sources
from ebelge.documents.states import State
from ebelge.documents.submission import Read, Submission, read
from ebelge.documents.taxpayer import Mailboxes
from ebelge.outbox import messages
from ebelge.ubl.prepare import replace_number
from ebelge.ubl.types import DocumentKind
from tenants import locator
from tenants.members.reach import WHOLE, Reach

__all__ = [
    "Checked", "DuplicateEttn", "Mailboxes", "Read", "Submission", "TenantFacts", "accept", "check", "check_all",
    "facts", "look_up_mailboxes", "read",
]  # fmt: skip

LINK_KIND = "buyer_link"


class DuplicateEttn(Conflict):
    """The ETTN is in use. Whose document carries it is not said: it may be another taxpayer's."""

    code = "duplicate_ettn"
    title_tr, title_en = "Bu ETTN kullanımda", "The ETTN is in use"
    advice_tr = "Hiçbir şey kaydedilmedi."
    advice_en = "Nothing was stored."


def ettn_kind(mode: str) -> str:
    """The locator's kind for ETTNs: a sandbox and the live world do not meet."""
    return f"ettn.{mode}"


def look_up_mailboxes(session: Session, *, tenant: TenantFacts, reads: Sequence[Read], at: datetime) -> Mailboxes:
    """GİB's mailboxes of all buyers, in one statement of a short transaction."""
    keys = [one.mailbox_key for one in reads]
    return taxpayer.look_up(session, mode=tenant.mode, keys=[key for key in keys if key is not None], at=at)


def check_all(
    submissions: Sequence[Submission], *, tenant_id: UUID, at: datetime
) -> tuple[TenantFacts, list[Checked | DomainError]]:
    """Read and check submissions; each answer is the checked document or its refusal, in order.

    Reads what it must know in one round trip, a transaction that is over before any rule is run.
    """
    answers: list[Checked | DomainError | Read] = []
    for submission in submissions:
        try:
            answers.append(read(submission))
        except DomainError as refusal:
            answers.append(refusal)
    readable = [one for one in answers if isinstance(one, Read)]
    keys = [one.mailbox_key for one in readable]
    with tenant_trips(tenant_id) as session:
        known, found = together(
            session,
            asked(tenant_id=tenant_id, at=at),
            taxpayer.asked(tenant_id=tenant_id, keys=[key for key in keys if key is not None], at=at),
        )
    tenant, mailboxes = told(known), taxpayer.told(found)
    done: list[Checked | DomainError] = []
    for answer in answers:
        if isinstance(answer, Read):
            try:
                answer = check(tenant, answer, mailboxes, at=at)
            except DomainError as refusal:
                answer = refusal
        done.append(answer)
    return tenant, done


def accept(
    session: Session, *, tenant: TenantFacts, checked: Sequence[Checked], created_by: str, at: datetime,
    reach: Reach = WHOLE,
) -> list[Document]:  # fmt: skip
    """Number, enter, charge and queue documents, all or none; the answers stand in the order of `checked`.

    Lock order: series (by id), locator, wallet. The documents are plain copies of the rows, not in the session.
    :raises DuplicateEttn, DuplicateNumber: 409. :raises IssueDateGoesBack: 422. :raises InsufficientKontor: 402.
    :raises OutOfReach: 403: a series is not within `reach`.
    """
    if not checked:
        return []
    reached.must_reach(
        session, tenant_id=tenant.tenant_id, series_ids={one.series.series_id for one in checked}, reach=reach
    )
    ids = [new_id() for _ in checked]
    groups: dict[tuple[UUID, int], list[int]] = defaultdict(list)
    for position, one in enumerate(checked):
        groups[(one.series.series_id, one.year)].append(position)
    taken: dict[int, numbering.Taken] = {}
    for (_, year), positions in sorted(groups.items()):
        wanted = [
            numbering.Wanted(ids[position], checked[position].issue_date, checked[position].serial)
            for position in positions
        ]
        series = checked[positions[0]].series
        numbers = numbering.take(session, tenant_id=tenant.tenant_id, series=series, year=year, wanted=wanted, at=at)
        taken.update(zip(positions, numbers, strict=True))
    entries = [Entry(ids[n], one, taken[n]) for n, one in enumerate(checked)]
    return enter(session, tenant=tenant, entries=entries, created_by=created_by, at=at)


@dataclass(frozen=True, slots=True)
class Entry:
    """A checked document with the id and number it is entered under; `replaces_id` makes it a correction."""

    document_id: UUID
    checked: Checked
    taken: numbering.Taken
    replaces_id: UUID | None = None


def enter(
    session: Session, *, tenant: TenantFacts, entries: Sequence[Entry], created_by: str, at: datetime
) -> list[Document]:
    """Write numbered documents with XML, locator, timeline, message and charge, in a few statements for all.

    :raises DuplicateEttn, InsufficientKontor: the caller's rollback leaves nothing.
    """
    tokens = [secrets.token_urlsafe(24) for _ in entries]
    links = [(token, entry.document_id) for token, entry in zip(tokens, entries, strict=True)]
    costs = _prices_and_locators(session, tenant, entries, links, at)
    rows: list[dict[str, Any]] = []
    sources: list[tuple[UUID, bytes]] = []
    for entry, token in zip(entries, tokens, strict=True):
        number, one = entry.taken.number, entry.checked
        source = one.xml if one.placeholder == number else replace_number(one.xml, number)
        rows.append(_row(tenant, entry, costs[one.kind], source, token, created_by, at))
        sources.append((entry.document_id, source))
    insert_rows(session, Document, rows)
    events = [_event(row, entry.checked, at) for row, entry in zip(rows, entries, strict=True)]
    insert_rows(session, DocumentEvent, events)
    messages.put_many(
        session, tenant_id=tenant.tenant_id, topic="document.sign", keys=[entry.document_id for entry in entries], at=at
    )
    insert_sources(session, tenant_id=tenant.tenant_id, sources=sources)
    _reserve(session, tenant, rows, at)
    return [_document(row) for row in rows]


def _document(row: dict[str, Any]) -> Document:
    """A row as it was just written, for reading; setting attributes one by one would cost more than the insert."""
    document = Document()
    document.__dict__.update(row)
    return document


def _prices_and_locators(
    session: Session,
    tenant: TenantFacts,
    entries: Sequence[Entry],
    links: Sequence[tuple[str, UUID]],
    at: datetime,
) -> dict[DocumentKind, Price]:
    """What each kind costs; on the way the ETTNs are taken, and the buyers' links."""
    tenant_id = tenant.tenant_id
    ettns = [(str(entry.checked.ettn), entry.document_id) for entry in entries]
    _refuse_twice([ettn for ettn, times in Counter(ettn for ettn, _ in ettns).items() if times > 1])
    kinds = sorted({entry.checked.kind for entry in entries})
    *answers, kept, _ = together(
        session,
        *(
            prices.asked(kind=f"{kind}.out", at=at, tenant_id=tenant_id, reseller_id=tenant.reseller_id)
            for kind in kinds
        ),
        locator.putting(tenant_id=tenant_id, kind=ettn_kind(tenant.mode), pairs=ettns),
        locator.putting(tenant_id=tenant_id, kind=LINK_KIND, pairs=links),
    )
    refused = set(locator.refused(kept, ettns))
    _refuse_twice([ettn for ettn, document_id in ettns if document_id in refused])
    return {kind: prices.told(rows, kind=f"{kind}.out", at=at) for kind, rows in zip(kinds, answers, strict=True)}


def _refuse_twice(twice: Sequence[str]) -> None:
    if twice:
        raise DuplicateEttn(
            f"ETTN daha önce kullanılmış: {twice[0]}. Aynı belgeyi yeniden göndermeyin; yeni belge yeni ETTN ister.",
            f"The ETTN is used already: {twice[0]}. Do not send a document twice; a new one needs a new ETTN.",
            ettn=twice[:100],
        )


def _row(
    tenant: TenantFacts,
    entry: Entry,
    price: Price,
    source: bytes,
    token: str,
    created_by: str,
    at: datetime,
) -> dict[str, Any]:
    one = entry.checked
    return {
        "tenant_id": tenant.tenant_id,
        "document_id": entry.document_id,
        "kind": one.kind.value,
        "profile": one.profile,
        "type_code": one.type_code,
        "state": State.ACCEPTED.value,
        "channel": one.channel,
        "ettn": one.ettn,
        "number": entry.taken.number,
        "number_held": True,
        "series_id": one.series.series_id,
        "serial": entry.taken.serial,
        "issue_date": one.issue_date,
        "buyer_vkn_tckn": one.buyer_vkn_tckn,
        "buyer_title": one.buyer_title,
        "buyer_email": one.buyer_email,
        "receiver_alias": one.receiver_alias,
        "sender_alias": one.sender_alias,
        "currency": one.currency,
        "payable_kurus": one.payable_kurus,
        "line_count": one.line_count,
        "kontor": price.kontor,
        "price_id": price.price_id,
        "replaces_id": entry.replaces_id,
        "superseded": False,
        "source_sha256": hashlib.sha256(source).digest(),
        "signed_sha256": None,
        "signed_at": None,
        "zarf_id": None,
        "gib_code": None,
        "link_token": token,
        "created_by": created_by,
        "created_at": at,
        "progress_at": at,
        "final_at": None,
    }


def _event(row: dict[str, Any], one: Checked, at: datetime) -> dict[str, Any]:
    number, kontor = row["number"], row["kontor"]
    data: dict[str, Any] = {"number": number, "by": row["created_by"]}
    if row["replaces_id"] is not None:
        data["replaces_id"] = str(row["replaces_id"])
    if one.warnings:
        data["warnings"] = [
            {"rule": found.rule, "tr": found.message_tr, "en": found.message_en} for found in one.warnings[:20]
        ]
    return {
        "tenant_id": row["tenant_id"],
        "document_id": row["document_id"],
        "event_id": new_id(),
        "at": at,
        "kind": State.ACCEPTED.value,
        "state": State.ACCEPTED.value,
        "code": "",
        "text_tr": f"Kurallara uygun bulundu, {number} numarasını aldı, {kontor} kontör ayrıldı.",
        "text_en": f"Found to keep all rules, numbered {number}, {kontor} kontör held.",
        "kontor": -kontor,
        "data": json.dumps(data, ensure_ascii=False),
    }


def _reserve(session: Session, tenant: TenantFacts, rows: Sequence[dict[str, Any]], at: datetime) -> None:
    requests = [
        charges.ChargeRequest(
            charge_id=row["document_id"],
            kind=f"{row['kind']}.out",
            kontor=row["kontor"],
            price_id=row["price_id"],
            reference=row["number"],
        )
        for row in rows
    ]
    # Last, because the wallet's lock is the one that signing waits for.
    reserved = charges.reserve_many(session, tenant_id=tenant.tenant_id, charges=requests, at=at)
    if reserved.shortfall_kontor:
        needed = sum(request.kontor for request in requests)
        raise charges.insufficient(needed_kontor=needed, short_kontor=reserved.shortfall_kontor)
