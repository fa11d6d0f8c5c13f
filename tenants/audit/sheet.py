"""The log as a table for CSV and XLSX: one row an entry, before and after side by side in words."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ebelge.core.sheets import Cell
from tenants.audit.queries import Entry, action_text
from tenants.audit.words import ACTORS, OBJECTS, field_word, value_text, word

_HEAD = {
    "tr": ("Zaman", "Kim", "Ad", "Kimlik", "İşlem", "Kayıt türü", "Kayıt", "Önce", "Sonra", "Adres", "Tarayıcı",
           "İstek no", "Zincir no", "Hesap"),
    "en": ("Time", "Who", "Name", "Id", "Action", "Object", "Object id", "Before", "After", "Address", "Agent",
           "Request", "Chain no.", "Account"),
}  # fmt: skip


def rows(entries: Iterable[Entry], *, language: str) -> Iterator[list[Cell]]:
    """The table, its head first."""
    yield list(_HEAD["tr" if language == "tr" else "en"])
    for one in entries:
        yield [
            one.at, word(ACTORS, one.actor_kind, language), one.actor_name, one.actor_id,
            action_text(one.action, language), word(OBJECTS, one.object_kind, language), one.object_id,
            side_text(one.before, language), side_text(one.after, language), one.address, one.agent, one.request_id,
            one.version, str(one.tenant_id),
        ]  # fmt: skip


def side_text(side: Mapping[str, Any], language: str) -> str:
    """One side of a change in a line."""
    return "; ".join(
        f"{field_word(name, language)}: {value_text(name, value, language)}" for name, value in side.items()
    )
