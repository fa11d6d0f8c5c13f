"""Words of the finance pages, Turkish and English: terms of kontör, sources of lots, states and their tones."""

from typing import Final

from ebelge.edge.languages import language

Pair = tuple[str, str]
COLUMNS: Final[dict[str, Pair]] = {
    "money": ("Tahsilat", "Payments"),
    "kontor": ("Kontör", "Kontör"),
    "documents": ("Belge", "Documents"),
}
WITNESSES: Final[dict[str, Pair]] = {
    "payments_kurus": ("Gelen ödemeler", "Payments that came in"),
    "orders_kurus": ("Ödenen siparişler", "Orders that were paid"),
    "moved_kontor": ("Hareketlerin toplamı", "Sum of all movements"),
    "wallets_kontor": ("Cüzdanların toplamı", "Sum of all wallets"),
    "documents_kontor": ("İmzalı belgelerin kontörü", "Kontör of signed documents"),
    "charges_kontor": ("Kullanılan kontör", "Kontör that were used"),
}
TERMS: Final[dict[str, Pair]] = {
    "bought": ("Satın alınan", "Bought"),
    "given": ("Verilen (hediye, düzeltme, açılış)", "Given (bonus, goodwill, opening)"),
    "received": ("Aktarımla gelen", "Received"),
    "restored": ("Geri verilen", "Restored"),
    "consumed": ("Kullanılan", "Consumed"),
    "expired": ("Süresi dolan", "Expired"),
    "voided": ("İptal edilen", "Voided"),
    "passed": ("Aktarılan", "Passed on"),
}
SOURCES: Final[dict[str, Pair]] = {
    "payment": ("Ödeme", "Payment"),
    "receivable": ("Açık hesap", "Open account"),
    "bonus": ("Hediye", "Bonus"),
    "goodwill": ("Düzeltme ya da jest", "Correction or goodwill"),
    "opening": ("Açılış", "Opening"),
    "received": ("Aktarımla geldi", "Received from another"),
    "grace": ("Ek süre", "Grace"),
}
ENTRIES: Final[dict[str, Pair]] = {
    "granted": ("yüklendi", "credited"),
    "received": ("aktarımla geldi", "received"),
    "reserved": ("ayrıldı", "held"),
    "captured": ("kullanıldı", "used"),
    "released": ("ayırma kalktı", "released"),
    "restored": ("geri verildi", "given back"),
    "expired": ("süresi doldu", "expired"),
    "passed": ("aktarıldı", "passed on"),
    "frozen": ("donduruldu", "frozen"),
    "thawed": ("çözüldü", "thawed"),
    "voided": ("iptal edildi", "voided"),
}
CHARGES: Final[dict[str, tuple[str, str, str]]] = {
    "held": ("ayrıldı", "held", "wait"),
    "captured": ("kullanıldı", "used", "good"),
    "released": ("ayırma kalktı", "released", "quiet"),
    "restored": ("geri verildi", "given back", "calm"),
}
ORDERS: Final[dict[str, tuple[str, str, str]]] = {
    "draft": ("ödeme bekliyor", "to be paid", "wait"),
    "pending": ("ödeme bekleniyor", "payment awaited", "wait"),
    "in_review": ("ödeme inceleniyor", "payment under review", "wait"),
    "failed": ("ödeme başarısız", "payment failed", "bad"),
    "expired": ("süresi doldu", "expired", "quiet"),
    "cancelled": ("iptal edildi", "cancelled", "quiet"),
    "credited": ("kontör yüklendi", "credited", "good"),
    "partially_refunded": ("kısmen iade edildi", "partly refunded", "calm"),
    "refunded": ("iade edildi", "refunded", "calm"),
    "disputed": ("itiraz edildi", "disputed", "wait"),
    "charged_back": ("banka geri aldı", "charged back", "bad"),
}
METHODS: Final[dict[str, Pair]] = {
    "iyzico": ("iyzico", "iyzico"),
    "stripe": ("Stripe", "Stripe"),
    "bank": ("Havale", "Bank transfer"),
    "open_account": ("Açık hesap", "Open account"),
}
_MARKS: Final[dict[str, Pair]] = {
    "system": ("Ebelge", "Ebelge"),
    "matching": ("eşleştirme", "matching"),
    "night": ("gece", "night"),
}
INVOICES: Final[dict[str, Pair]] = {
    "none": ("fatura yok", "no invoice"),
    "wanted": ("fatura bekliyor", "invoice awaited"),
    "issued": ("faturalandı", "invoiced"),
    "cancelled": ("fatura iptal", "invoice cancelled"),
}
ATTEMPTS: Final[dict[str, tuple[str, str, str]]] = {
    "started": ("başladı", "started", "wait"),
    "pending": ("sürüyor", "under way", "wait"),
    "in_review": ("inceleniyor", "under review", "wait"),
    "unknown": ("belirsiz (soruluyor)", "unknown (being asked)", "wait"),
    "disagreed": ("siparişle uyuşmuyor", "disagrees with the order", "bad"),
    "succeeded": ("başarılı", "succeeded", "good"),
    "failed": ("başarısız", "failed", "bad"),
    "expired": ("süresi doldu", "expired", "quiet"),
}
REFUNDS: Final[dict[str, tuple[str, str, str]]] = {
    "awaiting_return_invoice": ("iade belgesi bekleniyor", "return document awaited", "wait"),
    "ready": ("gönderilecek", "about to be sent", "wait"),
    "sent": ("gönderildi", "sent", "wait"),
    "unknown": ("belirsiz (soruluyor)", "unknown (being asked)", "wait"),
    "to_transfer": ("havale bekliyor", "to be transferred", "wait"),
    "done": ("iade edildi", "refunded", "good"),
    "failed": ("başarısız", "failed", "bad"),
    "cancelled": ("iptal edildi", "called off", "quiet"),
}
LINES: Final[dict[str, tuple[str, str, str]]] = {
    "new": ("eşleşmedi", "not matched", "wait"),
    "proposed": ("öneri var", "proposed", "wait"),
    "decided": ("karar verildi", "decided", "calm"),
    "credited": ("yüklendi", "credited", "good"),
    "to_refund": ("geri gönderilecek", "to be sent back", "wait"),
    "refunded": ("geri gönderildi", "sent back", "quiet"),
    "ignored": ("yok sayıldı", "set aside", "quiet"),
}
DECISIONS: Final[dict[str, tuple[str, str, str]]] = {
    "asked": ("ikinci kişi bekleniyor", "waits for a second person", "wait"),
    "approved": ("onaylandı", "approved", "calm"),
    "credited": ("yerine getirildi", "carried out", "good"),
    "refused": ("vazgeçildi", "dropped", "quiet"),
    "reversed": ("geri alındı", "taken back", "bad"),
}
BREAK_TONES: Final = {"open": "bad", "explained": "quiet", "resolved": "good"}
BREAK_STATES: Final[dict[str, Pair]] = {
    "open": ("açık", "open"),
    "explained": ("açıklandı", "explained"),
    "resolved": ("kapatıldı", "resolved"),
}

