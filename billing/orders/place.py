"""Placing and cancelling orders. The package's terms are copied into the order and never change there."""

import secrets
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from billing.catalogue import packages
from billing.models.orders import METHODS, KontorOrder, PaymentAttempt
from billing.orders import events
from billing.orders.queries import live_attempts, lock, lock_attempts
from billing.orders.sellers import check_buys_here
from billing.orders.states import OrderState, move
from billing.payments.bank import reference as references
from billing.payments.gateway import AMOUNT_KURUS_MAX
from ebelge.core.clock import istanbul_date, istanbul_midnight
from ebelge.core.errors import Conflict, DomainError, InvalidRequest
from ebelge.core.ids import new_id
from ebelge.core.money import kdv_kurus, lira_text
from tenants import accounts, locator

Method = Literal["iyzico", "stripe", "bank", "open_account"]
CURRENCY = "TRY"
QUANTITY_MAX = 1000
KONTOR_MAX = 10**9
REFERENCE_KIND = "order.reference"
TRANSFER_WORKING_DAYS = 5
_REFERENCE_TRIES = 20
_SATURDAY = 5


class OrderRefused(DomainError):
    """The order is outside what can be sold."""

    code, http_status = "order_refused", 422
    title_tr, title_en = "Sipariş verilemez", "The order cannot be placed"


class CannotBuy(Conflict):
    """This account cannot buy kontör (applied, suspended, closed, or a sandbox)."""

    code = "cannot_buy"
    title_tr, title_en = "Bu hesap kontör alamaz", "This account cannot buy kontör"


class PaymentUnderWay(Conflict):
    """A payment of this order is under way or unclear; what becomes of it must be known first."""

    code = "payment_under_way"
    title_tr, title_en = "Siparişin ödemesi sürüyor", "A payment of the order is under way"


def place(
    session: Session,
    *,
    tenant_id: UUID,
    package_code: str,
    quantity: int = 1,
    method: Method,
    placed_by: str,
    at: datetime,
    reseller_id: UUID | None = None,
    currency: str = CURRENCY,
) -> KontorOrder:
    """Place an order at today's terms: `draft` for cards and open account, `pending` with a due date for a transfer.

    Amounts in kuruş: net = price x quantity, KDV half up on it, gross = net + KDV. `reseller_id` need not be given: it
    is the tenant's own; another one is a defect of the caller.

    :raises UnknownPackage, PackageOffSale: no such offer now. :raises OrderRefused: quantity, currency or amount.
    :raises CannotBuy: the account is not active, or a sandbox. :raises BuysFromReseller: see `orders.sellers`.
    """
    if method not in METHODS:
        raise InvalidRequest(
            f"Ödeme yolu şunlardan biri olmalı: {', '.join(METHODS)}.", f"The method is one of: {', '.join(METHODS)}."
        )
    _check_quantity(quantity)
    if currency != CURRENCY:
        raise OrderRefused("Kontör yalnız Türk lirasıyla satılır (TRY).", "Kontör is sold in Turkish lira only (TRY).")
    tenant = accounts.get(session, tenant_id=tenant_id)
    check_may_buy(tenant.state, tenant.mode)
    if reseller_id not in (None, tenant.reseller_id):
        raise ValueError("the order names another reseller than its tenant's")
    check_buys_here(session, tenant_id=tenant_id, reseller_id=tenant.reseller_id, at=at)
    package = packages.offer(session, tenant_id=tenant_id, reseller_id=tenant.reseller_id, code=package_code, at=at)
    net = package.net_price_kurus * quantity
    kdv = kdv_kurus(net, Decimal(package.kdv_percent))
    kontor, bonus = package.kontor * quantity, package.bonus_kontor * quantity
    if not 0 < net + kdv <= AMOUNT_KURUS_MAX or kontor + bonus > KONTOR_MAX:
        raise OrderRefused(
            "Sipariş tutarı sınırların dışında; adedi azaltın.", "The order's amount is out of bounds; order fewer."
        )
    order = KontorOrder(
        tenant_id=tenant_id,
        order_id=new_id(),
        reference="",
        state=(OrderState.PENDING if method == "bank" else OrderState.DRAFT).value,
        method=method,
        package_version_id=package.version_id,
        package_code=package.code,
        package_name_tr=package.name_tr,
        package_name_en=package.name_en,
        quantity=quantity,
        kontor=kontor,
        bonus_kontor=bonus,
        validity_months=package.validity_months,
        net_kurus=net,
        kdv_percent=package.kdv_percent,
        kdv_kurus=kdv,
        gross_kurus=net + kdv,
        currency=CURRENCY,
        refunded_kurus=0,
        reseller_id=tenant.reseller_id,
        placed_by=placed_by,
        created_at=at,
        due_at=end_of_working_day(istanbul_date(at), TRANSFER_WORKING_DAYS) if method == "bank" else None,
        invoice_state="none",
    )
    order.reference = _new_reference(session, tenant_id=tenant_id, order_id=order.order_id)
    session.add(order)
    session.flush()
    events.record(
        session,
        tenant_id=tenant_id,
        order_id=order.order_id,
        kind="placed",
        text_tr=f"Sipariş verildi: {package.name_tr} x {quantity}, {lira_text(order.gross_kurus)} TL (KDV dahil).",
        text_en=f"Order placed: {package.name_en} x {quantity}, {lira_text(order.gross_kurus)} TRY (KDV included).",
        by=placed_by,
        at=at,
        data={"method": method},
    )
    return order


