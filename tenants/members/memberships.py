"""Memberships: who is let in, in which role, how far he reaches, and his end.

Every change holds the tenant's row, so that two of them never pass each other: the last head stays, and whoever lost
his own role a moment ago gives none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ebelge.core.errors import NotFound
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.members.errors import AlreadyMember, LastHead, NotMember, RoleRefused
from tenants.members.models import Invitation, Membership
from tenants.members.reach import WHOLE, Reach
from tenants.models import Tenant
from tenants.rights import NARROWABLE, ROLES, ROLES_OF_KIND, Role


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


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member as his colleagues see him. `ended_at`: he is one no more, and his deeds keep his name."""

    person_id: UUID
    email: str
    full_name: str
    second_factor: bool
    role: Role
    reach: Reach
    joined_at: datetime
    ended_at: datetime | None


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


def colleagues(session: Session, *, tenant_id: UUID) -> list[Colleague]:
    """The members of the session's own tenant, and those who left, in the order in which they came."""
    rows = session.execute(text("SELECT * FROM members_of(:tenant)"), {"tenant": tenant_id})
    return [
        Colleague(
            row.person_id, row.email, row.full_name, row.second_factor, cast(Role, row.role),
            Reach(frozenset(row.branch_ids), frozenset(row.series_prefixes)), row.joined_at, row.ended_at,
        )
        for row in rows
    ]  # fmt: skip


def add(
    session: Session, *, tenant_id: UUID, person_id: UUID, role: str, actor: Actor, reach: Reach = WHOLE, at: datetime
) -> Membership:
    """Let a person in; one who had left comes back in the new role.

    :raises RoleRefused: see `check_gift`. :raises AlreadyMember: he is in.
    """
    check_gift(session, tenant_id=tenant_id, role=role, reach=reach, actor=actor)
    row = seat_down(session, tenant_id=tenant_id, person_id=person_id, role=role, reach=reach, by=mark(actor), at=at)
    _note(session, row, "member.added", actor, at, after=told(row))
    return row


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
    session: Session, *, tenant_id: UUID, person_id: UUID, role: str, actor: Actor, reach: Reach = WHOLE, at: datetime
) -> Membership:
    """Give a member another role or reach; his next request obeys it. Invitations he sent as a head end with that.

    :raises RoleRefused: see `check_gift`. :raises NotMember: he is none. :raises LastHead: he is the last one.
    """
    tenant = check_gift(session, tenant_id=tenant_id, role=role, reach=reach, actor=actor)
    row = _member(session, tenant_id, person_id)
    before = told(row)
    if row.role == head_role(tenant.kind) != role:
        _keep_a_head(session, tenant, person_id)
        _end_invitations_of(session, tenant_id, person_id, actor, at)
    row.role = role
    _set(row, reach, mark(actor), at)
    session.flush()
    _note(session, row, "member.role_changed", actor, at, before=before, after=told(row))
    return row


def end(session: Session, *, tenant_id: UUID, person_id: UUID, actor: Actor, at: datetime) -> Membership:
    """Let a member go, or let him go himself: his next request finds no tenant. Invitations he sent end too.

    :raises NotMember: he is none. :raises LastHead: he is the last one. :raises RoleRefused: the actor may not.
    """
    tenant = locked_tenant(session, tenant_id)
    leaves = actor.kind == "person" and actor.id == str(person_id)
    if not leaves:
        _check_giver(session, tenant_id, actor)
    row = _member(session, tenant_id, person_id)
    if row.role == head_role(tenant.kind):
        _keep_a_head(session, tenant, person_id)
    _end_invitations_of(session, tenant_id, person_id, actor, at)
    row.ended_at = at
    row.changed_at, row.changed_by = at, mark(actor)
    session.flush()
    _note(session, row, "member.left" if leaves else "member.removed", actor, at, before={"role": row.role})
    return row


def check_gift(session: Session, *, tenant_id: UUID, role: str, reach: Reach, actor: Actor) -> Tenant:
    """Hold the tenant, and see that the actor may give this; returns the tenant.

    :raises RoleRefused: no such role in this kind of tenant, more than the actor has, or a reach that the role or
        the actor cannot have.
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
    own = _check_giver(session, tenant_id, actor)
    if own is not None and (not ROLES[role] <= ROLES[cast(Role, own.role)] or not reach_of_row(own).covers(reach)):
        raise RoleRefused("Kimse kendisinde olandan fazlasını veremez.", "Nobody gives more than he has.")
    return tenant


def givable(role: Role, kind: str) -> tuple[Role, ...]:
    """The roles that somebody in `role` may give in a tenant of that kind, widest first."""
    if "people:manage" not in ROLES[role]:
        return ()
    return tuple(other for other in ROLES_OF_KIND[kind] if ROLES[other] <= ROLES[role])


def reach_of_row(row: Membership | Invitation) -> Reach:
    """How far a membership or an invitation reaches."""
    return Reach(frozenset(row.branch_ids), frozenset(row.series_prefixes))


def mark(actor: Actor) -> str:
    """How a row names who changed it."""
    return f"{actor.kind}:{actor.id}"


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


def _check_giver(session: Session, tenant_id: UUID, actor: Actor) -> Membership | None:
    """The giver's own membership as it is under the lock; None for a command or a task of ours, which may give any."""
    if actor.kind in ("command", "system"):
        return None
    own = None
    if actor.kind == "person":  # nobody who acts for another manages its people, whatever it consented to
        own = session.get(Membership, (tenant_id, UUID(actor.id)), populate_existing=True)
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


def _end_invitations_of(session: Session, tenant_id: UUID, person_id: UUID, actor: Actor, at: datetime) -> None:
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
        entries.note(
            session, tenant_id=tenant_id, actor=actor, action="member.invitation_withdrawn", object_kind="invitation",
            object_id=row.invitation_id, before={"role": row.role, "email": row.email}, at=at,
        )  # fmt: skip


def _set(row: Membership, reach: Reach, by: str, at: datetime) -> None:
    row.branch_ids, row.series_prefixes = sorted(reach.branch_ids), sorted(reach.series_prefixes)
    row.changed_at, row.changed_by = at, by


def told(row: Membership | Invitation) -> dict[str, object]:
    """What the audit log keeps of a role that is given."""
    return {"role": row.role, "branch_ids": list(row.branch_ids), "series_prefixes": list(row.series_prefixes)}


def _note(session: Session, row: Membership, action: str, actor: Actor, at: datetime, **change: Any) -> None:
    entries.note(
        session, tenant_id=row.tenant_id, actor=actor, action=action, object_kind="person", object_id=row.person_id,
        at=at, **change,
    )  # fmt: skip
