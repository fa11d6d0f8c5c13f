"""What approved decisions about bank lines ask for: orders credited, wrong payments taken back, debts looked at.

Each step is a transaction of its own, as finance, as the payer, as finance; whoever dies between them left everything
there for the next look, and nothing happens twice.
"""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import text

from billing.settlement import bank_credit, bank_desk, bank_proposals, bank_reversal, on_account
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError
from ebelge.jobs import bell
from ebelge.jobs.database import patiently

log = logging.getLogger(__name__)

_OVERDUE = text(
    "SELECT DISTINCT tenant_id FROM receivable "
    "WHERE state = 'open' AND kind <> 'emergency' AND due_at <= :at LIMIT 5000"
)


def match(at: datetime) -> int:
    """Look at undecided lines again and decide those in which nothing is in doubt; returns how many were."""
    with role_session("finance") as session:
        found = bank_proposals.propose(session, at=at)
        made = bank_desk.take_automatic(session, found, at=at, limit_kurus=settings().second_person_kurus)
        return len(made)


def credit(at: datetime) -> Counter[str]:
    """Credit what is decided and take back what is to be undone; returns what became of it, counted by outcome."""
    outcomes: Counter[str] = Counter()
    with role_session("finance") as session:
        creditings = bank_credit.ready(session)
        reversals = bank_reversal.approved(session)
    for crediting in creditings:
        _each(outcomes, "credit", partial(_credit, crediting))
    for reversal in reversals:
        _each(outcomes, "reversal", partial(_take_back, reversal))
    if outcomes:
        bell.ring()
    return outcomes


def carry_out(at: datetime) -> int:
    """The duty: credit and take back what is approved; returns how much was done."""
    return credit(at).total()


def overdue(at: datetime) -> int:
    """Tell of debts past their due date, and freeze where the contract says so; returns how many were frozen."""
    with role_session("finance") as session:
        tenants = list(session.execute(_OVERDUE, {"at": at}).scalars())
    count = 0
    for tenant_id in tenants:
        with tenant_session(tenant_id) as session:
            count += on_account.note_overdue(session, tenant_id=tenant_id, at=utc_now())
    return count


def _each(outcomes: Counter[str], what: str, work: Callable[[], str]) -> None:
    """One at a time: another's trouble stops nobody."""
    try:
        outcomes[patiently(work)] += 1
    except DomainError as error:
        log.exception("bank decision not carried out", extra={"what": what})
        outcomes[error.code] += 1


def _credit(crediting: bank_credit.Crediting) -> str:
    with tenant_session(crediting.tenant_id) as session:
        settled = bank_credit.credit(session, crediting, at=utc_now())
    with role_session("finance") as session:
        bank_credit.credited(session, crediting, settled, at=utc_now())
    return settled.outcome


def _take_back(reversal: bank_reversal.Reversal) -> str:
    with tenant_session(reversal.tenant_id) as session:
        bank_reversal.take_back(session, reversal, at=utc_now())
    with role_session("finance") as session:
        bank_reversal.taken_back(session, reversal, at=utc_now())
    return "taken_back"
