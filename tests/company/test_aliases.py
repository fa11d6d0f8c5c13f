"""Aliases at GİB: asked, confirmed, sent from, closed; one taxpayer's alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from tenants import services
from tenants.audit.entries import command
from tenants.company import aliases
from tenants.company.aliases import AliasInUse, AliasTaken, CannotSendFrom, UnlawfulAliasMove
from tenants.fields import InvalidFields

STAFF = command("activation", by="Ayşe")
TODAY = istanbul_date(utc_now())


@pytest.fixture
def name(someone):
    """An alias that nobody has."""
    return lambda role="gb": f"urn:mail:{role}@{someone().vkn_tckn}.example"


def ask(tenant_id, alias, *, role="GB", service="efatura"):
    with tenant_session(tenant_id) as session:
        return aliases.ask(
            session, tenant_id=tenant_id, service=service, role=role, alias=alias, actor=STAFF, at=utc_now()
        ).alias_id  # fmt: skip


def answer(tenant_id, alias_id, to="confirmed", day=TODAY):
    with tenant_session(tenant_id) as session:
        return aliases.answer(
            session, tenant_id=tenant_id, alias_id=alias_id, to=to, day=day, reference="GİB 4711", actor=STAFF,
            at=utc_now(),
        ).state  # fmt: skip


def send_from(tenant_id, alias_id, on=TODAY):
    with tenant_session(tenant_id) as session:
        return aliases.send_from(
            session, tenant_id=tenant_id, alias_id=alias_id, on=on, actor=STAFF, at=utc_now()
        ).sender_alias  # fmt: skip


def close(tenant_id, alias_id):
    with tenant_session(tenant_id) as session:
        return aliases.ask_to_close(session, tenant_id=tenant_id, alias_id=alias_id, actor=STAFF, at=utc_now()).state


def test_an_alias_is_sent_from_once_gib_has_confirmed_it(open_account, name) -> None:
    tenant_id, wanted = open_account().tenant_id, name()
    alias_id = ask(tenant_id, wanted)
    with pytest.raises(CannotSendFrom):
        send_from(tenant_id, alias_id)
    assert answer(tenant_id, alias_id) == "confirmed"
    assert send_from(tenant_id, alias_id) == wanted
    with tenant_session(tenant_id) as session:
        assert services.locked(session, tenant_id=tenant_id, service="efatura").sender_alias == wanted


def test_an_alias_that_begins_tomorrow_is_not_sent_from_today(open_account, name) -> None:
    tenant_id = open_account().tenant_id
    alias_id = ask(tenant_id, name())
    answer(tenant_id, alias_id, day=TODAY + timedelta(days=1))
    with pytest.raises(CannotSendFrom):
        send_from(tenant_id, alias_id)
    assert send_from(tenant_id, alias_id, on=TODAY + timedelta(days=1))


def test_a_mailbox_is_never_sent_from(open_account, name) -> None:
    tenant_id = open_account().tenant_id
    alias_id = ask(tenant_id, name("pk"), role="PK")
    answer(tenant_id, alias_id)
    with pytest.raises(CannotSendFrom):
        send_from(tenant_id, alias_id)


def test_the_alias_in_use_is_changed_before_it_is_closed(open_account, name) -> None:
    tenant_id = open_account().tenant_id
    old, new = ask(tenant_id, name()), ask(tenant_id, name())
    for alias_id in (old, new):
        answer(tenant_id, alias_id)
    send_from(tenant_id, old)
    with pytest.raises(AliasInUse):
        close(tenant_id, old)
    send_from(tenant_id, new)
    assert close(tenant_id, old) == "closing"
    assert answer(tenant_id, old, "closed") == "closed"
    with pytest.raises(UnlawfulAliasMove):
        answer(tenant_id, old, "confirmed")


def test_an_alias_is_one_taxpayers_alone_whatever_its_case_and_two_services_may_share_it(open_account, name) -> None:
    one, other, wanted = open_account().tenant_id, open_account().tenant_id, name()
    ask(one, wanted)
    assert ask(one, wanted, service="eirsaliye")
    with pytest.raises(AliasTaken):
        ask(one, wanted)
    with pytest.raises(AliasTaken) as refused:
        ask(other, wanted.replace("gb@", "GB@"))
    assert "Akın" not in str(refused.value.problem("tr"))


def test_a_sandbox_and_a_live_account_may_have_the_same_alias(open_account, name) -> None:
    opened, wanted = open_account(), name()
    assert ask(opened.tenant_id, wanted)
    assert ask(opened.sandbox_id, wanted)


@pytest.mark.parametrize(
    ("alias", "service"),
    [
        ("defaultgb@akin.example", "efatura"),
        ("urn:mail:", "efatura"),
        ("urn:mail:ı@akin.example", "efatura"),
        ("urn:mail:a b@akin.example", "efatura"),
        ("urn:mail:" + "a" * 300 + "@x.example", "efatura"),
        ("urn:mail:gb@akin.example", "earsiv"),
        ("urn:mail:gb@akin.example", "kep"),
        ("urn:mail:gb@akin.example", "yok"),
    ],
)
def test_what_is_no_alias_is_refused(open_account, alias, service) -> None:
    with pytest.raises(InvalidFields):
        ask(open_account().tenant_id, alias, service=service)
