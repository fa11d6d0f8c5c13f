"""Sentences about kontör: what there is, how long it lasts, what expires. Endings follow the last word spoken."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from billing.expiry.forecast import Forecast
from billing.models.orders import KontorOrder
from billing.orders.states import CREDITED, WORDS, OrderState
from ebelge.core.clock import istanbul_date
from ebelge.web.filters import number

MONTHS: Final = (
    ("Ocak", "ta", "January"), ("Şubat", "ta", "February"), ("Mart", "ta", "March"), ("Nisan", "da", "April"),
    ("Mayıs", "ta", "May"), ("Haziran", "da", "June"), ("Temmuz", "da", "July"), ("Ağustos", "ta", "August"),
    ("Eylül", "de", "September"), ("Ekim", "de", "October"), ("Kasım", "da", "November"), ("Aralık", "ta", "December"),
)  # fmt: skip
# Schemes of cards as gateways write them, without marks between the letters.
_BRANDS: Final = {
    "visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "americanexpress": "American Express",
    "troy": "Troy", "maestro": "Maestro",
}  # fmt: skip
# How the genitive with a possessive ("200'ünün") goes on after the last word of a number that is read aloud.
_UNITS: Final = ("", "inin", "sinin", "ünün", "ünün", "inin", "sının", "sinin", "inin", "unun")
_TENS: Final = ("", "unun", "sinin", "unun", "ının", "sinin", "ının", "inin", "inin", "ının")
_GREAT: Final = ((1000, "ünün"), (10**6, "inin"), (10**9, "unun"))
ORDER_TONES: Final = {
    OrderState.CREDITED: "good", OrderState.FAILED: "bad", OrderState.CHARGED_BACK: "bad", OrderState.DISPUTED: "bad",
    OrderState.EXPIRED: "quiet", OrderState.CANCELLED: "quiet", OrderState.REFUNDED: "calm",
    OrderState.PARTIALLY_REFUNDED: "calm",
}  # fmt: skip
METHODS: Final = {
    "iyzico": ("Kart (iyzico)", "Card (iyzico)"), "stripe": ("Kart (Stripe)", "Card (Stripe)"),
    "bank": ("Havale / EFT", "Bank transfer"), "open_account": ("Açık hesap", "Open account"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loss:
    """Kontör that will expire unused at the pace of now: how many, and their last day."""

    kontor: int
    last_day: date


def possessed(count: int) -> str:
    """A number with the ending of "of them": 200 -> "200'ünün", 1.250 -> "1.250'sinin"."""
    ending = _UNITS[count % 10] or _TENS[count // 10 % 10]
    if not ending:
        ending = next((words for size, words in _GREAT if count % size), "ının")
    return f"{number(count)}'{ending}"


def on_day(day: date, *, turkish: bool, today: date) -> str:
    """A day inside a sentence: "18 Ocak'ta", with its year where that is another."""
    tr, ending, en = MONTHS[day.month - 1]
    year = day.year != today.year
    if turkish:
        return f"{day.day} {tr} {day.year} günü" if year and day.month == today.month else f"{day.day} {tr}'{ending}"
    return f"on {day.day} {en}" + (f" {day.year}" if year and day.month == today.month else "")


def last_day(expires_at: datetime) -> date:
    """The last Istanbul day on which kontör with this expiry can be spent (TRADE.md 8: 31 August gives 28 February)."""
    return istanbul_date(expires_at - timedelta(microseconds=1))


def first_loss(told: Forecast) -> Loss | None:
    """What expires first without being used; None: nothing does."""
    lost = [lot for lot in told.lots if lot.will_expire]
    if not lost:
        return None
    first = min(lot.expires_at for lot in lost)
    return Loss(sum(lot.will_expire for lot in lost if lot.expires_at == first), last_day(first))


def sentence(told: Forecast, *, turkish: bool) -> str:
    """What there is, how long it lasts at the pace of now, what expires: one sentence."""
    if not told.spendable:
        return "Kullanılabilir kontörünüz yok." if turkish else "You have no kontör to spend."
    parts = [part for part in (_lasts(told, turkish), _loses(told, turkish)) if part]
    head = f"{number(told.spendable)} kontörünüz var" if turkish else f"You have {number(told.spendable)} kontör"
    return f"{head}; {', '.join(parts)}."


def _lasts(told: Forecast, turkish: bool) -> str:
    if not told.pace.used_kontor:
        return "son dört haftada hiç kullanılmadı" if turkish else "none was used in the last four weeks"
    if told.empty_because != "used":
        return "bu hızla tamamı kullanılmaz" if turkish else "at this pace not all are used"
    days = (told.empty_at - told.at).days
    if not days:
        return "bu hızla bir gün bile yetmez" if turkish else "at this pace it lasts less than a day"
    if turkish:
        return f"bu hızla {number(days)} gün yeter"
    return f"at this pace it lasts {number(days)} day{'' if days == 1 else 's'}"


def _loses(told: Forecast, turkish: bool) -> str:
    loss = first_loss(told)
    if loss is None:
        return ""
    day = on_day(loss.last_day, turkish=turkish, today=istanbul_date(told.at))
    if loss.kontor == told.spendable:
        return f"{day} tamamının süresi doluyor" if turkish else f"all of it expires {day}"
    if turkish:
        return f"{day} {possessed(loss.kontor)} süresi doluyor"
    return (
        f"{number(loss.kontor)} of them expires {day}"
        if loss.kontor == 1
        else f"{number(loss.kontor)} of them expire {day}"
    )


def order_state(order: KontorOrder, side: int) -> tuple[str, str]:
    """How an order stands: tone and words."""
    state = OrderState(order.state)
    owed = state in CREDITED and order.paid_at is None
    words = WORDS[state][side]
    if owed and state is OrderState.CREDITED:
        words += (", ödenecek", ", to be paid")[side]
    return ORDER_TONES.get(state, "wait") if not owed else "wait", words


def card(brand: str, last_four: str) -> str:
    """A saved card as people know it: "Mastercard •••• 0008". A scheme without a name stays as it is written."""
    known = _BRANDS.get("".join(letter for letter in brand if letter.isalpha()).casefold(), brand)
    return f"{known} •••• {last_four}"
