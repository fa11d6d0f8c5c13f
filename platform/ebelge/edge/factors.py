"""The second factor of somebody whose password was right: counted before it is tried, right once."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ebelge.core.db import role_session
from ebelge.edge import totp
from tenants.people import lockouts, recovery_codes

Outcome = Literal["totp", "recovery_code", ""]


def check(*, person_id: UUID, typed: str, network: str, at: datetime) -> Outcome:
    """What kind of code it was; empty where it was wrong, used before, or nothing may be tried just now."""
    with role_session("people") as session:
        counted = [
            lockouts.count(session, kind="factor", subject=person_id, at=at),
            lockouts.count(session, kind="address", subject=network, at=at),
        ]
    if not all(counted):
        return ""
    with role_session("people") as session:
        outcome: Outcome = ""
        if recovery_codes.looks_like_one(typed):
            outcome = "recovery_code" if recovery_codes.use(session, person_id=person_id, typed=typed, at=at) else ""
        elif totp.check(session, person_id=person_id, code=typed):
            outcome = "totp"
        if outcome:
            lockouts.clear(session, subjects=[("factor", person_id)])
            lockouts.take_back(session, kind="address", subject=network, at=at)
        return outcome
