"""API keys: shown once, kept as a hash, ended by expiry or at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ipaddress import ip_address

import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import InvalidRequest, NotFound
from tenants import accounts, api_keys
from tenants.api_keys import AddressNotAllowed, TooManyKeys, Unauthenticated

AT = utc_now()


@pytest.fixture
def account(open_account):
    return open_account()


@pytest.fixture
def key(account):
    with tenant_session(account.tenant_id) as session:
        return api_keys.create(session, tenant_id=account.tenant_id, mode="live", name="ERP", at=AT)


def who(token: str, at=AT, address: str | None = None):
    with role_session("app") as session:
        return api_keys.authenticate(session, token=token, address=address and ip_address(address), at=at)


def test_a_key_stands_for_its_tenant(account, key) -> None:
    bearer = who(key.token)
    assert (bearer.tenant_id, bearer.mode, bearer.scopes) == (account.tenant_id, "live", frozenset(api_keys.SCOPES))


def test_the_secret_is_nowhere_in_the_database(account, key) -> None:
    secret = key.token.rpartition("_")[2]
    assert len(bytes.fromhex(secret)) * 8 == 256
    with tenant_session(account.tenant_id) as session:
        row = session.execute(
            text("SELECT api_key::text FROM api_key WHERE key_id = :id"), {"id": key.key_id}
        ).scalar_one()
    assert secret not in row
    assert repr(key).find(secret) == -1


def test_a_wrong_secret_id_mode_or_form_is_refused(key) -> None:
    head, _, secret = key.token.rpartition("_")
    for token in (
        f"{head}_{'0' * 64}",
        key.token.replace(key.key_id, "0" * 16),
        key.token.replace("eb_live", "eb_test"),
        f"{head}_{secret.upper()}",
        key.token + "0",
        "eb_live__",
        "",
        "x" * 10_000,
        f"{head}_{secret}'; DROP TABLE tenant; --",
    ):
        with pytest.raises(Unauthenticated):
            who(token)


def test_an_expired_key_is_refused_from_its_instant_on(account) -> None:
    end = AT + timedelta(hours=1)
    with tenant_session(account.tenant_id) as session:
        made = api_keys.create(session, tenant_id=account.tenant_id, mode="live", name="short", at=AT, expires_at=end)
    assert who(made.token, end - timedelta(microseconds=1)).key_id == made.key_id
    with pytest.raises(Unauthenticated):
        who(made.token, end)


def test_a_revoked_key_is_refused_at_once(account, key) -> None:
    with tenant_session(account.tenant_id) as session:
        api_keys.revoke(session, tenant_id=account.tenant_id, key_id=key.key_id, at=AT)
    with pytest.raises(Unauthenticated):
        who(key.token)


def test_another_tenants_key_cannot_be_revoked(open_account, key) -> None:
    other = open_account()
    with pytest.raises(NotFound), tenant_session(other.tenant_id) as session:
        api_keys.revoke(session, tenant_id=other.tenant_id, key_id=key.key_id, at=AT)
    assert who(key.token)


def test_unknown_scopes_and_none_are_refused(account) -> None:
    for scopes in (["documents:delete"], []):
        with pytest.raises(InvalidRequest), tenant_session(account.tenant_id) as session:
            api_keys.create(session, tenant_id=account.tenant_id, mode="live", name="x", at=AT, scopes=scopes)


def test_the_last_use_is_noted_at_most_once_a_minute(account, key) -> None:
    def noted():
        with tenant_session(account.tenant_id) as session:
            found = api_keys.keys(session, tenant_id=account.tenant_id)[0]
            assert found.last_used_from == ("203.0.113.7" if found.last_used_at else None)
            return found.last_used_at

    def use(at):
        with tenant_session(account.tenant_id) as session:
            api_keys.note_use(
                session,
                tenant_id=account.tenant_id,
                key_id=key.key_id,
                address=ip_address("203.0.113.7"),
                old_secret=False,
                at=at,
            )

    assert who(key.token).stale_use
    use(AT)
    assert noted() == AT
    use(AT + timedelta(seconds=59))
    assert noted() == AT
    assert not who(key.token, AT + timedelta(seconds=59)).stale_use
    assert who(key.token, AT + timedelta(seconds=60)).stale_use
    use(AT + timedelta(seconds=60))
    assert noted() == AT + timedelta(seconds=60)


def test_a_key_with_addresses_is_used_from_them_only(account) -> None:
    with tenant_session(account.tenant_id) as session:
        made = api_keys.create(
            session,
            tenant_id=account.tenant_id,
            mode="live",
            name="ERP",
            at=AT,
            addresses=["203.0.113.0/24", "2001:db8::/32", " 198.51.100.9 ", "203.0.113.5/24"],
        )
        (kept,) = [key for key in api_keys.keys(session, tenant_id=account.tenant_id) if key.key_id == made.key_id]
        assert kept.addresses == ["203.0.113.0/24", "2001:db8::/32", "198.51.100.9/32"]
    for inside in ("203.0.113.255", "2001:db8::1", "198.51.100.9"):
        assert who(made.token, address=inside)
    for outside in ("203.0.114.1", "198.51.100.8", "2001:db9::1", "::1", None):
        with pytest.raises(AddressNotAllowed):
            who(made.token, address=outside)
    with pytest.raises(Unauthenticated):
        # whoever has no secret does not learn that there are addresses
        who(made.token[:-1] + ("0" if made.token[-1] != "0" else "1"), address="192.0.2.1")


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\nb", "a\x00b", "\u202eevil"])
def test_a_name_can_be_shown(account, name: str) -> None:
    with pytest.raises(InvalidRequest), tenant_session(account.tenant_id) as session:
        api_keys.create(session, tenant_id=account.tenant_id, mode="live", name=name, at=AT)


def test_an_account_has_so_many_keys_and_ended_ones_make_room(account, monkeypatch) -> None:
    monkeypatch.setattr(api_keys, "ACTIVE_MAX", 2)
    monkeypatch.setattr(api_keys, "KEPT_MAX", 4)

    def make(at=AT, **more):
        with tenant_session(account.tenant_id) as session:
            return api_keys.create(session, tenant_id=account.tenant_id, mode="live", name="ERP", at=at, **more)

    first, _ = make(), make(expires_at=AT + timedelta(days=1))
    with pytest.raises(TooManyKeys):
        make()
    make(AT + timedelta(days=1))
    with tenant_session(account.tenant_id) as session:
        api_keys.revoke(session, tenant_id=account.tenant_id, key_id=first.key_id, at=AT)
    make(AT + timedelta(days=1))
    with tenant_session(account.tenant_id) as session:
        for key in api_keys.keys(session, tenant_id=account.tenant_id):
            api_keys.revoke(session, tenant_id=account.tenant_id, key_id=key.key_id, at=AT)
    with pytest.raises(TooManyKeys):
        make()


def test_of_keys_that_are_made_at_once_no_more_are_made(account, monkeypatch) -> None:
    monkeypatch.setattr(api_keys, "ACTIVE_MAX", 3)

    def make(_: int) -> bool:
        try:
            with tenant_session(account.tenant_id) as session:
                api_keys.create(session, tenant_id=account.tenant_id, mode="live", name="ERP", at=AT)
        except TooManyKeys:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(make, range(8))) == 3


def test_a_key_is_found_by_one_look_into_an_index(bare, key) -> None:
    """Whatever the number of tenants and keys: `make bench NAME=auth_growth` measures it."""
    reader = bare("reader")
    reader.execute("SET enable_seqscan = off")
    plan = "\n".join(
        row[0]
        for row in reader.execute(
            "EXPLAIN SELECT k.tenant_id FROM api_key k JOIN tenant t ON t.tenant_id = k.tenant_id WHERE k.key_id = %s",
            (key.key_id,),
        )
    )
    assert "api_key_pkey" in plan
    assert plan.count("Index") >= 2, plan
    assert "Seq Scan" not in plan


def test_the_sandbox_is_told_to_its_own_live_account_only(open_account) -> None:
    akin, bora = open_account(), open_account()
    with tenant_session(akin.tenant_id) as session:
        assert accounts.sandbox_of(session, tenant_id=akin.tenant_id) == akin.sandbox_id
        assert accounts.sandbox_of(session, tenant_id=bora.tenant_id) is None
    with role_session("app") as session:
        assert accounts.sandbox_of(session, tenant_id=akin.tenant_id) is None
