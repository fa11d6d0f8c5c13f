"""Searching the archive: one function of the database, whatever is asked, always of the session's tenant."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.archive.models import DIRECTIONS, SOURCES, ArchiveEntry
from ebelge.archive.words import asked
from ebelge.core.db import fetch
from ebelge.core.errors import InvalidRequest, NotFound

PAGE_MAX: Final = 200
TAGS_MAX: Final = 5
KURUS_MAX: Final = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is looked for. Days are issue dates and included, amounts kuruş and included, all tags must be there.

    `text`: words; each begins a word of the entry's number, party, items, notes, or of a file's name and note.
    """

    source: str | None = None
    direction: str | None = None
    kind: str | None = None
    day_from: date | None = None
    day_to: date | None = None
    vkn_tckn: str | None = None
    number: str | None = None
    amount_from: int | None = None
    amount_to: int | None = None
    tag_ids: tuple[UUID, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that was found."""

    entry_id: UUID
    source: str
    direction: str
    kind: str
    number: str
    title: str
    vkn_tckn: str
    day: date
    amount_kurus: int | None
    currency: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; `next_after` begins the next page."""

    entries: tuple[Found, ...]
    next_after: tuple[date, UUID] | None


_SEARCH = "SELECT * FROM archive_search(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"


def search(
    session: Session, *, tenant_id: UUID, filters: Filters, series_ids: Collection[UUID] | None = None,
    after: tuple[date, UUID] | None = None, limit: int = 50,
) -> Page:  # fmt: skip
    """A page of what fits. `series_ids`: only what is reached by these (None: everything of the tenant): the series
    that numbered it, or the mailbox that it came to (`documents.keeping.within`).

    :raises InvalidRequest: a filter that cannot be.
    """
    check(filters)
    words = asked(filters.text)
    if filters.text.strip() and not words:
        return Page((), None)
    limit = max(1, min(limit, PAGE_MAX))
    rows = fetch(
        session, _SEARCH, tenant_id, filters.source, filters.direction, filters.kind, filters.day_from, filters.day_to,
        filters.vkn_tckn, filters.number, filters.amount_from, filters.amount_to, list(filters.tag_ids), words,
        None if series_ids is None else list(series_ids), *(after or (None, None)), limit + 1,
    )  # fmt: skip
    shown = tuple(Found(*row) for row in rows[:limit])
    return Page(shown, (shown[-1].day, shown[-1].entry_id) if len(rows) > limit else None)


def get(session: Session, *, tenant_id: UUID, entry_id: UUID, series_ids: Collection[UUID] | None = None) -> Found:
    """One entry. :raises NotFound: this tenant has none with that id, or it is out of reach."""
    row = session.scalars(
        select(ArchiveEntry).where(ArchiveEntry.tenant_id == tenant_id, ArchiveEntry.entry_id == entry_id)
    ).one_or_none()
    if row is None or (series_ids is not None and row.series_id not in series_ids):
        raise NotFound("Arşivde böyle bir kayıt yok.", "There is no such entry in the archive.")
    return Found(*(getattr(row, name) for name in Found.__slots__))


def within(
    session: Session, *, tenant_id: UUID, entry_ids: Sequence[UUID], series_ids: Collection[UUID] | None
) -> list[UUID]:
    """Of these entries those that the tenant has and whose series are reached."""
    wanted = select(ArchiveEntry.entry_id).where(
        ArchiveEntry.tenant_id == tenant_id, ArchiveEntry.entry_id.in_(entry_ids)
    )
    if series_ids is not None:
        wanted = wanted.where(ArchiveEntry.series_id.in_(series_ids))
    return list(session.scalars(wanted))


def check(filters: Filters) -> None:
    """:raises InvalidRequest: a filter that cannot be."""
    if filters.source not in (None, *SOURCES) or filters.direction not in (None, *DIRECTIONS):
        raise InvalidRequest("Kaynak ya da yön geçersiz.", "The source or direction is invalid.")
    if len(filters.tag_ids) > TAGS_MAX or len(set(filters.tag_ids)) != len(filters.tag_ids):
        raise InvalidRequest(f"En çok {TAGS_MAX} ayrı etiket seçilebilir.", f"At most {TAGS_MAX} tags, each once.")
    for amount in (filters.amount_from, filters.amount_to):
        if amount is not None and not -KURUS_MAX <= amount <= KURUS_MAX:
            raise InvalidRequest("Tutar çok büyük.", "The amount is too large.")
    if any("\x00" in one for one in (filters.kind or "", filters.vkn_tckn or "", filters.number or "")):
        raise InvalidRequest("Süzgeçte geçersiz karakter var.", "A filter has a character that cannot be.")


def as_texts(filters: Filters) -> Mapping[str, str]:
    """Filters as a saved search and a page's address keep them; empty ones are left out."""
    given = {
        "source": filters.source, "direction": filters.direction, "kind": filters.kind, "from": filters.day_from,
        "to": filters.day_to, "vkn_tckn": filters.vkn_tckn, "number": filters.number,
        "amount_from": filters.amount_from, "amount_to": filters.amount_to,
        "tags": ",".join(str(one) for one in filters.tag_ids), "q": filters.text.strip(),
    }  # fmt: skip
    return {name: str(value) for name, value in given.items() if value not in (None, "")}


def of_texts(given: Mapping[str, str]) -> Filters:
    """What `as_texts` made, or an address says; unknown names are left alone. :raises InvalidRequest: unreadable."""
    try:
        tags = [UUID(one) for one in given.get("tags", "").split(",") if one.strip()]
        days = [date.fromisoformat(given[name]) if given.get(name) else None for name in ("from", "to")]
        amounts = [int(given[name]) if given.get(name) else None for name in ("amount_from", "amount_to")]
    except ValueError as error:
        raise InvalidRequest(
            "Tarih, tutar (kuruş) ya da etiket okunamadı.", "A day, an amount (kuruş) or a tag cannot be read."
        ) from error
    filters = Filters(
        source=given.get("source") or None, direction=given.get("direction") or None, kind=given.get("kind") or None,
        day_from=days[0], day_to=days[1], vkn_tckn=given.get("vkn_tckn") or None, number=given.get("number") or None,
        amount_from=amounts[0], amount_to=amounts[1], tag_ids=tuple(dict.fromkeys(tags)), text=given.get("q", "")[:300],
    )  # fmt: skip
    check(filters)
    return filters
