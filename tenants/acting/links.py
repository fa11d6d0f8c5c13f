"""Links by which an owner answers a wish from his mail: 256 random bits, for a while, for that wish only."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from tenants import locator
from tenants.acting.models import ActingLink
from tenants.locator import Located

LOCATOR_KIND = "acting-link"
VALID_FOR = timedelta(days=3)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Link:
    """A link at its birth: the only time its token is known."""

    email: str
    token: str = field(repr=False)


def make(session: Session, *, tenant_id: UUID, consent_id: UUID, emails: Iterable[str], at: datetime) -> list[Link]:
    """As the customer: a link for each address."""
    made = []
    for email in emails:
        link_id, token = new_id(), secrets.token_urlsafe(32)
        session.add(
            ActingLink(
                tenant_id=tenant_id, link_id=link_id, consent_id=consent_id, email=email, expires_at=at + VALID_FOR
            )
        )
        locator.put(session, tenant_id=tenant_id, kind=LOCATOR_KIND, key=token, object_id=link_id)
        made.append(Link(email, token))
    session.flush()
    return made


def locate(session: Session, *, token: str) -> Located:
    """Whose link a token is; the session needs no tenant. :raises NotFound: nobody's."""
    found = locator.locate(session, kind=LOCATOR_KIND, key=token) if _TOKEN.fullmatch(token) else None
    if found is None:
        raise NotFound()
    return found


def get(session: Session, *, tenant_id: UUID, link_id: UUID, at: datetime) -> ActingLink:
    """As the customer: the link. :raises NotFound: its time is over."""
    found = session.get(ActingLink, (tenant_id, link_id))
    if found is None or found.expires_at <= at:
        raise NotFound()
    return found
