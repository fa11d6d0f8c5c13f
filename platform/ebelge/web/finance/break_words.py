"""Kinds of breaks as the desk reads them: title, suspected cause, what to do. Titles of what reconciliation finds stand
with its kinds; those of what settlement and gateways find stand here.
"""

from typing import Final

from billing.reconciliation.kinds import KINDS
from ebelge.edge.break_desk import Entry
from ebelge.web.finance.words import Pair, side

_OTHERS: Final[dict[str, Pair]] = {
    "payment_disagrees": ("Gelen ödeme siparişle uyuşmuyor", "A payment disagrees with its order"),
    "payment_claimed_twice": ("Ödeme başka bir siparişe ait", "A payment belongs to another order"),
    "second_payment": ("Sipariş ikinci kez ödenmiş", "An order was paid a second time"),
    "payment_after_end": ("Sipariş bittikten sonra ödeme geldi", "A payment came after the order had ended"),
    "payment_for_closed_tenant": ("Kapanmış hesap için ödeme geldi", "A payment came for a closed account"),
    "payment_unreadable": ("Ödemenin sonucu okunamıyor", "The outcome of a payment cannot be read"),
    "payment_untrusted": ("Ödeme bildirimi doğrulanamadı", "A payment's notice could not be verified"),
    "notice_unplaced": ("Bildirimin siparişi bulunamadı", "A notice whose order was not found"),
    "return_invoice_came": ("Alıcıdan iade faturası geldi", "A buyer's return invoice came"),
    "refund_outside": ("İade bizim dışımızda yapılmış", "A refund was made outside"),
    "refunded_and_charged_back": ("Hem iade edilmiş hem geri alınmış", "Refunded and charged back, both"),
    "chargeback_took_more": ("Banka ödemeden fazlasını geri aldı", "The bank took back more than was paid"),
    "dispute_needs_person": ("İtiraz bir karar bekliyor", "A dispute waits for a decision"),
    "dispute_won_after_void": ("Kazanılan itirazın kontörü iptal edilmişti",
                               "A dispute was won after its kontör were voided"),
}  # fmt: skip
_CAUSES: Final[dict[str, Pair]] = {
    "payment_without_lot": ("Ödeme işlenirken yükleme yarım kalmış ya da lot silinmiş.",
                            "Crediting stopped half way, or the lot was removed."),
    "lot_without_source": ("Lot dışarıdan yazılmış ya da ödemesi silinmiş.",
                           "The lot was written from outside, or its payment was removed."),
    "lot_differs_from_source": ("Lotun adedi ya da fiyatı sonradan değişmiş.",
                                "The lot's number or price was changed later."),
    "order_without_lot": ("Siparişin durumu değişmiş, lotu yazılmamış.", "The order moved on without its lot."),
    "order_without_money": ("Sipariş ödeme kaydı olmadan yüklenmiş.", "The order was credited without a payment."),
    "payment_differs_from_order": ("Kuruluş farklı tutar bildirmiş ya da kayıt değişmiş.",
                                   "Another amount was told, or the row was changed."),
    "payment_in_two_places": ("Aynı ödeme kimliği iki kez işlenmiş.", "One payment id was entered twice."),
    "order_paid_twice": ("Alıcı iki yoldan ödemiş.", "The buyer paid in two ways."),
    "order_without_invoice": ("Fatura işi bekliyor ya da ölü mesajda.", "The invoice job waits, or is dead."),
    "invoice_differs_from_order": ("Fatura elle ya da eski tutarla kesilmiş.",
                                   "The invoice was made by hand or with an old amount."),
    "receivable_overdue": ("Müşteri vadesinde ödemedi.", "The customer has not paid in time."),
    "gateway_payment_unknown": ("Bildirim gelmedi ya da siparişi bulunamadı.",
                                "The notice was lost, or its order was not found."),
    "payment_not_in_gateway_list": ("Liste eksik alınmış ya da ödeme ertesi güne yazılmış.",
                                    "The list was incomplete, or the payment is in the next day's."),
    "refund_waits": ("Alıcının iade belgesi ya da bizim havalemiz bekleniyor.",
                     "The buyer's document or our transfer is awaited."),
    "bank_line_waits": ("Açıklamada sipariş numarası yok ya da tutar farklı.",
                        "No order number in the text, or another amount."),
    "signed_without_charge": ("İmza ile ücret arasında süreç kesilmiş.", "A process stopped between seal and charge."),
    "charged_without_signature": ("Ücret alınmış, belge imzaya varmamış.", "Charged before the document was sealed."),
    "held_too_long": ("Belgenin işi takılmış.", "The document's job is stuck."),
    "charge_without_document": ("Belge silinmiş ya da ücret elle yazılmış.",
                                "The document was removed, or the charge was written by hand."),
    "roll_forward_differs": ("Cüzdan ya da lot, hareket olmadan değişmiş.",
                             "A wallet or lot was changed without an entry."),
    "lot_price_differs": ("Lotun fiyatı ya da kalanı hareketsiz değişmiş.",
                          "A lot's price or rest was changed without an entry."),
    "commission_missing": ("Komisyon işi bekliyor ya da ölü mesajda.", "The commission job waits, or is dead."),
    "return_invoice_came": ("Alıcı bir iade faturası kesti; bekleyen bir kontör iadesinin belgesi olabilir.",
                            "The buyer sent a return invoice; it may be what a refund waits for."),
    "frozen_without_cause": ("Dondurma, nedeni kapanınca kalkmamış.", "The freeze outlived its cause."),
}  # fmt: skip
_MENDS: Final[dict[str, Pair]] = {
    "return_invoice_came": ("İadeyi bu faturayla onaylayın ya da iadeyle ilgisi olmadığını yazın.",
                            "Confirm the refund with it, or write that it is none of it."),
}  # fmt: skip
_UNKNOWN: Final[Pair] = ("Kayıtlar karşılaştırılınca görülür.", "Seen when the records are compared.")
ENTRIES: Final[dict[Entry, Pair]] = {
    "grant": ("Eksik kontörü düzeltme kaydıyla verin", "Give the missing kontör by a correction"),
    "give_back": ("Kontörü geri verin", "Give the kontör back"),
    "invoice": ("Faturayı yeniden isteyin", "Ask for the invoice again"),
}


def title(kind: str) -> str:
    """A kind of break in words."""
    if kind in KINDS:
        return (KINDS[kind].title_tr, KINDS[kind].title_en)[side()]
    return _OTHERS[kind][side()] if kind in _OTHERS else kind.replace("_", " ")


def cause(kind: str) -> str:
    """What is most likely behind it."""
    return _CAUSES.get(kind, _UNKNOWN)[side()]


def mend(kind: str) -> str:
    """What to do about it, where no entry is proposed."""
    if kind in KINDS:
        return (KINDS[kind].mend_tr, KINDS[kind].mend_en)[side()]
    return _MENDS.get(
        kind, ("Kanıtı inceleyip kararı açıklamayla yazın.", "Look at the evidence and write your decision.")
    )[side()]


def by_itself(resolved_by: str | None) -> bool:
    """A comparison ended it, because its reason was gone; the note that it left is for machines."""
    return (resolved_by or "").startswith("reconciliation ")


def ended_by(resolved_by: str | None) -> str:
    """What ended a break, in words."""
    gone = ("karşılaştırma artık görmedi", "a comparison no longer saw it")
    return gone[side()] if by_itself(resolved_by) else resolved_by or ""
