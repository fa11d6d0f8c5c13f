"""Invitations: a role offered to an address, accepted once by whoever holds its mail and that address.

Who is told what: whoever invites sees the same whether the address is known to us or not; whoever holds the token
sees the offer; everybody else sees nothing, and not even whether there ever was one.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, NotFound
from ebelge.core.findings import Language
from ebelge.core.ids import new_id
from tenants import locator
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.locator import Located
from tenants.members import memberships
from tenants.members.errors import AlreadyMember, InvitationGone, OtherAddress
from tenants.members.models import Invitation, Membership
from tenants.members.reach import WHOLE, Reach
from tenants.people.persons import plain_email, plain_name

LOCATOR_KIND: Final = "invitation"
VALID_FOR: Final = timedelta(days=7)
# Mails to strangers are not a toy: so many in a day, and a pause before the same one goes out again.
PER_DAY_MAX: Final = 50
SENT_AGAIN_AFTER: Final = timedelta(minutes=2)
SENT_MAX: Final = 10
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class TooManyInvitations(Conflict):
    """The tenant has sent as many invitations as a day allows, or this one a moment ago."""

    code = "too_many_invitations"
    title_tr, title_en = "Şu an davet gönderilemiyor", "No invitation can be sent just now"
    advice_tr = "Hiçbir şey gönderilmedi."
    advice_en = "Nothing was sent."


class NotLetInYet(Conflict):
    """Whoever has only applied for an account writes to nobody in its name: the name may be anything."""

    code = "not_let_in_yet"
    title_tr, title_en = "Hesap açılmadan davet gönderilemez", "No invitation before the account is active"
    advice_tr = "Hiçbir şey gönderilmedi. Hesap etkinleşince davet edin."
    advice_en = "Nothing was sent. Invite people when the account is active."


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation at its birth or when it goes out again: the only time its token is known."""

    invitation: Invitation
    token: str = field(repr=False)


def invite(
    session: Session,
    *,
    tenant_id: UUID,
    email: str,
    role: str,
    language: Language,
    actor: Actor,
    reach: Reach = WHOLE,
    full_name: str = "",
    at: datetime,
) -> Sent:
    """Offer a role to an address; an open offer to the same address is replaced. `full_name` is proposed to him.

    :raises InvalidPerson: the address is none. :raises RoleRefused: see `memberships.check_gift`.
    :raises AlreadyMember: the address is a member's. :raises TooManyInvitations: enough for today.
    :raises NotLetInYet: the account is not active yet, or closed.
    """
    address = plain_email(email)
    _check_offer(session, tenant_id, role, reach, actor)
    if address in {one.email for one in memberships.colleagues(session, tenant_id=tenant_id) if one.ended_at is None}:
        raise AlreadyMember("Bu adres kullanıcılarınızdan birinin.", "The address is one of your members'.")
    today = select(func.count()).where(
        Invitation.tenant_id == tenant_id, Invitation.created_at > at - timedelta(days=1)
    )
    if (session.scalar(today) or 0) >= PER_DAY_MAX:
        raise TooManyInvitations(
            f"Bir günde en çok {PER_DAY_MAX} davet gönderilir; yarın yeniden deneyin.",
            f"At most {PER_DAY_MAX} invitations go out in a day; try again tomorrow.",
        )
    for old in _open(session, tenant_id, address):
        old.revoked_at = at
    session.flush()
    row = Invitation(
        tenant_id=tenant_id, invitation_id=new_id(), email=address,
        full_name=plain_name(full_name) if full_name.strip() else "", language=language, role=role,
        branch_ids=sorted(reach.branch_ids), series_prefixes=sorted(reach.series_prefixes), sent_count=1,
        invited_by=memberships.mark(actor), invited_by_name=actor.name, created_at=at, sent_at=at,
        expires_at=at + VALID_FOR,
    )  # fmt: skip
    token = _new_token(session, row)
    session.add(row)
    session.flush()
    told = memberships.told(row) | {"valid_until": row.expires_at, "email": address}
    _note(session, row, "member.invited", actor, at, after=told)
    return Sent(row, token)


def send_again(session: Session, *, tenant_id: UUID, invitation_id: UUID, actor: Actor, at: datetime) -> Sent:
    """A new token for the same offer, for seven days from now; the old link ends. The actor must be able to give it.

    :raises NotFound: no open invitation of this tenant has that id. :raises RoleRefused: see `memberships.check_gift`.
    :raises TooManyInvitations: it went out a moment ago, or too often.
    """
    row = get(session, tenant_id=tenant_id, invitation_id=invitation_id)
    _check_offer(session, tenant_id, row.role, memberships.reach_of_row(row), actor)
    row = get(session, tenant_id=tenant_id, invitation_id=invitation_id)
    if at < row.sent_at + SENT_AGAIN_AFTER:
        raise TooManyInvitations(
            "Bu davet az önce gönderildi; birkaç dakika sonra yeniden deneyin.",
            "This invitation went out a moment ago; try again in a few minutes.",
        )
    if row.sent_count >= SENT_MAX:
        raise TooManyInvitations(
            "Bu davet çok kez gönderildi; adresi denetleyip yeni bir davet oluşturun.",
            "This invitation went out too often; check the address and make a new one.",
        )
    token = _new_token(session, row)
    row.sent_at, row.expires_at, row.sent_count = at, at + VALID_FOR, row.sent_count + 1
    row.invited_by, row.invited_by_name = memberships.mark(actor), actor.name
    session.flush()
    _note(session, row, "member.invited_again", actor, at, after={"valid_until": row.expires_at, "email": row.email})
    return Sent(row, token)


