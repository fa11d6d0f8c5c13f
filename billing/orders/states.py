"""Every state of an order and every lawful move between them: one table.

Paid, credited and invoiced are instants of the order, not states: an order that is disputed was credited all the same.
"""

from datetime import datetime
from enum import StrEnum

from billing.models.orders import KontorOrder
from ebelge.core.errors import Conflict


class OrderState(StrEnum):
    """Where an order stands."""

    DRAFT = "draft"  # placed; nobody is asked for money just now
    PENDING = "pending"  # a gateway or a transfer is awaited
    IN_REVIEW = "in_review"  # the gateway looks at the payment by hand
    FAILED = "failed"  # the last attempt failed; another may follow while the offer stands
    EXPIRED = "expired"  # nobody paid in time
    CANCELLED = "cancelled"  # called off before it was paid
    CREDITED = "credited"  # kontör are in the wallet
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"  # the payer's bank asks the money back; undecided
    CHARGED_BACK = "charged_back"  # it got it back


_S = OrderState
MOVES: dict[OrderState, frozenset[OrderState]] = {
    _S.DRAFT: frozenset({_S.PENDING, _S.IN_REVIEW, _S.FAILED, _S.EXPIRED, _S.CANCELLED, _S.CREDITED}),
    _S.PENDING: frozenset({_S.DRAFT, _S.IN_REVIEW, _S.FAILED, _S.EXPIRED, _S.CANCELLED, _S.CREDITED}),
    _S.IN_REVIEW: frozenset({_S.DRAFT, _S.PENDING, _S.FAILED, _S.CREDITED}),
    _S.FAILED: frozenset({_S.PENDING, _S.IN_REVIEW, _S.EXPIRED, _S.CANCELLED, _S.CREDITED}),
    _S.EXPIRED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.CREDITED: frozenset({_S.PARTIALLY_REFUNDED, _S.REFUNDED, _S.DISPUTED, _S.CHARGED_BACK}),
    # a refund that fails days later takes its state back
    _S.PARTIALLY_REFUNDED: frozenset({_S.CREDITED, _S.REFUNDED, _S.DISPUTED, _S.CHARGED_BACK}),
    _S.REFUNDED: frozenset({_S.CREDITED, _S.PARTIALLY_REFUNDED, _S.DISPUTED, _S.CHARGED_BACK}),
    _S.DISPUTED: frozenset({_S.CREDITED, _S.PARTIALLY_REFUNDED, _S.REFUNDED, _S.CHARGED_BACK}),
    # an appeal that is won
    _S.CHARGED_BACK: frozenset({_S.CREDITED, _S.PARTIALLY_REFUNDED, _S.REFUNDED, _S.DISPUTED}),
}
# Money may still come; an order in one of these can be paid.
PAYABLE = frozenset({_S.DRAFT, _S.PENDING, _S.IN_REVIEW, _S.FAILED})
# Kontör were credited, whatever came after.
CREDITED = frozenset({_S.CREDITED, _S.PARTIALLY_REFUNDED, _S.REFUNDED, _S.DISPUTED, _S.CHARGED_BACK})
# Ended without kontör.
ENDED = frozenset({_S.FAILED, _S.EXPIRED, _S.CANCELLED})


# How people read a state, in Turkish and English.
WORDS: dict[OrderState, tuple[str, str]] = {
    _S.DRAFT: ("ödeme bekliyor", "to be paid"),
    _S.PENDING: ("ödeme bekleniyor", "payment awaited"),
    _S.IN_REVIEW: ("ödeme inceleniyor", "payment under review"),
    _S.FAILED: ("ödeme başarısız", "payment failed"),
    _S.EXPIRED: ("süresi doldu", "expired"),
    _S.CANCELLED: ("iptal edildi", "cancelled"),
    _S.CREDITED: ("yüklendi", "credited"),
    _S.PARTIALLY_REFUNDED: ("kısmen iade edildi", "partially refunded"),
    _S.REFUNDED: ("iade edildi", "refunded"),
    _S.DISPUTED: ("itirazlı", "disputed"),
    _S.CHARGED_BACK: ("ters ibraz edildi", "charged back"),
}


class UnlawfulOrderMove(Conflict):
    """The order cannot go from its present state to that one."""

    code = "unlawful_order_move"


def check_move(old: OrderState, new: OrderState) -> None:
    """:raises UnlawfulOrderMove: unless the table allows old -> new."""
    if new not in MOVES[old]:
        raise UnlawfulOrderMove(
            f"Sipariş '{WORDS[old][0]}' durumundayken '{WORDS[new][0]}' durumuna geçemez.",
            f"An order that is {WORDS[old][1]} cannot become {WORDS[new][1]}.",
        )


def move(order: KontorOrder, new: OrderState, *, at: datetime) -> bool:
    """Move a locked order; False when it stands there already. Keeps `ended_at` with the state.

    :raises UnlawfulOrderMove: the table does not allow it.
    """
    old = OrderState(order.state)
    if old is new:
        return False
    check_move(old, new)
    order.state = new.value
    order.ended_at = at if new in ENDED else None
    return True
