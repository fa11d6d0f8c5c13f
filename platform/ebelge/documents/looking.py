"""Lists of documents as people look for them: what is asked, and the walk through the archive's index of words.

The list of outgoing documents is `lists`, that of incoming ones `incoming.lists`; both are ordered by issue day, newest
first, and go on from a key of day and id.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ebelge.archive import search
from ebelge.archive.models import ArchiveTag
from ebelge.archive.search import Filters
from ebelge.core.errors import InvalidRequest

Row = TypeVar("Row")
Key = tuple[date, UUID]
BATCH: Final = search.PAGE_MAX
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


def by_index(
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


def tagged(tenant_id: UUID, column: InstrumentedAttribute[UUID], tag_ids: Sequence[UUID]) -> list[ColumnElement[bool]]:
    """Conditions: all these tags hang on it."""
    return [
        column.in_(select(ArchiveTag.entry_id).where(ArchiveTag.tenant_id == tenant_id, ArchiveTag.tag_id == tag_id))
        for tag_id in tag_ids
    ]