def revoke(session: Session, *, tenant_id: UUID, invitation_id: UUID, actor: Actor, at: datetime) -> None:
    """Take an offer back. :raises NotFound: no open invitation of this tenant has that id."""
    row = get(session, tenant_id=tenant_id, invitation_id=invitation_id)
    row.revoked_at = at
    session.flush()
    _note(session, row, "member.invitation_withdrawn", actor, at, before={"role": row.role, "email": row.email})


def get(session: Session, *, tenant_id: UUID, invitation_id: UUID) -> Invitation:
    """An open invitation of the tenant, locked and as it is now. :raises NotFound: there is none."""
    memberships.locked_tenant(session, tenant_id)  # lock order: tenant, then invitation
    row = session.get(Invitation, (tenant_id, invitation_id), with_for_update=True, populate_existing=True)
    if row is None or row.accepted_at is not None or row.revoked_at is not None:
        raise NotFound("Açık davetleriniz arasında böyle bir davet yok.", "There is no such open invitation.")
    return row


def waiting(session: Session, *, tenant_id: UUID) -> Sequence[Invitation]:
    """Invitations that nobody has accepted or withdrawn, newest first; those past their time, too."""
    return session.scalars(
        select(Invitation)
        .where(Invitation.tenant_id == tenant_id, Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
        .order_by(Invitation.invitation_id.desc())
        .limit(500)
    ).all()


def locate(session: Session, *, token: str) -> Located:
    """Whose invitation a token is; the session needs no tenant. :raises InvitationGone: nobody's."""
    found = locator.locate(session, kind=LOCATOR_KIND, key=token) if _TOKEN.fullmatch(token) else None
    if found is None:
        raise InvitationGone()
    return found


def offered(session: Session, *, tenant_id: UUID, invitation_id: UUID, token: str, at: datetime) -> Invitation:
    """The offer behind a token. :raises InvitationGone: it is not open, its time is over, or an old token."""
    row = session.get(Invitation, (tenant_id, invitation_id))
    if row is None or not _good(row, token) or row.accepted_at is not None or row.revoked_at is not None:
        raise InvitationGone()
    if row.expires_at <= at:
        raise InvitationGone()
    return row


def accept(
    session: Session,
    *,
    tenant_id: UUID,
    invitation_id: UUID,
    token: str,
    person_id: UUID,
    email: str,
    actor: Actor,
    at: datetime,
) -> Membership:
    """Take the offer: the person is a member from now on. He himself may repeat it; nobody else can.

    :raises InvitationGone: see `offered`. :raises OtherAddress: it was sent to another address; it stays open.
    :raises AlreadyMember: he became a member another way.
    """
    memberships.locked_tenant(session, tenant_id)
    row = session.get(Invitation, (tenant_id, invitation_id), with_for_update=True, populate_existing=True)
    if row is not None and row.accepted_by == person_id and _good(row, token):
        seat = session.get(Membership, (tenant_id, person_id))
        if seat is not None and seat.ended_at is None:
            return seat
    row = offered(session, tenant_id=tenant_id, invitation_id=invitation_id, token=token, at=at)
    if not hmac.compare_digest(plain_email(email).encode(), row.email.encode()):
        raise OtherAddress()
    reach = memberships.reach_of_row(row)
    seat = memberships.seat_down(
        session, tenant_id=tenant_id, person_id=person_id, role=row.role, reach=reach, by=row.invited_by, at=at
    )
    row.accepted_at, row.accepted_by = at, person_id
    session.flush()
    _note(session, row, "member.joined", actor, at, after=memberships.told(row) | {"email": row.email})
    return seat


def _check_offer(session: Session, tenant_id: UUID, role: str, reach: Reach, actor: Actor) -> None:
    tenant = memberships.check_gift(session, tenant_id=tenant_id, role=role, reach=reach, actor=actor)
    if actor.kind == "person" and tenant.state in ("applied", "closed"):
        raise NotLetInYet()


def _open(session: Session, tenant_id: UUID, email: str) -> Sequence[Invitation]:
    return session.scalars(
        select(Invitation)
        .where(
            Invitation.tenant_id == tenant_id,
            Invitation.email == email,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .with_for_update()
    ).all()


def _new_token(session: Session, row: Invitation) -> str:
    token = secrets.token_urlsafe(32)
    row.token_sha256 = _hashed(token)
    locator.put(session, tenant_id=row.tenant_id, kind=LOCATOR_KIND, key=token, object_id=row.invitation_id)
    return token


def _good(row: Invitation, token: str) -> bool:
    return hmac.compare_digest(_hashed(token), bytes(row.token_sha256))


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _note(session: Session, row: Invitation, action: str, actor: Actor, at: datetime, **change: Any) -> None:
    entries.note(
        session, tenant_id=row.tenant_id, actor=actor, action=action, object_kind="invitation",
        object_id=row.invitation_id, at=at, **change,
    )  # fmt: skip
