"""A document's state in words: short in lists, whole on its page with what it waits for and until when. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ebelge.core.clock import ISTANBUL
from ebelge.documents.answers.deadlines import answer_until, issuer_until, last_minute, left_words
from ebelge.documents.models import Document
from ebelge.documents.states import State

# Short, for lists and filters.
STATES: Final[dict[str, tuple[str, str]]] = {
    "accepted": ("İmza sırasında", "Waits for its seal"), "signed": ("Gönderim sırasında", "Waits for delivery"),
    "sent": ("GİB'e iletildi", "With GİB"), "unknown": ("Belirsiz, soruluyor", "Uncertain, being asked"),
    "delivered": ("Teslim edildi", "Delivered"), "undelivered": ("Teslim edilemedi", "Not delivered"),
    "refused": ("GİB reddetti", "Refused by GİB"), "given_up": ("Vazgeçildi", "Given up"),
    "withdrawn": ("Geri çekildi", "Withdrawn"), "cancelled": ("İptal edildi", "Cancelled"),
    "failed": ("İmzalanamadı", "Could not be signed"),
}  # fmt: skip
ANSWERS: Final[dict[str, tuple[str, str]]] = {
    "awaiting": ("Yanıt bekliyor", "Awaits its answer"), "accepted": ("Kabul", "Accepted"),
    "rejected": ("Ret", "Rejected"), "returned": ("İade", "Returned"), "partly": ("Kısmen kabul", "Accepted in part"),
    "assumed": ("Kabul sayıldı", "Taken as accepted"), "none": ("Yanıtlanmadı", "Not answered"),
}  # fmt: skip
_TONES: Final = {
    "accepted": "calm", "signed": "calm", "sent": "calm", "unknown": "wait", "delivered": "good", "undelivered": "bad",
    "refused": "bad", "failed": "bad",
}  # fmt: skip
_ANSWER_TONES: Final = {"rejected": "bad", "returned": "bad", "partly": "wait"}
_ON_PAPER: Final = ("earsiv", "emm", "esmm")
_ANSWERED: Final[dict[str, tuple[str, str]]] = {
    "accepted": ("Alıcı kabul etti.", "The buyer accepted it."),
    "rejected": ("Alıcı reddetti; belge hükümsüz.", "The buyer rejected it; it has no effect."),
    "returned": ("Alıcı iade etti.", "The buyer returned it."),
    "partly": ("Alıcı kısmen kabul etti.", "The buyer accepted it in part."),
    "assumed": (
        "Süresinde yanıt gelmedi; kabul edilmiş sayıldı.", "No answer came in time; it counts as accepted.",
    ),
}  # fmt: skip
_PLAIN: Final[dict[str, tuple[str, str]]] = {
    "accepted": ("Kabul edildi, imza sırasında.", "Accepted, waits for its seal."),
    "unknown": (
        "GİB'in alıp almadığı belirsiz; soruluyor, yanıt gelmeden yeniden gönderilmez.",
        "Whether GİB has it is uncertain; GİB is asked, and it is not sent again before it answers.",
    ),
    "undelivered": (
        "Alıcıya teslim edilemedi; yeniden gönderin ya da vazgeçin.",
        "It could not be delivered; send it again or give it up.",
    ),
    "refused": (
        "GİB reddetti, kontörü iade edildi; düzeltip gönderin.",
        "GİB refused it and its kontör came back; correct it and send it.",
    ),
    "given_up": ("Gönderimden vazgeçildi, kontörü iade edildi.", "It was given up and its kontör came back."),
    "withdrawn": (
        "Geri çekildi; kontörü serbest, numarası yeniden kullanılır.",
        "Withdrawn; its kontör is free and its number is used again.",
    ),
    "cancelled": ("İptal edildi; GİB'e raporla bildirilir.", "Cancelled; GİB is told with the report."),
    "failed": (
        "İmzalanamadı; kontörü serbest. Yeni bir belgeyle gönderin.",
        "It could not be signed; its kontör is free. Send it as a new document.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """A state in a sentence. `until`: the last minute in time for what is waited for; `left`: how long it is."""

    tone: str
    words: str
    until: datetime | None = None
    left: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside the row: when GİB is asked next, how the e-Arşiv report stands and by when it is due."""

    next_question_at: datetime | None = None
    report: str | None = None
    report_due: datetime | None = None


def in_short(document: Document, *, side: int) -> tuple[str, str]:
    """Words and tone for a list."""
    answer = document.buyer_answer
    if document.state == State.DELIVERED and answer is not None:
        return ANSWERS[answer][side], _ANSWER_TONES.get(answer, "good")
    if document.state == State.DELIVERED and document.profile == "TICARIFATURA":
        return ANSWERS["awaiting"][side], "wait"
    if document.superseded:
        return ("Düzeltildi", "Corrected")[side], "quiet"
    return STATES[document.state][side], _TONES.get(document.state, "quiet")


