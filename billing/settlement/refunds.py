"""Refunds: asked for, the tax paper awaited, then sent, transferred or called off. What is asked for is frozen at once.

Money goes only after the tax side is in order: a buyer on e-Fatura sends an iade faturası, a whole purchase on a still
cancellable e-Arşiv invoice is cancelled by us, a consumer signs a gider pusulası (TRADE 9). Nothing here calls a
gateway: `sending` says what to call and enters what came of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stdnum import iban as stdnum_iban
from stdnum.exceptions import ValidationError

from billing.models.orders import Payment
from billing.models.returns import Refund, RefundLot
from billing.orders import events
from billing.settlement import holds, return_invoices
from billing.settlement.quote import LotQuote, quote
from billing.settlement.refund_rows import (
    NEVER,
    SEND,
    RefundStateConflict,
    held_by,
    instruct,
    lock_order,
    lock_refund,
    note_decision,
    tell,
)
from ebelge.core.clock import istanbul_date
from ebelge.core.errors import Conflict, InvalidRequest
from ebelge.core.ids import new_id
from ebelge.core.money import count_text, lira_text
from ebelge.outbox import messages
from tenants import locator
from tenants.audit.deeds import deed

LOCATOR = "refund"
BANK = "bank"
REMIND_EVERY = timedelta(days=7)
TEXT_MAX = 500
NUMBER = re.compile(r"[A-Za-z0-9]{3}20[0-9]{11}", re.ASCII)


class NotRefundable(Conflict):
    """Nothing of the order can be refunded now; the detail says why."""

    code = "not_refundable"
    title_tr, title_en = "İade yapılamaz", "Nothing can be refunded"


class RefundUnderWay(Conflict):
    """One refund of an order at a time."""

    code = "refund_under_way"
    title_tr, title_en = "Bu sipariş için bir iade sürüyor", "A refund of this order is under way"


class QuoteChanged(Conflict):
    """The value is no longer the one that was shown; nothing was changed."""

    code = "quote_changed"
    title_tr, title_en = "İade tutarı değişti, yeniden bakın", "The value has changed; look again"


class ReturnDocumentUsed(Conflict):
    """The return invoice has confirmed another refund."""

    code = "return_document_used"
    title_tr, title_en = "Bu iade faturası başka bir iadede kullanıldı", "This return invoice confirmed another refund"


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """What decides the tax side: asked at the edge on the day of the request."""

    efatura_user: bool
    consumer: bool = False
    invoice_cancellable: bool = False


def tax_way(buyer: BuyerFacts, *, whole: bool) -> str:
    """How the sale's invoice is put right (TRADE 9)."""
    if buyer.efatura_user:
        return "iade_faturasi"
    if whole and buyer.invoice_cancellable:
        return "cancel_invoice"
    return "gider_pusulasi" if buyer.consumer else "iade_faturasi"


