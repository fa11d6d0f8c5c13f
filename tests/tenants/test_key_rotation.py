"""A key's secret is exchanged without a gap, and it is seen which of both is used."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from ipaddress import ip_address

import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import InvalidRequest, NotFound
from tenants import api_keys, key_rotation
from tenants.api_keys import Unauthenticated
from tenants.key_rotation import KeyEnded, RotationUnderWay

AT = utc_now()
DAY = timedelta(days=1)


@pytest.fixture
def account(open_account):
    return open_account()


@pytest.fixture
def key(account):
    with tenant_session(account.tenant_id) as session:
        return api_keys.create(session, tenant_id=account.tenant_id, mode="live", name="ERP", at=AT)


def who(token: str, at=AT):
    with role_session("app") as session:
        return api_keys.authenticate(session, token=token, address=None, at=at)


def rotated(account, key, overlap_days: int = 7, at=AT):
    with tenant_session(account.tenant_id) as session:
        return key_rotation.rotate(
            session, tenant_id=account.tenant_id, mode="live", key_id=key.key_id, overlap_days=overlap_days, at=at
        )


def row(account):
    with tenant_session(account.tenant_id) as session:
        return api_keys.keys(session, tenant_id=account.tenant_id)[0]


def test_both_secrets_open_the_key_until_the_overlap_ends(account, key) -> None:
    new = rotated(account, key)
    assert new.key_id == key.key_id
    assert new.token != key.token
    end = AT + 7 * DAY
    for at in (AT, end - timedelta(microseconds=1)):
        assert (who(new.token, at).old_secret, who(key.token, at).old_secret) == (False, True)
        assert who(new.token, at).tenant_id == who(key.token, at).tenant_id == account.tenant_id
    assert who(new.token, end)
    with pytest.raises(Unauthenticated):
        who(key.token, end)


def test_without_an_overlap_the_secret_of_before_ends_now(account, key) -> None:
    new = rotated(account, key, overlap_days=0)
    assert who(new.token)
    with pytest.raises(Unauthenticated):
        who(key.token)


def test_while_the_secret_of_before_opens_it_is_not_ended_unasked(account, key) -> None:
    new = rotated(account, key)
    with pytest.raises(RotationUnderWay) as refused:
        rotated(account, key, at=AT + DAY)
    assert refused.value.extra["old_ends_at"] == (AT + 7 * DAY).isoformat()
    assert who(new.token)
    assert who(key.token)
    with tenant_session(account.tenant_id) as session:
        key_rotation.end_old_secret(session, tenant_id=account.tenant_id, key_id=key.key_id, at=AT + DAY)
    with pytest.raises(Unauthenticated):
        who(key.token)
    third = rotated(account, key, at=AT + DAY)
    assert who(new.token, AT + DAY).old_secret
    assert not who(third.token, AT + DAY).old_secret


def test_when_the_overlap_is_over_it_is_exchanged_again(account, key) -> None:
    new = rotated(account, key, overlap_days=1)
    third = rotated(account, key, overlap_days=1, at=AT + DAY)
    assert who(new.token, AT + DAY).old_secret
    assert who(third.token, AT + DAY)
    with pytest.raises(Unauthenticated):
        who(key.token, AT + DAY)


def test_which_secret_is_still_used_is_noted_apart(account, key) -> None:
    def use(bearer, at, address):
        with tenant_session(account.tenant_id) as session:
            api_keys.note_use(
                session,
                tenant_id=account.tenant_id,
                key_id=key.key_id,
                address=ip_address(address),
                old_secret=bearer.old_secret,
                at=at,
            )

    use(who(key.token), AT, "203.0.113.1")
    new = rotated(account, key, at=AT)
    assert (row(account).last_used_at, row(account).old_last_used_at) == (None, AT)
    use(who(new.token), AT + DAY, "203.0.113.2")
    use(who(key.token, AT + DAY), AT + 2 * DAY, "203.0.113.1")
    seen = row(account)
    assert (seen.last_used_at, seen.last_used_from) == (AT + DAY, "203.0.113.2")
    assert (seen.old_last_used_at, seen.old_last_used_from) == (AT + 2 * DAY, "203.0.113.1")
    assert not who(key.token, AT + 2 * DAY).stale_use
    assert who(new.token, AT + 2 * DAY).stale_use


def test_revoking_ends_both(account, key) -> None:
    new = rotated(account, key)
    with tenant_session(account.tenant_id) as session:
        api_keys.revoke(session, tenant_id=account.tenant_id, key_id=key.key_id, at=AT)
    for token in (key.token, new.token):
        with pytest.raises(Unauthenticated):
            who(token)
    with pytest.raises(KeyEnded):
        rotated(account, key)


@pytest.mark.parametrize("days", [-1, 31, 10_000])
def test_an_overlap_is_at_most_thirty_days(account, key, days: int) -> None:
    with pytest.raises(InvalidRequest):
        rotated(account, key, overlap_days=days)
    assert who(key.token)


def test_another_tenants_key_is_not_exchanged(open_account, key) -> None:
    other = open_account()
    with pytest.raises(NotFound):
        rotated(other, key)
    with pytest.raises(NotFound), tenant_session(other.tenant_id) as session:
        key_rotation.end_old_secret(session, tenant_id=other.tenant_id, key_id=key.key_id, at=AT)
    assert who(key.token)


def test_what_becomes_of_a_key_stands_in_the_audit_log_without_a_secret(account, key) -> None:
    new = rotated(account, key)
    with tenant_session(account.tenant_id) as session:
        key_rotation.end_old_secret(session, tenant_id=account.tenant_id, key_id=key.key_id, at=AT)
        for _ in range(2):
            api_keys.revoke(session, tenant_id=account.tenant_id, key_id=key.key_id, at=AT)
    with tenant_session(account.tenant_id) as session:
        rows = session.execute(
            text("SELECT action, e::text FROM audit_entry e WHERE tenant_id = :id AND object_id = :key ORDER BY 1, 2"),
            {"id": account.tenant_id, "key": key.key_id},
        ).all()
    assert [row.action for row in rows] == ["key.created", "key.old_secret_ended", "key.revoked", "key.rotated"]
    for token in (key.token, new.token):
        secret = token.rpartition("_")[2]
        assert not any(secret in row[1] or hashlib.sha256(secret.encode()).hexdigest() in row[1] for row in rows)
