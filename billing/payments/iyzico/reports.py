"""iyzico's reporting service: one payment with its refunds, the list of a day. Not signed: trusted as far as TLS."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal
from urllib.parse import quote

import iyzipay.iyzipay_resource as resources

from billing.payments.errors import GatewayUnavailable
from billing.payments.gateway import ListedTransaction
from billing.payments.iyzico.account import Account
from billing.payments.iyzico.amounts import amount_kurus, fee_kurus
from billing.payments.iyzico.answers import NAME, text, whole
from billing.payments.redaction import redact

PAGES_MAX = 2_000
_KINDS: Mapping[str, Literal["payment", "refund", "cancel"]] = {
    "PAYMENT": "payment", "REFUND": "refund", "CANCEL": "cancel",
}  # fmt: skip


def payment(account: Account, *, payment_id: str = "", attempt_ref: str = "") -> dict[str, Any] | None:
    """One payment with `refunds` and `cancels`, as reported; None if there is none.

    :raises GatewayUnavailable: the answer is not about this payment, or has several.
    """
    # The package writes the values into the query as they are, and takes the second only if the first is empty.
    key = {"paymentId": quote(payment_id, safe=""), "paymentConversationId": quote(attempt_ref, safe="")}
    answer = account.call(resources.RetrievePaymentDetails.retrieve, key)
    found = list(_objects(answer.get("payments")))
    if not found:
        return None
    wanted = ("paymentId", payment_id) if payment_id else ("paymentConversationId", attempt_ref)
    matching = [entry for entry in found if text(entry.get(wanted[0])) == wanted[1]]
    if not matching:
        raise GatewayUnavailable("", "iyzico reports about another payment")
    # Several tries under one id: one that did not fail decides.
    return next((entry for entry in matching if text(entry.get("paymentStatus")) != "0"), matching[0])


def entries(reported: Mapping[str, Any] | None, name: Literal["refunds", "cancels"]) -> list[dict[str, Any]]:
    """Refunds or cancels of a reported payment."""
    return [] if reported is None else list(_objects(reported.get(name)))


def transactions(account: Account, day: date) -> Sequence[ListedTransaction]:
    """All pages of a day's list. :raises GatewayUnavailable: the pages do not agree with each other."""
    listed: list[ListedTransaction] = []
    page, pages = 1, 1
    while page <= pages:
        answer = account.call(
            resources.RetrieveTransactions.retrieve, {"transactionDate": day.isoformat(), "page": page}
        )
        pages = whole(answer.get("totalPageCount"), default=1)
        if pages > PAGES_MAX or whole(answer.get("currentPage"), default=page) != page:
            raise GatewayUnavailable("", f"iyzico answered page {page} of {pages} with another one")
        listed.extend(_listed(entry) for entry in _objects(answer.get("transactions")))
        page += 1
    return listed


def _listed(entry: Mapping[str, Any]) -> ListedTransaction:
    return ListedTransaction(
        gateway=NAME,
        transaction_id=text(entry.get("transactionId")),
        payment_id=text(entry.get("paymentId")),
        attempt_ref=text(entry.get("conversationId")),
        kind=_KINDS.get(text(entry.get("transactionType")), "other"),
        amount_kurus=amount_kurus(entry.get("price")),
        currency=text(entry.get("transactionCurrency") or entry.get("currency")),
        fee_kurus=fee_kurus(entry.get("iyzicoCommission")) + fee_kurus(entry.get("iyzicoFee")),
        raw=redact(entry),
    )


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())