def request(
    session: Session, *, tenant_id: UUID, order_id: UUID, buyer: BuyerFacts, reason: str, by: str, at: datetime,
    to_iban: str = "", shown_gross_kurus: int | None = None, window_days: int | None = None,
    home_lots: Sequence[UUID] = (),
) -> UUID:  # fmt: skip
    """Ask for the unused kontör of an order to be refunded; freezes them and returns the refund's id.

    :param to_iban: where the money goes if the order was paid by bank transfer (may follow with the tax document).
    :param shown_gross_kurus: what the person was shown; another value now is refused.
    :param home_lots: as for `quote`.
    :raises NotRefundable: disputed, expired, used, on open account. :raises RefundUnderWay: one is already.
    :raises QuoteChanged: it is worth something else now.
    """
    order = lock_order(session, tenant_id=tenant_id, order_id=order_id)
    if not reason.strip() or len(reason) > TEXT_MAX:
        raise InvalidRequest("İade nedenini yazın (en çok 500 harf).", "Say why (at most 500 letters).")
    account = valid_iban(to_iban) if to_iban else ""
    standing = holds.lock(session, tenant_id=tenant_id, at=at)
    worth = quote(
        session, tenant_id=tenant_id, order_id=order_id, at=standing, window_days=window_days, home_lots=home_lots
    )
    if worth.why == "refund_under_way":
        raise RefundUnderWay()
    if worth.why or worth.payment_id is None or worth.gross_kurus <= 0:
        raise NotRefundable(*worth.words, reason=worth.why or "nothing_left")
    if shown_gross_kurus is not None and shown_gross_kurus != worth.gross_kurus:
        raise QuoteChanged(gross_kurus=worth.gross_kurus)
    payment = session.get_one(Payment, (tenant_id, worth.payment_id))
    if worth.gross_kurus > min(order.gross_kurus - order.refunded_kurus, payment.paid_kurus - payment.refunded_kurus):
        raise NotRefundable("Tutar, ödemeden kalandan büyük.", "It is above what is left of the payment.")
    refund = Refund(
        tenant_id=tenant_id, refund_id=new_id(), order_id=order_id, payment_id=payment.payment_id,
        gateway=payment.gateway, kontor=worth.kontor, net_kurus=worth.net_kurus, kdv_kurus=worth.kdv_kurus,
        gross_kurus=worth.gross_kurus, currency=order.currency, state="awaiting_return_invoice",
        tax_way=tax_way(buyer, whole=worth.whole), to_iban=account, reason=reason.strip(), requested_by=by,
        requested_at=at, check_at=at + REMIND_EVERY,
    )  # fmt: skip
    session.add(refund)
    session.flush()
    taken = [lot for lot in worth.lots if lot.kontor > 0]
    session.add_all(_part(refund, lot) for lot in taken)
    locator.put(session, tenant_id=tenant_id, kind=LOCATOR, key=refund.refund_id.hex, object_id=refund.refund_id)
    refund_id, gross, kontor = refund.refund_id, refund.gross_kurus, refund.kontor
    # A bonus lot without a rest is held too: what documents give back to it must not outlive the refund.
    hold_ids = [lot.lot_id for lot in worth.lots if lot.kontor > 0 or lot.source == "bonus"]
    instruct(session, refund=refund, action="freeze", lot_ids=hold_ids, at=at)
    events.record(
        session, tenant_id=tenant_id, order_id=order_id, kind="refund_requested", by=by, at=at,
        text_tr=f"İade istendi: {count_text(kontor)} kontör, {lira_text(gross)} TL. Kontörler donduruldu.",
        text_en=f"Refund asked for: {count_text(kontor)} kontör, {lira_text(gross)} TL. The kontör are frozen.",
        data={"refund_id": str(refund_id)},
    )  # fmt: skip
    session.flush()
    deed(
        session, tenant_id=tenant_id, action="refund.asked", object_kind="refund", object_id=refund_id, by=by, at=at,
        after={"gross_kurus": gross, "kontor": kontor, "reason": reason.strip(), "order_id": order_id},
    )  # fmt: skip
    return refund_id


def confirm_tax_document(
    session: Session, *, tenant_id: UUID, refund_id: UUID, document: str, on: date, by: str, at: datetime,
    to_iban: str = "",
) -> None:  # fmt: skip
    """Record the iade faturası, the cancelled invoice or the gider pusulası; then the money goes on its way.

    Repeating it with the same document changes nothing. If the return invoice came to us (`return_invoices`), it is
    taken. :raises RefundStateConflict: it is not awaited. :raises InvalidRequest: no document, its day lies ahead, no
    IBAN. :raises ReturnDocumentUsed: a return invoice stands for one refund.
    """
    refund = lock_refund(session, tenant_id=tenant_id, refund_id=refund_id)
    document = document.strip()
    if NUMBER.fullmatch(document):
        document = document.upper()
    if refund.state != "awaiting_return_invoice":
        if (refund.tax_document, refund.tax_document_on) == (document, on):
            return
        raise RefundStateConflict(state=refund.state)
    if not document or len(document) > TEXT_MAX:
        raise InvalidRequest("Belge numarasını yazın.", "Name the document's number.")
    if on > istanbul_date(at):
        raise InvalidRequest("Belge tarihi ileride olamaz.", "The document's day lies ahead.")
    if to_iban:
        refund.to_iban = valid_iban(to_iban)
    if refund.gateway == BANK and not refund.to_iban:
        raise InvalidRequest("İadenin yapılacağı IBAN'ı yazın.", "Name the IBAN that the money goes to.")
    _take_document(session, refund, document, on)
    was = refund.state
    refund.state = "to_transfer" if refund.gateway == BANK else "ready"
    refund.check_at = at + REMIND_EVERY if refund.gateway == BANK else at
    if refund.gateway != BANK:
        messages.put(session, tenant_id=tenant_id, topic=SEND, key=refund_id, at=at)
    words = f"İade belgesi kaydedildi: {document}.", f"The document of the return is recorded: {document}."
    tell(session, refund=refund, kind="refund_tax_document", words=words, by=by, at=at)
    note_decision(session, refund=refund, was=was, why=document, by=by, at=at)
    return_invoices.take(session, refund=refund, by=by, at=at)


