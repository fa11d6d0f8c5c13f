"""Submitting: read, check outside any transaction, then number, enter, charge and queue in one.

The edge calls `check_all` first, opens `tenant_session`, and calls `accept` inside it. All or nothing: whatever
`accept` raises, the rollback leaves no row, no number taken and no kontör held.
"""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from billing.catalogue import prices
from billing.catalogue.prices import Price
from billing.ledger import charges
from ebelge.core.db import tenant_trips, together
from ebelge.core.errors import Conflict, DomainError
from ebelge.core.ids import new_id
from ebelge.core.transaction import Call
from ebelge.documents import reached, sheets
from ebelge.documents.check import Checked, check
from ebelge.documents.entry import Entry, as_document, document_row, event_row
from ebelge.documents.facts import TenantFacts, asked, facts, told
from ebelge.documents.models import Document, DocumentEvent
from ebelge.documents.monthly import taxes
from ebelge.documents.monthly.models import DocumentTax
from ebelge.documents.numbers import numbering
from ebelge.documents.registered import list_checks, taxpayer
from ebelge.documents.registered.last_used import with_last_used
from ebelge.documents.registered.taxpayer import Mailboxes
from ebelge.documents.rows import insert_rows, insert_sources
from ebelge.documents.submission import Read, Submission, read
from ebelge.outbox import messages
from ebelge.ubl.prepare import replace_number
from ebelge.ubl.types import DocumentKind
from tenants import locator
from tenants.members.reach import WHOLE, Reach

__all__ = [
    "Checked", "DuplicateEttn", "Mailboxes", "Read", "Submission", "TenantFacts", "accept", "check", "check_all",
    "facts", "look_up_mailboxes", "read",
]  # fmt: skip

LINK_KIND, SIGN = "buyer_link", "document.sign"


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
    """GİB's mailboxes of all buyers, in one statement of a short transaction; another where a buyer has several."""
    keys = [one.mailbox_key for one in reads]
    found = taxpayer.look_up(session, mode=tenant.mode, keys=[key for key in keys if key is not None], at=at)
    several = found.several()
    return with_last_used(session, found, tenant_id=tenant.tenant_id, keys=several) if several else found


