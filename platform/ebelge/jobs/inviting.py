"""An invitation and its letter, in one transaction: for pages, commands and tasks alike."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.config import settings
from ebelge.core.findings import Language
from ebelge.notify import post
from tenants import accounts
from tenants.audit.entries import Actor
from tenants.members import invitations
from tenants.members.invitations import Sent
from tenants.members.reach import WHOLE, Reach
from tenants.rights import ROLE_NAMES


def invite(
    session: Session,
    *,
    tenant_id: UUID,
    email: str,
    role: str,
    actor: Actor,
    at: datetime,
    language: Language = "tr",
    reach: Reach = WHOLE,
    full_name: str = "",
) -> Sent:
    """Offer a role in the session's tenant to an address, and write the letter that brings it.

    The caller rings the bell after the commit. For what is refused, see `invitations.invite`.
    """
    sent = invitations.invite(
        session, tenant_id=tenant_id, email=email, role=role, language=language, actor=actor, reach=reach,
        full_name=full_name, at=at,
    )  # fmt: skip
    _write(session, sent, at)
    return sent


def send_again(session: Session, *, tenant_id: UUID, invitation_id: UUID, actor: Actor, at: datetime) -> Sent:
    """The same offer in a new letter with a new link; the old link ends. See `invitations.send_again`."""
    sent = invitations.send_again(session, tenant_id=tenant_id, invitation_id=invitation_id, actor=actor, at=at)
    _write(session, sent, at)
    return sent


def link(token: str) -> str:
    """Where an invitation is opened."""
    return f"{settings().public_base_url}/invitations/{token}"


def _write(session: Session, sent: Sent, at: datetime) -> None:
    row = sent.invitation
    role_tr, role_en = next(names for role, names in ROLE_NAMES.items() if role == row.role)
    post.write_to(
        session,
        tenant_id=row.tenant_id,
        recipient=row.email,
        language="en" if row.language == "en" else "tr",
        kind="member_invited",
        occasion=f"member.invited {row.invitation_id} {row.sent_count}",
        facts={
            "company": accounts.get(session, tenant_id=row.tenant_id).title,
            "by": row.invited_by_name or "Ebelge",
            "role_tr": role_tr,
            "role_en": role_en,
            "until": row.expires_at.isoformat(),
        },
        secret_link=link(sent.token),
        at=at,
    )
