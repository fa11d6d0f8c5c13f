"""Filters of lists of documents: read from the address, shown as chips and menus, each a link.

One field finds a number, an ETTN, a VKN or words; periods such as "this month" stay relative, also in saved searches.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from ebelge.archive import search
from ebelge.archive.models import Tag
from ebelge.core.errors import InvalidRequest
from ebelge.documents.looking import Key, Wanted
from ebelge.web import archive_words

NAMES: Final = (
    "q", "kind", "state", "answer", "needs", "taken", "period", "from", "to", "lira_from", "lira_to", "tags",
)  # fmt: skip
LABELS: Final[dict[str, tuple[str, str]]] = {
    "q": ("Aranan", "Looked for"), "kind": ("Tür", "Kind"), "state": ("Durum", "State"), "answer": ("Yanıt", "Answer"),
    "needs": ("Bekleyen", "Waiting"), "taken": ("Muhasebe", "Books"), "period": ("Dönem", "Period"),
    "from": ("İlk gün", "From"), "to": ("Son gün", "To"), "lira_from": ("En az", "At least"),
    "lira_to": ("En çok", "At most"), "tags": ("Etiket", "Tag"),
    "source": ("Yer", "Where"), "vkn_tckn": ("Karşı VKN/TCKN", "Other VKN/TCKN"), "number": ("Numara", "Number"),
}  # fmt: skip
PERIODS: Final[dict[str, tuple[str, str]]] = {
    "today": ("Bugün", "Today"), "week": ("Bu hafta", "This week"), "month": ("Bu ay", "This month"),
    "last_month": ("Geçen ay", "Last month"), "year": ("Bu yıl", "This year"), "last_year": ("Geçen yıl", "Last year"),
}  # fmt: skip
TAKEN: Final[dict[str, tuple[str, str]]] = {
    "no": ("Aktarılmamış", "Not taken over"), "yes": ("Aktarılmış", "Taken over"),
}  # fmt: skip
_NUMBER = re.compile(r"[A-Z0-9]{3}20\d{11}")
_ETTN = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_TYPED_MAX: Final = 300
Chip = tuple[str, str, str]
Choice = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """A list's filters: as they stand in the address, and what they mean. `after`: where the page begins."""

    typed: dict[str, str]
    wanted: Wanted
    after: Key | None


@dataclass(frozen=True, slots=True)
class Menu:
    """A filter as a menu of links: (words, address, whether it is on)."""

    name: str
    choices: tuple[Choice, ...]

    @property
    def on(self) -> bool:
        """Whether one of its choices is on."""
        return any(choice[2] for choice in self.choices)


def typed(args: Mapping[str, str], names: Sequence[str] = NAMES) -> dict[str, str]:
    """What an address says of these filters, without empty ones, cut where nobody types on."""
    many = getattr(args, "getlist", None)
    given = {name: " ".join(args.get(name, "").split())[:_TYPED_MAX] for name in names}
    if many is not None and "state" in names:  # several states are one filter, repeated or with commas between
        given["state"] = ",".join(many("state"))[:_TYPED_MAX]
    return {name: value for name, value in given.items() if value}


def asked(args: Mapping[str, str], *, today: date) -> Asked:
    """The filters of an address. :raises InvalidRequest: one that cannot be."""
    given = typed(args)
    kurus = {
        f"amount_{side}": str(archive_words.kurus(given[f"lira_{side}"]))
        for side in ("from", "to")
        if given.get(f"lira_{side}")
    }
    texts = {name: given[name] for name in ("kind", "from", "to", "tags") if name in given}
    entry = search.of_texts(texts | kurus)
    if "period" in given:
        first, last = days_of(given["period"], today)
        entry = replace(entry, day_from=entry.day_from or first, day_to=entry.day_to or last)
    if any("\x00" in value for value in given.values()) or given.get("taken", "no") not in TAKEN:
        raise InvalidRequest("Süzgeç okunamadı.", "A filter cannot be read.")
    taken = None if "taken" not in given else given["taken"] == "yes"
    wanted = Wanted(
        entry=entry,
        states=tuple(one for one in given.get("state", "").split(",") if one),
        answer=given.get("answer"),
        needs="needs" in given,
        taken=taken,
    )
    return Asked(given, _found(wanted, given.get("q", "")), after(args.get("after", "")))


