"""Stripe's refusals in our own words; a code without an entry gets the general one."""

_WORDS = {
    "authentication_required": (
        "Banka doğrulama istiyor; size gönderilen bağlantıdan onaylayın",
        "The bank wants you to confirm; use the link we send",
    ),
    "insufficient_funds": ("Kart limiti veya bakiye yetersiz", "Not enough funds on the card"),
    "expired_card": ("Kartın süresi dolmuş", "The card has expired"),
    "incorrect_cvc": ("Güvenlik kodu (CVC) hatalı", "The security code (CVC) is wrong"),
    "lost_card": ("Kart kayıp olarak bildirilmiş", "The card is reported lost"),
    "stolen_card": ("Kart çalıntı olarak bildirilmiş", "The card is reported stolen"),
    "fraudulent": ("Banka işlemi şüpheli buldu", "The bank suspects fraud"),
    "processing_error": ("Kart işlenemedi; biraz sonra deneyin", "The card could not be processed; try again later"),
    "charge_already_refunded": ("Bu ödeme zaten iade edilmiş", "This payment is refunded already"),
    "amount_too_large": ("Tutar çok büyük", "The amount is too large"),
    "amount_too_small": ("Tutar çok küçük", "The amount is too small"),
    "refund_above_remainder": ("İade tutarı kalan tutardan büyük", "The refund is above what remains"),
    "AuthenticationError": ("Stripe anahtarı geçersiz", "The Stripe key is not valid"),
    "PermissionError": ("Stripe anahtarının yetkisi yok", "The Stripe key has no right to do this"),
}
_GENERAL = ("Ödeme kabul edilmedi", "The payment was refused")


def decline_words(code: str) -> tuple[str, str]:
    """(Turkish, English) for a code of Stripe."""
    return _WORDS.get(code, _GENERAL)
