"""The archive's index written: what is known of a document or file, without its bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.archive.words import lexemes, words
from ebelge.core.db import later
from ebelge.core.transaction import Prepared

TITLE_MAX: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry to be written. `vkn_tckn`, `title`: the other party's, or a file's name. `texts`: further words."""

    entry_id: UUID
    source: str
    direction: str
    kind: str
    day: date
    title: str
    number: str = ""
    vkn_tckn: str = ""
    amount_kurus: int | None = None
    currency: str = ""
    series_id: UUID | None = None
    texts: tuple[str, ...] = ()


_INSERT = """
    INSERT INTO archive_entry (tenant_id, entry_id, source, direction, kind, number, title, vkn_tckn, day, amount_kurus,
                               currency, series_id, words, added_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, array_to_tsvector(string_to_array(%s, ' ')), %s)
    ON CONFLICT (tenant_id, entry_id) DO
"""
_KEEP = Prepared(_INSERT + "NOTHING")
_RENEW = Prepared(
    _INSERT
    + """
    UPDATE SET source = excluded.source, direction = excluded.direction, kind = excluded.kind, number = excluded.number,
               title = excluded.title, vkn_tckn = excluded.vkn_tckn, day = excluded.day,
               amount_kurus = excluded.amount_kurus, currency = excluded.currency, series_id = excluded.series_id,
               words = excluded.words
"""
)


def write(session: Session, *, tenant_id: UUID, entries: Sequence[Entry], at: datetime, renew: bool = False) -> None:
    """Enter what is not entered yet; `renew`: write the others anew, too. Travels with what follows, or the commit."""
    for one in entries:
        found = lexemes(tenant_id, words((one.number, one.vkn_tckn, one.title, *one.texts)))
        later(
            session, _RENEW if renew else _KEEP, tenant_id, one.entry_id, one.source, one.direction, one.kind,
            one.number, one.title[:TITLE_MAX], one.vkn_tckn, one.day, one.amount_kurus, one.currency, one.series_id,
            " ".join(found), at,
        )  # fmt: skip
