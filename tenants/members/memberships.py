"""Memberships: who is let in, in which role, how far he reaches, and his end.

Every change holds the tenant's row, so that two of them never pass each other: the last head stays, and whoever lost
his own role a moment ago gives none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ebelge.core.errors import NotFound
from tenants.members.errors import AlreadyMember, LastHead, NotMember, RoleRefused
from tenants.members.models import Invitation, Membership
from tenants.members.reach import WHOLE, Reach
from tenants.models import Tenant
from tenants.rights import NARROWABLE, ROLES, ROLES_OF_KIND, Role


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives or takes a role. Without `person_id` it is the operator at the command line, who may give any."""

    person_id: UUID | None
    name: str

    @property
    def mark(self) -> str:
        """How a row names him."""
        return f"person:{self.person_id}" if self.person_id is not None else "command"


COMMAND: Final = Giver(None, "ebelge")


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a person is a member: the tenant, his role there and his reach."""

    tenant_id: UUID
    kind: str
    mode: str
    state: str
    vkn_tckn: str
    title: str
    role: Role
    reach: Reach


def head_role(kind: str) -> Role:
    """The role that manages a tenant of this kind; one person at least has it."""
    return ROLES_OF_KIND[kind][0]


def seats(session: Session, *, person_id: UUID) -> list[Seat]:
    """Where the person is a member, by title; the session is his own (`person_session`). Sandboxes go with theirs."""
    rows = session.execute(text("SELECT * FROM memberships_of(:person)"), {"person": person_id})
    return [
        Seat(
            row.tenant_id, row.kind, row.mode, row.state, row.vkn_tckn, row.title, cast(Role, row.role),
            Reach(frozenset(row.branch_ids), frozenset(row.series_prefixes)),
        )
        for row in rows
    ]  # fmt: skip


def add(
    session: Session, *, tenant_id: UUID, person_id: UUID, role: str, giver: Giver, reach: Reach = WHOLE, at: datetime
) -> Membership:
    """Let a person in; one who had left comes back in the new role.

    :raises RoleRefused: see `check_gift`. :raises AlreadyMember: he is in.
    """
    check_gift(session, tenant_id=tenant_id, role=role, reach=reach, giver=giver)
    return seat_down(session, tenant_id=tenant_id, person_id=person_id, role=role, reach=reach, by=giver.mark, at=at)


def seat_down(
    session: Session, *, tenant_id: UUID, person_id: UUID, role: str, reach: Reach, by: str, at: datetime
) -> Membership:
    """The row of `add`, where it was decided before that the role may be given (an invitation).

    :raises AlreadyMember: he is in.
    """
    row = session.get(Membership, (tenant_id, person_id), with_for_update=True, populate_existing=True)
    if row is not None and row.ended_at is None:
        raise AlreadyMember("Hiçbir şey değiştirilmedi.", "Nothing was changed.")
    if row is None:
        row = Membership(tenant_id=tenant_id, person_id=person_id)
        session.add(row)
    row.role, row.ended_at, row.joined_at = role, None, at
    _set(row, reach, by, at)
    session.flush()
    return row


def change(
    session: Session, *, tenant_id: UUID, person_id: UUID, role: str, reach: Reach, giver: Giver, at: datetime
) -> Membership:
    """Give a member another role or reach; his next request obeys it. Invitations he sent as a head end with that.

    :raises RoleRefused: see `check_gift`. :raises NotMember: he is none. :raises LastHead: he is the last one.
    """
    tenant = check_gift(session, tenant_id=tenant_id, role=role, reach=reach, giver=giver)
    row = _member(session, tenant_id, person_id)
    if row.role == head_role(tenant.kind) != role:
        _keep_a_head(session, tenant, person_id)
        _end_invitations_of(session, tenant_id, person_id, at)
    row.role = role
    _set(row, reach, giver.mark, at)
    session.flush()
    return row


def end(session: Session, *, tenant_id: UUID, person_id: UUID, giver: Giver, at: datetime) -> Membership:
    """Let a member go, or let him go himself: his next request finds no tenant. Invitations he sent end too.

    :raises NotMember: he is none. :raises LastHead: he is the last one. :raises RoleRefused: the giver may not.
    """
    tenant = locked_tenant(session, tenant_id)
    if giver.person_id != person_id:
        _check_giver(session, tenant_id, giver)
    row = _member(session, tenant_id, person_id)
    if row.role == head_role(tenant.kind):
        _keep_a_head(session, tenant, person_id)
    _end_invitations_of(session, tenant_id, person_id, at)
    row.ended_at = at
    row.changed_at, row.changed_by = at, giver.mark
    session.flush()
    return row


def check_gift(session: Session, *, tenant_id: UUID, role: str, reach: Reach, giver: Giver) -> Tenant:
    """Hold the tenant, and see that the giver may give this; returns the tenant.

    :raises RoleRefused: no such role in this kind of tenant, more than the giver has, or a reach that the role or
        the giver cannot have.
    """
    tenant = locked_tenant(session, tenant_id)
    if tenant.mode != "live":
        raise RoleRefused(
            "Sınama hesabının kullanıcıları asıl hesabınkilerdir; oradan yönetin.",
            "A sandbox has the people of its account; manage them there.",
        )
    if role not in ROLES_OF_KIND[tenant.kind]:
        raise RoleRefused("Bu hesapta böyle bir yetki yok.", "This account has no such role.")
    if not reach.whole and role not in NARROWABLE:
        raise RoleRefused("Bu yetki daraltılamaz.", "This role cannot be narrowed.")
    own = _check_giver(session, tenant_id, giver)
    if own is not None:
        has = ROLES[cast(Role, own.role)]
        own_reach = Reach(frozenset(own.branch_ids), frozenset(own.series_prefixes))
        if not ROLES[role] <= has or not own_reach.covers(reach):
            raise RoleRefused("Kimse kendisinde olandan fazlasını veremez.", "Nobody gives more than he has.")
    return tenant


def locked_tenant(session: Session, tenant_id: UUID) -> Tenant:
    """The tenant, held until the transaction ends. :raises NotFound: the session is another's."""
    tenant = session.scalars(
        select(Tenant)
        .where(Tenant.tenant_id == tenant_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if tenant is None:
        raise NotFound()
    return tenant


def heads(session: Session, *, tenant_id: UUID, kind: str) -> Sequence[UUID]:
    """Who manages the tenant now."""
    return session.scalars(
        select(Membership.person_id).where(
            Membership.tenant_id == tenant_id, Membership.role == head_role(kind), Membership.ended_at.is_(None)
        )
    ).all()


def _check_giver(session: Session, tenant_id: UUID, giver: Giver) -> Membership | None:
    """The giver's own membership as it is under the lock; None for the command line."""
    if giver.person_id is None:
        return None
    own = session.get(Membership, (tenant_id, giver.person_id), populate_existing=True)
    if own is None or own.ended_at is not None or "people:manage" not in ROLES[cast(Role, own.role)]:
        raise RoleRefused("Kullanıcıları yönetme yetkiniz yok.", "You may not manage people here.")
    return own


def _member(session: Session, tenant_id: UUID, person_id: UUID) -> Membership:
    row = session.get(Membership, (tenant_id, person_id), with_for_update=True, populate_existing=True)
    if row is None or row.ended_at is not None:
        raise NotMember()
    return row


def _keep_a_head(session: Session, tenant: Tenant, person_id: UUID) -> None:
    if set(heads(session, tenant_id=tenant.tenant_id, kind=tenant.kind)) <= {person_id}:
        raise LastHead()


def _end_invitations_of(session: Session, tenant_id: UUID, person_id: UUID, at: datetime) -> None:
    """What somebody promised who may promise nothing any more: he could have sent it to himself."""
    for row in session.scalars(
        select(Invitation).where(
            Invitation.tenant_id == tenant_id,
            Invitation.invited_by == f"person:{person_id}",
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
    ):
        row.revoked_at = at


def _set(row: Membership, reach: Reach, by: str, at: datetime) -> None:
    row.branch_ids, row.series_prefixes = sorted(reach.branch_ids), sorted(reach.series_prefixes)
    row.changed_at, row.changed_by = at, by
