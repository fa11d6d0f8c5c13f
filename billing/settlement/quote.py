"""What the unused kontör of an order are worth at the refund desk, lot by lot, to the kuruş.

A lot is worth what the ledger says is left of its price, never a division anew. Bonus kontör are worth nothing and go
back with the rest. KDV is rounded over all that is given back of the order, so parts sum to the whole exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.ledger.models import Entry, Lot
from billing.models.orders import KontorOrder, Payment
from billing.models.returns import LotHold, Refund, RefundLot
from billing.orders.states import CREDITED
from ebelge.core.errors import NotFound
from ebelge.core.money import kdv_kurus

# Money is on its way, or has gone, by refunds in these states.
COUNTED = ("awaiting_return_invoice", "ready", "sent", "unknown", "to_transfer", "done")

# Why something is worth nothing: code -> Turkish, English.
WORDS: dict[str, tuple[str, str]] = {
    "": ("", ""),
    "not_credited": ("Sipariş ödenmedi.", "The order was not paid."),
    "disputed": (
        "Ödemeye itiraz edildi; sonuçlanmadan iade yapılamaz.",
        "The payment is disputed; nothing is refunded before that is decided.",
    ),
    "charged_back": (
        "Ödeme, kart sahibinin bankası tarafından geri alındı.",
        "The payer's bank has taken the payment back.",
    ),
    "refund_under_way": ("Bu sipariş için bir iade sürüyor.", "A refund of this order is under way."),
    "window_over": ("İade süresi doldu.", "The time for refunds is over."),
    "on_account": (
        "Açık hesapla alındı; iade yerine borçtan düşülür, finans ekibine yazın.",
        "Bought on open account: it is set off against what is owed; write to the finance team.",
    ),
    "nothing_left": ("İade edilebilecek kullanılmamış kontör yok.", "There are no unused kontör to refund."),
    "used": ("Kontörlerin tamamı kullanıldı.", "All kontör are used."),
    "expired": ("Kullanım süresi doldu.", "The kontör have expired."),
    "frozen": ("Kontörler donduruldu (iade veya itiraz sürüyor).", "The kontör are frozen (refund or dispute)."),
    "held": (
        "Kalan kontörler işlemdeki belgeler için ayrıldı; belgeler sonuçlanınca yeniden deneyin.",
        "What remains is held for documents under way; ask again when they are final.",
    ),
    "passed_on": (
        "Kontörler başka hesaba aktarıldı; önce geri alınmalı.",
        "The kontör were passed on; they have to come back first.",
    ),
    "bonus": ("Hediye kontör: iade değeri yoktur, kalanı birlikte geri alınır.",
              "Bonus kontör: worth nothing, the rest goes back with the order."),
    "refunded": ("İade edildi.", "Refunded."),
    "received": (
        "Bu kontörler bayinizden veya havuzdan geldi; iadeyi onlardan isteyin.",
        "These kontör came from your reseller or pool; ask them.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LotQuote:
    """One lot: what would be taken back, what that is worth without KDV, and why it is not more.

    `came_back`: kontör of it that came back after an earlier refund had voided the lot, and are owed in money.
    """

    lot_id: UUID
    source: str
    granted: int
    kontor: int
    net_kurus: int
    came_back: int
    held: int
    expires_at: datetime
    why: str
    sold_by: UUID | None = None

    @property
    def words(self) -> tuple[str, str]:
        """Why, in Turkish and English."""
        return WORDS[self.why]


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order's unused kontör are worth now. `why` is empty where something can be refunded."""

    order_id: UUID
    payment_id: UUID | None
    gateway: str
    lots: tuple[LotQuote, ...]
    kontor: int
    net_kurus: int
    kdv_kurus: int
    gross_kurus: int
    currency: str
    whole: bool
    until: datetime | None
    why: str

    @property
    def words(self) -> tuple[str, str]:
        """Why nothing, in Turkish and English."""
        return WORDS[self.why]


