"""An account is opened whole or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from billing.ledger import balance
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from ebelge.documents.models import Series
from ebelge.onboarding.accounts import SANDBOX_KONTOR, open_tenant
from tenants import accounts
from tenants.accounts import Identity, InvalidIdentity, TenantExists
from tenants.models import Service


def test_an_account_has_wallet_services_series_and_a_sandbox_where_all_is_active(open_account) -> None:
    opened = open_account()
    with tenant_session(opened.tenant_id) as session:
        assert balance.balance(session, tenant_id=opened.tenant_id, at=utc_now()).spendable == 100
        states = {row.service: row.state for row in session.scalars(select(Service))}
        assert states == {
            "efatura": "not_wanted",
            "earsiv": "active",
            "eirsaliye": "not_wanted",
            "emm": "not_wanted",
            "esmm": "not_wanted",
            "edefter": "not_wanted",
        }
        assert session.scalars(select(Series.prefix)).all() == ["AKA"]
    with tenant_session(opened.sandbox_id) as session:
        sandbox = accounts.get(session, tenant_id=opened.sandbox_id)
        assert (sandbox.mode, sandbox.live_tenant_id) == ("test", opened.tenant_id)
        assert balance.balance(session, tenant_id=opened.sandbox_id, at=utc_now()).spendable == SANDBOX_KONTOR
        assert {row.state for row in session.scalars(select(Service))} == {"active"}
        assert set(session.scalars(select(Series.kind))) == {"efatura", "earsiv", "eirsaliye", "emm", "esmm"}


def test_a_taxpayer_has_one_account_and_a_second_try_leaves_nothing(settings, someone) -> None:
    identity, first, second, at = someone(), new_id(), new_id(), utc_now()
    with tenant_session(first) as session:
        open_tenant(session, tenant_id=first, kind="customer", identity=identity, at=at)
    with pytest.raises(TenantExists), tenant_session(second) as session:
        open_tenant(session, tenant_id=second, kind="customer", identity=identity, at=at)
    with role_session("reader") as session:
        tenants = session.execute(
            text("SELECT tenant_id FROM tenant WHERE vkn_tckn = :v AND mode = 'live'"), {"v": identity.vkn_tckn}
        )
        assert tenants.scalars().all() == [first]
        assert session.execute(text("SELECT 1 FROM wallet WHERE tenant_id = :t"), {"t": second}).first() is None


def test_a_failure_in_the_sandbox_takes_the_live_account_with_it(settings, someone, monkeypatch) -> None:
    identity, tenant_id = someone(), new_id()
    monkeypatch.setattr("ebelge.onboarding.accounts.SANDBOX_KONTOR", 0)  # the ledger refuses a lot of nothing
    with pytest.raises(DBAPIError), tenant_session(tenant_id) as session:
        open_tenant(session, tenant_id=tenant_id, kind="customer", identity=identity, at=utc_now())
    with role_session("reader") as session:
        found = session.execute(text("SELECT 1 FROM tenant WHERE vkn_tckn = :v"), {"v": identity.vkn_tckn})
        assert found.first() is None


@pytest.mark.parametrize(
    "change",
    [
        {"vkn_tckn": "4810573264"},
        {"vkn_tckn": "481057326"},
        {"vkn_tckn": "10000000147", "first_name": "Ayşe", "family_name": "Çağlar"},
        {"vkn_tckn": "10000000146"},
        {"title": ""},
        {"district": ""},
    ],
)
def test_a_wrong_identity_is_refused(change: dict[str, str], settings, someone) -> None:
    identity: Identity = replace(someone(), **change)
    tenant_id = new_id()
    with pytest.raises(InvalidIdentity), tenant_session(tenant_id) as session:
        open_tenant(session, tenant_id=tenant_id, kind="customer", identity=identity, at=utc_now())


def test_another_tenant_is_not_found(open_account) -> None:
    one, other = open_account(), open_account()
    with pytest.raises(NotFound), tenant_session(one.tenant_id) as session:
        accounts.get(session, tenant_id=other.tenant_id)
