"""iyzico's error codes in our own words, and what each means for the call that got it.

Source: iyzico's list of error codes. "Retry" in that list means that the payer may try again, never that the same
request may be sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from billing.payments.errors import GatewayBusy, GatewayRefused, GatewayUnavailable, PaymentUnknown


class Meaning(Enum):
    """How a code is to be taken."""

    CARD = auto()  # the card or its bank said no; the payer may try another
    FINAL = auto()  # the card is of no use: stolen, fraud
    BANK_UNKNOWN = auto()  # trouble between iyzico and the bank: money may have moved
    OURS = auto()  # our request, our keys, our contract
    BUSY = auto()
    NOT_THERE = auto()


@dataclass(frozen=True, slots=True)
class ErrorText:
    """One code's meaning and words."""

    meaning: Meaning
    tr: str
    en: str


_BANK = ErrorText(
    Meaning.BANK_UNKNOWN,
    "Bankadan yanıt alınamadı; ödemenin sonucu kontrol ediliyor",
    "The bank did not answer; the outcome of the payment is being checked",
)
_TABLE: dict[str, ErrorText] = {
    "10051": ErrorText(Meaning.CARD, "Kart limiti veya bakiye yetersiz", "Not enough funds on the card"),
    "10005": ErrorText(Meaning.CARD, "Banka işlemi onaylamadı", "The bank did not approve the payment"),
    "10012": ErrorText(Meaning.CARD, "Banka işlemi geçersiz saydı", "The bank holds the transaction invalid"),
    "10041": ErrorText(Meaning.FINAL, "Kart kayıp olarak bildirilmiş", "The card is reported lost"),
    "10043": ErrorText(Meaning.FINAL, "Kart çalıntı olarak bildirilmiş", "The card is reported stolen"),
    "10054": ErrorText(Meaning.CARD, "Kartın son kullanma tarihi hatalı veya geçmiş", "The card has expired"),
    "10084": ErrorText(Meaning.CARD, "Güvenlik kodu (CVC) hatalı", "The security code (CVC) is wrong"),
    "10057": ErrorText(Meaning.CARD, "Kart sahibi bu işlemi yapamaz", "The cardholder may not make this payment"),
    "10058": ErrorText(Meaning.CARD, "Bu üye iş yerinde işleme izin yok", "Not permitted at this merchant"),
    "10034": ErrorText(Meaning.FINAL, "Banka işlemi şüpheli buldu", "The bank suspects fraud"),
    "10093": ErrorText(
        Meaning.CARD,
        "Kart internet alışverişine kapalı; bankanızdan açtırabilirsiniz",
        "The card is closed to payments on the internet; the bank can open it",
    ),
    "10209": ErrorText(Meaning.FINAL, "Kart kapatılmış", "The card is blocked"),
    "10217": ErrorText(
        Meaning.CARD, "Banka kartı yalnız 3D Secure ile kullanılabilir", "A debit card needs 3-D Secure"
    ),
    "10218": ErrorText(Meaning.CARD, "Banka kartıyla taksit yapılamaz", "A debit card cannot pay in instalments"),
    "10222": ErrorText(Meaning.CARD, "Bu kart taksitli işleme kapalı", "No instalments with this card here"),
    "10224": ErrorText(Meaning.CARD, "Kartın günlük veya adet limiti dolmuş", "A limit of the card is reached"),
    "10225": ErrorText(Meaning.CARD, "Kartın kullanımı kısıtlanmış", "The card is restricted"),
    "10214": _BANK, "10216": _BANK, "10219": _BANK, "10228": _BANK,
    "10240": _BANK, "10241": _BANK, "10242": _BANK, "10246": _BANK,
    "1000": ErrorText(Meaning.OURS, "İstek imzası kabul edilmedi", "The signature of the request was refused"),
    "1001": ErrorText(Meaning.OURS, "API anahtarı bu ortamda tanımlı değil", "The API key is unknown here"),
    "3": ErrorText(Meaning.OURS, "E-posta adresi eksik", "The e-mail address is missing"),
    "8": ErrorText(Meaning.OURS, "Kimlik numarası eksik", "The identity number is missing"),
    "12": ErrorText(Meaning.CARD, "Kart numarası hatalı", "The card number is wrong"),
    "3005": ErrorText(Meaning.OURS, "Kayıtlı kart bulunamadı", "The saved card's owner is unknown"),
    "5062": ErrorText(Meaning.OURS, "Sepet toplamı tutara eşit değil", "The basket does not sum to the price"),
    "5184": ErrorText(Meaning.CARD, "Türk kartlarıyla dövizle ödeme yapılamaz", "Turkish cards pay in lira only"),
    "5266": ErrorText(
        Meaning.OURS, "Bu üye iş yeri için ödeme bazında iade kapalı", "No refund by payment for this merchant"
    ),
    "9000": ErrorText(Meaning.OURS, "Üye iş yeri hesabı durdurulmuş", "The merchant account is frozen"),
    "50000": ErrorText(Meaning.BUSY, "İstek sınırı aşıldı; biraz sonra yinelenecek", "Too many requests; tried later"),
    "100001": ErrorText(
        Meaning.BANK_UNKNOWN, "Ödeme kuruluşunda hata; sonuç kontrol ediliyor", "The provider has a system error"
    ),
    # Seen in another client's tests only, not in iyzico's list:
    "5057": ErrorText(Meaning.OURS, "İptal edilecek tutar yok", "There is nothing to cancel"),
    "5118": ErrorText(Meaning.OURS, "İade tutarı kalan tutardan büyük", "The refund is above what remains"),
    "5126": ErrorText(Meaning.OURS, "Kayıtlı kart sahibi bulunamadı", "The saved card's owner is unknown"),
    "5128": ErrorText(Meaning.OURS, "Kayıtlı kart bulunamadı", "The saved card is unknown"),
    "5152": ErrorText(Meaning.NOT_THERE, "Ödeme bulunamadı", "The payment is unknown"),
}  # fmt: skip
_GROUPS = {
    "NOT_SUFFICIENT_FUNDS": "10051", "DO_NOT_HONOUR": "10005", "INVALID_TRANSACTION": "10012", "LOST_CARD": "10041",
    "STOLEN_CARD": "10043", "EXPIRED_CARD": "10054", "INVALID_CVC2": "10084", "FRAUD_SUSPECT": "10034",
    "NOT_PERMITTED_TO_CARDHOLDER": "10057", "NOT_PERMITTED_TO_TERMINAL": "10058", "RESTRICTED_BY_LAW": "10093",
    "BLOCKED_CARD": "10209", "DEBIT_CARDS_REQUIRES_3DS": "10217", "DEBIT_CARDS_INSTALLMENT_NOT_ALLOWED": "10218",
}  # fmt: skip
_OTHER = ErrorText(Meaning.CARD, "Ödeme kabul edilmedi", "The payment was refused")


def error_text(code: str, group: str = "") -> ErrorText:
    """Meaning and words of a failure: by its group where iyzico gives a known one, else by its code."""
    return _TABLE.get(_GROUPS.get(group, code), _TABLE.get(code, _OTHER))


def known_codes() -> Mapping[str, ErrorText]:
    """Every code that has words of its own."""
    return dict(_TABLE)


def failure(answer: Mapping[str, Any]) -> GatewayRefused | GatewayUnavailable:
    """The exception that an answer with `status` failure is."""
    code = str(answer.get("errorCode") or "")
    text = error_text(code, str(answer.get("errorGroup") or ""))
    if text.meaning is Meaning.BANK_UNKNOWN:
        return GatewayUnavailable(text.tr, text.en, gateway_code=code)
    if text.meaning is Meaning.BUSY:
        return GatewayBusy(code, text.tr, text.en)
    if text.meaning is Meaning.NOT_THERE:
        return PaymentUnknown(code, text.tr, text.en)
    return GatewayRefused(
        code,
        text.tr,
        text.en,
        ours=text.meaning is Meaning.OURS,
        payer_may_retry=text.meaning is Meaning.CARD,
    )
