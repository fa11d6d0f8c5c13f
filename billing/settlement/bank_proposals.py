"""Who paid what: every order that may be meant by a transfer, of all tenants, beside the lines that nobody decided yet.

Reads as finance, writes only its proposal into the line. Nothing is credited here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models.bank import BankLine
from billing.orders.states import PAYABLE
from billing.payments.bank import matching
from billing.payments.bank.matching import ExpectedTransfer, Match, Proposal
from billing.payments.bank.reference import references_in
from billing.payments.bank.statement import StatementLine
from ebelge.core.db import fetch
from ebelge.core.errors import NotFound

# A reference comes a second time within this time, or the line is somebody's to think about.
PAID_LATELY = timedelta(days=60)
PROPOSED_FOR = timedelta(days=180)
# Beside the words of `matching.Match`: money for an order that nobody can pay any more.
ORDER_CLOSED = "order_closed"

# `decided` is what decisions give to the order and is not credited yet; `due` is what it needs beside them.
_PAYABLES = """
    SELECT o.tenant_id, o.order_id, o.reference, o.method, o.state, o.gross_kurus, o.currency, t.vkn_tckn AS buyer_vkn,
           t.title AS buyer_name, coalesce(a.decided_kurus, 0)::bigint AS decided_kurus,
           o.state = ANY(%(payable)s) AS payable,
           o.method = 'open_account' AND o.paid_at IS NULL AND o.credited_at IS NOT NULL AS is_debt
      FROM kontor_order o
      JOIN tenant t ON t.tenant_id = o.tenant_id AND t.mode = 'live'
      LEFT JOIN (SELECT to_tenant_id, order_id, sum(amount_kurus) AS decided_kurus FROM bank_allocation
                  WHERE state IN ('asked', 'approved') AND reverses_id IS NULL
                  GROUP BY to_tenant_id, order_id) a ON a.to_tenant_id = o.tenant_id AND a.order_id = o.order_id
"""
_EXPECTED = f"""{_PAYABLES}
     WHERE o.state = ANY(%(payable)s) OR (o.method = 'open_account' AND o.paid_at IS NULL AND o.credited_at IS NOT NULL)
        OR coalesce(o.paid_at, o.credited_at, o.ended_at, o.created_at) >= %(lately)s
     ORDER BY o.order_id
"""
_BY_REFERENCE = f"{_PAYABLES} WHERE o.reference = %(reference)s"
_BY_ID = f"{_PAYABLES} WHERE o.tenant_id = %(tenant_id)s AND o.order_id = %(order_id)s"
_KNOWN_IBANS = """
    SELECT a.to_tenant_id, array_agg(DISTINCT l.sender_iban)
      FROM bank_allocation a JOIN bank_line l USING (line_id)
     WHERE a.state = 'credited' AND a.reverses_id IS NULL AND l.sender_iban <> ''
     GROUP BY a.to_tenant_id
"""
# Money that went out and may be a refund by transfer that waits for it.
_PAYS_BACK = """
    UPDATE bank_line o SET state = 'proposed', match = 'refund_out', confidence_percent = 60,
           proposed_tenant_id = r.tenant_id, proposed_order_id = r.order_id
      FROM refund r
     WHERE o.amount_kurus < 0 AND o.state = 'ignored' AND o.pays_back_id IS NULL AND o.decided_by IS NULL
       AND o.booked_on >= %s AND r.state = 'to_transfer' AND r.gross_kurus = -o.amount_kurus
       AND r.to_iban IN ('', o.sender_iban)
