"""The low-balance watch: whom to tell, below which balance, once until it has risen above again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.ledger import balance
from billing.ledger.models import Lot
from billing.models.upkeep import KontorWatch
from ebelge.core.errors import InvalidRequest

EMAILS_MAX: Final = 10
LANGUAGES: Final = ("tr", "en")
KONTOR_MAX: Final = 10**12
_EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")


@dataclass(frozen=True, slots=True)
class Low:
    """A balance that has just been found below the watch's threshold."""

    spendable: int
    low_kontor: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What every page shows of a balance: what may be spent now, and the threshold below which it is low (0: never)."""

    spendable: int
    low_kontor: int


def standing(session: Session, *, tenant_id: UUID, at: datetime) -> Standing:
    """The spendable kontör and the watch's threshold, in one statement."""
    open_lots = select(func.coalesce(func.sum(Lot.remaining), 0)).where(
        Lot.tenant_id == tenant_id, Lot.open, Lot.expires_at > at
    )
    threshold = select(KontorWatch.low_kontor).where(KontorWatch.tenant_id == tenant_id)
    row = session.execute(select(open_lots.scalar_subquery(), threshold.scalar_subquery())).one()
    return Standing(int(row[0]), int(row[1] or 0))


def of(session: Session, *, tenant_id: UUID) -> KontorWatch | None:
    """The tenant's watch; None if it never set one."""
    return session.get(KontorWatch, tenant_id)


def keep(
    session: Session, *, tenant_id: UUID, low_kontor: int, emails: Sequence[str], language: str, at: datetime
) -> KontorWatch:
    """Set the watch; `low_kontor` 0 tells nobody of a low balance. A new threshold is told anew.

    :raises InvalidRequest: a threshold below 0, an address that is none, too many, an unknown language.
    """
    addresses = list(dict.fromkeys(address.strip() for address in emails))
    if not 0 <= low_kontor <= KONTOR_MAX or language not in LANGUAGES or len(addresses) > EMAILS_MAX:
        raise InvalidRequest(
            f"Eşik 0 ya da büyük, dil tr ya da en, en çok {EMAILS_MAX} adres olmalı.",
            f"The threshold is 0 or more, the language tr or en, at most {EMAILS_MAX} addresses.",
        )
    wrong = [address for address in addresses if len(address) > 254 or not _EMAIL.fullmatch(address)]
    if wrong:
        raise InvalidRequest(f"E-posta adresi değil: {wrong[0][:80]}", f"Not a mail address: {wrong[0][:80]}")
    watch = _locked(session, tenant_id)
    if watch is None:
        watch = KontorWatch(tenant_id=tenant_id, low_since=None)
        session.add(watch)
    elif watch.low_kontor != low_kontor:
        watch.low_since = None
    watch.low_kontor, watch.emails, watch.language, watch.changed_at = low_kontor, addresses, language, at
    session.flush()
    return watch


def look(session: Session, *, tenant_id: UUID, at: datetime) -> Low | None:
    """Compare balance and threshold; what is to be told, once until the balance has risen to the threshold again."""
    watch = _locked(session, tenant_id)
    if watch is None:
        return None
    spendable = balance.balance(session, tenant_id=tenant_id, at=at).spendable
    if spendable >= watch.low_kontor:
        watch.low_since = None
    elif watch.low_since is None:
        watch.low_since = at
        session.flush()
        return Low(spendable, watch.low_kontor, at)
    session.flush()
    return None


def _locked(session: Session, tenant_id: UUID) -> KontorWatch | None:
    return session.scalars(
        select(KontorWatch)
        .where(KontorWatch.tenant_id == tenant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
