"""What a newcomer reads before the reference: a first document, a refusal, events and their signature."""

import json
from typing import Any, Final, get_args

from ebelge.api.webhook_answers import EventName
from tenants.api_keys import RESELLER_SCOPES, SCOPES

FIRST: Final[dict[str, Any]] = {
    "kind": "auto",
    "buyer": {
        "tckn": "11111111111", "first_name": "Ceren", "family_name": "Işık", "district": "Nilüfer", "city": "Bursa",
    },
    "lines": [{"name": "Kompresör", "quantity": "2", "unit": "adet", "unit_price": "107.13", "kdv_rate": "20"}],
}  # fmt: skip
PROBLEM: Final[dict[str, Any]] = {
    "type": "urn:ebelge:problem:invalid_document", "title": "The draft is invalid", "status": 422,
    "code": "invalid_document",
    "detail": "Nothing was stored, no number and no kontör is spent; mend the findings and send it again.",
    "findings": [
        {
            "rule": "JSON-MISSING", "severity": "error", "path": "lines[0].kdv_rate", "line": None,
            "message": "A mandatory field is missing.", "mend": "Add the field.",
            "message_tr": "Zorunlu alan eksik.", "message_en": "A mandatory field is missing.",
            "mend_tr": "Alanı ekleyin.", "mend_en": "Add the field.",
        }
    ],
    "request_id": "01a22fd9-6d48-716d-af38-6aaa283a7639",
}  # fmt: skip
_OF_A_DOCUMENT: Final = "document_id, kind, ettn, number, state, code, text_tr, text_en"
# What happened, and the fields of `data`.
EVENTS: Final[dict[str, tuple[str, str]]] = {
    "kontor.low": ("Kontör fell below your threshold", "spendable, low_kontor"),
    "lot.expiring": ("Kontör of a lot will expire soon", "lot_id, kontor, expires_at, days"),
    "lot.expired": ("Kontör of a lot expired", "lot_id, kontor"),
    "order.paid": ("An order was paid and credited", "order_id, reference, package, kontor, bonus_kontor, gross"),
    "order.refunded": ("A refund was paid", "order_id, refund_id, kontor, gross"),
    "payment.disputed": ("A card payment is disputed", "dispute_id, order_id, amount"),
    "topup.suspended": ("Automatic top-up stopped", "why"),
    "document.delivered": ("A document of yours is at its buyer", _OF_A_DOCUMENT),
    "document.undelivered": ("A document could not be delivered and waits for your decision", _OF_A_DOCUMENT),
    "document.refused": ("GİB refused a document; its kontör came back", _OF_A_DOCUMENT),
    "document.failed": ("A document could not be signed; its kontör is released", _OF_A_DOCUMENT),
    "document.cancelled": ("A document was cancelled", _OF_A_DOCUMENT),
    "incoming.received": (
        "A document came in",
        "document_id, kind, profile, ettn, number, issue_date, sender, payable, answerable_until",
    ),
    "document.answered": (
        "The buyer answered a document of yours",
        "document_id, number, buyer, answer, code, reason",
    ),
    "incoming.answer_failed": ("GİB did not take your answer", "document_id, number, sender, text, code"),
    "incoming.answer_due": ("The time to answer a document ends", "document_id, number, day, days"),
}
EVENT: Final[dict[str, Any]] = {
    "data": {"low_kontor": 100, "spendable": 87}, "timestamp": "2026-11-30T09:00:00Z", "type": "kontor.low",
}  # fmt: skip
VERIFY: Final = '''\
import base64, hashlib, hmac, time

def is_ours(headers, body: bytes, secret: str) -> bool:
    """Whether Ebelge sent this: `body` are the bytes as they came, before JSON is read."""
    if abs(time.time() - int(headers["webhook-timestamp"])) > 300:
        return False
    signed = f'{headers["webhook-id"]}.{headers["webhook-timestamp"]}.'.encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(wanted, one) for one in headers["webhook-signature"].split())
'''


def guide() -> dict[str, Any]:
    """What the page shows of it."""
    return {
        "first": json.dumps(FIRST, indent=1, ensure_ascii=False),
        "problem": json.dumps(PROBLEM, indent=2, ensure_ascii=False),
        "scopes": [(name, english) for name, (_, english) in (SCOPES | RESELLER_SCOPES).items()],
        "events": [(name, *EVENTS[name]) for name in get_args(EventName)],
        "event": json.dumps(EVENT, ensure_ascii=False, separators=(",", ":")),
        "verify": VERIFY,
    }