"""


@dataclass(frozen=True, slots=True)
class Payable:
    """An order, and how much of it is decided and not credited yet. `is_debt`: credited on open account, to be paid."""

    tenant_id: UUID
    order_id: UUID
    reference: str
    method: str
    state: str
    gross_kurus: int
    currency: str
    buyer_vkn: str
    buyer_name: str
    decided_kurus: int
    payable: bool
    is_debt: bool

    @property
    def due_kurus(self) -> int:
        """What the order still needs beside what is decided."""
        return self.gross_kurus - self.decided_kurus if self.payable or self.is_debt else 0

    @property
    def takes_money(self) -> bool:
        """Whether a transfer can be put to it at all."""
        return self.due_kurus > 0


@dataclass(frozen=True, slots=True)
class Proposed:
    """A line and what it may be for; `automatic`: reference and amount agree, and nothing else is at hand."""

    line_id: UUID
    match: str
    automatic: bool
    orders: tuple[Payable, ...]
    difference_kurus: int
    confidence_percent: int
    reason_tr: str
    reason_en: str


def payables(session: Session, *, at: datetime) -> list[Payable]:
    """Orders of all live tenants that wait for money, and those that had it (or ended) lately."""
    return _read(session, _EXPECTED, lately=at - PAID_LATELY)


def payable(session: Session, *, reference: str) -> Payable:
    """One order by its reference, however it is typed. :raises NotFound: no live tenant has it."""
    known = references_in(reference)
    found = _read(session, _BY_REFERENCE, reference=known[0]) if len(known) == 1 else []
    if len(found) != 1:
        raise NotFound(f"Sipariş bulunamadı: {reference[:40]}", f"There is no order {reference[:40]}.")
    return found[0]


def payable_by_id(session: Session, *, tenant_id: UUID, order_id: UUID) -> Payable:
    """One order by its ids. :raises NotFound: no live tenant has it."""
    found = _read(session, _BY_ID, tenant_id=tenant_id, order_id=order_id)
    if len(found) != 1:
        raise NotFound(f"Sipariş bulunamadı: {order_id}", f"There is no order {order_id}.")
    return found[0]


def propose(session: Session, *, at: datetime) -> list[Proposed]:
    """Look again at every line of the last 180 days that nobody decided, write its proposal down, and return them.

    Two runs are one run. Where several orders fit, the line names none of them: the list shows them all.
    """
    lines = session.scalars(
        select(BankLine)
        .where(
            BankLine.state.in_(("new", "proposed")), BankLine.amount_kurus > 0,
            BankLine.booked_on >= (at - PROPOSED_FOR).date(),
        )
        .order_by(BankLine.booked_on, BankLine.line_id)
        .with_for_update(skip_locked=True)
    ).all()  # fmt: skip
    found = proposals_for(session, lines, at=at)
    by_line: dict[UUID, list[Proposed]] = {}
    for one in found:
        by_line.setdefault(one.line_id, []).append(one)
    for line in lines:
        _write(line, by_line.get(line.line_id, []))
    session.flush()
    session.connection().exec_driver_sql(_PAYS_BACK, ((at - PROPOSED_FOR).date(),))
    return found


def proposals_for(session: Session, lines: Sequence[BankLine], *, at: datetime) -> list[Proposed]:
    """What each line may be for; nothing is written."""
    if not lines:
        return []
    ibans = {row[0]: frozenset(row[1]) for row in fetch(session, _KNOWN_IBANS)}
    orders = {str(one.order_id): one for one in payables(session, at=at)}
    expected = [_expected(one, ibans.get(one.tenant_id, frozenset())) for one in orders.values()]
    # Where somebody, or the machine, decided once, the machine does not decide again.
    fresh = {str(line.line_id) for line in lines if line.decided_by is None}
    found = matching.propose([_line(line) for line in lines], expected)
    return [_proposed(one, orders, fresh=one.line.bank_ref in fresh) for one in found]


def _expected(one: Payable, ibans: frozenset[str]) -> ExpectedTransfer:
    return ExpectedTransfer(
        transfer_id=str(one.order_id),
        reference=one.reference,
        amount_kurus=one.due_kurus if one.takes_money else one.gross_kurus,
        currency=one.currency,
        buyer_vkn=one.buyer_vkn,
        buyer_name=one.buyer_name,
        known_ibans=ibans,
        paid=not one.takes_money,
    )


def _line(line: BankLine) -> StatementLine:
    return StatementLine(
        account=str(line.account_id),
        booked_on=line.booked_on,
        amount_kurus=line.amount_kurus,
        currency=line.currency,
        description=line.description,
        bank_ref=str(line.line_id),
        row=0,
        sender_name=line.sender_name,
        sender_vkn=line.sender_vkn,
        sender_iban=line.sender_iban,
    )


def _proposed(found: Proposal, orders: dict[str, Payable], *, fresh: bool) -> Proposed:
    meant = tuple(orders[number] for number in found.transfer_ids)
    match: str = found.match.value
    reason = (found.reason_tr, found.reason_en)
    if found.match is Match.PAID_TWICE and meant[0].state in ("expired", "cancelled"):
        match, reason = ORDER_CLOSED, ("Sipariş kapanmış", "the order is closed")
    # The rest of an order of which something came before is a person's to judge, and so is one that a card may pay.
    first = len(meant) == 1 and not meant[0].decided_kurus and meant[0].method in ("bank", "open_account")
    return Proposed(
        line_id=UUID(found.line.bank_ref),
        match=match,
        automatic=found.automatic and fresh and first and meant[0].takes_money,
        orders=meant,
        difference_kurus=found.difference_kurus,
        confidence_percent=found.confidence_percent,
        reason_tr=reason[0],
        reason_en=reason[1],
    )


def _write(line: BankLine, found: Sequence[Proposed]) -> None:
    single = found[0].orders[0] if len(found) == 1 and len(found[0].orders) == 1 else None
    # Money in another currency is kept and shown, and proposed for nothing.
    foreign = bool(found) and found[0].match == Match.OTHER_CURRENCY.value
    line.state = "proposed" if found and not foreign else "new"
    line.match = found[0].match if found else None
    line.confidence_percent = found[0].confidence_percent if found else None
    line.proposed_tenant_id = single.tenant_id if single and not foreign else None
    line.proposed_order_id = single.order_id if single and not foreign else None


def _read(session: Session, sql: str, **values: object) -> list[Payable]:
    session.flush()
    values["payable"] = [state.value for state in PAYABLE]
    rows = session.connection().exec_driver_sql(sql, values).fetchall()
    return [Payable(**row._mapping) for row in rows]
