"""What settling came to, and the kinds of break it opens."""

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

Outcome = Literal[
    "credited",  # this call credited the kontör
    "already",  # an earlier call has; nothing changed
    "paid_on_account",  # the kontör were credited on open account before; now they are paid
    "disagreed",  # the payment credits nothing: a break waits for a person
    "second_payment",  # the order was paid by another payment: a break waits for a person
    "in_review",
    "pending",
    "failed",
    "unknown",
]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a piece of evidence, and the order it was about."""

    outcome: Outcome
    order_id: UUID


# The subject of all of them is `gateway:payment_id`, so whoever compares with the gateway's list finds them.
DISAGREES: Final = "payment_disagrees"
CLAIMED_TWICE: Final = "payment_claimed_twice"
SECOND_PAYMENT: Final = "second_payment"
AFTER_END: Final = "payment_after_end"
TENANT_CLOSED: Final = "payment_for_closed_tenant"
PAYMENT_BREAKS: Final = (DISAGREES, CLAIMED_TWICE, SECOND_PAYMENT, AFTER_END, TENANT_CLOSED)


def payment_key(gateway: str, payment_id: str) -> str:
    """The locator's key of a payment (kind `payment`), and the subject of breaks about it."""
    return f"{gateway}:{payment_id}"