def _take_document(session: Session, refund: Refund, document: str, on: date) -> None:
    session.flush()
    try:
        with session.begin_nested():
            refund.tax_document, refund.tax_document_on = document, on
            session.flush()
    except IntegrityError as error:
        if "refund_return_document" not in str(error.orig):
            raise
        raise ReturnDocumentUsed() from error


def cancel(session: Session, *, tenant_id: UUID, refund_id: UUID, by: str, at: datetime, why: str = "") -> None:
    """Call a refund off before money moved; its lots thaw with the frozen time added.

    :raises RefundStateConflict: the gateway may have been asked already, or it has ended.
    """
    refund = lock_refund(session, tenant_id=tenant_id, refund_id=refund_id)
    if refund.state == "cancelled":
        return
    if refund.state not in ("awaiting_return_invoice", "ready", "to_transfer") or refund.may_have_happened:
        raise RefundStateConflict(state=refund.state)
    messages.call_off(session, tenant_id=tenant_id, topic=SEND, key=refund_id, at=at)
    was = refund.state
    refund.state, refund.ended_at, refund.check_at, refund.failure = "cancelled", at, NEVER, why
    words = "İade iptal edildi; kontörler çözüldü.", "The refund is called off; the kontör are thawed."
    tell(session, refund=refund, kind="refund_cancelled", words=words, by=by, at=at)
    note_decision(session, refund=refund, was=was, why=why, by=by, at=at)
    instruct(session, refund=refund, action="thaw", lot_ids=held_by(session, refund=refund), at=at)


def remind(session: Session, *, tenant_id: UUID, refund_id: UUID, at: datetime) -> bool:
    """Note that the buyer (or staff, for a transfer) is reminded; False if that is not due."""
    refund = lock_refund(session, tenant_id=tenant_id, refund_id=refund_id)
    if refund.state not in ("awaiting_return_invoice", "to_transfer") or at < refund.check_at:
        return False
    refund.reminded_at, refund.check_at = at, at + REMIND_EVERY
    words = {
        "iade_faturasi": ("İade faturanız bekleniyor; gelince ödeme yapılacak.",
                          "Your iade faturası is awaited; the money follows it."),
        "cancel_invoice": ("Fatura iptali bekleniyor.", "The cancelling of the invoice is awaited."),
        "gider_pusulasi": ("İmzalı gider pusulası bekleniyor.", "The signed gider pusulası is awaited."),
    }[refund.tax_way]  # fmt: skip
    if refund.state == "to_transfer":
        words = ("İade havalesi bekliyor.", "The transfer of the refund is awaited.")
    tell(session, refund=refund, kind="refund_reminder", words=words, by="system", at=at)
    return True


def valid_iban(text: str) -> str:
    """A Turkish IBAN without blanks. :raises InvalidRequest: it is none."""
    compact = re.sub(r"\s", "", text).upper()
    try:
        if not re.fullmatch(r"TR[0-9]{24}", compact):
            raise ValidationError("not Turkish")
        return str(stdnum_iban.validate(compact))
    except ValidationError as error:
        raise InvalidRequest("IBAN geçersiz.", "The IBAN is not valid.") from error


def _part(refund: Refund, lot: LotQuote) -> RefundLot:
    return RefundLot(
        tenant_id=refund.tenant_id, refund_id=refund.refund_id, lot_id=lot.lot_id, kontor=lot.kontor,
        net_kurus=lot.net_kurus,
    )  # fmt: skip
