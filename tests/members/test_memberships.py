"""Who is let in, changed and let go: nobody gives more than he has, and somebody always keeps the keys."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text

from ebelge.core.db import person_session, role_session, tenant_session
from ebelge.core.errors import NotFound
from tenants.audit.entries import Actor, command
from tenants.members import memberships
from tenants.members.errors import AlreadyMember, LastHead, NotMember, RoleRefused
from tenants.members.memberships import givable
from tenants.members.reach import Reach
from tenants.rights import NARROWABLE, ROLES, ROLES_OF_KIND

AKA = Reach(series_prefixes=frozenset({"AKA"}))
KINDS_AND_ROLES = [(kind, role) for kind, roles in ROLES_OF_KIND.items() for role in roles]


def seats(who):
    with person_session(who.person_id) as session:
        return memberships.seats(session, person_id=who.person_id)


def test_one_login_works_in_several_tenants_each_with_its_role(company, someone) -> None:
    akin, bora, ayse = company(), company(), someone()
    akin.seat(ayse, "owner")
    bora.seat(ayse, "viewer", reach=AKA)
    assert {(seat.tenant_id, seat.role, seat.reach.whole) for seat in seats(ayse)} == {
        (akin.tenant_id, "owner", True), (bora.tenant_id, "viewer", False),
    }  # fmt: skip
    assert all(len(seat.vkn_tckn) == 10 and seat.title for seat in seats(ayse))


def test_a_sandbox_goes_with_its_account(company, someone) -> None:
    akin = company()
    sandbox = company(mode="test", live=akin.tenant_id)
    ayse = akin.seat(someone(), "accountant")
    assert {(seat.tenant_id, seat.mode, seat.role) for seat in seats(ayse)} == {
        (akin.tenant_id, "live", "accountant"), (sandbox.tenant_id, "test", "accountant"),
    }  # fmt: skip
    with pytest.raises(RoleRefused):
        sandbox.seat(someone(), "owner")


def test_only_a_persons_own_session_is_told_where_he_is_a_member(akin, owner, someone) -> None:
    stranger = someone()
    for session_of in (person_session(stranger.person_id), role_session("app"), tenant_session(akin.tenant_id)):
        with session_of as session:
            assert memberships.seats(session, person_id=owner.person_id) == []


def test_only_the_tenants_own_session_is_told_who_its_members_are(akin, owner, company) -> None:
    other = company()
    assert set(akin.roles()) == {owner.email}
    for session_of in (role_session("app"), tenant_session(other.tenant_id), person_session(owner.person_id)):
        with session_of as session:
            assert memberships.colleagues(session, tenant_id=akin.tenant_id) == []


@pytest.mark.parametrize(("kind", "role"), KINDS_AND_ROLES)
def test_a_role_exists_in_its_kind_of_tenant_only(kind: str, role: str, company, someone) -> None:
    place = company(kind) if kind != "operator" else company("reseller")
    for other in ROLES:
        if other in ROLES_OF_KIND["reseller" if kind == "operator" else kind]:
            continue
        with pytest.raises(RoleRefused):
            place.seat(someone(), other)
        break


@pytest.mark.parametrize("role", [role for role in ROLES if role not in NARROWABLE])
def test_heads_and_staff_are_not_narrowed(role: str, company, someone) -> None:
    kind = next(kind for kind, roles in ROLES_OF_KIND.items() if role in roles)
    if kind == "operator":
        return  # one operator per mode: the CHECK in the table says the same of all
    with pytest.raises(RoleRefused):
        company(kind).seat(someone(), role, reach=AKA)


def test_who_may_give_which_role() -> None:
    given = {role: givable(role, kind) for kind, role in KINDS_AND_ROLES if kind != "pool"}
    assert given == {
        "owner": ("owner", "accountant", "sender", "viewer"),
        "accountant": (),
        "sender": (),
        "viewer": (),
        "reseller_admin": ("reseller_admin", "reseller_staff"),
        "reseller_staff": (),
        # finance is given by the command only: whoever administers does not also hold the purse
        "operator_admin": ("operator_admin", "support"),
        "finance": (),
        "support": (),
    }


@pytest.mark.parametrize("role", ["accountant", "sender", "viewer"])
def test_who_may_not_manage_people_lets_nobody_in_changes_nobody_and_removes_nobody(
    role: str, akin, owner, someone
) -> None:
    lower, other = akin.seat(someone(), role), akin.seat(someone(), "viewer")
    for deed in (
        lambda: akin.seat(someone(), "viewer", by=lower.actor),
        lambda: akin.change(other, "sender", by=lower.actor),
        lambda: akin.change(lower, "owner", by=lower.actor),
        lambda: akin.end(other, by=lower.actor),
        lambda: akin.invite("x@y.example", by=lower.actor),
    ):
        with pytest.raises(RoleRefused):
            deed()
    assert akin.roles()[other.email] == "viewer"


@pytest.mark.parametrize("kind", ["staff", "key", "visitor"])
def test_nobody_manages_people_for_another(kind: str, akin, owner, someone) -> None:
    other = Actor(kind, str(owner.person_id), for_whom=str(akin.tenant_id))
    with pytest.raises(RoleRefused):
        akin.seat(someone(), "viewer", by=other)


def test_a_foreign_owner_manages_nobody_here(akin, owner, company, someone) -> None:
    stranger = company().seat(someone())
    with pytest.raises(RoleRefused):
        akin.end(owner, by=stranger.actor)


def test_the_last_owner_neither_leaves_nor_is_removed_nor_demoted(akin, owner, someone) -> None:
    akin.seat(someone(), "accountant")
    for deed in (
        lambda: akin.end(owner, by=owner.actor),
        lambda: akin.end(owner, by=command("members", by="x")),
        lambda: akin.change(owner, "viewer", by=owner.actor),
    ):
        with pytest.raises(LastHead):
            deed()
    second = akin.seat(someone(), by=owner.actor)
    akin.end(owner, by=owner.actor)
    assert akin.roles()[second.email] == "owner"
    assert owner.email not in akin.roles()


@pytest.mark.parametrize("how", ["each removes the other", "both leave", "both are demoted by the command"])
def test_two_owners_at_the_same_instant_leave_one(how: str, akin, owner, someone) -> None:
    second = akin.seat(someone())
    other = {owner: second, second: owner}
    gate = threading.Barrier(2)

    def act(who):
        gate.wait()
        try:
            if how == "each removes the other":
                akin.end(other[who], by=who.actor)
            elif how == "both leave":
                akin.end(who, by=who.actor)
            else:
                akin.change(who, "viewer", by=command("members", by="x"))
        except (LastHead, RoleRefused) as refusal:
            return refusal
        return None

    with ThreadPoolExecutor(2) as pool:
        refused = [one for one in pool.map(act, (owner, second)) if one is not None]
    assert len(refused) == 1
    assert list(akin.roles().values()).count("owner") == 1


def test_one_who_left_keeps_his_name_and_may_come_back_as_another(akin, owner, someone) -> None:
    ayse = akin.seat(someone(), "sender")
    akin.end(ayse, by=owner.actor)
    assert seats(ayse) == []
    assert akin.colleagues()[ayse.email].ended_at == akin.at
    for deed in (lambda: akin.end(ayse, by=owner.actor), lambda: akin.change(ayse, "viewer", by=owner.actor)):
        with pytest.raises(NotMember):
            deed()
    akin.seat(ayse, "viewer", by=owner.actor)
    assert akin.roles()[ayse.email] == "viewer"
    with pytest.raises(AlreadyMember):
        akin.seat(ayse, "viewer", by=owner.actor)


def test_a_demoted_heads_open_invitations_end_with_his_role(akin, owner, someone) -> None:
    second = akin.seat(someone())
    akin.invite("kendisi@baska.example", "owner", by=second.actor)
    akin.invite("baskasi@baska.example", "viewer", by=owner.actor)
    akin.change(second, "viewer", by=owner.actor)
    assert akin.waiting() == ["baskasi@baska.example"]
    assert "member.invitation_withdrawn" in [action for action, *_ in akin.noted()]


def test_each_deed_is_noted_with_who_did_it(akin, owner, someone) -> None:
    ayse = akin.seat(someone(), "viewer", by=owner.actor)
    akin.change(ayse, "sender", by=owner.actor, reach=AKA)
    akin.end(ayse, by=owner.actor)
    assert [(action, kind) for action, kind, _ in akin.noted()] == [
        ("member.added", "command"), ("member.added", "person"),
        ("member.role_changed", "person"), ("member.removed", "person"),
    ]  # fmt: skip
    assert "AKA" in str(akin.noted()[2])


def test_the_table_itself_refuses_a_narrowed_owner_and_another_tenants_row(akin, owner, company) -> None:
    other = company()
    with tenant_session(other.tenant_id) as session:
        touched = session.execute(text("UPDATE membership SET role = 'viewer'"))
        assert touched.rowcount == 0
        with pytest.raises(NotFound):
            memberships.locked_tenant(session, akin.tenant_id)
    with pytest.raises(NotMember), tenant_session(other.tenant_id) as session:
        memberships.end(
            session, tenant_id=other.tenant_id, person_id=uuid4(), actor=command("members", by="x"), at=other.at
        )
