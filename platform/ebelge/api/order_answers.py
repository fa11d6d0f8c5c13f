"""Orders as the API shows them: their amounts, how far their payment has come, and where to transfer to."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import Field

from billing.models.bank import BankAccount
from billing.models.orders import KontorOrder, OrderEvent, PaymentAttempt
from ebelge.api.answers import Answer, Instant, Money
from ebelge.core.findings import Language
from ebelge.edge.checkout import result_url

STATE_TEXTS: dict[str, tuple[str, str]] = {
    "draft": ("Ödeme bekliyor", "To be paid"),
    "pending": ("Ödeme bekleniyor", "Payment awaited"),
    "in_review": ("Ödeme kuruluşu ödemeyi inceliyor", "The gateway is reviewing the payment"),
    "failed": ("Ödeme başarısız; yeniden ödenebilir", "The payment failed; it may be paid again"),
    "expired": ("Süresinde ödenmedi", "Not paid in time"),
    "cancelled": ("İptal edildi", "Cancelled"),
    "credited": ("Kontör yüklendi", "Kontör credited"),
    "partially_refunded": ("Bir kısmı iade edildi", "Refunded in part"),
    "refunded": ("İade edildi", "Refunded"),
    "disputed": ("Ödemeye itiraz edildi", "The payment is disputed"),
    "charged_back": ("Ödeme geri alındı", "The payment was taken back"),
}


class PackageAnswer(Answer):
    """What was ordered, at the terms of that moment."""

    code: str = Field(examples=["kontor-1000"])
    name: str
    kontor: int
    bonus_kontor: int


class PaymentAnswer(Answer):
    """The last attempt to pay by card, and where the payer goes."""

    attempt_id: UUID
    gateway: str = Field(examples=["iyzico"])
    state: str = Field(description="started, pending, in_review, unknown, disagreed, succeeded, failed or expired")
    redirect_url: str | None = Field(default=None, description="Send the payer here; null once it is over")
    result_url: str | None = Field(default=None, description="Page that shows the result to whoever has its address")
    expires_at: Instant | None = None
    code: str = Field(default="", description="Why the last try failed, in the gateway's code")
    text: str = Field(default="", description="The same in the reader's language")


class BankAccountAnswer(Answer):
    """An account to transfer to."""

    iban: str = Field(examples=["TR330006100519786457841326"])
    bank_name: str
    holder: str
    currency: str


class TransferAnswer(Answer):
    """What to write on the transfer. The exact amount with the reference is credited without a person."""

    reference: str = Field(examples=["KNT-7F3K-92"], description="Into the description of the transfer")
    amount: Money
    due_at: Instant | None = None
    accounts: list[BankAccountAnswer]


class StepAnswer(Answer):
    """A step in an order's life."""

    at: Instant
    kind: str = Field(examples=["credited"])
    text: str = Field(description="In the reader's language")


class OrderAnswer(Answer):
    """One order and where it stands."""

    order_id: UUID
    reference: str = Field(examples=["KNT-7F3K-92"])
    state: str = Field(examples=["pending"])
    state_text: str = Field(description="The state in the reader's language")
    method: str = Field(examples=["iyzico"])
    package: PackageAnswer
    quantity: int
    net: Money
    kdv: Money
    kdv_percent: int
    gross: Money = Field(description="What is to be paid, KDV included")
    refunded: Money
    created_at: Instant
    due_at: Instant | None = None
    paid_at: Instant | None = None
    credited_at: Instant | None = None
    invoice_state: str = Field(description="none, wanted, issued or cancelled")
    payment: PaymentAnswer | None = None
    transfer: TransferAnswer | None = Field(
        default=None, description="For orders paid by bank transfer, at once or on account"
    )


class OrderDetailAnswer(OrderAnswer):
    """An order with its timeline, oldest step first."""

    timeline: list[StepAnswer]


class OrderPage(Answer):
    """A page of orders, newest first."""

    items: list[OrderAnswer]
    next_cursor: str | None = Field(default=None, description="Pass it as `cursor` for the next page; null at the end")


def order(
    row: KontorOrder, attempts: Sequence[PaymentAttempt], accounts: Sequence[BankAccount], language: Language
) -> OrderAnswer:
    """An order with its last attempt; `accounts` are used for transfers."""
    return OrderAnswer.model_validate(_fields(row, attempts, accounts, language))


def detail(
    row: KontorOrder,
    attempts: Sequence[PaymentAttempt],
    accounts: Sequence[BankAccount],
    steps: Sequence[OrderEvent],
    language: Language,
) -> OrderDetailAnswer:
    """An order with everything that happened to it."""
    timeline = [
        StepAnswer(at=step.at, kind=step.kind, text=step.text_tr if language == "tr" else step.text_en)
        for step in steps
    ]
    return OrderDetailAnswer.model_validate(_fields(row, attempts, accounts, language) | {"timeline": timeline})


def _fields(
    row: KontorOrder, attempts: Sequence[PaymentAttempt], accounts: Sequence[BankAccount], language: Language
) -> dict[str, object]:
    names = "order_id reference state method quantity kdv_percent created_at due_at paid_at credited_at invoice_state"
    turkish = language == "tr"
    return {name: getattr(row, name) for name in names.split()} | {
        "state_text": STATE_TEXTS[row.state][0 if turkish else 1],
        "package": PackageAnswer(
            code=row.package_code,
            name=row.package_name_tr if turkish else row.package_name_en,
            kontor=row.kontor,
            bonus_kontor=row.bonus_kontor,
        ),
        "net": _money(row.net_kurus, row.currency),
        "kdv": _money(row.kdv_kurus, row.currency),
        "gross": _money(row.gross_kurus, row.currency),
        "refunded": _money(row.refunded_kurus, row.currency),
        "payment": _payment(attempts[-1], turkish=turkish) if attempts else None,
        "transfer": _transfer(row, accounts) if row.method in ("bank", "open_account") else None,
    }


def _payment(attempt: PaymentAttempt, *, turkish: bool) -> PaymentAnswer:
    return PaymentAnswer(
        attempt_id=attempt.attempt_id,
        gateway=attempt.gateway,
        state=attempt.state,
        redirect_url=attempt.redirect_url if attempt.state in ("pending", "unknown") else None,
        result_url=result_url(attempt),
        expires_at=attempt.expires_at,
        code=attempt.code,
        text=attempt.text_tr if turkish else attempt.text_en,
    )


def _transfer(row: KontorOrder, accounts: Sequence[BankAccount]) -> TransferAnswer:
    return TransferAnswer(
        reference=row.reference,
        amount=_money(row.gross_kurus, row.currency),
        due_at=row.due_at,
        accounts=[
            BankAccountAnswer(iban=one.iban, bank_name=one.bank_name, holder=one.holder, currency=one.currency)
            for one in accounts
        ],
    )


def _money(kurus: int, currency: str) -> Money:
    return Money(amount_kurus=kurus, currency=currency)
