"""Whoever works in a customer's account with its consent: asked anew at every request, so an end of it is one at once.

The session's chosen tenant is then the customer, of which the person is no member; the consent says what he may do.
He stays one of the reseller's or the operator's people: whoever may act for nobody there (or is suspended
with it) acts for nobody here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import g

from ebelge.core.db import tenant_session
from ebelge.edge.requests import request_at
from ebelge.edge.sign_in import SignedIn
from tenants import accounts
from tenants.acting import sessions
from tenants.acting.sessions import Acting
from tenants.members.memberships import Seat
from tenants.rights import ROLES

ACTS = "customers:act"


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody from outside in a customer's account: the consent, the account, and the seat he comes from."""

    acting: Acting
    home: Seat
    kind: str
    mode: str
    state: str
    title: str


def guest(who: SignedIn, seats: Sequence[Seat]) -> Guest | None:
    """The person in an account that is not his, under its consent; None without one in force. Once per request."""
    if who.tenant_id is None or any(seat.tenant_id == who.tenant_id for seat in seats):
        return None
    if "guest" not in g:
        g.guest = _guest(who, seats)
    found: Guest | None = g.guest
    return found


def _guest(who: SignedIn, seats: Sequence[Seat]) -> Guest | None:
    assert who.tenant_id is not None
    with tenant_session(who.tenant_id) as session:
        acting = sessions.current(session, tenant_id=who.tenant_id, session_id=who.session_id, at=request_at())
        if acting is None or acting.person_id != who.person_id:
            return None
        home = next((seat for seat in seats if seat.tenant_id == acting.acting_tenant_id), None)
        if home is None or home.state != "active" or ACTS not in ROLES[home.role]:
            return None
        tenant = accounts.get(session, tenant_id=who.tenant_id)
        return Guest(acting, home, tenant.kind, tenant.mode, tenant.state, tenant.title)
