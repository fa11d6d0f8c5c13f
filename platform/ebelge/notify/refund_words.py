"""The words of letters to the operator about refunds: a return invoice came, a refund waits for staff."""

from collections.abc import Callable, Mapping

from ebelge.notify.said import Facts, Words, lira

_WAITS = {
    "came": ("gelen iade faturasının onayını", "for you to confirm the return invoice that came"),
    "cancel_invoice": ("satış faturasının iptalini", "for the sale's invoice to be cancelled"),
    "to_transfer": ("havalesini", "for its transfer"),
}


def _return_invoice_came(facts: Facts, tr: bool) -> Words:
    number, buyer, amount = str(facts["number"]), str(facts["buyer"]), lira(facts["payable_kurus"])
    rows = [("Alıcı" if tr else "Buyer", buyer), ("Sipariş" if tr else "Order", str(facts["reference"]))]
    rows += [("Belge" if tr else "Document", number), ("Tutar" if tr else "Amount", amount)]
    if tr:
        return Words(
            f"İade faturası geldi: {number}",
            f"{buyer}, kontör satış faturanıza karşılık {amount} tutarında iade faturası gönderdi.",
            "Tutarı iade talebiyle karşılaştırıp onaylayın; eşleşmiyorsa nedenini yazın.",
            rows,
        )
    return Words(
        f"A return invoice came: {number}",
        f"{buyer} sent a return invoice of {amount} for your sale of kontör.",
        "Compare it with the refund and confirm it; if it does not fit, say why.",
        rows,
    )


def _refund_waits_for_us(facts: Facts, tr: bool) -> Words:
    amount, for_what = lira(facts["gross_kurus"]), _WAITS[facts["waits_for"]][0 if tr else 1]
    rows = [("Sipariş" if tr else "Order", str(facts["reference"])), ("Tutar" if tr else "Amount", amount)]
    if tr:
        return Words(
            f"Bir iade sizi bekliyor: {amount}", f"{amount} tutarındaki iade {for_what} bekliyor.",
            "İade sayfasında onaylayın ya da gönderin.", rows,
        )  # fmt: skip
    return Words(
        f"A refund waits for you: {amount}", f"A refund of {amount} waits {for_what}.",
        "Confirm or send it on the page of refunds.", rows,
    )  # fmt: skip


KINDS: Mapping[str, Callable[[Facts, bool], Words]] = {
    "return_invoice_came": _return_invoice_came,
    "refund_waits_for_us": _refund_waits_for_us,
}
