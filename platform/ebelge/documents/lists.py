"""The list of outgoing documents as people look at it: by words, state, day, amount, tag, and by what waits for them.

What only words find is found by the archive's index; a state that few documents have is walked by its own index. Each
statement names its tenant; what a narrowed reader does not reach is as if it were not there.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session

from ebelge.documents import looking, reached
from ebelge.documents.answers.deadlines import ISSUER_DAYS, issuer_until
from ebelge.documents.looking import COUNTED_MAX, PAGE_MAX, Count, Key, Page, Wanted, exactly, fitting, is_indexed
from ebelge.documents.models import BUYER_ANSWERS, KINDS, Document
from ebelge.documents.states import State
from tenants.members.reach import WHOLE, Reach

AWAITING: Final = "awaiting"
# What a person has to decide: send again or give up; correct or leave it.
NEEDS: Final = (State.UNDELIVERED, State.REFUSED)
# States that most documents of a tenant are in; the others are few at any time.
_MANY: Final = frozenset({State.DELIVERED, State.SIGNED})


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the headline says: what waits for us, whose buyers are still to answer, and until when the next of them."""

    needs: Count
    awaiting: Count
    next_until: datetime | None


def page(
    session: Session, *, tenant_id: UUID, wanted: Wanted, at: datetime, after: Key | None = None, limit: int = 50,
    reach: Reach = WHOLE,
) -> Page[Document]:  # fmt: skip
    """A page of the tenant's documents, the newest issue day first.

    :raises InvalidRequest: a filter that cannot be.
    """
    asked = statement(tenant_id, wanted, at=at, reach=reach)
    few = wanted.needs or wanted.answer is not None or (bool(wanted.states) and _MANY.isdisjoint(wanted.states))
    series_ids, indexed = None, None
    if is_indexed(wanted.entry, few=few):
        series_ids = reached.series_ids(session, tenant_id=tenant_id, reach=reach)
        indexed = replace(wanted.entry, source="outgoing")
    return looking.page(
        session, Document, asked, tenant_id=tenant_id, indexed=indexed, series_ids=series_ids, after=after, limit=limit
    )


def ids(
    session: Session, *, tenant_id: UUID, wanted: Wanted, at: datetime, most: int, reach: Reach = WHOLE
) -> list[UUID]:  # fmt: skip
    """The documents of all pages, in their order, up to `most` of them. :raises InvalidRequest: see `page`."""
    found: list[UUID] = []
    after: Key | None = None
    while len(found) < most:
        one = page(session, tenant_id=tenant_id, wanted=wanted, at=at, after=after, limit=PAGE_MAX, reach=reach)
        found += [row.document_id for row in one.rows]
        after = one.next_after
        if after is None:
            break
    return found[:most]


def statement(tenant_id: UUID, wanted: Wanted, *, at: datetime, reach: Reach = WHOLE) -> Select[Any]:
    """The statement of `page` without its words, its beginning and its limit."""
    of = Document
    asked = reached.narrowed(select(of).where(of.tenant_id == tenant_id), tenant_id=tenant_id, reach=reach)
    asked = fitting(asked, of, tenant_id=tenant_id, wanted=wanted, other=of.buyer_vkn_tckn, kinds=KINDS)
    if wanted.states:
        asked = asked.where(or_(*(exactly(of.state, state, tuple(State)) for state in wanted.states)))
    if wanted.answer is not None:
        asked = asked.where(
            _awaiting(at) if wanted.answer == AWAITING else exactly(of.buyer_answer, wanted.answer, BUYER_ANSWERS)
        )
    if wanted.needs:
        asked = asked.where(_needs())
    return asked.order_by(of.issue_date.desc(), of.document_id.desc())


def waiting(session: Session, *, tenant_id: UUID, at: datetime, reach: Reach = WHOLE) -> Waiting:
    """What waits, counted as far as a headline says it."""

    def some(*conditions: ColumnElement[bool]) -> Any:
        asked = select(Document.final_at).where(Document.tenant_id == tenant_id, *conditions)
        return reached.narrowed(asked, tenant_id=tenant_id, reach=reach).limit(COUNTED_MAX).subquery()

    needs, awaiting = some(_needs()), some(_awaiting(at))
    number = session.scalar(select(func.count()).select_from(needs)) or 0
    count, first = session.execute(select(func.count(), func.min(awaiting.c.final_at))).one()
    return Waiting(Count(number), Count(count), None if first is None else issuer_until(first))


def within(session: Session, *, tenant_id: UUID, document_ids: Collection[UUID], reach: Reach) -> list[UUID]:
    """Of these documents those that the tenant has and the reader reaches."""
    asked = select(Document.document_id).where(
        Document.tenant_id == tenant_id, Document.document_id.in_(sorted(document_ids))
    )
    return list(session.scalars(reached.narrowed(asked, tenant_id=tenant_id, reach=reach)))


def _needs() -> ColumnElement[bool]:
    return and_(or_(*(exactly(Document.state, state, NEEDS) for state in NEEDS)), ~Document.superseded)


def _awaiting(at: datetime) -> ColumnElement[bool]:
    """Commercial invoices whose buyers may still answer; the words are those of the index `document_awaiting`."""
    return and_(
        Document.buyer_answer.is_(None),
        Document.profile == literal_column("'TICARIFATURA'"),
        Document.state == literal_column("'delivered'"),
        # the earliest day of delivery whose day 8 is not over
        Document.final_at > at - timedelta(days=ISSUER_DAYS + 1),
    )