def cancel(session: Session, *, tenant_id: UUID, order_id: UUID, by: str, at: datetime, why: str = "") -> KontorOrder:
    """Call an unpaid order off; a cancelled one stays as it is.

    An open checkout page is not closed by it: its attempt is read on, and money that comes all the same is a break.
    :raises PaymentUnderWay: a payment is reviewed, unclear or about to be taken. :raises UnlawfulOrderMove: it is
    credited or expired. :raises NotFound: the tenant has no such order.
    """
    lock_attempts(session, tenant_id=tenant_id, order_id=order_id)
    order = lock(session, tenant_id=tenant_id, order_id=order_id)
    if order.state == OrderState.CANCELLED:
        return order
    live = live_attempts(session, tenant_id=tenant_id, order_id=order_id)
    if order.state == OrderState.IN_REVIEW or any(_nobody_knows(attempt) for attempt in live):
        raise PaymentUnderWay(
            "Ödemenin sonucu belli olmadan sipariş iptal edilemez; birkaç dakika sonra yeniden bakın.",
            "The order cannot be cancelled before its payment is known; look again in a few minutes.",
        )
    move(order, OrderState.CANCELLED, at=at)
    events.record(
        session,
        tenant_id=tenant_id,
        order_id=order_id,
        kind="cancelled",
        text_tr="Sipariş iptal edildi." + (f" {why}" if why else ""),
        text_en="The order was cancelled." + (f" {why}" if why else ""),
        by=by,
        at=at,
    )
    session.flush()
    return order


def end_of_working_day(day: date, days: int) -> datetime:
    """23:59:59 Istanbul of the `days`-th working day after `day`, Monday to Friday.

    Public holidays are not known here: a due date may fall on one (who pays later is inside `expire.TRANSFER_GRACE`).
    """
    left = days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return istanbul_midnight(day + timedelta(days=1)) - timedelta(seconds=1)


def _nobody_knows(attempt: PaymentAttempt) -> bool:
    """True while money may have been taken, or a gateway is being called this very moment."""
    return attempt.may_have_happened or attempt.state in ("started", "in_review", "unknown", "disagreed")


def _check_quantity(quantity: int) -> None:
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= QUANTITY_MAX:
        raise OrderRefused(
            f"Adet 1 ile {QUANTITY_MAX} arasında tam sayı olmalı.",
            f"The quantity is a whole number from 1 to {QUANTITY_MAX}.",
        )


def check_may_buy(state: str, mode: str) -> None:
    """:raises CannotBuy: with what stands in the way."""
    if mode != "live":
        raise CannotBuy(
            "Deneme hesabının kontörü ücretsizdir; satın alma canlı hesapla yapılır.",
            "A sandbox has free kontör; buying is for live accounts.",
        )
    if state != "active":
        raise not_active(state)


def not_active(state: str) -> CannotBuy:
    """Why an account in this state buys nothing, and what its people do."""
    if state == "applied":
        return CannotBuy(
            "Başvurunuz inceleniyor; hesabınız etkinleşince kontör alabilirsiniz. Deneme hesabınızda şimdiden, "
            "ücretsiz belge kesebilirsiniz.",
            "Your application is being looked at; once the account is active you can buy kontör. In your sandbox you "
            "can make documents already, free of charge.",
        )
    return CannotBuy(
        "Hesap etkin değil (askıda ya da kapalı); destek ekibine başvurun.",
        "The account is not active (suspended or closed); please contact support.",
    )


def _new_reference(session: Session, *, tenant_id: UUID, order_id: UUID) -> str:
    """A free reference. Random, so that it says nothing of how many orders there are; the locator decides."""
    for _ in range(_REFERENCE_TRIES):
        reference = references.reference(secrets.randbelow(references.NUMBERS))
        pairs = [(reference, order_id)]
        if not locator.put_many(session, tenant_id=tenant_id, kind=REFERENCE_KIND, pairs=pairs):
            return reference
    raise RuntimeError("no free order reference after 20 tries: the references are running out")
