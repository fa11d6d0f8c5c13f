"""The seed world: planted once, found again, private."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from billing.catalogue.packages import offered
from billing.catalogue.prices import price_of
from ebelge.core.clock import utc_now
from ebelge.core.config import settings as current_settings
from ebelge.core.db import person_session, role_session, tenant_session
from ebelge.devstack import people, seed
from ebelge.devstack.errors import StackError
from ebelge.edge import factors, passwords
from ebelge.gib.simulator.store import Store
from tenants import api_keys
from tenants.members import memberships


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "var"


def contents() -> dict[str, str]:
    with role_session("reader") as session:
        run = session.connection().exec_driver_sql
        tables = run("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").scalars().all()
        found = {}
        for table in tables:
            if table != "alembic_version":
                rows = sorted(run(f"SELECT t::text FROM {table} t").scalars())
                found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found


def test_seeding_twice_changes_nothing(fresh_settings, var: Path) -> None:
    first = seed.plant(var)
    before, file = contents(), (var / seed.FILE).read_bytes()
    second = seed.plant(var)
    assert (first.planted_now, second.planted_now) == (True, False)
    assert second.accounts == first.accounts
    assert contents() == before
    assert (var / seed.FILE).read_bytes() == file


def test_people_of_the_world_sign_in_and_staff_with_their_app(fresh_settings, var: Path) -> None:
    seed.plant(var)
    at = utc_now()
    for login in people.LOGINS:
        person_id = passwords.check(email=login.email, password=people.PASSWORD, network="203.0.113.1", at=at)
        with person_session(person_id) as session:
            seats = memberships.seats(session, person_id=person_id)
        assert {seat.role for seat in seats} == set(login.roles.values())
        if login.needs_code:
            code = people.code(login.email)
            assert factors.check(person_id=person_id, typed=code, network="203.0.113.1", at=at) == "totp"
    with pytest.raises(StackError, match="omer@ebelge"):
        people.code("ayse@akin.example")


def test_everybody_is_there_with_valid_numbers_seals_series_and_kontor(fresh_settings, var: Path) -> None:
    world = seed.plant(var)
    assert set(world.accounts) == {"ebelge", "ceren", "akin-holding", "akin", "bora"}
    assert {account.kind for account in world.accounts.values()} == {"operator", "reseller", "pool", "customer"}
    with role_session("reader") as session:
        sandboxes = session.scalar(text("SELECT count(*) FROM tenant WHERE mode = 'test'"))
        seals = session.execute(
            text("SELECT t.kind, t.mode FROM seal s JOIN tenant t USING (tenant_id) ORDER BY 1, 2")
        ).all()
        wallets = session.scalar(text("SELECT count(*) FROM wallet"))
        tenants = session.scalar(text("SELECT count(*) FROM tenant"))
    assert (sandboxes, wallets) == (3, tenants)
    assert [tuple(row) for row in seals] == [("customer", "live"), ("operator", "live"), ("operator", "test")]


def test_the_keys_work_and_their_file_is_private(fresh_settings, var: Path) -> None:
    from ebelge.core.clock import utc_now

    world = seed.plant(var)
    assert stat.S_IMODE((var / seed.FILE).stat().st_mode) == 0o600
    for account in world.accounts.values():
        for key, tenant_id in ((account.key, account.tenant_id), (account.sandbox_key, account.sandbox_id)):
            if key:
                with role_session("app") as session:
                    who = api_keys.authenticate(session, token=key, address=None, at=utc_now())
                assert str(who.tenant_id) == tenant_id
    assert not any(account.key and account.key in repr(world) for account in world.accounts.values())


def test_a_lost_file_gives_new_keys_and_ends_the_old_ones(fresh_settings, var: Path) -> None:
    from ebelge.core.clock import utc_now

    first = seed.plant(var)
    (var / seed.FILE).unlink()
    second = seed.plant(var)
    old, new = first.accounts["akin"], second.accounts["akin"]
    assert (old.tenant_id, old.key == new.key) == (new.tenant_id, False)
    with role_session("app") as session:
        assert api_keys.authenticate(session, token=new.key, address=None, at=utc_now())
    with role_session("app") as session, pytest.raises(api_keys.Unauthenticated):
        api_keys.authenticate(session, token=old.key, address=None, at=utc_now())


def test_gibs_list_holds_both_companies_in_our_tables_and_in_the_simulator(fresh_settings, var: Path) -> None:
    seed.plant(var)
    with role_session("reader") as session:
        counted = text("SELECT mode, role, count(DISTINCT vkn_tckn) FROM gib_alias GROUP BY 1, 2 ORDER BY 1, 2")
        found = [tuple(row) for row in session.execute(counted)]
    assert found == [("live", "GB", 3), ("live", "PK", 6), ("test", "GB", 3), ("test", "PK", 6)]
    store = Store(var / "gib")
    assert len(store.rows("SELECT kind FROM user_list")) == 2
    store.close()


def test_a_broken_file_and_production_are_refused_with_a_remedy(fresh_settings, var: Path, monkeypatch) -> None:
    seed.plant(var)
    (var / seed.FILE).write_text("{", encoding="utf-8")
    with pytest.raises(StackError, match="delete it"):
        seed.plant(var)
    (var / seed.FILE).write_text(json.dumps({}), encoding="utf-8")
    with pytest.raises(StackError, match="delete it"):
        seed.plant(var)
    monkeypatch.setenv("EBELGE_ENVIRONMENT", "production")
    current_settings.cache_clear()
    with pytest.raises(StackError, match="development"):
        seed.plant(var)
    monkeypatch.undo()
    current_settings.cache_clear()


def test_packages_are_on_sale_all_marked_as_invented_and_the_operator_pays_nothing(fresh_settings, var: Path) -> None:
    world = seed.plant(var)
    at = utc_now()

    def costs(tenant_id: UUID) -> set[int]:
        with tenant_session(tenant_id) as session:
            kinds = session.scalars(text("SELECT kind FROM charge_kind")).all()
            return {price_of(session, kind=kind, at=at, tenant_id=tenant_id).kontor for kind in kinds}

    operator, akin, ceren = (world.accounts[name] for name in ("ebelge", "akin", "ceren"))
    assert costs(UUID(operator.tenant_id)) == costs(UUID(operator.sandbox_id)) == {0}
    assert costs(UUID(akin.tenant_id)) == {0, 1}
    offers = {}
    for account in (akin, ceren):
        with tenant_session(UUID(account.tenant_id)) as session:
            offers[account.name] = offered(session, tenant_id=UUID(account.tenant_id), reseller_id=None, at=at)
    assert [one.code for one in offers["akin"]] == ["baslangic-100", "standart-1000", "kurumsal-5000", "yuksek-25000"]
    assert {one.code for one in offers["ceren"]} - {one.code for one in offers["akin"]} == {"bayi-10000"}
    assert {(one.note, one.validity_months) for one in offers["ceren"]} == {("invented demo price", 6)}