def check_all(
    submissions: Sequence[Submission], *, tenant_id: UUID, at: datetime
) -> tuple[TenantFacts, list[Checked | DomainError]]:
    """Read and check submissions; each answer is the checked document or its refusal, in order.

    Reads what it must know in one round trip (another where a buyer has several mailboxes), in transactions that are
    over before any rule is run.
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
    if several := mailboxes.several():
        with tenant_trips(tenant_id) as session:
            mailboxes = with_last_used(session, mailboxes, tenant_id=tenant_id, keys=several)
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
    reach: Reach = WHOLE, claim_as: UUID | None = None,
) -> list[Document]:  # fmt: skip
    """Number, enter, charge and queue documents, all or none; the answers stand in the order of `checked`.

    Lock order: series (by id), locator, wallet. The documents are plain copies of the rows, not in the session. A
    lone document's charge travels with the commit, and what refuses it is raised there.
    `claim_as`: the message of a lone document, claimed for its caller, who hands it to a signer after the commit; not
    for one that waits for a fresh user list (`Checked.old_list`).
    :raises DuplicateEttn, DuplicateNumber: 409. :raises IssueDateGoesBack: 422. :raises InsufficientKontor: 402.
    :raises OutOfReach: 403: a series is not within `reach`.
    """
    if not checked:
        return []
    reached.must_reach(
        session, tenant_id=tenant.tenant_id, series_ids={one.series.series_id for one in checked}, reach=reach
    )
    ids = [new_id() for _ in checked]
    tokens = [secrets.token_urlsafe(24) for _ in checked]
    groups: dict[tuple[UUID, int], list[int]] = defaultdict(list)
    for position, one in enumerate(checked):
        groups[(one.series.series_id, one.year)].append(position)
    ordered = [(checked[positions[0]].series, year, positions) for (_, year), positions in sorted(groups.items())]
    tenant_id = tenant.tenant_id
    locks = [
        numbering.looking(tenant_id=tenant_id, series=series, year=year, count=len(positions))
        for series, year, positions in ordered
    ]
    if len(ordered) > 1:
        for series, year, _ in ordered:
            numbering.begin_year(session, tenant_id=tenant_id, series=series, year=year)
    # One round trip locks what numbers come from, reads what they cost, and takes the ETTNs.
    rows = together(session, *chain.from_iterable(locks), *_asked(tenant, ids, checked, tokens, at))
    taken: dict[int, numbering.Taken] = {}
    for place, (series, year, positions) in enumerate(ordered):
        wanted = [
            numbering.Wanted(ids[position], checked[position].issue_date, checked[position].serial)
            for position in positions
        ]
        seen = (rows[2 * place], rows[2 * place + 1])
        numbers = numbering.take(
            session, tenant_id=tenant_id, series=series, year=year, wanted=wanted, at=at, seen=seen
        )
        taken.update(zip(positions, numbers, strict=True))
    costs = _told(ids, checked, rows[2 * len(ordered) :], at)
    entries = [Entry(ids[n], one, taken[n]) for n, one in enumerate(checked)]
    return _write(session, tenant, entries, tokens, costs, created_by, at, claim_as)


def enter(
    session: Session, *, tenant: TenantFacts, entries: Sequence[Entry], created_by: str, at: datetime
) -> list[Document]:
    """Write numbered documents with XML, locator, timeline, message and charge, in a few statements for all.

    :raises DuplicateEttn, InsufficientKontor: the caller's rollback leaves nothing.
    """
    tokens = [secrets.token_urlsafe(24) for _ in entries]
    ids, checked = [entry.document_id for entry in entries], [entry.checked for entry in entries]
    rows = together(session, *_asked(tenant, ids, checked, tokens, at))
    return _write(session, tenant, entries, tokens, _told(ids, checked, rows, at), created_by, at, None)


def _write(
    session: Session,
    tenant: TenantFacts,
    entries: Sequence[Entry],
    tokens: Sequence[str],
    costs: dict[DocumentKind, Price],
    created_by: str,
    at: datetime,
    claim_as: UUID | None,
) -> list[Document]:
    rows: list[dict[str, Any]] = []
    sources: list[tuple[UUID, sheets.Stored]] = []
    for entry, token in zip(entries, tokens, strict=True):
        number, one = entry.taken.number, entry.checked
        source = one.xml if one.placeholder == number else replace_number(one.xml, number)
        rows.append(document_row(tenant, entry, costs[one.kind], source, token, created_by, at))
        sources.append((entry.document_id, sheets.without(source)))
    insert_rows(session, Document, rows)
    events = [event_row(row, entry.checked, at) for row, entry in zip(rows, entries, strict=True)]
    insert_rows(session, DocumentEvent, events)
    told = [(row, entry.checked.taxes) for row, entry in zip(rows, entries, strict=True)]
    insert_rows(session, DocumentTax, taxes.rows_of(told))
    keys = list_checks.wait(session, tenant_id=tenant.tenant_id, entries=entries, topic=SIGN, at=at)
    if claim_as is not None and len(keys) == 1:
        messages.put_claimed(session, tenant_id=tenant.tenant_id, message_id=claim_as, topic=SIGN, key=keys[0], at=at)
    else:
        messages.put_many(session, tenant_id=tenant.tenant_id, topic=SIGN, keys=keys, at=at)
    sheets.enter(session, documents=[one for _, one in sources], there=tenant.sheets)
    insert_sources(session, tenant_id=tenant.tenant_id, sources=sources)
    _reserve(session, tenant, rows, at)
    return [as_document(row) for row in rows]


def _asked(
    tenant: TenantFacts, ids: Sequence[UUID], checked: Sequence[Checked], tokens: Sequence[str], at: datetime
) -> list[Call]:
    """The statements that read what each kind costs and take the ETTNs and the buyers' links; `_told` reads them."""
    links = list(zip(tokens, ids, strict=True))
    return [
        *(
            prices.asked(kind=f"{kind}.out", at=at, tenant_id=tenant.tenant_id, reseller_id=tenant.reseller_id)
            for kind in _kinds(checked)
        ),
        locator.putting(tenant_id=tenant.tenant_id, kind=ettn_kind(tenant.mode), pairs=_ettns(ids, checked)),
        locator.putting(tenant_id=tenant.tenant_id, kind=LINK_KIND, pairs=links),
    ]


def _told(
    ids: Sequence[UUID], checked: Sequence[Checked], rows: Sequence[Sequence[Any]], at: datetime
) -> dict[DocumentKind, Price]:
    """What each kind costs. :raises DuplicateEttn: one was used before, or stands here twice."""
    *answers, kept, _ = rows
    ettns = _ettns(ids, checked)
    refused = set(locator.refused(kept, ettns))
    _refuse_twice([ettn for ettn, document_id in ettns if document_id in refused])
    return {
        kind: prices.told(found, kind=f"{kind}.out", at=at)
        for kind, found in zip(_kinds(checked), answers, strict=True)
    }


def _kinds(checked: Sequence[Checked]) -> list[DocumentKind]:
    return sorted({one.kind for one in checked})


def _ettns(ids: Sequence[UUID], checked: Sequence[Checked]) -> list[tuple[str, UUID]]:
    return [(str(one.ettn), document_id) for document_id, one in zip(ids, checked, strict=True)]


def _refuse_twice(twice: Sequence[str]) -> None:
    if twice:
        raise DuplicateEttn(
            f"ETTN daha önce kullanılmış: {twice[0]}. Aynı belgeyi yeniden göndermeyin; yeni belge yeni ETTN ister.",
            f"The ETTN is used already: {twice[0]}. Do not send a document twice; a new one needs a new ETTN.",
            ettn=twice[:100],
        )


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
    if len(requests) == 1:
        charges.reserve_later(session, tenant_id=tenant.tenant_id, charge=requests[0], at=at)
        return
    reserved = charges.reserve_many(session, tenant_id=tenant.tenant_id, charges=requests, at=at)
    if reserved.shortfall_kontor:
        needed = sum(request.kontor for request in requests)
        raise charges.insufficient(needed_kontor=needed, short_kontor=reserved.shortfall_kontor)
