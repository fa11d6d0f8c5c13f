"""API keys: shown once, kept as a hash, ended by expiry or at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import InvalidRequest, NotFound
from tenants import api_keys
from tenants.api_keys import Unauthenticated

AT = utc_now()


@pytest.fixture
def account(open_account):
    return open_account()


@pytest.fixture
def key(account):
    with tenant_session(account.tenant_id) as session:
        return api_keys.create(session, tenant_id=account.tenant_id, mode="live", name="ERP", at=AT)


def who(token: str, at=AT):
    with role_session("app") as session:
        return api_keys.authenticate(session, token=token, at=at)


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
            return api_keys.keys(session, tenant_id=account.tenant_id)[0].last_used_at

    def use(at):
        with tenant_session(account.tenant_id) as session:
            api_keys.note_use(session, tenant_id=account.tenant_id, key_id=key.key_id, at=at)

    assert who(key.token).stale_use
    use(AT)
    assert noted() == AT
    use(AT + timedelta(seconds=59))
    assert noted() == AT
    assert not who(key.token, AT + timedelta(seconds=59)).stale_use
    assert who(key.token, AT + timedelta(seconds=60)).stale_use
    use(AT + timedelta(seconds=60))
    assert noted() == AT + timedelta(seconds=60)
