"""API keys at their page: the secret is shown once, test keys lie in the sandbox, nobody else's are reached."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from uuid import UUID

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.onboarding.accounts import open_tenant
from ebelge.ubl.examples import vkn
from tenants import api_keys
from tenants.accounts import Identity
from tenants.api_keys import Unauthenticated
from tenants.members import memberships
from tenants.members.reach import WHOLE

PAGE = "/settings/keys"
_numbers = itertools.count(7100)
_TOKEN = re.compile(r"eb_(?:live|test)_[0-9a-f]{16}_[0-9a-f]{64}")


@dataclass
class Company:
    tenant_id: UUID
    sandbox_id: UUID


@pytest.fixture
def company(people_settings) -> Company:
    return opened()


def opened() -> Company:
    at, tenant_id, number = utc_now(), new_id(), next(_numbers)
    with tenant_session(tenant_id) as session:
        who = Identity(vkn_tckn=vkn(number), title=f"Akın {number}", district="Çankaya", city="Ankara")
        made = open_tenant(session, tenant_id=tenant_id, kind="customer", identity=who, at=at)
    assert made.sandbox_id is not None
    return Company(tenant_id, made.sandbox_id)


@pytest.fixture
def member(browser, person):
    """Call it with a company and a role for a browser whose person is signed in there."""

    def enter(company: Company, role: str = "owner"):
        email = f"{new_id()}@example.com"
        person_id = person(email)
        with tenant_session(company.tenant_id) as session:
            memberships.seat_down(
                session,
                tenant_id=company.tenant_id,
                person_id=person_id,
                role=role,
                reach=WHOLE,
                by="test",
                at=utc_now(),
            )
        one = browser()
        assert one.sign_in(email).status_code == 303
        return one

    return enter


def who(token: str):
    with role_session("app") as session:
        return api_keys.authenticate(session, token=token, address=None, at=utc_now())


def shown(page: str) -> str:
    """The one secret of the page, which can be copied with a click."""
    (token,) = set(_TOKEN.findall(page))
    assert f'data-copy="{token}"' in page
    return token


def made(one, **fields: object) -> str:
    given = {"name": "ERP", "mode": "live", "scope": ["documents:write", "billing:read"], "days": "30", "addresses": ""}
    answer = one.submit(PAGE, **(given | fields))
    assert answer.status_code == 201, answer.get_data(as_text=True)
    token = shown(answer.get_data(as_text=True))
    assert answer.headers["Cache-Control"] == "private, no-store"
    return token


def test_a_key_is_shown_once_and_opens_what_was_chosen(company, member) -> None:
    owner = member(company)
    token = made(owner, addresses="203.0.113.0/24\n2001:db8::/32")
    with role_session("app") as session, pytest.raises(api_keys.AddressNotAllowed):
        api_keys.authenticate(session, token=token, address=None, at=utc_now())
    token = made(owner)
    assert who(token).scopes == {"documents:write", "billing:read"}
    shown = owner.open(PAGE).get_data(as_text=True)
    assert token not in shown
    assert token.split("_")[2] in shown
    assert "203.0.113.0/24, 2001:db8::/32" in shown
    assert "Ayşe Akın" in shown


def test_a_test_key_belongs_to_the_sandbox(company, member) -> None:
    owner = member(company)
    token = made(owner, mode="test", name="Deneme")
    assert token.startswith("eb_test_")
    assert (who(token).tenant_id, who(token).mode) == (company.sandbox_id, "test")
    assert "Deneme" in owner.open(PAGE).get_data(as_text=True)
    with tenant_session(company.tenant_id) as session:
        assert not api_keys.keys(session, tenant_id=company.tenant_id)


def test_a_secret_is_exchanged_ended_and_the_key_revoked(company, member) -> None:
    owner = member(company)
    token = made(owner)
    at = f"{PAGE}/live/{token.split('_')[2]}"
    answer = owner.submit(f"{at}/rotate", form=PAGE, overlap_days="7")
    new = shown(answer.get_data(as_text=True))
    assert who(token).old_secret
    assert not who(new).old_secret
    assert owner.submit(f"{at}/rotate", form=PAGE, overlap_days="7").status_code == 409
    assert "End the old secret now" in owner.open(PAGE).get_data(as_text=True)
    assert owner.submit(f"{at}/end-old", form=PAGE).status_code == 303
    with pytest.raises(Unauthenticated):
        who(token)
    assert owner.submit(f"{at}/revoke", form=PAGE).headers["Location"] == PAGE
    with pytest.raises(Unauthenticated):
        who(new)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"name": "x" * 61}, {"scope": []}, {"scope": ["tenants:all"]}, {"days": "0"}, {"days": "x"},
        {"days": "99999"}, {"days": "٣"}, {"addresses": "erp.example"}, {"addresses": "1.1.1.1\n" * 21},
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(company, member, wrong) -> None:
    owner = member(company)
    fields = {
        "name": "ERP",
        "mode": "live",
        "scope": ["documents:write"],
        "days": "7",
        "addresses": "192.0.2.1",
    } | wrong
    if wrong.get("addresses", "").startswith("1.1"):
        fields["addresses"] = "\n".join(f"1.1.1.{n}" for n in range(21))
    answer = owner.submit(PAGE, **fields)
    assert answer.status_code in (400, 422)
    assert 'role="alert"' in answer.get_data(as_text=True)
    with tenant_session(company.tenant_id) as session:
        assert not api_keys.keys(session, tenant_id=company.tenant_id)


def test_another_companys_key_is_as_unknown_as_none(company, member) -> None:
    token = made(member(company))
    stranger = member(opened())
    for deed in ("rotate", "end-old", "revoke"):
        for key_id in (token.split("_")[2], "0" * 16, "x"):
            answer = stranger.submit(f"{PAGE}/live/{key_id}/{deed}", form=PAGE, overlap_days="0")
            assert answer.status_code == 404
    assert stranger.submit(f"{PAGE}/pool/{token.split('_')[2]}/revoke", form=PAGE).status_code == 404
    assert who(token)


@pytest.mark.parametrize("role", ["accountant", "sender", "viewer"])
def test_only_who_may_manage_keys_gets_there(company, member, role) -> None:
    one = member(company, role)
    assert one.open(PAGE).status_code == 403
    assert PAGE not in one.open("/account").get_data(as_text=True)


def test_without_the_forms_token_nothing_is_done(company, member) -> None:
    owner, other = member(company), member(company)
    token = made(owner)
    at = f"{PAGE}/live/{token.split('_')[2]}/revoke"
    foreign = re.search(r'name="csrf_token" value="([^"]+)"', other.open(PAGE).get_data(as_text=True))
    for fields in ({}, {"csrf_token": ""}, {"csrf_token": foreign[1]}):
        assert owner.post(at, **fields).status_code in (400, 403)
    assert who(token)
