"""Who is signed in: a random token in the session's cookie finds a row in PostgreSQL, and that row says it all.

The cookie's token changes when somebody signs in and when the second factor is passed; signing out ends the row.
"""

import ipaddress
import logging
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask, Response, after_this_request, g, request, session
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from ebelge.core.derive import derived_keys
from ebelge.core.findings import Language
from ebelge.edge.requests import request_at
from tenants.people import sessions
from tenants.people.sessions import Open

_TOKEN = "sid"
_log = logging.getLogger("ebelge.sign_in")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who has proved who he is, at this browser. What he may do: `ebelge.edge.people`."""

    person_id: UUID
    email: str
    full_name: str
    language: Language
    session_id: UUID
    second_factor: bool
    tenant_id: UUID | None
    confirmed: bool


def register(app: Flask) -> None:
    """Sign the session's cookie with keys out of the master keys: it outlives the rotation of those."""
    newest, *older = derived_keys("flask-session")
    app.config.update(SECRET_KEY=newest, SECRET_KEY_FALLBACKS=older)


def signed_in() -> SignedIn | None:
    """Who is signed in; None if nobody is (or the second factor is still to come)."""
    found = _open()
    if found is None or found.waits_for_factor:
        return None
    return SignedIn(
        person_id=found.person_id,
        email=found.email,
        full_name=found.full_name,
        language=found.language,
        session_id=found.session_id,
        second_factor=found.second_factor,
        tenant_id=found.tenant_id,
        confirmed=found.confirmed,
    )


def waiting_for_factor() -> Open | None:
    """Whose password was right and whose second factor is awaited."""
    found = _open()
    return found if found is not None and found.waits_for_factor else None


def begin(*, person_id: UUID, method: str, waits_for_factor: bool = False, second_factor: bool = False) -> None:
    """Sign somebody in at this browser, or let him on to his second factor; whoever was here before is out."""
    at = request_at()
    with role_session("people") as db:
        _end_present(db, at)
        token, _ = sessions.begin(
            db,
            person_id=person_id,
            method=method,
            waits_for_factor=waits_for_factor,
            second_factor=second_factor,
            address=request.remote_addr or "",
            agent=request.user_agent.string,
            at=at,
        )
    _keep(token)


def factor_passed() -> UUID:
    """The second factor was right: another token, a session that has it. Returns whose it is."""
    found = _open()
    assert found is not None
    with role_session("people") as db:
        token, _ = sessions.replace(db, old=found.session_id, second_factor=True, at=request_at())
    _keep(token)
    return found.person_id


def sign_out() -> None:
    """End the session of this browser."""
    with role_session("people") as db:
        _end_present(db, request_at())
    session.clear()
    g.pop("open_session", None)


def choose_tenant(tenant_id: UUID | None) -> None:
    """Work in that tenant from now on; that the person is a member is for the caller to know."""
    found = _open()
    assert found is not None
    with role_session("people") as db:
        sessions.choose_tenant(db, session_id=found.session_id, tenant_id=tenant_id)
    g.pop("open_session", None)


def network() -> str:
    """The network that a request comes from, for counting: one IPv4 address, or an IPv6 /64 (one customer's line)."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def sign_in_url(next_path: str = "") -> str:
    """Where a visitor signs in, to come back to `next_path`."""
    return f"/sign-in?{urlencode({'next': next_path}, safe='/')}" if next_path else "/sign-in"


def second_factor_url(next_path: str = "") -> str:
    """Where somebody sets up his second factor, to come back to `next_path`."""
    return f"/account/factors?{urlencode({'next': next_path}, safe='/')}" if next_path else "/account/factors"


def _open() -> Open | None:
    if "open_session" not in g:
        g.open_session = _find()
    found: Open | None = g.open_session
    return found


def may_be_signed_in() -> bool:
    """Whether this browser holds a token of somebody; the database is not asked."""
    return isinstance(session.get(_TOKEN), str)


def _find() -> Open | None:
    token = session.get(_TOKEN)
    if not isinstance(token, str):
        return None
    with role_session("people") as db:
        found = sessions.find(db, token=token, at=request_at())
    if found is None:
        return None
    g.person_language = found.language
    if found.stale:
        after_this_request(lambda response: _note_seen(response, found.session_id))
    return found


def _note_seen(response: Response, session_id: UUID) -> Response:
    # runs when the answer is out: nobody waits for it
    response.call_on_close(lambda: _write_seen(session_id))
    return response


def _write_seen(session_id: UUID) -> None:
    try:
        with role_session("people", durable=False) as db:
            sessions.seen(db, session_id=session_id, at=utc_now())
    except SQLAlchemyError:
        _log.warning("a session was not noted as seen", exc_info=True)


def _keep(token: str) -> None:
    """The new token replaces everything that the cookie held: also the form token of whoever was here before."""
    session.clear()
    session[_TOKEN] = token
    g.pop("open_session", None)
    g.pop("csrf_token", None)


def _end_present(db: Session, at: datetime) -> None:
    token = session.get(_TOKEN)
    found = sessions.find(db, token=token, at=at) if isinstance(token, str) else None
    if found is not None:
        sessions.end(db, person_id=found.person_id, session_id=found.session_id, at=at)