def quote(
    session: Session,
    *,
    tenant_id: UUID,
    order_id: UUID,
    at: datetime,
    window_days: int | None = None,
    home_lots: Sequence[UUID] = (),
) -> Quote:
    """What the order's unused kontör are worth at `at`. Changes nothing, promises nothing: `refunds.request` decides.

    :param window_days: refunds end so many days after crediting; None: they do not end before the kontör do.
    :param home_lots: lots of the tenant that came of this order's by way of others (recalled from a pool's member,
        taken back from a customer) with their share of its price. The caller has followed them from tenant to tenant.
    :raises NotFound: no such order.
    """
    order = session.get(KontorOrder, (tenant_id, order_id))
    if order is None:
        raise NotFound()
    payment = payment_of(session, order=order)
    until = None
    if window_days is not None and order.credited_at is not None:
        until = order.credited_at + timedelta(days=window_days)
    found = [*lots_of(session, order=order, payment=payment), *_home(session, tenant_id, home_lots)]
    quoted = tuple(_lot(session, tenant_id, lot, at) for lot in found)
    net = sum(lot.net_kurus for lot in quoted)
    why = _refusal(session, order, payment, until, at) or ("" if net > 0 else "nothing_left")
    if why:
        quoted = tuple(_worthless(lot, why) for lot in quoted)
        net = 0
    kdv = kdv_of(session, order=order, net_kurus=net) if net else 0
    return Quote(
        order_id=order_id,
        payment_id=payment.payment_id if payment else None,
        gateway=payment.gateway if payment else "",
        lots=quoted,
        kontor=sum(lot.kontor for lot in quoted),
        net_kurus=net,
        kdv_kurus=kdv,
        gross_kurus=net + kdv,
        currency=order.currency,
        whole=net == order.net_kurus,
        until=until,
        why=why,
    )


def received(session: Session, *, tenant_id: UUID, at: datetime, home_lots: Sequence[UUID] = ()) -> list[LotQuote]:
    """The tenant's open lots that came from a reseller or a pool: worth 0 here, `sold_by` says who to ask.

    :param home_lots: those that only came back to whoever bought them; they are quoted with their order.
    """
    rows = session.scalars(
        select(Lot)
        .where(Lot.tenant_id == tenant_id, Lot.open, Lot.expires_at > at, Lot.source == "received")
        .where(Lot.lot_id.not_in(list(home_lots)))
        .order_by(Lot.priority, Lot.expires_at, Lot.lot_id)
    )
    return [
        LotQuote(
            lot.lot_id, lot.source, lot.granted, 0, 0, 0, lot.held, lot.expires_at, "received", lot.origin_tenant_id
        )
        for lot in rows
    ]


def payment_of(session: Session, *, order: KontorOrder) -> Payment | None:
    """The payment that credited the order; of an order on open account the newest that paid it: earlier ones were
    taken back."""
    return session.scalars(
        select(Payment)
        .where(Payment.tenant_id == order.tenant_id, Payment.order_id == order.order_id)
        .order_by(Payment.payment_id.desc())
        .limit(1)
    ).first()


def lots_of(session: Session, *, order: KontorOrder, payment: Payment | None) -> Sequence[Lot]:
    """The lots that an order made, in the order of their parts: paid ones (on account: owed ones) first, then bonus."""
    paid = [("payment", payment.payment_id)] if payment else []
    found: list[Lot] = []
    for source, source_id in (*paid, ("receivable", order.order_id), ("bonus", order.order_id)):
        found += session.scalars(
            select(Lot)
            .where(Lot.tenant_id == order.tenant_id, Lot.source == source, Lot.source_id == source_id)
            .order_by(Lot.part)
        )
    return found


def _home(session: Session, tenant_id: UUID, lot_ids: Sequence[UUID]) -> Sequence[Lot]:
    return session.scalars(
        select(Lot).where(Lot.tenant_id == tenant_id, Lot.lot_id.in_(list(lot_ids))).order_by(Lot.lot_id)
    ).all()


