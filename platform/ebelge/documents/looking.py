"""Lists of documents as people look for them: what is asked, a page of it, the walk through the archive's index.

The list of outgoing documents is `lists`, that of incoming ones `incoming.lists`; both are ordered by issue day, newest
first, and go on from a key of day and id.
"""

import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal_column, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from ebelge.archive import search
from ebelge.archive.models import ArchiveTag
from ebelge.archive.search import Filters
from ebelge.core.errors import InvalidRequest
from ebelge.documents.incoming.models import IncomingDocument
from ebelge.documents.models import Document

Row = TypeVar("Row")
Of = TypeVar("Of", Document, IncomingDocument)
Key = tuple[date, UUID]
BATCH: Final = search.PAGE_MAX
PAGE_MAX: Final = 200
# So many entries of the index are looked at for one page; the next page goes on where this one ended.
LOOKS_MAX: Final = 10
# A count in a headline is not counted further: "99+".
COUNTED_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to: what the archive's index knows (`entry`), and what only the documents know.

    `states`, `answer`: words of the rows' columns. `needs`: only what waits for a person. `taken`: of incoming ones,
    those (not) taken over into the books.
    """

    entry: Filters = field(default_factory=Filters)
    states: tuple[str, ...] = ()
    answer: str | None = None
    ettn: UUID | None = None
    needs: bool = False
    taken: bool | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows, newest issue day first; `next_after` begins the next page, None at the end."""

    rows: tuple[Row, ...]
    next_after: Key | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many, at most `COUNTED_MAX`."""

    number: int

    @property
    def words(self) -> str:
        """As a headline says it."""
        return f"{COUNTED_MAX - 1}+" if self.number >= COUNTED_MAX else str(self.number)


def fitting(
    asked: Select[Any], of: type[Of], *, tenant_id: UUID, wanted: Wanted, other: InstrumentedAttribute[str],
    kinds: Collection[str],
) -> Select[Any]:  # fmt: skip
    """A list's statement with what both lists are narrowed by. `other`: the column of the other side's VKN or TCKN.

    :raises InvalidRequest: there is no such kind.
    """
    entry = wanted.entry
    given: list[tuple[Any, Callable[[Any, Any], Any], InstrumentedAttribute[Any]]] = [
        (entry.day_from, operator.ge, of.issue_date), (entry.day_to, operator.le, of.issue_date),
        (entry.vkn_tckn, operator.eq, other), (entry.number, operator.eq, of.number),
        (entry.amount_from, operator.ge, of.payable_kurus), (entry.amount_to, operator.le, of.payable_kurus),
        (wanted.ettn, operator.eq, of.ettn),
    ]  # fmt: skip
    asked = asked.where(*(compared(column, value) for value, compared, column in given if value is not None))
    asked = asked.where(*_tagged(tenant_id, of.document_id, entry.tag_ids))
    return asked if entry.kind is None else asked.where(exactly(of.kind, entry.kind, kinds))


def is_indexed(entry: Filters, *, few: bool) -> bool:
    """Whether the archive's index finds it: always for words; for amounts and tags unless `few` documents are asked."""
    by_row = entry.amount_from is not None or entry.amount_to is not None or bool(entry.tag_ids)
    return bool(entry.text.strip()) or (by_row and not few)


def page(
    session: Session, of: type[Of], asked: Select[Any], *, tenant_id: UUID, indexed: Filters | None,
    series_ids: Collection[UUID] | None = None, after: Key | None, limit: int,
) -> Page[Of]:  # fmt: skip
    """A page of a list's statement, at most `PAGE_MAX` rows. `indexed`: what the archive's index is asked, where it
    finds them."""
    limit = max(1, min(limit, PAGE_MAX))
    if indexed is not None:

        def load(ids: Sequence[UUID]) -> Mapping[UUID, Of]:
            return {row.document_id: row for row in session.scalars(asked.where(of.document_id.in_(ids)))}

        return _by_index(
            session, tenant_id=tenant_id, filters=indexed, series_ids=series_ids, after=after, limit=limit, load=load
        )
    if after is not None:
        asked = asked.where(tuple_(of.issue_date, of.document_id) < tuple_(*after))
    rows = session.scalars(asked.limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(tuple(rows[:limit]), None if last is None else (last.issue_date, last.document_id))


def _by_index(
    session: Session, *, tenant_id: UUID, filters: Filters, series_ids: Collection[UUID] | None, after: Key | None,
    limit: int, load: Callable[[Sequence[UUID]], Mapping[UUID, Row]],
) -> Page[Row]:  # fmt: skip
    """A page found by the archive's index; `load` gives those of the found that fit the rest.

    At most `LOOKS_MAX` batches are looked at: a page may hold fewer rows than asked and still go on.
    """
    found: list[tuple[Key, Row]] = []
    cursor = after
    for _ in range(LOOKS_MAX):
        looked = search.search(
            session, tenant_id=tenant_id, filters=filters, series_ids=series_ids, after=cursor, limit=BATCH
        )
        rows = load([one.entry_id for one in looked.entries]) if looked.entries else {}
        found += [((one.day, one.entry_id), rows[one.entry_id]) for one in looked.entries if one.entry_id in rows]
        cursor = looked.next_after
        if len(found) > limit:
            return Page(tuple(row for _, row in found[:limit]), found[limit - 1][0])
        if cursor is None:
            break
    return Page(tuple(row for _, row in found), cursor)


def exactly(column: InstrumentedAttribute[Any], word: str, known: Collection[str]) -> ColumnElement[bool]:
    """`column` is `word`, written into the statement, so that it is planned for this word and for no average one.

    :raises InvalidRequest: the word is none of those known.
    """
    if word not in known:
        raise InvalidRequest("Süzgeçteki seçenek geçersiz.", "A filter has a choice that there is not.")
    return column == literal_column(f"'{word}'")


def _tagged(tenant_id: UUID, column: InstrumentedAttribute[UUID], tag_ids: Sequence[UUID]) -> list[ColumnElement[bool]]:
    """Conditions: all these tags hang on it."""
    return [
        column.in_(select(ArchiveTag.entry_id).where(ArchiveTag.tenant_id == tenant_id, ArchiveTag.tag_id == tag_id))
        for tag_id in tag_ids
    ]
