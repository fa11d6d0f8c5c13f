"""The words of letters about answers: what a buyer said of a document, an answer of ours that did not arrive."""

from collections.abc import Callable, Mapping
from typing import Final

from ebelge.notify.said import Facts, Words, count

# What the buyer did, as a sentence goes on after his name and the document.
_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "accepted": ("kabul etti", "accepted it"),
    "rejected": ("reddetti", "rejected it"),
    "returned": ("iade etti", "returned it"),
    "partly": ("kısmen teslim aldı", "received it in part"),
    "assumed": (
        "8 gün içinde yanıtlamadı, kabul edilmiş sayıldı",
        "did not answer within 8 days: it counts as accepted",
    ),
}


def _buyer_answered(facts: Facts, tr: bool) -> Words:
    number, buyer, said = str(facts["number"]), str(facts["buyer"]), _SAID[facts["answer"]][0 if tr else 1]
    rows = [("Belge" if tr else "Document", number), ("Alıcı" if tr else "Buyer", buyer)]
    if facts["reason"]:
        rows.append(("Neden" if tr else "Reason", str(facts["reason"])))
    rejected = facts["answer"] == "rejected"
    if tr:
        return Words(
            f"{number}: alıcı {said}",
            f"{number} numaralı belgeniz: {buyer} {said}.",
            "Reddedilen belge geçersizdir; doğrusunu yeni bir belgeyle gönderin. Harcanan kontör iade edilmez."
            if rejected
            else "Belgenin bütün adımlarını hesabınızda görebilirsiniz.",
            rows,
        )
    return Words(
        f"{number}: the buyer {said}",
        f"Your document {number}: {buyer} {said}.",
        "A rejected document has no effect: send the right one as a new document. The kontör spent stay spent."
        if rejected
        else "Every step of the document stands in your account.",
        rows,
    )


def _answer_failed(facts: Facts, tr: bool) -> Words:
    number = str(facts["number"])
    rows = [("Belge" if tr else "Document", number), ("Gönderen" if tr else "Sender", str(facts["sender"]))]
    rows.append(("Neden" if tr else "Reason", str(facts["text"])))
    if tr:
        return Words(
            f"{number}: yanıtınız iletilemedi",
            f"{number} numaralı gelen belgeye verdiğiniz yanıt karşı tarafa ulaşmadı.",
            "Süre dolmadıysa belgeyi hesabınızdan yeniden yanıtlayın.",
            rows,
        )
    return Words(
        f"{number}: your answer did not arrive",
        f"Your answer to the incoming document {number} did not reach the other side.",
        "If there is still time, answer the document again in your account.",
        rows,
    )


def _answer_due(facts: Facts, tr: bool) -> Words:
    day, number = ".".join(reversed(str(facts["day"]).split("-"))), count(facts["documents"])
    rows = [(str(one["number"]), str(one["sender"])) for one in facts["named"]]
    if tr:
        when = "bugün 23:59'da bitiyor" if facts["last"] else f"{day} 23:59'da bitiyor"
        return Words(
            f"{number} ticari faturanın yanıt süresi {when}",
            f"Size gelen {number} ticari faturaya henüz yanıt vermediniz; kabul ya da ret süresi {when}.",
            "Süre dolunca yanıtlanmayan fatura kabul edilmiş sayılır ve reddedilemez. Gelen belgeler sayfasından ya da "
            "kendi programınızdan yanıtlayın; yanıt ücretsizdir.",
            rows,
        )
    when = "today at 23:59" if facts["last"] else f"on {day} at 23:59"
    one = int(facts["documents"]) == 1
    invoices = "commercial invoice" if one else "commercial invoices"
    return Words(
        f"Time to answer {number} {invoices} ends {when}",
        f"{number} {invoices} that came in {'is' if one else 'are'} not answered yet; "
        f"the time for a yes or a no ends {when}.",
        "An invoice that is not answered by then counts as accepted and can no longer be rejected. Answer on the page "
        "of incoming documents or from your own program; an answer is free.",
        rows,
    )


KINDS: Final[Mapping[str, Callable[[Facts, bool], Words]]] = {
    "buyer_answered": _buyer_answered,
    "answer_failed": _answer_failed,
    "answer_due": _answer_due,
}
