"""GİB's list decides between e-Fatura and e-Arşiv, and which mailbox a document goes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ebelge.core.db import role_session, tenant_session
from ebelge.documents.registered import taxpayer
from ebelge.documents.registered.taxpayer import MailboxKey, UserListMissing
from ebelge.documents.submit import Submission
from ebelge.documents.withdraw import withdraw
from ebelge.gib.taxpayers import Alias, RegisteredUser, UserListUnreadable
from ebelge.ubl.errors import InvalidDocument
from ebelge.ubl.examples import BORA, vkn

REGISTERED = replace(BORA, vkn_tckn=vkn(70_001))
MANY_BOXES = replace(BORA, vkn_tckn=vkn(70_002))
CLOSED = replace(BORA, vkn_tckn=vkn(70_003))
STRANGER = replace(BORA, vkn_tckn=vkn(70_004))


def auto(world: Any, buyer: Any, **wishes: Any) -> Any:
    return world.check(Submission(draft=world.draft("efatura", buyer=buyer) | {"kind": "auto"}, **wishes))


def rules(checked: Any) -> list[str]:
    return [finding.rule for finding in checked.warnings]


def test_a_registered_buyer_gets_an_efatura(world: Any) -> None:
    checked = auto(world, REGISTERED)

    assert (checked.kind, checked.profile, checked.channel) == ("efatura", "TEMELFATURA", "gib")
    assert checked.receiver_alias == "urn:mail:defaultpk@kayitli.example"
    assert checked.sender_alias == "urn:mail:defaultgb@AKF.example"
    assert rules(checked) == []


@pytest.mark.parametrize(("buyer", "said"), [(REGISTERED, ["EB-INTERNET-SALE"]), (STRANGER, [])])
def test_an_internet_sale_that_an_efatura_leaves_out_is_told(world: Any, buyer: Any, said: list[str]) -> None:
    world.series("earsiv", "AKW", internet=True, default=True)
    sale = {"web_address": "www.akin.example", "payment_way": "KAPIDAODEME"}
    draft = world.draft("efatura", buyer=buyer) | {"kind": "auto", "internet_sale": sale}

    checked = world.check(Submission(draft=draft))

    assert (rules(checked), b"www.akin.example" in checked.xml) == (said, not said)


@pytest.mark.parametrize("buyer", [STRANGER, CLOSED], ids=["never registered", "alias closed"])
def test_anybody_else_gets_an_earsiv_invoice(world: Any, buyer: Any) -> None:
    checked = auto(world, buyer)

    assert (checked.kind, checked.profile, checked.channel) == ("earsiv", "EARSIVFATURA", "mail")
    assert (checked.receiver_alias, checked.series.prefix) == (None, "AKA")


def test_of_several_mailboxes_the_default_is_taken_and_said(world: Any) -> None:
    checked = auto(world, MANY_BOXES)

    assert checked.receiver_alias == "urn:mail:defaultpk@cok.example"
    assert rules(checked) == ["EB-RECEIVER-CHOSEN"]


def test_the_mailbox_used_last_comes_before_the_default(world: Any) -> None:
    default, other = "urn:mail:defaultpk@cok.example", "urn:mail:ankara_pk@cok.example"
    draft = world.draft("efatura", buyer=MANY_BOXES)
    world.send(Submission(draft=draft, receiver_alias=other))
    checked = world.check(Submission(draft=draft))
    assert (checked.receiver_alias, rules(checked)) == (other, ["EB-RECEIVER-CHOSEN"])
    assert "en son" in checked.warnings[0].message_tr
    world.send(Submission(draft=draft, receiver_alias=default))
    assert world.check(Submission(draft=draft)).receiver_alias == default

    (taken_back,) = world.send(Submission(draft=draft, receiver_alias=other))
    with tenant_session(world.akin) as session:
        withdraw(session, tenant_id=world.akin, document_id=taken_back.document_id, at=world.at)
    assert world.check(Submission(draft=draft)).receiver_alias == default
    # another tenant's habit is none of ours
    assert world.check(Submission(draft=draft), tenant=world.bora).receiver_alias == default

    world.send(Submission(draft=draft, receiver_alias=other))
    with role_session("app") as session:
        session.connection().exec_driver_sql(
            "UPDATE gib_alias SET deleted_at = created_at + interval '1 day' WHERE alias = %s", (other,)
        )
    assert world.check(Submission(draft=draft)).receiver_alias == default


def test_the_mailbox_asked_for_is_taken(world: Any) -> None:
    checked = auto(world, MANY_BOXES, receiver_alias="urn:mail:ankara_pk@cok.example")

    assert (checked.receiver_alias, rules(checked)) == ("urn:mail:ankara_pk@cok.example", [])


@pytest.mark.parametrize("alias", ["urn:mail:kapali_pk@cok.example", "urn:mail:defaultpk@bora.example"])
def test_a_mailbox_that_is_closed_or_anothers_is_refused(world: Any, alias: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        auto(world, MANY_BOXES, receiver_alias=alias)

    assert [finding.rule for finding in caught.value.findings] == ["EB-RECEIVER-ALIAS"]


@pytest.mark.parametrize(
    ("kind", "buyer", "rule"),
    [("efatura", STRANGER, "EB-BUYER-NOT-REGISTERED"), ("earsiv", REGISTERED, "EB-BUYER-REGISTERED")],
)
def test_a_kind_the_list_contradicts_is_refused(world: Any, kind: str, buyer: Any, rule: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        world.check(Submission(draft=world.draft(kind, buyer=buyer)))

    assert [finding.rule for finding in caught.value.findings] == [rule]


def test_auto_writes_the_profile_that_the_list_asks_for_into_xml(world: Any) -> None:
    xml = world.xml("efatura", buyer=REGISTERED).replace(REGISTERED.vkn_tckn.encode(), STRANGER.vkn_tckn.encode())

    checked = world.check(Submission(xml=xml))

    assert (checked.kind, checked.profile) == ("earsiv", "EARSIVFATURA")
    assert b">EARSIVFATURA<" in checked.xml
    assert "EB-PROFILE-CHANGED" in rules(checked)


def test_a_kind_asked_for_is_not_written_over_the_profile(world: Any) -> None:
    with pytest.raises(InvalidDocument) as caught:
        world.check(Submission(xml=world.xml("efatura"), kind="earsiv"))

    assert [finding.rule for finding in caught.value.findings] == ["EB-PROFILE"]


def test_a_despatch_to_an_unregistered_recipient_goes_to_gibs_mailbox(world: Any) -> None:
    checked = world.check(Submission(draft=world.draft("eirsaliye", buyer=STRANGER)))
    (document,) = world.accept(world.facts(), [checked])

    assert checked.receiver_alias == "urn:mail:irsaliyepk@gib.gov.tr"
    assert rules(checked) == ["EB-VIRTUAL-MAILBOX"]
    assert taxpayer.receiver_of(document).vkn_tckn == "3900892152"
    assert document.buyer_vkn_tckn == STRANGER.vkn_tckn


def test_an_efatura_mailbox_is_no_despatch_mailbox(world: Any) -> None:
    checked = world.check(Submission(draft=world.draft("eirsaliye", buyer=REGISTERED)))

    assert checked.receiver_alias == "urn:mail:irsaliyepk@gib.gov.tr"


def test_a_list_of_yesterday_still_decides_and_says_its_age(world: Any) -> None:
    age = "UPDATE gib_list_load SET loaded_at = loaded_at - interval '%s hours' WHERE mode = 'live'"
    assert "EB-LIST-AGE" not in rules(auto(world, REGISTERED))
    with role_session("app") as session:
        session.connection().exec_driver_sql(age % 30)
    checked = auto(world, REGISTERED)
    with role_session("app") as session:
        session.connection().exec_driver_sql(age % -30)

    assert checked.kind == "efatura"
    (said,) = [finding for finding in checked.warnings if finding.rule == "EB-LIST-AGE"]
    assert said.severity == "warning"
    assert "EB-LIST-AGE" not in rules(auto(world, REGISTERED))


def test_without_a_list_nobody_decides(world: Any) -> None:
    with role_session("app") as session:
        session.connection().exec_driver_sql("DELETE FROM gib_alias")
    with role_session("app") as session:
        session.connection().exec_driver_sql("UPDATE gib_list_load SET loaded_at = now() + interval '1 day'")

    with pytest.raises(UserListMissing):
        auto(world, REGISTERED)


def test_a_list_is_replaced_in_whole(world: Any) -> None:
    newcomer = RegisteredUser(STRANGER.vkn_tckn, "Yeni", "OZEL", "", (Alias("Invoice", "urn:mail:pk@yeni", world.at),))
    with role_session("app") as session:
        count = taxpayer.load_list(session, mode="live", users=[newcomer], at=world.at)

    assert count == 1
    assert auto(world, STRANGER).kind == "efatura"
    assert auto(world, REGISTERED).kind == "earsiv"


def test_a_list_that_breaks_off_changes_nothing(world: Any) -> None:
    def broken() -> Any:
        yield RegisteredUser(STRANGER.vkn_tckn, "Yeni", "OZEL", "", (Alias("Invoice", "urn:mail:pk@yeni", world.at),))
        raise UserListUnreadable()

    before = world.dump()
    with pytest.raises(UserListUnreadable), role_session("app") as session:
        taxpayer.load_list(session, mode="live", users=broken(), at=world.at)

    assert world.dump() == before


def test_an_alias_that_was_closed_and_given_again_is_open(world: Any) -> None:
    day = timedelta(days=1)
    again = RegisteredUser(
        STRANGER.vkn_tckn,
        "Yine",
        "OZEL",
        "",
        (
            Alias("Invoice", "urn:mail:pk@yine", world.at - 5 * day, world.at - 4 * day),
            Alias("Invoice", "urn:mail:pk@yine", world.at - 2 * day),
            Alias("Invoice", "urn:mail:pk@yine", world.at - 9 * day, world.at - 8 * day),
        ),
    )
    key = MailboxKey(STRANGER.vkn_tckn, "Invoice")
    with role_session("app") as session:
        assert taxpayer.load_list(session, mode="live", users=[again], at=world.at) == 3
    with role_session("app") as session:
        found = taxpayer.look_up(session, mode="live", keys=[key], at=world.at)
        other_mode = taxpayer.look_up(session, mode="test", keys=[key], at=world.at)

    assert [one.alias for one in found.of(*_pair(key))] == ["urn:mail:pk@yine"]
    assert other_mode.of(*_pair(key)) == ()


def _pair(key: MailboxKey) -> tuple[str, str]:
    return key.vkn_tckn, key.document_type


@pytest.mark.parametrize(
    ("email", "channel"), [("", "paper"), ("not an address", "paper"), ("ceren@posta.example", "mail")]
)
def test_an_earsiv_invoice_goes_by_mail_where_there_is_an_address(world: Any, email: str, channel: str) -> None:
    draft = world.draft("earsiv")
    draft["buyer"]["email"] = email

    checked = world.check(Submission(draft=draft))

    assert checked.channel == channel
    assert ("EB-EMAIL" in rules(checked)) == (email == "not an address")


def test_an_address_beside_the_document_comes_first(world: Any) -> None:
    checked = world.check(Submission(draft=world.draft("earsiv"), buyer_email="muhasebe@alici.example"))

    assert checked.buyer_email == "muhasebe@alici.example"
