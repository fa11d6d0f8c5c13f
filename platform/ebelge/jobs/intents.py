"""What an attempt asks of its gateway: written down with the attempt, so that every repetition says the same.

The buyer is not part of it: who pays is told anew with each request. Only with a saved card the buyer is kept, closed
with the master key, because the gateway wants to know him again when nobody is there to ask.
"""

import base64
import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models.orders import KontorOrder, PaymentAttempt
from billing.payments.gateway import Buyer, Language, PaymentRequest
from ebelge.core.config import settings
from ebelge.core.vault import Vault, VaultError

CLOSED_BUYER = "closed_buyer"


def describe(order: KontorOrder, language: Language) -> str:
    """What is sold, in the payer's language, as the gateway's page and the card statement show it."""
    name = order.package_name_tr if language == "tr" else order.package_name_en
    return f"{name} x {order.quantity}" if order.quantity > 1 else name


def request_of(
    attempt: PaymentAttempt, order: KontorOrder, buyer: Buyer, *, return_url: str, cancel_url: str = "",
    customer_ref: str = "",
) -> PaymentRequest:  # fmt: skip
    """The request of an attempt. Amount and currency are the order's, fixed with the attempt."""
    intent: dict[str, Any] = attempt.intent
    return PaymentRequest(
        attempt_ref=attempt.attempt_id.hex,
        order_ref=order.reference,
        amount_kurus=attempt.amount_kurus,
        currency=attempt.currency,
        description=str(intent.get("description") or describe(order, "tr")),
        buyer=buyer,
        return_url=return_url,
        cancel_url=cancel_url,
        language="en" if intent.get("language") == "en" else "tr",
        installments=tuple(intent.get("installments") or (1,)),
        save_card=bool(intent.get("save_card")),
        customer_ref=customer_ref,
        metadata={"order_id": str(order.order_id), "tenant_id": str(order.tenant_id)},
        expires_at_s=intent.get("expires_at_s"),
    )


def vault() -> Vault:
    """The vault under the process's master key."""
    return Vault.from_text(settings().master_key)


def close_buyer(buyer: Buyer, *, tenant_id: UUID) -> str:
    """A buyer as text that only the master key opens."""
    closed = vault().close(json.dumps(asdict(buyer)).encode(), context=buyer_closed_for(tenant_id))
    return base64.b64encode(closed).decode()


def kept_buyer(session: Session, *, tenant_id: UUID, gateway: str) -> Buyer | None:
    """The buyer who last let a card be saved at this gateway; None if there is none, or the key is lost."""
    closed = session.scalars(
        select(PaymentAttempt.intent[CLOSED_BUYER].astext)
        .where(
            PaymentAttempt.tenant_id == tenant_id,
            PaymentAttempt.gateway == gateway,
            PaymentAttempt.state == "succeeded",
            PaymentAttempt.intent.has_key(CLOSED_BUYER),
        )
        .order_by(PaymentAttempt.attempt_id.desc())
        .limit(1)
    ).first()
    if closed is None:
        return None
    try:
        return Buyer(**json.loads(vault().open(base64.b64decode(closed), context=buyer_closed_for(tenant_id))))
    except VaultError:
        return None


def forget_buyers(session: Session, *, tenant_id: UUID, gateway: str) -> None:
    """Take out the buyers who were kept for cards of this gateway: call it when none of them is kept any more."""
    for attempt in session.scalars(
        select(PaymentAttempt).where(
            PaymentAttempt.tenant_id == tenant_id,
            PaymentAttempt.gateway == gateway,
            PaymentAttempt.intent.has_key(CLOSED_BUYER),
        )
    ):
        forget_buyer(attempt)
    session.flush()


def forget_buyer(attempt: PaymentAttempt) -> None:
    """Take the kept buyer out of an attempt that has saved no card."""
    if CLOSED_BUYER in attempt.intent:
        attempt.intent = {name: value for name, value in attempt.intent.items() if name != CLOSED_BUYER}


def buyer_closed_for(tenant_id: UUID) -> str:
    """What a kept buyer is closed for: he opens as nothing else."""
    return f"buyer:{tenant_id}"
