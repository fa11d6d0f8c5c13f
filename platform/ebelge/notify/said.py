"""What a letter says, and how facts are written in it. Facts are integers, words and ISO instants."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from ebelge.core.clock import ISTANBUL
from ebelge.core.money import lira_text

Language = Literal["tr", "en"]
Facts = Mapping[str, Any]
# Whom a letter is for: the people of an account, a person with a login, whoever typed this address into a form, or
# somebody whom an account invites.
Reader = Literal["account", "person", "form", "invited"]


@dataclass(frozen=True)
class Words:
    """What a letter says in one language. `rows`: name and value; `button`: what the link is called."""

    subject: str
    says: str
    advice: str = ""
    rows: list[tuple[str, str]] = field(default_factory=list)
    button: str = ""


def day(text: str) -> str:
    """The Istanbul day of an ISO instant, as people write it."""
    return datetime.fromisoformat(text).astimezone(ISTANBUL).strftime("%d.%m.%Y")


def written(text: str) -> str:
    """A day as people write it: 2026-11-28 -> 28.11.2026."""
    return date.fromisoformat(text).strftime("%d.%m.%Y")


def last_day(text: str) -> str:
    """The last whole Istanbul day before an expiry."""
    return (datetime.fromisoformat(text) - timedelta(microseconds=1)).astimezone(ISTANBUL).strftime("%d.%m.%Y")


def minute(text: str) -> str:
    """The Istanbul day and time of an ISO instant."""
    return datetime.fromisoformat(text).astimezone(ISTANBUL).strftime("%d.%m.%Y %H:%M")


def count(number: int) -> str:
    """A number with dots between thousands."""
    return f"{number:,}".replace(",", ".")


def lira(kurus: int) -> str:
    """An amount in lira."""
    return f"{lira_text(kurus)} TL"
