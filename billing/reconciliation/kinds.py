"""Every kind of break that reconciliation finds, in words: what it is and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of break as finance staff read it."""

    title_tr: str
    title_en: str
    mend_tr: str
    mend_en: str


KINDS: dict[str, Kind] = {
    "payment_without_lot": Kind(
        "Ödeme alınmış, kontör yüklenmemiş", "Paid, but no kontör were credited",
        "Siparişi inceleyin; kontör hibe kaydıyla verilir ya da ödeme iade edilir.",
        "Look at the order; give the kontör by a staff grant or refund the payment.",
    ),
    "lot_without_source": Kind(
        "Dayanağı olmayan kontör", "Kontör without what they were credited for",
        "Lotu dondurun ve dayanağını bulun.", "Freeze the lot and find what it came from.",
    ),
    "lot_differs_from_source": Kind(
        "Lot, siparişten farklı", "A lot differs from its order or grant",
        "Farkı hibe ya da iade kaydıyla kapatın.", "Close the difference by a grant or a refund.",
    ),
    "order_without_lot": Kind(
        "Yüklendi görünen siparişin kontörü yok", "An order counts as credited, but has no kontör",
        "Kontörü hibe kaydıyla verin.", "Give the kontör by a staff grant.",
    ),
    "order_without_money": Kind(
        "Parası olmayan sipariş yüklenmiş", "An order was credited without money or contract",
        "Ödemeyi bulun ya da lotu dondurun.", "Find the payment or freeze the lot.",
    ),
    "payment_differs_from_order": Kind(
        "Ödeme tutarı siparişten farklı", "The payment differs from its order",
        "Banka veya ödeme kuruluşu kaydıyla karşılaştırın.", "Compare with the gateway's or the bank's record.",
    ),
    "payment_in_two_places": Kind(
        "Aynı ödeme iki yerde", "One payment counts in two places",
        "Yanlış olan kontörü dondurun.", "Freeze the kontör that were credited wrongly.",
    ),
    "order_paid_twice": Kind(
        "Sipariş iki kez ödenmiş", "An order was paid twice",
        "İkinci ödemeyi iade edin.", "Refund the second payment.",
    ),
    "order_without_invoice": Kind(
        "Satış faturası kesilmemiş", "The invoice for a sale is missing",
        "İş kuyruğuna bakın (ebelge jobs) ve yeniden deneyin.", "Look at the jobs (ebelge jobs) and retry.",
    ),
    "invoice_differs_from_order": Kind(
        "Satış faturası siparişten farklı", "The invoice for a sale differs from its order",
        "Faturayı düzeltin ya da iade faturası isteyin.", "Correct the invoice or ask for a return invoice.",
    ),
    "receivable_overdue": Kind(
        "Vadesi geçmiş alacak", "A receivable is overdue",
        "Müşteriyi arayın; sözleşme kuralını uygulayın.", "Call the customer; apply the contract's rule.",
    ),
    "gateway_payment_unknown": Kind(
        "Ödeme kuruluşunun listesindeki ödeme bizde yok", "The gateway lists a payment that we do not know",
        "Ödemeyi okuyup siparişine bağlayın ya da iade edin.", "Read the payment, settle it to its order or refund it.",
    ),
    "payment_not_in_gateway_list": Kind(
        "Ödeme, kuruluşun günlük listesinde yok", "A payment is not in the gateway's list of its day",
        "Listeyi yeniden alın; yine yoksa ödeme kuruluşuna sorun.", "Fetch the list again; if still missing, ask them.",
    ),
    "gateway_amount_differs": Kind(
        "Tutar, ödeme kuruluşunun listesinden farklı", "The amount differs from the gateway's list",
        "Kuruluşun kaydıyla karşılaştırın.", "Compare with the gateway's record.",
    ),
    "gateway_refund_differs": Kind(
        "Ödeme kuruluşu bizden fazla iade göstermiş", "The gateway lists more refunded than we know",
        "İadeyi kimin yaptığını bulun ve kontörü geri alın.", "Find who refunded it and take the kontör back.",
    ),
    "refunded_sum_differs": Kind(
        "Ödemenin iade toplamı, iadelerden farklı", "A payment's refunded sum differs from its refunds",
        "İadeleri tek tek inceleyin.", "Look at the refunds one by one.",
    ),
    "refund_without_void": Kind(
        "Para iade edilmiş, kontör duruyor", "Money was refunded, the kontör are still there",
        "Lotu dondurup geçersiz kılın.", "Freeze and void the lot.",
    ),
    "frozen_without_cause": Kind(
        "Nedeni olmayan dondurma", "Kontör are frozen without a cause",
        "Nedenini bulun ya da çözün.", "Find the cause or thaw them.",
    ),
    "refund_waits": Kind(
        "İade uzun süredir bekliyor", "A refund has been waiting for long",
        "Bekleneni hatırlatın ya da iadeyi iptal edin.", "Remind whoever it waits for, or call it off.",
    ),
    "dispute_lost_not_booked": Kind(
        "Kaybedilen itiraz işlenmemiş", "A lost dispute is not booked",
        "ebelge dispute ile işleyin.", "Book it with ebelge dispute.",
    ),
    "bank_line_overspent": Kind(
        "Banka hareketi tutarından fazla dağıtılmış", "More was allocated than the bank line has",
        "Yanlış kararı geri alın.", "Reverse the wrong decision.",
    ),
    "bank_decision_without_payment": Kind(
        "İşlenmiş banka kararı, ödemesi yok", "A bank decision counts as credited without a payment",
        "Siparişi inceleyin.", "Look at the order.",
    ),
    "bank_payment_without_line": Kind(
        "Banka ödemesi, hareketlerle uyuşmuyor", "A bank payment does not agree with its lines",
        "Hareketleri ve kararları inceleyin.", "Look at the lines and the decisions.",
    ),
    "bank_line_waits": Kind(
        "Karar bekleyen banka hareketi", "A bank line waits for a decision",
        "Siparişe bağlayın, iade edin ya da yok sayın.", "Allocate it, refund it or ignore it.",
    ),
    "signed_without_charge": Kind(
        "İmzalı belge ücretlenmemiş", "A document is signed without a captured charge",
        "Belgeyi ve ücretini inceleyin.", "Look at the document and its charge.",
    ),
    "charged_without_signature": Kind(
        "Ücret alınmış, belge imzalanmamış", "Charged, but the document is not signed",
        "Kontörü geri verin.", "Give the kontör back.",
    ),
    "released_but_signed": Kind(
        "Kontörü geri verilen belge imzalı", "The charge was released, yet the document is signed",
        "Belgeyi inceleyin.", "Look at the document.",
    ),
    "held_too_long": Kind(
        "Kontör bir günden uzun süredir ayrılmış", "Kontör have been held for more than a day",
        "İş kuyruğuna bakın (ebelge jobs).", "Look at the jobs (ebelge jobs).",
    ),
    "return_differs": Kind(
        "Geri verilen kontör, belgenin durumuyla uyuşmuyor", "Kontör given back do not agree with the document's state",
        "Belgeyi inceleyin.", "Look at the document.",
    ),
    "charge_differs_from_document": Kind(
        "Ücret, belgeden farklı", "A charge differs from its document",
        "Fiyatı ve numarayı karşılaştırın.", "Compare price and number.",
    ),
    "charge_without_document": Kind(
        "Belgesi olmayan ücret", "A charge without a document",
        "Kontörü geri verin.", "Give the kontör back.",
    ),
    "roll_forward_differs": Kind(
        "Cüzdanın devri tutmuyor", "A wallet's roll-forward does not agree",
        "ebelge verify --tenant ile inceleyin.", "Look with ebelge verify --tenant.",
    ),
    "lot_price_differs": Kind(
        "Lotun parçaları fiyatını vermiyor", "The parts of a lot do not sum to its price",
        "ebelge verify --tenant ile inceleyin.", "Look with ebelge verify --tenant.",
    ),
    "commission_missing": Kind(
        "Komisyon işlenmemiş", "Commission was not accrued",
        "İş kuyruğuna bakın (ebelge jobs).", "Look at the jobs (ebelge jobs).",
    ),
    "commission_differs": Kind(
        "Komisyon, sözleşmeden farklı", "Commission differs from the contract",
        "Bayinin sözleşmesiyle karşılaştırın.", "Compare with the reseller's contract.",
    ),
    "commission_negative": Kind(
        "Kazanılandan fazla komisyon geri alınmış", "More commission was reversed than accrued",
        "Bayinin kayıtlarını inceleyin.", "Look at the reseller's entries.",
    ),
}  # fmt: skip
