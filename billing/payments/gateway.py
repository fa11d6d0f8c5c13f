"""What the product needs of a payment gateway, and the values that go in and come out.

Amounts are whole kuruş. `attempt_ref` is our id of one attempt (committed before the gateway is called, unique, never
reused for another amount), `order_ref` the order's number, `gateway_ref` what the gateway calls the checkout.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Literal, Protocol

Language = Literal["tr", "en"]
_CURRENCY = re.compile(r"[A-Z]{3}")
AMOUNT_KURUS_MAX = 10**12
# After an unknown outcome the request may still be at work on the other side, where no read-back sees it yet: whoever
# repeats a call that moves money waits at least this long first.
QUIET_BEFORE_REPEAT_S = 120


class PaymentState(StrEnum):
    """What the gateway says of a payment; nothing but PAID may be credited."""

    PAID = "paid"
    FAILED = "failed"
    IN_REVIEW = "in_review"
    PENDING = "pending"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who pays, as the gateway wants to know it; `identity_number` is asked for, never invented."""

    buyer_id: str
    name: str
    surname: str
    email: str
    identity_number: str = field(repr=False)
    phone: str
    address: str
    city: str
    country: str = "Turkey"
    postal_code: str = ""
    ip: str = ""
    contact_name: str = ""


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """One attempt to take one order's gross amount, KDV included."""

    attempt_ref: str
    order_ref: str
    amount_kurus: int
    currency: str
    description: str
    buyer: Buyer
    return_url: str
    cancel_url: str = ""
    language: Language = "tr"
    installments: tuple[int, ...] = (1,)
    save_card: bool = False
    customer_ref: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    expires_at_s: int | None = None  # epoch seconds; fixed with the attempt, so that a repetition says the same

    def __post_init__(self) -> None:
        check_amount(self.amount_kurus, self.currency)
        if not self.attempt_ref or not self.order_ref:
            raise ValueError("an attempt needs its own id and its order's number")


@dataclass(frozen=True, slots=True)
class StartedPayment:
    """Where the payer goes, and by what the gateway knows the checkout."""

    redirect_url: str
    gateway_ref: str
    expires_in_s: int


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A card kept at the gateway; no card data, but still kept encrypted by the caller."""

    customer_ref: str = field(repr=False)
    card_ref: str = field(repr=False)
    brand: str = ""
    last_four: str = ""


@dataclass(frozen=True, slots=True)
class PaymentEvidence:
    """What a gateway said about one payment, verified, redacted.

    `amount_kurus` is the order's amount as the gateway knows it, `paid_kurus` what the payer was charged (above it
    when instalments carry a surcharge), `refunded_kurus` cumulative (Stripe; iyzico tells it in its lists only).
    `code` with its texts says why it failed. `checkout_open`: the payer can still act at the checkout until it ends,
    so PENDING may come to nothing and FAILED may be followed by PAID.
    """

    gateway: str
    payment_id: str
    amount_kurus: int
    currency: str
    order_ref: str
    state: PaymentState
    raw: Mapping[str, Any]
    attempt_ref: str = ""
    gateway_ref: str = ""
    paid_kurus: int = 0
    refunded_kurus: int = 0
    installments: int = 1
    fee_kurus: int | None = None
    item_ref: str = ""
    saved_card: SavedCard | None = None
    code: str = ""
    text_tr: str = ""
    text_en: str = ""
    checkout_open: bool = False


@dataclass(frozen=True, slots=True)
class SavedCardCharge:
    """A charge without the payer: automatic top-up."""

    payment: PaymentRequest
    card: SavedCard


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Give back `amount_kurus` of one payment. `refund_ref` is ours, the same for every repetition of this refund."""

    refund_ref: str
    payment_id: str
    amount_kurus: int
    currency: str
    item_ref: str = ""
    ip: str = ""
    language: Language = "tr"

    def __post_init__(self) -> None:
        check_amount(self.amount_kurus, self.currency)
        if not self.refund_ref or not self.payment_id:
            raise ValueError("a refund needs its own id and its payment's")


