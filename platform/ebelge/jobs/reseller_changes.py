"""Change of reseller, from the request to what follows from it: each side's part in a session of its own.

What becomes of open matters on the day (ADR 0090): consents to the old reseller's people end, its open take-backs end
with a no, a pool that is the old reseller's is left by the pool's own leaving. Orders keep the reseller under whom they
were placed, and with him the commission; lots that came from him stay spendable; prices, packages and sight follow
`tenant.reseller_id` by themselves.
"""

import logging
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.pools import rights
from billing.resellers import taking_back
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import NotFound
from ebelge.jobs import pooling
from ebelge.notify import post
from tenants import accounts
from tenants.acting import consents
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.resellers import changes, lookup
from tenants.resellers.changes import Reseller, Side
from tenants.resellers.models import ResellerChange

log = logging.getLogger(__name__)
BY_CHANGE = "reseller change"


def ask_as_customer(customer_id: UUID, *, new_vkn: str | None, wanted_on: date, actor: Actor) -> UUID:
    """The customer asks to go to the reseller with this VKN, or (None) to nobody's; returns the request's id.

    :raises NotFound: no such reseller. For the rest see `changes.ask`.
    """
    return _ask(customer_id, "customer", _reseller_by_vkn(new_vkn), wanted_on, actor)


def ask_as_reseller(reseller_id: UUID, *, customer_vkn: str, wanted_on: date, actor: Actor) -> UUID:
    """A reseller asks for a customer that has an account already; of the account nothing is told.

    :raises NotFound: no such account, which is then to be onboarded. For the rest see `changes.ask`.
    """
    with tenant_session(reseller_id) as session:
        found = lookup.account_of(session, vkn_tckn=customer_vkn)
        new = lookup.reseller(session, tenant_id=reseller_id)
    if found is None or found.kind != "customer":
        raise NotFound("Bu VKN/TCKN ile bir müşteri hesabı yok.", "No customer's account has this VKN or TCKN.")
    return _ask(found.tenant_id, "new", new, wanted_on, actor)


def ask_as_operator(customer_id: UUID, *, new_vkn: str | None, wanted_on: date, actor: Actor) -> UUID:
    """The operator enters a request; every other side still answers. See `ask_as_customer`."""
    return _ask(customer_id, "operator", _reseller_by_vkn(new_vkn), wanted_on, actor)


def answer_as_customer(customer_id: UUID, change_id: UUID, *, yes: bool, actor: Actor, reason: str = "") -> str:
    """The customer's answer; returns the request's state. See `changes.answer`."""
    return _answer(customer_id, change_id, "customer", yes, actor, reason)


def answer_as_party(tenant_id: UUID, change_id: UUID, *, yes: bool, actor: Actor, reason: str = "") -> str:
    """A reseller's or the operator's answer; returns the request's state. With the operator's yes, and where the day
    has come, it is carried out at once. :raises NotFound: not a side of it. See `changes.answer`."""
    with tenant_session(tenant_id) as session:
        party = changes.side_of(session, tenant_id=tenant_id, change_id=change_id)
        customer_id, side = party.customer_id, _side(party.side)
    state = _answer(customer_id, change_id, side, yes, actor, reason)
    if state == "agreed":
        carry_out(customer_id, change_id)
        with tenant_session(customer_id) as session:
            state = changes.get(session, tenant_id=customer_id, change_id=change_id).state
    return state


def withdraw_as_customer(customer_id: UUID, change_id: UUID, *, actor: Actor) -> None:
    """The customer takes the request back. See `changes.withdraw`."""
    _withdraw(customer_id, change_id, "customer", actor)


def withdraw_as_party(tenant_id: UUID, change_id: UUID, *, actor: Actor) -> None:
    """A reseller or the operator takes its own request back. :raises NotFound. See `changes.withdraw`."""
    with tenant_session(tenant_id) as session:
        party = changes.side_of(session, tenant_id=tenant_id, change_id=change_id)
        customer_id, side = party.customer_id, _side(party.side)
    _withdraw(customer_id, change_id, side, actor)


def due(at: datetime) -> int:
    """Carry out every change whose day has come, and finish what a kill cut off; returns how many."""
    with role_session("reader") as session:
        found = changes.due(session, at=at)
    return sum(carry_out(customer_id, change_id) for customer_id, change_id in found)


def carry_out(customer_id: UUID, change_id: UUID) -> bool:
    """Move the customer if the change is agreed and due, then do what follows; True if done. Bears repetition."""
    with tenant_session(customer_id) as session:
        at = utc_now()
        moved = changes.move(session, tenant_id=customer_id, change_id=change_id, at=at)
        change = moved or changes.get(session, tenant_id=customer_id, change_id=change_id)
        if change.state != "moved":
            return False
        old_id = change.old_reseller_id
        if old_id is not None:
            consents.end_all_of(session, tenant_id=customer_id, acting_tenant_id=old_id, by=BY_CHANGE, at=at)
            taking_back.end_all_of(session, tenant_id=customer_id, reseller_id=old_id, by=BY_CHANGE, at=at)
        if moved is not None:
            entries.note(
                session, tenant_id=customer_id, actor=entries.system("reseller_changes"), action="reseller.changed",
                object_kind="tenant", object_id=customer_id, before={"reseller_id": old_id},
                after={"reseller_id": change.new_reseller_id}, at=at,
            )  # fmt: skip
            _write(session, change, "reseller_changed", at)
        pools = [one.pool_id for one in rights.memberships(session, tenant_id=customer_id) if one.state != "ended"]
    for pool_id in pools if old_id is not None else ():
        with tenant_session(pool_id) as session:
            of_old = accounts.get(session, tenant_id=pool_id).reseller_id == old_id
        if of_old:
            pooling.leave(customer_id, pool_id)
    with tenant_session(customer_id) as session:
        changes.finish(session, tenant_id=customer_id, change_id=change_id)
    log.info("customer has changed its reseller", extra={"customer_id": str(customer_id)})
    return True


