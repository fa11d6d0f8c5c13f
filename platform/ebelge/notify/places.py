"""Where a letter's reader goes on: the page that its button opens, for kinds whose facts bring no link of their own."""

from collections.abc import Mapping
from typing import Final

from ebelge.notify.said import Facts

_TOPUP: Final = ("/kontor/top-up", "Otomatik yüklemeyi açın", "Open automatic top-up")
_DOCUMENT: Final = ("/documents/{document_id}", "Belgeyi açın", "Open the document")
_REFUNDS: Final = ("/finance/refunds", "İadeleri açın", "Open the refunds")
# kind -> page, and what the button says in Turkish and English
PLACES: Final[Mapping[str, tuple[str, str, str]]] = {
    "kontor_low": ("/kontor/buy", "Kontör alın", "Buy kontör"),
    "lots_expiring": ("/kontor", "Kontörünüzü görün", "See your kontör"),
    "topup_done": ("/kontor/orders", "Siparişleri görün", "See the orders"),
    "topup_failed": _TOPUP,
    "topup_suspended": _TOPUP,
    "topup_capped": _TOPUP,
    "webhook_paused": ("/settings/webhooks", "Web kancalarını açın", "Open the webhooks"),
    "buyer_answered": _DOCUMENT,
    "buyer_registered": _DOCUMENT,
    "answer_failed": ("/incoming/{document_id}", "Belgeyi açın", "Open the document"),
    "answer_due": ("/incoming?needs=1", "Yanıt bekleyenleri açın", "Open what waits for an answer"),
    "report_late": ("/reports", "Raporları açın", "Open the reports"),
    "return_invoice_came": _REFUNDS,
    "refund_waits_for_us": _REFUNDS,
}


def path(kind: str, facts: Facts) -> str:
    """The page of a kind; "" where it has none, or its facts name no document (letters of earlier times)."""
    where = PLACES.get(kind, ("", "", ""))[0]
    if "{document_id}" not in where:
        return where
    return where.format(document_id=facts["document_id"]) if "document_id" in facts else ""


def button(kind: str, *, turkish: bool) -> str:
    """What the button says; "" where there is none."""
    return PLACES.get(kind, ("", "", ""))[1 if turkish else 2]
