"""How pages write figures: Turkish formats in both languages, Istanbul time, thin spaces in long numbers."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from flask import Flask

from ebelge.core.clock import ISTANBUL
from ebelge.core.money import count_text, lira_text
from ebelge.web.trade_words import FILTERS

THIN = "\u2009"
_LONG_MINUTES = 30 * 24 * 60


def register(app: Flask) -> None:
    """Give templates their filters."""
    for written in (minute, day, last_day, number, quantity, lira, unit_price, spaced, left, *FILTERS):
        app.jinja_env.filters[written.__name__] = written


def minute(instant: datetime) -> str:
    """An instant as people read it: day and minute in Istanbul."""
    return instant.astimezone(ISTANBUL).strftime("%d.%m.%Y %H:%M")


def day(value: date | datetime) -> str:
    """A day; of an instant, its day in Istanbul."""
    at = value.astimezone(ISTANBUL).date() if isinstance(value, datetime) else value
    return at.strftime("%d.%m.%Y")


def last_day(until: datetime) -> str:
    """The last day before an instant that is the first too late (kontör expires at 00:00 of the day after)."""
    return day(until - timedelta(seconds=1))


def number(count: int) -> str:
    """A whole number by thousands: 12345 -> "12.345"."""
    return count_text(count).replace("-", "\u2212")


def quantity(count: Decimal) -> str:
    """A quantity as one writes it, without zeros behind: 1250.500 -> "1.250,5"."""
    whole, _, places = f"{count.normalize():f}".partition(".")
    return number(int(whole)) + (f",{places}" if places else "")


def lira(amount_kurus: int, currency: str = "TRY") -> str:
    """Kuruş with their currency: 123456 -> "1.234,56 ₺"."""
    return f"{lira_text(amount_kurus).replace('-', chr(0x2212))}\u00a0{'₺' if currency == 'TRY' else currency}"


def unit_price(price: Decimal, currency: str = "TRY") -> str:
    """A price of one, with at least two places: 12500 -> "12.500,00 ₺", 0.1234 -> "0,1234 ₺"."""
    whole, _, places = f"{price.normalize():f}".partition(".")
    return f"{number(int(whole))},{places.ljust(2, '0')}\u00a0{'₺' if currency == 'TRY' else currency}"


def spaced(digits: str) -> str:
    """A VKN or TCKN in groups of three that the eye can hold."""
    text = str(digits)
    return THIN.join(text[start : start + 3] for start in range(0, len(text), 3)) if text.isdigit() else text


def left(until: datetime, now: datetime, language: str) -> str:
    """How long it is until then, in the two largest units, from 30 days on in days; in the past: how long ago."""
    minutes = int((until - now).total_seconds() // 60)
    past, minutes = minutes < 0, abs(minutes)
    turkish = language == "tr"
    units = ((minutes // 1440, "gün", "d"), (minutes // 60 % 24, "sa", "h"), (minutes % 60, "dk", "min"))
    shown = units[:1] if minutes >= _LONG_MINUTES else units  # nobody plans a month ahead by the hour
    named = [f"{number(count)} {tr if turkish else en}" for count, tr, en in shown if count][:2]
    words = " ".join(named) or ("1 dakikadan az" if turkish else "less than a minute")
    if not past:
        return words
    return f"{words} önce" if turkish else f"{words} ago"