TAX_WAYS: Final[dict[str, Pair]] = {
    "iade_faturasi": ("İade faturası", "Return invoice"),
    "cancel_invoice": ("Faturanın iptali", "The invoice cancelled"),
    "gider_pusulasi": ("Gider pusulası", "Gider pusulası"),
}
DEBTS: Final[dict[str, Pair]] = {
    "open_account": ("Açık hesap", "Open account"),
    "chargeback": ("Geri alınan ödeme", "Chargeback"),
    "emergency": ("Acil kontör", "Emergency kontör"),
}
DEBT_STATES: Final[dict[str, Pair]] = {
    "open": ("açık", "open"),
    "settled": ("kapandı", "settled"),
    "written_off": ("silindi", "written off"),
}
COMMISSION: Final[dict[str, Pair]] = {
    "accrued": ("Hakediş", "Accrued"),
    "reversed": ("İptal", "Reversed"),
    "paid": ("Ödeme", "Paid"),
}


def side() -> int:
    """Which of a pair the reader gets."""
    return 0 if language() == "tr" else 1


def of_mark(mark: str) -> str:
    """How a row's mark reads that names no person: the service itself, the matching, an API key; others as they are."""
    kind, _, name = mark.partition(":")
    if kind == "key" and name:
        return f"{('API anahtarı', 'API key')[side()]} {name}"
    words = _MARKS.get(mark)
    return words[side()] if words else mark


def all_words() -> dict[str, object]:
    """Everything above, for templates."""
    return {
        "n": side(), "columns": COLUMNS, "witnesses": WITNESSES, "term_names": TERMS, "sources": SOURCES,
        "entry_names": ENTRIES, "charge_states": CHARGES, "order_states": ORDERS, "methods": METHODS,
        "invoice_states": INVOICES, "attempt_states": ATTEMPTS, "refund_states": REFUNDS, "line_states": LINES,
        "decision_states": DECISIONS, "break_states": BREAK_STATES, "break_tones": BREAK_TONES,
        "tax_ways": TAX_WAYS, "debt_kinds": DEBTS,
    }  # fmt: skip
