"""Charges: kontör held for something, then spent or given back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from billing.ledger.errors import SHORT, InsufficientKontor, refusals
from ebelge.core.clock import istanbul_date, istanbul_midnight
from ebelge.core.db import later, together
from ebelge.core.money import count_text
from ebelge.core.transaction import Prepared

GRACE_DAYS = 30


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """What to hold: a charge id (its idempotency), the kind, kontör, the price version it came from, a reference."""

    charge_id: UUID
    kind: str
    kontor: int
    price_id: UUID
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Reserved:
    """How many charges of a call are held now (counted from its start), and the kontör the rest is short of."""

    count: int
    shortfall_kontor: int


_RESERVE = Prepared("SELECT ledger_reserve(%s, %s, %s, %s::bigint[], %s, %s, %s, %s)")
_RESERVE_ONE = Prepared("SELECT ledger_reserve_one(%s, %s, %s, %s, %s, %s, %s)")
_RESERVE_OR_REFUSE = Prepared(f"SELECT must_be(ledger_reserve_one(%s, %s, %s, %s, %s, %s, %s), 0, '{SHORT}')")
_CAPTURE = Prepared("SELECT ledger_capture(%s, %s, %s)")
_RETURN = Prepared("SELECT ledger_return(%s, %s, %s, %s, %s)")


def reserve(
    session: Session,
    *,
    tenant_id: UUID,
    charge_id: UUID,
    kind: str,
    kontor: int,
    price_id: UUID,
    at: datetime,
    reference: str = "",
) -> None:
    """Hold kontör from the lots that expire first.

    Repeating a call with the same charge_id and content changes nothing. A price of 0 makes no charge.

    :raises InsufficientKontor: fewer than `kontor` are spendable.
    :raises SameKeyOtherContent: the charge exists with another kind, amount or reference.
    """
    request = ChargeRequest(charge_id, kind, kontor, price_id, reference)
    reserved = reserve_many(session, tenant_id=tenant_id, charges=[request], at=at)
    if reserved.shortfall_kontor:
        raise insufficient(needed_kontor=kontor, short_kontor=reserved.shortfall_kontor)


def reserve_many(
    session: Session,
    *,
    tenant_id: UUID,
    charges: Sequence[ChargeRequest],
    at: datetime,
    partial: bool = False,
) -> Reserved:
    """Hold kontör for many charges in one step, in their order; returns the shortfall instead of raising.

    All or nothing by default; `partial` holds the longest prefix that the balance allows.

    :raises SameKeyOtherContent: one of the charges exists with another kind, amount or reference.
    """
    if any(charge.kontor < 0 for charge in charges):
        raise ValueError("a charge cannot be negative: give kontör back by release or restore")
    priced = [charge for charge in charges if charge.kontor > 0]
    if not priced:
        return Reserved(len(charges), 0)
    if len(priced) == 1:
        short = _call(session, _RESERVE_ONE, tenant_id, *_columns(priced[0]), at)
        count = 0 if short else 1
    else:
        columns = [list(column) for column in zip(*map(_columns, priced), strict=True)]
        count, short = _call(session, _RESERVE, tenant_id, *columns, partial, at)
    if count == len(priced):
        return Reserved(len(charges), 0)
    if not partial:
        return Reserved(0, short)
    return Reserved(charges.index(priced[count]), short)


def reserve_later(session: Session, *, tenant_id: UUID, charge: ChargeRequest, at: datetime) -> None:
    """`reserve` that travels with the commit (or with the next round trip), and raises there what `reserve` raises."""
    if charge.kontor < 0:
        raise ValueError("a charge cannot be negative: give kontör back by release or restore")
    if charge.kontor > 0:
        refusing = partial(_short, charge.kontor)
        later(session, _RESERVE_OR_REFUSE, tenant_id, *_columns(charge), at, refusing=refusing)


@contextmanager
def _short(needed_kontor: int) -> Iterator[None]:
    try:
        with refusals():
            yield
    except (DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(cause, psycopg.Error) or cause.sqlstate != SHORT:
            raise
        short_kontor = int(cause.diag.message_primary or 0)
        raise insufficient(needed_kontor=needed_kontor, short_kontor=short_kontor) from error


def _columns(charge: ChargeRequest) -> tuple[Any, ...]:
    return charge.charge_id, charge.kind, charge.kontor, charge.price_id, charge.reference


def insufficient(*, needed_kontor: int, short_kontor: int) -> InsufficientKontor:
    """The refusal for a call that is `short_kontor` short."""
    needed, short = count_text(needed_kontor), count_text(short_kontor)
    return InsufficientKontor(
        f"{needed} kontör gerekiyor, {short} kontör eksik. Hiçbir şey kaydedilmedi; kontör yükleyip yeniden gönderin.",
        f"{needed} kontör are needed, {short} are missing. Nothing was stored; add kontör and send again.",
        needed_kontor=needed_kontor,
        missing_kontor=short_kontor,
    )


def capture(session: Session, *, tenant_id: UUID, charge_ids: Sequence[UUID], at: datetime) -> int:
    """Spend what is held for these charges; captured ones stay as they are. Returns how many moved.

    :raises ChargeStateConflict: one was released or restored. :raises UnknownCharge: one does not exist.
    """
    return int(_call(session, _CAPTURE, tenant_id, list(charge_ids), at))


def capture_later(session: Session, *, tenant_id: UUID, charge_ids: Sequence[UUID], at: datetime) -> None:
    """`capture` that travels with the commit, where its count is of no interest.

    What `capture` raises is raised there: the edge opens its session inside `refusals()`.
    """
    later(session, _CAPTURE, tenant_id, list(charge_ids), at)


def release(session: Session, *, tenant_id: UUID, charge_ids: Sequence[UUID], at: datetime) -> int:
    """Give back what is held for these charges, to the lots it came from; released ones stay as they are.

    :raises ChargeStateConflict: one was captured or restored. :raises UnknownCharge: one does not exist.
    """
    return _give_back(session, tenant_id, charge_ids, restore=False, at=at)


def restore(session: Session, *, tenant_id: UUID, charge_ids: Sequence[UUID], at: datetime) -> int:
    """Give back what was captured for these charges, once each (TRADE.md 4 says where it goes).

    :raises ChargeStateConflict: one was never captured. :raises UnknownCharge: one does not exist.
    """
    return _give_back(session, tenant_id, charge_ids, restore=True, at=at)


def grace_until(at: datetime, *, days: int = GRACE_DAYS) -> datetime:
    """Expiry of kontör that comes back after its lot has ended: whole Istanbul days."""
    return istanbul_midnight(istanbul_date(at) + timedelta(days=days + 1))


def _give_back(session: Session, tenant_id: UUID, charge_ids: Sequence[UUID], *, restore: bool, at: datetime) -> int:
    return int(_call(session, _RETURN, tenant_id, list(charge_ids), restore, grace_until(at), at))


def _call(session: Session, statement: Prepared, *values: Any) -> Any:
    """One call of a ledger function, with what the transaction has put off until then: this is the hot path."""
    with refusals():
        ((row,),) = together(session, (statement, values))
    session.expire_all()
    return row[0]
