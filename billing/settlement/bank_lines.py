"""Bank lines and decisions as they are locked and added up; what every decision about them goes by."""

from collections.abc import Iterable, Sequence
from typing import NoReturn
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from billing.models.bank import BankAllocation, BankLine
from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.folding import fold

AUTOMATIC = "matching"  # the machine's name where it decides
LIVE = ("asked", "approved", "credited")
NOTE_MAX = 1000


class LineDecided(Conflict):
    """The state of the line or of the decision does not allow this."""

    code = "bank_line_decided"
    title_tr, title_en = "Banka satırının durumu buna izin vermiyor", "The state of the bank line does not allow this"


class SecondPersonNeeded(Conflict):
    """Above the limit whoever asks cannot also approve."""

    code = "second_person_needed"
    title_tr, title_en = "İkinci bir kişi onaylamalı", "A second person must approve"


def rest_kurus(session: Session, line: BankLine) -> int:
    """What of a line is neither decided nor paid back; nothing where it paid a debt."""
    if line.pays_back_id is not None:
        return 0
    decided = session.scalar(
        select(func.coalesce(func.sum(BankAllocation.amount_kurus), 0)).where(
            BankAllocation.line_id == line.line_id, BankAllocation.state.in_(LIVE), BankAllocation.reverses_id.is_(None)
        )
    )
    back = session.scalar(
        select(func.coalesce(func.sum(BankLine.amount_kurus), 0)).where(BankLine.pays_back_id == line.line_id)
    )
    return line.amount_kurus - int(decided or 0) + int(back or 0)


def refresh(session: Session, line: BankLine) -> None:
    """Let a locked line's state follow from its decisions."""
    session.flush()
    states = set(
        session.scalars(
            select(BankAllocation.state).where(
                BankAllocation.line_id == line.line_id, BankAllocation.state.in_(LIVE)
            )
        )
    )  # fmt: skip
    rest = rest_kurus(session, line)
    if states & {"asked", "approved"}:
        line.state = "decided"
    elif rest == 0:
        paid_back = session.scalar(select(BankLine.line_id).where(BankLine.pays_back_id == line.line_id).limit(1))
        line.state = "refunded" if paid_back else "credited"
    elif rest < line.amount_kurus:
        line.state = "to_refund"
    elif line.state not in ("to_refund", "ignored"):
        line.state = "proposed" if line.match else "new"
    session.flush()


def lock_order(session: Session, order_id: UUID) -> None:
    """Let decisions about one order wait for each other. Finance may not lock the tenants' rows themselves."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('bank order ' || :order_id, 0))"),
        {"order_id": str(order_id)},
    )


def lock_line(session: Session, line_id: UUID) -> BankLine:
    """The line, locked. :raises NotFound: there is none."""
    line = session.scalars(
        select(BankLine)
        .where(BankLine.line_id == line_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()  # fmt: skip
    if line is None:
        raise NotFound("Böyle bir banka satırı yok.", "There is no such bank line.")
    return line


def lock_decision(session: Session, allocation_id: UUID) -> list[BankAllocation]:
    """A decision, locked; a reversal with all the rows that were asked for with it. :raises NotFound: there is none."""
    row = session.scalars(select(BankAllocation).where(BankAllocation.allocation_id == allocation_id)).one_or_none()
    if row is None:
        raise NotFound("Böyle bir karar yok.", "There is no such decision.")
    if row.reverses_id is None:
        return locked(session, row.order_id, [allocation_id])
    together = select(BankAllocation.allocation_id).where(
        BankAllocation.to_tenant_id == row.to_tenant_id,
        BankAllocation.order_id == row.order_id,
        BankAllocation.reverses_id.is_not(None),
        BankAllocation.asked_at == row.asked_at,
    )
    return locked(session, row.order_id, session.scalars(together).all())


def locked(session: Session, order_id: UUID, allocation_ids: Sequence[UUID]) -> list[BankAllocation]:
    """Decisions about one order, locked after their lines (in a fixed order) and the order itself, as everywhere."""
    query = select(BankAllocation).where(BankAllocation.allocation_id.in_(list(allocation_ids)))
    for line_id in sorted({row.line_id for row in session.scalars(query)}):
        lock_line(session, line_id)
    lock_order(session, order_id)
    again = query.order_by(BankAllocation.allocation_id).with_for_update()
    return list(session.scalars(again.execution_options(populate_existing=True)))


def refresh_lines(session: Session, rows: Iterable[BankAllocation]) -> None:
    """Let the state of these decisions' lines follow from what is decided now; the lines are locked already."""
    for line_id in sorted({row.line_id for row in rows}):
        refresh(session, lock_line(session, line_id))


def only_proof(session: Session, line: BankLine, paid_id: UUID) -> None:
    """:raises LineDecided: another line has paid that refund or debt: this one was sent by mistake."""
    lock_order(session, paid_id)  # two lines at once wait for each other
    other = select(BankLine.line_id).where(BankLine.pays_back_id == paid_id, BankLine.line_id != line.line_id)
    if session.execute(other.limit(1)).first() is not None:
        decided()


def payment_ref(session: Session, line_id: UUID) -> str:
    """The name under which the next decision about a line is credited: each only once."""
    before = session.scalar(
        select(func.count()).where(BankAllocation.line_id == line_id, BankAllocation.reverses_id.is_(None))
    )
    return f"{line_id}:{before + 1}" if before else str(line_id)


def person(by: str) -> str:
    """Who decides, blanks made one. :raises InvalidRequest: nobody."""
    name = " ".join(by.split())
    if not fold(name) or len(name) > 100:
        raise InvalidRequest("Kimin yaptığı gerekli.", "Say who does it.")
    return name


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's, however they are cased, accented or spaced."""
    return fold(one) == fold(other)


def words(note: str, *, needed: bool = False) -> str:
    """A note. :raises InvalidRequest: too long, or none where one is needed."""
    said = note.strip()
    if (needed and not said) or len(said) > NOTE_MAX:
        raise InvalidRequest("Açıklama gerekli (en çok 1000 harf).", "A note is needed (at most 1000 letters).")
    return said


def decided() -> NoReturn:
    """:raises LineDecided: always."""
    raise LineDecided("Bu satır için başka bir karar var.", "Something else is decided about this line.")
