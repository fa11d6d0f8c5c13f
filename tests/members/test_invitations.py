"""Invitations: for seven days, for one address, once; whoever invites learns nothing about the address."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import NotFound
from tenants.members import invitations
from tenants.members.errors import AlreadyMember, InvitationGone, OtherAddress, RoleRefused
from tenants.members.invitations import PER_DAY_MAX, SENT_AGAIN_AFTER, NotLetInYet, TooManyInvitations
from tenants.members.reach import Reach
from tenants.people.persons import InvalidPerson
from tests.members.conftest import COMMAND
from tests.orders import shop

AKA = Reach(series_prefixes=frozenset({"AKA"}))


def again(akin, sent, *, by, later=SENT_AGAIN_AFTER):
    with tenant_session(akin.tenant_id) as session:
        return invitations.send_again(
            session, tenant_id=akin.tenant_id, invitation_id=sent.invitation.invitation_id, actor=by,
            at=akin.at + later,
        )  # fmt: skip


def revoke(akin, sent, *, by):
    with tenant_session(akin.tenant_id) as session:
        invitations.revoke(
            session, tenant_id=akin.tenant_id, invitation_id=sent.invitation.invitation_id, actor=by, at=akin.at
        )


def test_whoever_accepts_is_a_member_in_the_role_and_reach_that_were_offered(akin, owner, someone) -> None:
    ayse = someone()
    sent = akin.invite(ayse.email, "sender", by=owner.actor, reach=AKA)
    assert akin.waiting() == [ayse.email]
    akin.accept(sent, ayse)
    seat = akin.colleagues()[ayse.email]
    assert (seat.role, seat.reach, akin.waiting()) == ("sender", AKA, [])
    assert [action for action, *_ in akin.noted()][-2:] == ["member.invited", "member.joined"]


def test_the_token_is_nowhere_but_in_the_letter(akin, owner) -> None:
    sent = akin.invite("yeni@akin.example", by=owner.actor)
    assert sent.token not in repr(sent)
    with role_session("reader") as session:
        run = session.connection().exec_driver_sql
        for table in ("invitation", "locator", "audit_entry", "audit_detail"):
            assert run(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", (f"%{sent.token}%",)).scalar() == 0


def test_an_invitation_is_found_by_its_token_alone(akin, owner, company) -> None:
    sent = akin.invite("yeni@akin.example", by=owner.actor)
    with role_session("app") as session:
        assert invitations.locate(session, token=sent.token).tenant_id == akin.tenant_id
        for wrong in (
            "",
            "x",
            sent.token[:-1],
            sent.token + "A",
            "A" * 43,
            str(sent.invitation.invitation_id),
            "ı" * 43,
        ):
            with pytest.raises(InvitationGone):
                invitations.locate(session, token=wrong)
        assert session.execute(text("SELECT count(*) FROM invitation")).scalar() == 0


def test_a_foreign_token_opens_nothing_here(akin, owner, company, someone) -> None:
    bora = company()
    theirs = bora.invite("x@bora.example", by=bora.seat(someone()).actor)
    ours, ayse = akin.invite("x@bora.example", by=owner.actor), someone(email="x@bora.example")
    with pytest.raises(InvitationGone):
        akin.accept(ours, ayse, token=theirs.token)
    assert ayse.email not in akin.roles()


def test_only_the_address_it_was_sent_to_takes_it_and_it_stays_open(akin, owner, someone) -> None:
    invited, other = someone("invited"), someone("other")
    sent = akin.invite(invited.email, by=owner.actor)
    with pytest.raises(OtherAddress):
        akin.accept(sent, other)
    akin.accept(sent, invited)
    assert set(akin.roles()) == {owner.email, invited.email}


@pytest.mark.parametrize("late", [timedelta(days=7), timedelta(days=400)])
def test_after_seven_days_it_is_gone(late: timedelta, akin, owner, someone) -> None:
    ayse = someone()
    sent = akin.invite(ayse.email, by=owner.actor)
    with pytest.raises(InvitationGone):
        akin.accept(sent, ayse, later=late)
    akin.accept(sent, ayse, later=timedelta(days=7) - timedelta(seconds=1))


def test_it_is_used_once_even_by_somebody_who_was_removed_since(akin, owner, someone) -> None:
    ayse = someone()
    sent = akin.invite(ayse.email, by=owner.actor)
    akin.accept(sent, ayse)
    akin.accept(sent, ayse)  # the same click again
    akin.end(ayse, by=owner.actor)
    with pytest.raises(InvitationGone):
        akin.accept(sent, ayse)
    assert ayse.email not in akin.roles()


def test_accepted_twice_at_the_same_instant_there_is_one_member_and_one_entry(akin, owner, someone) -> None:
    ayse = someone()
    sent, gate = akin.invite(ayse.email, by=owner.actor), threading.Barrier(4)

    def click(_: int) -> None:
        gate.wait()
        akin.accept(sent, ayse)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(click, range(4)))
    assert [action for action, *_ in akin.noted()].count("member.joined") == 1
    assert akin.roles()[ayse.email] == "viewer"


def test_withdrawn_while_it_is_accepted_one_of_both_wins(akin, owner, someone) -> None:
    ayse = someone()
    sent, gate = akin.invite(ayse.email, by=owner.actor), threading.Barrier(2)

    def act(deed):
        gate.wait()
        try:
            deed()
        except (InvitationGone, NotFound) as late:
            return late
        return None

    with ThreadPoolExecutor(2) as pool:
        late = list(pool.map(act, (lambda: akin.accept(sent, ayse), lambda: revoke(akin, sent, by=owner.actor))))
    assert [one is None for one in late].count(True) == 1
    assert (ayse.email in akin.roles()) == (late[0] is None)


def test_a_withdrawn_or_replaced_link_is_gone(akin, owner, someone) -> None:
    ayse = someone()
    first = akin.invite(ayse.email, by=owner.actor)
    second = akin.invite(ayse.email, "accountant", by=owner.actor)
    assert akin.waiting() == [ayse.email]
    third = again(akin, second, by=owner.actor)
    for old in (first, second):
        with pytest.raises(InvitationGone):
            akin.accept(old, ayse)
    revoke(akin, third, by=owner.actor)
    with pytest.raises(InvitationGone):
        akin.accept(third, ayse)
    for deed in (lambda: revoke(akin, third, by=owner.actor), lambda: again(akin, third, by=owner.actor)):
        with pytest.raises(NotFound):
            deed()


def test_sent_again_it_lives_seven_days_more_but_not_at_once_again(akin, owner, someone) -> None:
    ayse = someone()
    sent = akin.invite(ayse.email, by=owner.actor)
    with pytest.raises(TooManyInvitations):
        again(akin, sent, by=owner.actor, later=timedelta(seconds=30))
    newer = again(akin, sent, by=owner.actor, later=timedelta(days=20))
    akin.accept(newer, ayse, later=timedelta(days=26))


def test_a_day_sends_so_many_and_no_more(akin, owner) -> None:
    for n in range(PER_DAY_MAX):
        akin.invite(f"n{n}@cok.example", by=owner.actor)
    with pytest.raises(TooManyInvitations):
        akin.invite("bir@cok.example", by=owner.actor)
    akin.invite("bir@cok.example", by=owner.actor, at=akin.at + timedelta(days=1, seconds=1))


@pytest.mark.parametrize("state", ["applied", "closed"])
def test_who_has_only_applied_writes_to_no_stranger_in_the_accounts_name(state: str, akin, owner) -> None:
    sent = akin.invite("veli@kisi.example", "viewer", by=owner.actor)
    shop.set_state(akin.tenant_id, state)
    with pytest.raises(NotLetInYet):
        akin.invite("ali@kisi.example", "viewer", by=owner.actor)
    with pytest.raises(NotLetInYet), tenant_session(akin.tenant_id) as session:
        invitations.send_again(
            session, tenant_id=akin.tenant_id, invitation_id=sent.invitation.invitation_id, actor=owner.actor,
            at=akin.at + timedelta(hours=1),
        )  # fmt: skip
    akin.invite("reseller@kisi.example", "owner", by=COMMAND)


def test_nobody_offers_more_than_he_has_nor_sends_again_what_he_could_not_offer(akin, owner, someone) -> None:
    lower = akin.seat(someone(), "accountant")
    sent = akin.invite("x@y.example", "owner", by=owner.actor)
    for deed in (
        lambda: akin.invite("z@y.example", "viewer", by=lower.actor),
        lambda: again(akin, sent, by=lower.actor),
        lambda: akin.invite("z@y.example", "operator_admin", by=owner.actor),
        lambda: akin.invite("z@y.example", "owner", by=owner.actor, reach=AKA),
    ):
        with pytest.raises(RoleRefused):
            deed()


def test_a_members_address_is_not_invited_again(akin, owner, someone) -> None:
    ayse = akin.seat(someone(), "viewer")
    with pytest.raises(AlreadyMember):
        akin.invite(ayse.email.upper().replace("I", "i"), by=owner.actor)


def test_what_the_inviter_sees_is_the_same_for_a_known_and_an_unknown_address(akin, owner, someone) -> None:
    known, unknown = someone().email, "kimse@yok.example"
    rows = [akin.invite(email, by=owner.actor).invitation for email in (known, unknown)]
    first, second = ({k: v for k, v in vars(row).items() if k not in ("email", "invitation_id", "token_sha256")
                      and not k.startswith("_")} for row in rows)  # fmt: skip
    assert first == second


@pytest.mark.parametrize("address", ["İnfo@akin.example", "ınfo@akin.example", "a b@c.example", "a@b", "@x.example", "",
                                     "a@b.example\nBcc: x@y.example", "x" * 65 + "@y.example"])  # fmt: skip
def test_what_is_no_address_is_not_written_to(address: str, akin, owner) -> None:
    with pytest.raises(InvalidPerson):
        akin.invite(address, by=owner.actor)


def test_capitals_and_turkish_domains_are_one_spelling(akin, owner, someone) -> None:
    person = someone(email="Bilgi.ISIK@ışık.example")  # the domain as mail servers write it
    sent = akin.invite("BILGI.isik@ışık.example", by=owner.actor)
    akin.accept(sent, person)
    assert person.email == "bilgi.isik@xn--k-ekaa7p.example"
    assert akin.roles()[person.email] == "viewer"
