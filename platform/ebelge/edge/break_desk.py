"""The desk that ends breaks: what can be done about each kind, done once, and the break ended by the entry that did it.

An entry is made in the tenant's own transaction, the break ended in finance's; whoever dies between them does the same
again, and the entry is found, not made anew. Above the limit a grant waits for a second person, and the break with it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing import breaks
from billing.ledger import charges
from billing.ledger.models import Charge
from billing.models.orders import KontorOrder
from billing.models.returns import StaffGrant
from billing.reconciliation import queue
from billing.reconciliation.queue import BreakRow
from billing.settlement import staff_grants
from billing.settlement.bank_lines import SecondPersonNeeded, same_person
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import Conflict, NotFound
from ebelge.jobs.asking import ask

Entry = Literal["grant", "give_back", "invoice"]
# Which entry sets a kind of break right; where none stands, a person ends it with his own.
PROPOSED: Final[dict[str, Entry]] = {
    "payment_without_lot": "grant",
    "order_without_lot": "grant",
    "charge_without_document": "give_back",
    "charged_without_signature": "give_back",
    "order_without_invoice": "invoice",
}


class NothingProposed(Conflict):
    """No entry is proposed for this break, or its reason is gone."""

    code = "nothing_proposed"
    title_tr, title_en = "Bu fark için önerilen kayıt yok", "No entry is proposed for this break"
    advice_tr = "Hiçbir şey değiştirilmedi. Farkı düzelten kaydı kendiniz yapıp adını yazarak kapatın."
    advice_en = "Nothing was changed. Make the entry yourself and end the break with its name."


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: the entry as the break names it, or empty while something is still awaited."""

    entry: str
    waits_for: Literal["", "second_person", "worker"] = ""


def proposal(found: BreakRow) -> Entry | None:
    """Which entry would set an open break right."""
    entry = PROPOSED.get(found.kind)
    if found.state != "open" or (entry == "grant" and not (found.kontor or 0) > 0):
        return None
    return entry


def grant_of(session: Session, found: BreakRow) -> StaffGrant | None:
    """The grant that was asked for about a break (roles finance, reader)."""
    return staff_grants.of_cause(session, tenant_id=found.tenant_id, cause_id=found.break_id)


def settle(break_id: UUID, *, note: str, by: str, at: datetime) -> Done:
    """Make the proposed entry and end the break by it.

    :raises NothingProposed: there is none. :raises InvalidRequest: no note.
    """
    found = _found(break_id)
    entry = proposal(found)
    if entry is None:
        raise NothingProposed()
    reason = breaks.check_note(note)
    if entry == "invoice":
        return _ask_for_invoice(found, by=by, at=at)
    if entry == "give_back":
        made = _give_back(found, at=at)
    else:
        grant = _grant(found, reason=reason, by=by, at=at)
        if grant.state == "asked":
            _take_on(found, by=by, at=at)
            return Done("", "second_person")
        made = f"grant {grant.grant_id}"
    _end(found, note=reason, entry=made, by=by, at=at)
    return Done(made)


def approve(break_id: UUID, *, by: str, name: str, at: datetime) -> Done:
    """Give, as a second person, what another asked for about a break, and end it.

    :param name: the person's, as the commands know him: two names of one person are no second person.
    :raises SecondPersonNeeded: it is the same person. :raises NotFound: nothing waits.
    """
    found = _found(break_id)
    grant = _waiting(found)
    if same_person(grant.asked_by, name):
        raise SecondPersonNeeded(
            f"{name} istedi; başka biri onaylamalı.", f"{name} asked for it; somebody else must approve."
        )
    with tenant_session(found.tenant_id) as session:
        given = staff_grants.approve(session, tenant_id=found.tenant_id, grant_id=grant.grant_id, by=by, at=at)
        reason, made = given.reason, f"grant {given.grant_id}"
    _end(found, note=reason, entry=made, by=by, at=at)
    return Done(made)


def refuse(break_id: UUID, *, note: str, by: str, at: datetime) -> None:
    """Do not give it; the break stays open. :raises NotFound: nothing waits."""
    found = _found(break_id)
    grant = _waiting(found)
    with tenant_session(found.tenant_id) as session:
        staff_grants.refuse(
            session, tenant_id=found.tenant_id, grant_id=grant.grant_id, by=by, note=note, at=at
        )  # fmt: skip


def _found(break_id: UUID) -> BreakRow:
    with role_session("finance") as session:
        return queue.one_break(session, break_id=break_id)


def _waiting(found: BreakRow) -> StaffGrant:
    with role_session("finance") as session:
        grant = grant_of(session, found)
        if grant is None or found.state != "open":
            raise NotFound()
        session.expunge(grant)
        return grant


def _grant(found: BreakRow, *, reason: str, by: str, at: datetime) -> StaffGrant:
    with tenant_session(found.tenant_id) as session:
        grant = staff_grants.ask(
            session, tenant_id=found.tenant_id, kind="correction", kontor=found.kontor or 0, reason=reason, by=by,
            at=at, limit_kontor=settings().second_person_kontor, cause_id=found.break_id,
        )  # fmt: skip
        session.expunge(grant)
        return grant


def _give_back(found: BreakRow, *, at: datetime) -> str:
    charge_id = UUID(found.subject)
    with tenant_session(found.tenant_id) as session:
        charge = session.get(Charge, (found.tenant_id, charge_id))
        if charge is None:
            raise NothingProposed()
        if charge.state in ("captured", "restored"):
            charges.restore(session, tenant_id=found.tenant_id, charge_ids=[charge_id], at=at)
        else:
            charges.release(session, tenant_id=found.tenant_id, charge_ids=[charge_id], at=at)
    return f"charge {charge_id}"


def _ask_for_invoice(found: BreakRow, *, by: str, at: datetime) -> Done:
    with tenant_session(found.tenant_id) as session:
        order_id = session.scalar(
            text("SELECT order_id FROM kontor_order WHERE tenant_id = :tenant_id AND reference = :reference"),
            {"tenant_id": found.tenant_id, "reference": found.subject},
        )
        if order_id is None or session.get_one(KontorOrder, (found.tenant_id, order_id)).invoice_state != "wanted":
            raise NothingProposed()
        ask(session, tenant_id=found.tenant_id, topic="order.invoice", key=order_id, at=at)
    _take_on(found, by=by, at=at)
    return Done("", "worker")


def _take_on(found: BreakRow, *, by: str, at: datetime) -> None:
    with role_session("finance") as session:
        breaks.take_on(session, tenant_id=found.tenant_id, break_id=found.break_id, owner=by, at=at)


def _end(found: BreakRow, *, note: str, entry: str, by: str, at: datetime) -> None:
    with role_session("finance") as session:
        breaks.end_break(
            session, tenant_id=found.tenant_id, break_id=found.break_id, state="resolved", note=note,
            resolved_by=entry, by=by, at=at,
        )  # fmt: skip
