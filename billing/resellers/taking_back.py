"""Taking kontör back from a customer: with its acceptance, or at once within 24 hours while nothing of it is spent.

The customer's session does everything here: the row says who asked, and its wallet gives. What is held, spent, frozen
or expired stays. What goes back has the expiry that it had in the reseller's stock; kontör whose old expiry is over
stays with the customer, who was promised a longer one (contract `fresh`): going back would only end it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger import lots, transfers
from billing.ledger.models import Lot, TransferLot
from billing.models.resellers import TakeBack
from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.money import count_text
from tenants.audit.deeds import deed

WITHOUT_ASKING = timedelta(hours=24)
OldExpiry = Mapping[UUID, datetime]


class NothingToTakeBack(Conflict):
    """So much of that transfer is no longer unspent, or its old expiry is over."""

    code = "nothing_to_take_back"
    title_tr, title_en = "Bu kadar kontör geri alınamaz", "So much kontör cannot be taken back"


class TakeBackAnswered(Conflict):
    """The request has its answer, or another one for the same transfer waits for the customer."""

    code = "take_back_answered"
    title_tr, title_en = "Geri alma isteği yanıtlanmış", "The request has been answered"


@dataclass(frozen=True, slots=True)
class Returned:
    """A take-back as it stands now, and the draws by which its kontör is on its way to the reseller."""

    request: TakeBack
    draws: tuple[UUID, ...] = ()


def old_expiry(session: Session, *, tenant_id: UUID, draw_id: UUID) -> dict[UUID, datetime]:
    """As the reseller: until when each stock lot of a transfer lasts. :raises NotFound: not this reseller's draw."""
    found = old_expiries(session, tenant_id=tenant_id, draw_ids=[draw_id])
    if not found:
        raise NotFound("Böyle bir aktarımınız yok.", "You have made no such transfer.")
    return found


