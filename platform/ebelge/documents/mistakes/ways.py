"""What is lawful now about a document of ours that was issued wrongly, with the time left (TRADE.md 5).

Pure: the document, what its buyer said, and the hour. Which ways a profile has: notice guide (gib/FACTS 4.6).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from ebelge.documents.answers.deadlines import issuer_until, left_words
from ebelge.documents.models import Document
from ebelge.documents.states import CORRECTABLE, State

# do: POST .../mistake does it; record: it happens outside and is recorded there; elsewhere: another route does it;
# buyer, wait: somebody else acts, or the hour.
Act = Literal["do", "record", "elsewhere", "buyer", "wait"]
_ON_PAPER: Final = ("earsiv", "emm", "esmm")


@dataclass(frozen=True, slots=True)
class Way:
    """One lawful way. `until`: the first instant that is too late (None: no day ends it); `path`: the route for it."""

    code: str
    act: Act
    title_tr: str
    title_en: str
    text_tr: str
    text_en: str
    until: datetime | None = None
    left_tr: str = ""
    left_en: str = ""
    path: str = ""


_TEXTS: Final[dict[str, tuple[Act, str, str, str, str]]] = {
    "withdraw": (
        "do", "Geri çekin", "Withdraw it",
        "Belge henüz imzalanmadı: geri çekilince kontörü serbest kalır, numarası yeniden kullanılır.",
        "It is not signed yet: withdrawn, its kontör is released and its number is used again.",
    ),
    "wait": (
        "wait", "Sonucu bekleyin", "Wait for the result",
        "Belge imzalandı, GİB'in sonucu bekleniyor; sonuç gelince yapılabilecekler burada görünür.",
        "It is signed and GİB's result is awaited; what can be done then is shown here.",
    ),
    "give_up": (
        "elsewhere", "Gönderimden vazgeçin", "Give it up",
        "Belge alıcısına iletilemedi: vazgeçerseniz kontörü geri gelir, düzeltip yeniden gönderebilirsiniz.",
        "It could not be delivered: give it up, its kontör comes back, and you can correct it.",
    ),
    "correct": (
        "elsewhere", "Düzelt ve gönder", "Correct and send",
        "GİB'in reddettiği belge aynı numarayla düzeltilip yeniden gönderilir.",
        "A document that GİB refused is corrected and sent again under the same number.",
    ),
    "cancel": (
        "elsewhere", "İptal edin", "Cancel it",
        "Belge iptal edilir ve e-Arşiv raporunda iptal olarak bildirilir.",
        "It is cancelled, and the e-Arşiv report says so.",
    ),
    "buyer_asked_to_reject": (
        "record", "Alıcıdan ret isteyin", "Ask the buyer to reject it",
        "Ticari faturayı alıcı 8. günün 23:59'una kadar reddedebilir. Ret gelince belge hükümsüz kalır.",
        "The buyer can reject a commercial invoice until 23:59 of day 8. Rejected, it has no effect.",
    ),
    "portal_cancel_asked": (
        "record", "GİB portalında iptal isteyin", "Ask to cancel on GİB's portal",
        "Teslimden sonra 8 gün içinde GİB'in iptal/itiraz portalında talep açın; alıcı onaylarsa fatura iptal olur.",
        "Ask on GİB's portal within 8 days of delivery; the invoice is cancelled when the buyer approves.",
    ),
    "objection": (
        "record", "İtirazı kaydedin", "Record an objection",
        "Noter, KEP, telgraf ya da taahhütlü mektupla 8 gün içinde yapılan itiraz GİB portalına da bildirilir.",
        "An objection by notary, KEP, telegram or registered letter within 8 days; GİB's portal is told too.",
    ),
    "return_invoice_agreed": (
        "record", "Alıcıdan iade faturası isteyin", "Ask the buyer for a return invoice",
        "Alıcı bu faturaya dayanan bir iade faturası keser; gelince gelen belgelerinizde görünür.",
        "The buyer issues a return invoice that refers to this one; it appears among your incoming documents.",
    ),
    "buyer_receipt": (
        "buyer", "Alıcının irsaliye yanıtı", "The buyer's receipt advice",
        "Alıcı irsaliyeyi 7 gün içinde kısmen ya da tümüyle reddedebilir. Yanlış irsaliye yerine yenisini gönderin.",
        "The buyer can reject a despatch note within 7 days, in part or whole. Send a new one in its place.",
    ),
    "cancelled": (
        "buyer", "İptal edildi", "It is cancelled",
        "Belge hükümsüz. Doğrusunu yeni bir belgeyle gönderin.",
        "It has no effect. Send the right one as a new document.",
    ),
    "rejected": (
        "buyer", "Alıcı reddetti", "The buyer rejected it",
        "Belge hükümsüz. Doğrusunu yeni bir belgeyle gönderin.",
        "It has no effect. Send the right one as a new document.",
    ),
}  # fmt: skip
# What may be recorded of a way once it has begun, by itself.
FOLLOWS: Final = ("portal_cancel_approved", "portal_cancel_refused", "other")


def ways(document: Document, *, at: datetime) -> list[Way]:
    """What can be done now, the best first; empty where there is nothing to mend (withdrawn, failed, replaced)."""
    state = State(document.state)
    if document.superseded or state in (State.WITHDRAWN, State.FAILED):
        return []
    if state is State.ACCEPTED:
        return [_way("withdraw")]
    if state in CORRECTABLE:
        return [_way("correct", path=f"/api/v1/documents/{document.document_id}/correct")]
    if state is State.UNDELIVERED:
        return [_way("give_up", path=f"/api/v1/documents/{document.document_id}/give-up")]
    if state is State.CANCELLED:
        return [_way("cancelled")]
    if document.kind in _ON_PAPER:
        return [_way("cancel", path=f"/api/v1/documents/{document.document_id}/cancel")]
    if state is not State.DELIVERED or document.final_at is None:
        return [_way("wait")]
    until = issuer_until(document.final_at)
    return [way for way in _delivered(document, until, at) if way.until is None or at < way.until]


def _delivered(document: Document, until: datetime, at: datetime) -> list[Way]:
    if document.buyer_answer == "rejected":
        return [_way("rejected")]
    if document.kind == "eirsaliye":
        open_ = document.buyer_answer is None
        return [_way("buyer_receipt", until=until, at=at)] if open_ else []
    found = []
    if document.profile == "TICARIFATURA":
        if document.buyer_answer is None:
            found.append(_way("buyer_asked_to_reject", until=until, at=at))
        found.append(_way("objection", until=until, at=at))
    elif document.profile == "KAMU":
        found.append(_way("objection", until=until, at=at))
    elif document.profile in ("TEMELFATURA", "HKS"):
        found += [_way(code, until=until, at=at) for code in ("portal_cancel_asked", "objection")]
    if document.profile != "IHRACAT" and document.type_code not in ("IADE", "TEVKIFATIADE"):
        found.append(_way("return_invoice_agreed"))
    return found


def _way(code: str, *, until: datetime | None = None, at: datetime | None = None, path: str = "") -> Way:
    left = left_words(until, at) if until is not None and at is not None else ("", "")
    act, *texts = _TEXTS[code]
    title_tr, title_en, text_tr, text_en = texts
    return Way(code, act, title_tr, title_en, text_tr, text_en, until, *left, path)