def _found(wanted: Wanted, typed_q: str) -> Wanted:
    """What the one field means: an ETTN, a number, a VKN or TCKN, or the beginnings of words."""
    plain = re.sub(r"\s", "", typed_q)
    if _ETTN.fullmatch(plain):
        return replace(wanted, ettn=UUID(plain))
    if _NUMBER.fullmatch(plain.upper()):
        return replace(wanted, entry=replace(wanted.entry, number=plain.upper()))
    if plain.isascii() and plain.isdecimal() and len(plain) in (10, 11):
        return replace(wanted, entry=replace(wanted.entry, vkn_tckn=plain))
    return replace(wanted, entry=replace(wanted.entry, text=typed_q)) if typed_q else wanted


def days_of(period: str, today: date) -> tuple[date, date]:
    """First and last day of a period such as `last_month`. :raises InvalidRequest: there is no such period."""
    first = today.replace(day=1)
    match period:
        case "today":
            return today, today
        case "week":
            monday = today - timedelta(days=today.weekday())
            return monday, monday + timedelta(days=6)
        case "month":
            return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        case "last_month":
            last = first - timedelta(days=1)
            return last.replace(day=1), last
        case "year" | "last_year":
            year = today.year - (period == "last_year")
            return date(year, 1, 1), date(year, 12, 31)
        case _:
            raise InvalidRequest("Böyle bir dönem yok.", "There is no such period.")


def after(text: str) -> Key | None:
    """Where a page begins, as `next_page` wrote it. :raises InvalidRequest: unreadable."""
    if not text:
        return None
    day, _, key = text.partition("~")
    try:
        return date.fromisoformat(day), UUID(key)
    except ValueError as error:
        raise InvalidRequest("Sayfayı yenileyin.", "Reload the page.") from error


def address(path: str, given: Mapping[str, str], **changed: str | None) -> str:
    """The list's address with some filters set, or (None) taken away."""
    kept = {name: value for name, value in {**given, **changed}.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


def next_page(path: str, given: Mapping[str, str], key: Key | None) -> str | None:
    """The address of the page that begins after `key`."""
    return None if key is None else address(path, given, after=f"{key[0].isoformat()}~{key[1]}")


def chips(
    path: str, given: Mapping[str, str], *, words: Mapping[str, Mapping[str, str]], tags: Sequence[Tag], side: int,
    names: Sequence[str] = NAMES,
) -> list[Chip]:  # fmt: skip
    """The filters that are on, each with the address without it. `words`: names of the choices of a filter."""
    found = []
    for name in names:
        if name not in given:
            continue
        value = given[name]
        if name == "tags":
            named = {str(tag.tag_id): tag.name for tag in tags}
            shown = ", ".join(named.get(one.strip(), one.strip()) for one in value.split(","))
        elif name == "q":
            shown = value
        elif name == "needs":
            shown = ("sizi", "you")[side]
        elif name in ("from", "to"):
            shown = _day(value)
        elif name.startswith("lira_"):
            shown = f"{value} ₺"
        else:
            shown = ", ".join(words.get(name, {}).get(one, one) for one in value.split(","))
        found.append((LABELS[name][side], shown, address(path, given, **{name: None})))
    return found


def menu(path: str, given: Mapping[str, str], name: str, choices: Mapping[str, str], *, side: int) -> Menu:
    """A filter as a menu; the choice that is on takes itself away."""
    now = given.get(name, "")
    return Menu(
        LABELS[name][side],
        tuple(
            (words, address(path, given, **{name: None if value == now else value}), value == now)
            for value, words in choices.items()
        ),
    )


def one_side(words: Mapping[str, tuple[str, ...]], side: int) -> dict[str, str]:
    """The words of one language."""
    return {name: texts[side] for name, texts in words.items()}


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).strftime("%d.%m.%Y")
    except ValueError:
        return text