def _ask(customer_id: UUID, side: Side, new: Reseller | None, wanted_on: date, actor: Actor) -> UUID:
    with tenant_session(customer_id) as session:
        old_id = accounts.get(session, tenant_id=customer_id).reseller_id
        operator_id = lookup.operator_id(session)
    old = None
    if old_id is not None:
        with tenant_session(old_id) as session:
            old = Reseller(old_id, accounts.get(session, tenant_id=old_id).title)
    with tenant_session(customer_id) as session:
        at = utc_now()
        change = changes.ask(
            session,
            tenant_id=customer_id,
            side=side,
            old=old,
            new=new,
            operator_id=operator_id,
            wanted_on=wanted_on,
            by=named(actor),
            at=at,
        )
        _note(session, change, "reseller.change_asked", actor, at)
        if side != "customer":
            _write(session, change, "reseller_change_asked", at)
        customer = accounts.get(session, tenant_id=customer_id)
        change_id, title, vkn = change.change_id, customer.title, customer.vkn_tckn
    parties = {"old": old, "new": new, "operator": Reseller(operator_id, "")}
    for name, party in parties.items():
        if party is not None and name != side:
            _tell(party.tenant_id, change_id, customer=vkn if name == "new" else title, operator=name == "operator")
    return change_id


def _tell(party_id: UUID, change_id: UUID, *, customer: str, operator: bool) -> None:
    """Write to another side that its word is wanted. The list on its page says so too, whatever becomes of the mail."""
    place = "operator/reseller-changes" if operator else "reseller/changes"
    with tenant_session(party_id) as session:
        post.write(
            session, tenant_id=party_id, kind="reseller_change_waits", occasion=f"reseller change {change_id}",
            facts={"customer": customer, "link": f"{settings().public_base_url}/{place}"}, at=utc_now(),
        )  # fmt: skip


def _answer(customer_id: UUID, change_id: UUID, side: Side, yes: bool, actor: Actor, reason: str) -> str:
    at = utc_now()
    with tenant_session(customer_id) as session:
        change = changes.answer(
            session,
            tenant_id=customer_id,
            change_id=change_id,
            side=side,
            yes=yes,
            by=named(actor),
            reason=reason,
            at=at,
            answer_days=settings().reseller_answer_days,
        )
        said = {"side": side, "answer": "yes" if yes else "no", "state": change.state}
        entries.note(
            session, tenant_id=customer_id, actor=actor, action="reseller.change_answered",
            object_kind="reseller_change", object_id=change_id, after=said, at=at,
        )  # fmt: skip
        return change.state


def _withdraw(customer_id: UUID, change_id: UUID, side: Side, actor: Actor) -> None:
    with tenant_session(customer_id) as session:
        at = utc_now()
        change = changes.withdraw(session, tenant_id=customer_id, change_id=change_id, side=side, at=at)
        _note(session, change, "reseller.change_asked", actor, at)


def named(actor: Actor) -> str:
    """How a row names who asked or answered."""
    return actor.name or f"{actor.kind}:{actor.id}"


def _note(session: Session, change: ResellerChange, action: str, actor: Actor, at: datetime) -> None:
    told = {"from_reseller": change.old_title, "to_reseller": change.new_title, "state": change.state}
    entries.note(
        session, tenant_id=change.tenant_id, actor=actor, action=action, object_kind="reseller_change",
        object_id=change.change_id, after=told, at=at,
    )  # fmt: skip


def _write(session: Session, change: ResellerChange, kind: str, at: datetime) -> None:
    facts = {
        "to": change.new_title or "",
        "wanted_on": change.wanted_on.isoformat(),
        "at": at.isoformat(),
        "link": f"{settings().public_base_url}/settings/reseller",
    }
    post.write(
        session, tenant_id=change.tenant_id, kind=kind, occasion=f"{kind} {change.change_id}", facts=facts, at=at
    )


def _reseller_by_vkn(vkn: str | None) -> Reseller | None:
    if vkn is None:
        return None
    with role_session("app") as session:
        found = lookup.account_of(session, vkn_tckn=vkn)
    if found is None or found.kind != "reseller":
        raise NotFound("Böyle bir bayi yok.", "There is no such reseller.")
    with tenant_session(found.tenant_id) as session:
        return lookup.reseller(session, tenant_id=found.tenant_id)


def _side(word: str) -> Side:
    return "old" if word == "old" else "new" if word == "new" else "operator"