def at_length(document: Document, around: Around, *, at: datetime, side: int) -> Said:
    """The state in a sentence, with what is waited for and until when."""
    state, answer = State(document.state), document.buyer_answer
    tone = _TONES.get(state, "quiet")
    if document.superseded:
        words = ("Düzeltildi; numarasını yeni belge devraldı.", "Corrected; a new document took over its number.")
        return Said("quiet", words[side])
    if state is State.DELIVERED and answer is not None:
        return Said(_ANSWER_TONES.get(answer, "good"), _ANSWERED[answer][side])
    if document.kind in _ON_PAPER and state in (State.SIGNED, State.DELIVERED):
        return _issued(document, around, at, side)
    if state is State.SIGNED:
        return Said(tone, ("İmzalandı, GİB'e gönderim sırasında.", "Sealed, waits to be sent to GİB.")[side])
    if state is State.SENT:
        words = ("GİB'e iletildi, sonucu bekleniyor", "With GİB, its result is awaited")
        return Said(tone, words[side] + _asked_again(around.next_question_at, at, side))
    if state is State.DELIVERED:
        return _delivered(document, at, side)
    return Said(tone, _PLAIN[state][side])


def incoming(answer: str, until: datetime | None, profile: str, *, at: datetime, side: int) -> Said:
    """Where an incoming document stands, with the time left to answer it."""
    if answer != "none":
        words = {
            "accepted": ("Kabul ettiniz.", "You accepted it."), "rejected": ("Reddettiniz.", "You rejected it."),
            "returned": ("İade ettiniz.", "You returned it."),
            "partly": ("Kısmen kabul ettiniz.", "You accepted it in part."),
            "assumed": _ANSWERED["assumed"],
        }  # fmt: skip
        return Said(_ANSWER_TONES.get(answer, "good"), words[answer][side])
    if until is None:
        words_of = {
            "TEMELFATURA": (
                "Temel fatura yanıtlanmaz; yanlışsa aşağıdaki yollar açıktır.",
                "A basic invoice is not answered; if it is wrong, the ways below are open.",
            )
        }
        plain = ("Bu belgeye yanıt verilmez.", "This document is not answered.")
        return Said("quiet", words_of.get(profile, plain)[side])
    if at >= until:
        over = ("Yanıt süresi doldu; kabul edilmiş sayılır.", "The time to answer is over; it counts as accepted.")
        return Said("quiet", over[side])
    return _until("wait", ("Yanıtınız bekleniyor", "Your answer is awaited"), until, at, side)


def minute(instant: datetime) -> str:
    """Day and minute in Istanbul."""
    return instant.astimezone(ISTANBUL).strftime("%d.%m.%Y %H:%M")


def _delivered(document: Document, at: datetime, side: int) -> Said:
    if document.kind == "eirsaliye" and document.final_at is not None:
        until = answer_until(document.final_at, kind="eirsaliye")
        if at < until:
            words = (
                "Alıcıya teslim edildi, irsaliye yanıtı verebilir",
                "Delivered, the buyer may send a receipt advice",
            )
            return _until("good", words, until, at, side)
    if document.profile == "TICARIFATURA" and document.final_at is not None:
        until = issuer_until(document.final_at)
        if at < until:
            words = ("Alıcıya teslim edildi, yanıtı bekleniyor", "Delivered, the buyer's answer is awaited")
            return _until("wait", words, until, at, side)
        over = (
            "Yanıt süresi doldu; kabul edilmiş sayılacak.",
            "The time to answer is over; it will count as accepted.",
        )
        return Said("good", over[side])
    return Said("good", ("Alıcıya teslim edildi.", "It was delivered to the buyer.")[side])


def _issued(document: Document, around: Around, at: datetime, side: int) -> Said:
    there = document.state == State.DELIVERED
    by_mail = ("Düzenlendi, e-postayla iletildi", "Issued, passed on by mail")
    ready = ("Düzenlendi, teslime hazır", "Issued, ready to hand over")
    on_its_way = ("Düzenlendi, e-postası gönderiliyor", "Issued, its mail is on its way")
    start = (by_mail if document.channel == "mail" else ready) if there else on_its_way
    if around.report == "reported":
        return Said("good", start[side] + ("; GİB'e raporlandı.", "; reported to GİB.")[side])
    if around.report == "stuck":
        return Said("bad", start[side] + ("; raporlanamadı, bakıyoruz.", "; it could not be reported, we look.")[side])
    if around.report == "pending" and around.report_due is not None:
        words = tuple(
            one + two for one, two in zip(start, ("; GİB raporu bekleniyor", "; its report awaited"), strict=True)
        )
        last = around.report_due
        late = last <= at
        until = (f"en geç {minute(last)}", f"at the latest {minute(last)}")[side]
        left = ("süre doldu", "time is over")[side] if late else left_words(last, at)[side]
        return Said("bad" if late else "calm", f"{words[side]}; {until}.", last, left)
    return Said("good" if there else "calm", f"{start[side]}.")


def _asked_again(next_at: datetime | None, at: datetime, side: int) -> str:
    if next_at is None or next_at <= at:
        return ("; şimdi soruluyor.", "; being asked now.")[side]
    return (f"; {minute(next_at)} yeniden sorulacak.", f"; asked again at {minute(next_at)}.")[side]


def _until(tone: str, words: tuple[str, str], until: datetime, at: datetime, side: int) -> Said:
    last = last_minute(until)
    end = (f"en geç {minute(last)}", f"at the latest {minute(last)}")[side]
    return Said(tone, f"{words[side]}; {end}.", last, left_words(until, at)[side])