def old_expiries(session: Session, *, tenant_id: UUID, draw_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """The same of several transfers; of those that are not this reseller's, nothing."""
    rows = session.execute(
        select(Lot.lot_id, Lot.expires_at)
        .join(TransferLot, (TransferLot.tenant_id == Lot.tenant_id) & (TransferLot.lot_id == Lot.lot_id))
        .where(TransferLot.tenant_id == tenant_id, TransferLot.draw_id.in_(draw_ids))
    )
    return {row.lot_id: row.expires_at for row in rows}


def unspent(
    session: Session, *, tenant_id: UUID, reseller_id: UUID, draw_ids: Sequence[UUID], old: OldExpiry, at: datetime
) -> dict[UUID, tuple[int, datetime]]:  # fmt: skip
    """As the customer: how much of each transfer could go back now, and its last day here, by transfer.

    :param old: `old_expiries` of the transfers.
    """
    lots = session.scalars(
        select(Lot).where(
            Lot.tenant_id == tenant_id, Lot.source == "received", Lot.source_id.in_(draw_ids),
            Lot.origin_tenant_id == reseller_id,
        )
    )  # fmt: skip
    found: dict[UUID, tuple[int, datetime]] = {}
    for lot in lots:
        kontor, until = found.get(lot.source_id, (0, lot.expires_at))
        found[lot.source_id] = kontor + _returnable(lot, old, at), max(until, lot.expires_at)
    return found


def ask(
    session: Session,
    *,
    tenant_id: UUID,
    take_back_id: UUID,
    reseller_id: UUID,
    reseller_title: str,
    draw_id: UUID,
    kontor: int,
    old: OldExpiry,
    asked_by: str,
    at: datetime,
) -> Returned:
    """As the customer, for the reseller: take `kontor` back at once where that is allowed, else ask the customer.

    Repeating a `take_back_id` changes nothing. The caller has made sure that the reseller made this transfer.

    :param old: `old_expiry` of the transfer. :raises NothingToTakeBack: fewer than `kontor` are unspent.
    :raises TakeBackAnswered: a request for the same transfer waits already.
    """
    if kontor <= 0:
        raise InvalidRequest("Kontör pozitif bir tam sayı olmalı.", "Kontör must be a positive whole number.")
    lots.hold_wallet(session, tenant_id=tenant_id, at=at)
    known = session.get(TakeBack, (tenant_id, take_back_id))
    if known is not None:
        return Returned(known, _draws(session, known))
    received = _received(session, tenant_id, draw_id, reseller_id)
    _enough(received, old, kontor, at)
    waiting = select(TakeBack).where(
        TakeBack.tenant_id == tenant_id, TakeBack.draw_id == draw_id, TakeBack.state == "asked"
    )
    if session.scalars(waiting).first() is not None:
        raise TakeBackAnswered(
            "Bu aktarım için yanıt bekleyen bir istek var.", "A request for this transfer waits for its answer."
        )
    request = TakeBack(
        tenant_id=tenant_id,
        take_back_id=take_back_id,
        reseller_id=reseller_id,
        reseller_title=reseller_title,
        draw_id=draw_id,
        kontor=kontor,
        taken_kontor=0,
        state="asked",
        asked_by=asked_by,
        asked_at=at,
    )
    session.add(request)
    untouched = all(lot.consumed == lot.held == 0 for lot in received)
    if untouched and at < min(lot.credited_at for lot in received) + WITHOUT_ASKING:
        return _take(session, request, received, old, by=asked_by, at=at)
    session.flush()
    _note(session, request, "take_back.asked", by=asked_by, at=at)
    return Returned(request)


def accept(
    session: Session, *, tenant_id: UUID, take_back_id: UUID, old: OldExpiry, answered_by: str, at: datetime
) -> Returned:
    """As the customer: give back what was asked, or as much of it as is unspent. Repeating it changes nothing.

    :raises NotFound: no such request. :raises TakeBackAnswered: it was refused. :raises NothingToTakeBack: all spent.
    """
    lots.hold_wallet(session, tenant_id=tenant_id, at=at)
    request = get(session, tenant_id=tenant_id, take_back_id=take_back_id)
    if request.state == "done":
        return Returned(request, _draws(session, request))
    _must_wait(request)
    received = _received(session, tenant_id, request.draw_id, request.reseller_id)
    _enough(received, old, 1, at)
    return _take(session, request, received, old, by=answered_by, at=at)


def refuse(session: Session, *, tenant_id: UUID, take_back_id: UUID, answered_by: str, at: datetime) -> TakeBack:
    """As the customer: keep the kontör. Repeating it changes nothing. :raises TakeBackAnswered: it was accepted."""
    request = get(session, tenant_id=tenant_id, take_back_id=take_back_id)
    if request.state != "refused":
        _must_wait(request)
        request.state, request.answered_by, request.ended_at = "refused", answered_by, at
        session.flush()
        _note(session, request, "take_back.answered", by=answered_by, at=at)
    return request


def end_all_of(session: Session, *, tenant_id: UUID, reseller_id: UUID, by: str, at: datetime) -> int:
    """As the customer: what a reseller still asks for stays, because it is its reseller no more; how many requests."""
    waiting = session.scalars(
        select(TakeBack)
        .where(TakeBack.tenant_id == tenant_id, TakeBack.reseller_id == reseller_id, TakeBack.state == "asked")
        .with_for_update()
    ).all()
    for request in waiting:
        request.state, request.answered_by, request.ended_at = "refused", by, at
    session.flush()
    return len(waiting)


def get(session: Session, *, tenant_id: UUID, take_back_id: UUID) -> TakeBack:
    """A request to this customer, locked. :raises NotFound: there is none."""
    found = session.scalars(
        select(TakeBack).where(TakeBack.tenant_id == tenant_id, TakeBack.take_back_id == take_back_id).with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def requests(
    session: Session, *, tenant_id: UUID, limit: int, before: UUID | None = None, reseller_id: UUID | None = None
) -> Sequence[TakeBack]:
    """Requests to this customer, newest first; those older than `before`, those of one reseller."""
    query = select(TakeBack).where(TakeBack.tenant_id == tenant_id).order_by(TakeBack.take_back_id.desc()).limit(limit)
    if before is not None:
        query = query.where(TakeBack.take_back_id < before)
    if reseller_id is not None:
        query = query.where(TakeBack.reseller_id == reseller_id)
    return session.scalars(query).all()


def _must_wait(request: TakeBack) -> None:
    if request.state != "asked":
        raise TakeBackAnswered("İsteğin yanıtı verilmiş.", "The request has its answer.", state=request.state)


def _received(session: Session, tenant_id: UUID, draw_id: UUID, reseller_id: UUID) -> Sequence[Lot]:
    """The customer's lots of a transfer, those that burn last first. :raises NotFound: they have not arrived."""
    found = session.scalars(
        select(Lot)
        .where(
            Lot.tenant_id == tenant_id,
            Lot.source == "received",
            Lot.source_id == draw_id,
            Lot.origin_tenant_id == reseller_id,
        )
        .order_by(Lot.priority.desc(), Lot.expires_at.desc(), Lot.lot_id.desc())
    ).all()
    if not found:
        raise NotFound("Bu aktarım müşteriye ulaşmamış.", "That transfer has not reached the customer.")
    return found


def _returnable(lot: Lot, old: OldExpiry, at: datetime) -> int:
    """Kontör of a lot that can go back now: unspent, and its old expiry is still to come."""
    until = min(lot.expires_at, old.get(UUID(str(lot.origin_lot_id)), lot.expires_at))
    return lot.remaining if lot.open and until > at else 0


def _enough(received: Sequence[Lot], old: OldExpiry, kontor: int, at: datetime) -> None:
    unspent = sum(_returnable(lot, old, at) for lot in received)
    if unspent < kontor:
        raise NothingToTakeBack(
            f"En çok {count_text(unspent)} kontör geri alınabilir; harcanan, ayrılan ve süresi dolan kalır.",
            f"At most {count_text(unspent)} kontör can go back; what is spent, held or past its day stays.",
            unspent_kontor=unspent,
        )


def _take(
    session: Session, request: TakeBack, received: Sequence[Lot], old: OldExpiry, *, by: str, at: datetime
) -> Returned:
    """Pass back what is unspent, up to what was asked; the caller holds the wallet."""
    wanted = [(lot.lot_id, lot.expires_at, lot.origin_lot_id, _returnable(lot, old, at)) for lot in received]
    need = request.kontor
    for lot_id, expires_at, origin, unspent in wanted:
        take = min(need, unspent)
        if take == 0:
            continue
        before = old.get(UUID(str(origin)), expires_at)
        transfers.pass_on(
            session,
            tenant_id=request.tenant_id,
            draw_id=_draw(request.take_back_id, lot_id),
            to_tenant_id=request.reseller_id,
            kontor=take,
            at=at,
            only_lots=[lot_id],
            fresh_until=before if before < expires_at else None,
        )
        need -= take
    request.taken_kontor = request.kontor - need
    request.state, request.answered_by, request.ended_at = "done", by, at
    session.flush()
    _note(session, request, "take_back.answered", by=by, at=at)
    return Returned(request, _draws(session, request))


def _note(session: Session, request: TakeBack, action: str, *, by: str, at: datetime) -> None:
    facts = {"kontor": request.taken_kontor or request.kontor, "state": request.state}
    deed(
        session, tenant_id=request.tenant_id, action=action, object_kind="take_back", object_id=request.take_back_id,
        after=facts, by=by, at=at,
    )  # fmt: skip


def _draw(take_back_id: UUID, lot_id: UUID) -> UUID:
    return uuid5(take_back_id, str(lot_id))


def _draws(session: Session, request: TakeBack) -> tuple[UUID, ...]:
    """The draws of a take-back that was done: one per lot it took from."""
    if request.state != "done":
        return ()
    ids = session.scalars(
        select(Lot.lot_id).where(
            Lot.tenant_id == request.tenant_id, Lot.source == "received", Lot.source_id == request.draw_id
        )
    )
    draws = [_draw(request.take_back_id, lot_id) for lot_id in ids]
    known = session.scalars(
        select(TransferLot.draw_id).where(TransferLot.tenant_id == request.tenant_id, TransferLot.draw_id.in_(draws))
    )
    return tuple(known)
