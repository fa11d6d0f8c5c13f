"""What an entry may keep of a change: listed fields, only what differs, bounded, nothing that looks like a secret."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Final
from uuid import UUID

from ebelge.core.redaction import redact
from tenants.audit.areas.action import Action

Fields = Mapping[str, object]
TEXT_MAX = 500
ITEMS_MAX = 50
DEPTH_MAX = 3
SIDE_BYTES_MAX = 4000
HIDDEN = "***"
# The second wall: whatever an action lists, a name like these is never kept.
_SECRET_NAMES: Final = re.compile(
    r"secret|passw|parola|sifre|token|\bpin\b|_pin|pin_|otp|cookie|authori[sz]ation|credential|recovery_code$"
    r"|private|pkcs12|pfx|\bkey$|_key$|cvc|cvv|card_number|pan$|iban|salt|seed",
    re.IGNORECASE,
)
# Values that are secrets wherever they stand: our tokens, gateways' keys, keys in PEM, JSON web tokens.
_SECRET_VALUES: Final = re.compile(
    r"eb_(?:live|test)_[0-9A-Za-z]+_[0-9A-Za-z_\-]+|\b(?:whsec|sk|rk|pk)_[0-9A-Za-z_+/=\-]{12,}"
    r"|-----BEGIN[^-]*-----.*?(?:-----END[^-]*-----|\Z)|\beyJ[0-9A-Za-z_\-]+\.[0-9A-Za-z_\-]+\.[0-9A-Za-z_\-]*"
    r"|\$argon2[a-z]*\$\S+|otpauth://\S+",
    re.DOTALL,
)
_LONG_DIGITS: Final = re.compile(r"(?<![0-9a-fA-F\-])\d(?:[ \-]?\d){12,18}(?![0-9a-fA-F\-])")  # no part of a UUID
_APART: Final = re.compile(r"[|\x00-\x1f\x7f]")


class UndeclaredField(ValueError):
    """A deed wants to keep a field that its action does not list: a defect of the caller, seen by its first test."""


def changed(
    action: Action, name: str, before: Fields | None, after: Fields | None
) -> tuple[dict[str, dict[str, object]], dict[str, dict[str, object]]] | None:
    """(fields for the chain, personal fields), each as {"before": …, "after": …} of what differs.

    None: both sides were given and nothing differs. :raises UndeclaredField: a field is not listed.
    """
    old, new = dict(before or {}), dict(after or {})
    listed = {*action.fields, *action.personal}
    if strange := sorted({*old, *new} - listed):
        raise UndeclaredField(f"{name} does not list {', '.join(strange)}")
    if before is not None and after is not None:
        same = [field for field in old if field in new and old[field] == new[field]]
        for field in same:
            del old[field], new[field]
        if not old and not new:
            return None
    return _sides(old, new, action.fields), _sides(old, new, action.personal)


def _sides(old: Fields, new: Fields, listed: Iterable[str]) -> dict[str, dict[str, object]]:
    allowed = frozenset(listed)
    sides = {
        side: {field: kept(values[field], field) for field in sorted(values) if field in allowed}
        for side, values in (("before", old), ("after", new))
    }
    return {side: _bounded(fields) for side, fields in sides.items() if fields}


def _bounded(fields: dict[str, object]) -> dict[str, object]:
    """As many fields as there is room for; what is left out is named."""
    room, cut = SIDE_BYTES_MAX, []
    for field in list(fields):
        room -= len(json_text({field: fields[field]}).encode())
        if room < 0:
            del fields[field]
            cut.append(field)
    return fields | ({"_cut": cut[:ITEMS_MAX]} if cut else {})


def kept(value: object, name: str = "", depth: int = 0) -> object:
    """A value as it may be kept: plain, bounded, without secrets."""
    if _SECRET_NAMES.search(name):
        return None if value is None else HIDDEN
    match value:
        case None | bool() | int():
            return value
        case Enum():
            return kept(value.value, name, depth)
        case str():
            return harmless(value)
        case datetime() | date():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
        case Mapping() if depth < DEPTH_MAX:
            pairs = list(value.items())[:ITEMS_MAX]
            return {harmless(str(key)): kept(one, str(key), depth + 1) for key, one in pairs}
        case list() | tuple() | set() | frozenset() if depth < DEPTH_MAX:
            ordered = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
            return [kept(one, name, depth + 1) for one in ordered[:ITEMS_MAX]]
        case _:
            return f"({type(value).__name__})"


def harmless(value: str, length_max: int = TEXT_MAX) -> str:
    """A text without secrets and card numbers, cut to `length_max` characters."""
    text = value[: length_max * 4].encode("utf-8", "replace").decode()
    text = _LONG_DIGITS.sub(
        lambda found: HIDDEN if _luhn(found[0]) else found[0], redact(_SECRET_VALUES.sub(HIDDEN, text))
    )
    return text if len(text) <= length_max else text[: length_max - 1] + "…"


def apart(value: object, length_max: int = 200) -> str:
    """An id for the hashed text: no separator, no control character, short."""
    return _APART.sub("_", harmless(str(value), length_max))


def json_text(value: object) -> str:
    """The one JSON text of a value: keys in order, no blanks, letters as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _luhn(number: str) -> bool:
    digits = [int(one) for one in number if one.isdigit()]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + doubled) % 10 == 0