def kdv_of(session: Session, *, order: KontorOrder, net_kurus: int) -> int:
    """KDV of a further `net_kurus` of the order given back, in kuruş: of all that is given back, rounded as on an
    invoice, less what was given back before. So parts sum to the KDV of their sum, and all of them to the order's."""
    before = session.execute(
        select(func.coalesce(func.sum(Refund.net_kurus), 0), func.coalesce(func.sum(Refund.kdv_kurus), 0)).where(
            Refund.tenant_id == order.tenant_id, Refund.order_id == order.order_id, Refund.state.in_(COUNTED)
        )
    ).one()
    total = int(before[0]) + net_kurus
    whole = total >= order.net_kurus
    upto = order.kdv_kurus if whole else min(order.kdv_kurus, kdv_kurus(total, Decimal(order.kdv_percent)))
    return max(0, upto - int(before[1]))


def _refusal(
    session: Session, order: KontorOrder, payment: Payment | None, until: datetime | None, at: datetime
) -> str:
    if order.state not in {state.value for state in CREDITED}:
        return "not_credited"
    if order.state in ("disputed", "charged_back"):
        return order.state
    if payment is None or order.paid_at is None:
        return "on_account"
    under_way = select(Refund.refund_id).where(
        Refund.tenant_id == order.tenant_id, Refund.order_id == order.order_id, Refund.ended_at.is_(None)
    )
    if session.execute(under_way.limit(1)).first() is not None:
        return "refund_under_way"
    if order.state == "refunded":
        return "refunded"
    return "window_over" if until is not None and at >= until else ""


def _lot(session: Session, tenant_id: UUID, lot: Lot, at: datetime) -> LotQuote:
    spendable = lot.open and lot.expires_at > at
    kontor, net = (lot.remaining, lot.net_left_kurus) if spendable else (0, 0)
    back_kontor, back_net = 0, 0
    if lot.voided_at is not None and lot.source != "bonus":
        back_kontor, back_net = _came_back(session, tenant_id, lot)
    why = "bonus" if lot.source == "bonus" else "" if kontor or back_kontor else _why_nothing(lot, at)
    return LotQuote(
        lot.lot_id, lot.source, lot.granted, kontor + back_kontor, net + back_net, back_kontor, lot.held,
        lot.expires_at, why,
    )  # fmt: skip


def _why_nothing(lot: Lot, at: datetime) -> str:
    if lot.frozen_at is not None:
        return "frozen"
    if lot.voided_at is not None:
        return "refunded"
    if lot.remaining or lot.expired:  # past due, posted or not
        return "expired"
    if lot.held:
        return "held"
    return "passed_on" if lot.passed else "used"


def _worthless(lot: LotQuote, why: str) -> LotQuote:
    return LotQuote(lot.lot_id, lot.source, lot.granted, 0, 0, 0, lot.held, lot.expires_at, lot.why or why, lot.sold_by)


def _came_back(session: Session, tenant_id: UUID, lot: Lot) -> tuple[int, int]:
    """Kontör of a voided lot, and their price, that no refund has paid: they were held by documents when the lot was
    refunded and came back later, into nothing (TRADE 4: returned and voided at once)."""
    voided = select(func.sum(Entry.kontor), func.sum(Entry.net_kurus)).where(
        Entry.tenant_id == tenant_id, Entry.at >= lot.voided_at, Entry.lot_id == lot.lot_id, Entry.kind == "voided"
    )
    paid = (
        select(func.sum(RefundLot.kontor), func.sum(RefundLot.net_kurus))
        .join(Refund, (Refund.tenant_id == RefundLot.tenant_id) & (Refund.refund_id == RefundLot.refund_id))
        .where(RefundLot.tenant_id == tenant_id, RefundLot.lot_id == lot.lot_id, Refund.state.in_(COUNTED))
    )
    again = select(func.sum(LotHold.kontor), func.sum(LotHold.net_kurus)).where(
        LotHold.tenant_id == tenant_id, LotHold.lot_id == lot.lot_id, LotHold.state == "given_back"
    )
    sums = [session.execute(statement).one() for statement in (voided, paid, again)]
    kontor, net = (int(sums[0][n] or 0) - int(sums[1][n] or 0) - int(sums[2][n] or 0) for n in (0, 1))
    return max(0, kontor), max(0, net)