class RefundState(StrEnum):
    """A refund that succeeded at first may still fail days later."""

    DONE = "done"
    PENDING = "pending"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RefundResult:
    """What became of a refund; `refund_id` is empty where the gateway gives none (iyzico)."""

    gateway: str
    refund_ref: str
    payment_id: str
    amount_kurus: int
    currency: str
    state: RefundState
    raw: Mapping[str, Any]
    refund_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified webhook: only a hint that something changed. The gateway is read before anything is credited.

    `notice_id` is what duplicates share; `about` says what to read.
    """

    gateway: str
    notice_id: str
    kind: str
    about: Literal["checkout", "payment", "refund", "dispute", "other"]
    gateway_ref: str
    payment_id: str
    attempt_ref: str
    claimed: str
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ListedTransaction:
    """One line of the gateway's own list of a day, for the nightly comparison.

    `fee_kurus` is in the smallest unit of `fee_currency`, which is the account's and may differ from `currency`.
    """

    gateway: str
    transaction_id: str
    payment_id: str
    attempt_ref: str
    kind: Literal["payment", "refund", "cancel", "other"]
    amount_kurus: int
    currency: str
    fee_kurus: int
    raw: Mapping[str, Any]
    fee_currency: str = "TRY"


class PaymentGateway(Protocol):
    """One gateway. Every call may raise GatewayUnavailable, GatewayRefused or UntrustedAnswer; none repeats itself
    where repeating could move money twice.
    """

    @property
    def name(self) -> str:
        """`iyzico` or `stripe`: half of the key under which a payment credits once."""

    @property
    def is_live(self) -> bool:
        """True where it moves real money; False for a sandbox and for the fakes."""

    def start(self, request: PaymentRequest) -> StartedPayment:
        """Open the hosted checkout; moves no money."""

    def read(self, gateway_ref: str, *, attempt_ref: str) -> PaymentEvidence:
        """What became of a checkout. Reading changes nothing."""

    def read_payment(self, payment_id: str) -> PaymentEvidence:
        """What became of a payment, by the gateway's id. :raises PaymentUnknown: the gateway does not have it."""

    def charge_saved_card(self, charge: SavedCardCharge, *, may_have_happened: bool) -> PaymentEvidence:
        """Charge without the payer. `may_have_happened`: an earlier try had an unknown outcome."""

    def forget_card(self, card: SavedCard) -> None:
        """Delete a saved card there; one that is gone already is no fault, so it may be repeated."""

    def refund(self, request: RefundRequest, *, may_have_happened: bool) -> RefundResult:
        """Give money back. `may_have_happened`: an earlier try had an unknown outcome."""

    def find_refund(self, request: RefundRequest, *, refund_id: str = "") -> RefundResult | None:
        """What became of a refund that was sent; None if the gateway does not have it. Reading moves nothing.

        `refund_id`: the gateway's own id, where it gave one."""

    def open_notice(self, body: bytes, headers: Mapping[str, str], *, now_s: int) -> Notice:
        """Verify a webhook. :raises UntrustedAnswer: unsigned, wrongly signed, unreadable."""

    def transactions(self, day: date) -> Sequence[ListedTransaction]:
        """The gateway's own list of a Turkish calendar day."""


def differences(evidence: PaymentEvidence, *, order_ref: str, amount_kurus: int, currency: str) -> tuple[str, ...]:
    """In what a payment does not agree with the order (`order`, `currency`, `amount`, `paid`); empty if in nothing.

    A payment with any difference credits nothing. More paid than the amount is an instalment surcharge; less is not.
    """
    found = (
        ("order", evidence.order_ref != order_ref),
        ("currency", evidence.currency != currency),
        ("amount", evidence.amount_kurus != amount_kurus),
        ("paid", evidence.paid_kurus < amount_kurus),
    )
    return tuple(name for name, differs in found if differs)


def check_amount(amount_kurus: int, currency: str) -> None:
    """:raises ValueError: not a positive whole number of kuruş in bounds, or no ISO currency."""
    if isinstance(amount_kurus, bool) or not isinstance(amount_kurus, int):
        raise ValueError("amounts are whole kuruş")
    if not 0 < amount_kurus <= AMOUNT_KURUS_MAX:
        raise ValueError("amount out of bounds")
    if not _CURRENCY.fullmatch(currency):
        raise ValueError("currency is an ISO 4217 code")
