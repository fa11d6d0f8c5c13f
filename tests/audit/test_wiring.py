"""What people, keys and commands decide is noted where it is done, with who it was; services speak for themselves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from billing.catalogue import kept
from billing.settlement import terms
from ebelge.cli import noted_as
from ebelge.cli.main import cli
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.jobs.webhooks import rules
from ebelge.notify.webhooks import endpoints
from tenants.audit import queries
from tenants.audit.actions import ACTIONS
from tenants.audit.actor import Actor, actor_of, bound
from tenants.audit.queries import Asked
from tenants.models import Tenant

ROOT = Path(__file__).resolve().parents[2]
# Words that wait for their deed, each with the reason.
NOT_YET = {
    "person.identity_added": "single sign-on is optional",
    "person.locked": "a lock concerns an address, not a person who may not exist",
    "text.published": "published by the finance role from files, its row says by whom",
    "key.changed": "keys are exchanged or revoked, not changed",
    "pool.recalled": "a recall is an ended right and its transfer, both noted or in the ledger",
    "topup.ended": "topup.set says its state",
}


@pytest.fixture
def company(settings):
    tenant_id = new_id()
    with tenant_session(tenant_id) as session:
        session.add(
            Tenant(
                tenant_id=tenant_id,
                kind="customer",
                mode="live",
                state="active",
                vkn_tckn=f"{tenant_id.int % 10**10:010}",
                title="Akın Ltd. Şti.",
                district="x",
                city="x",
                created_at=utc_now(),
            )
        )
    return tenant_id


def log(tenant_id) -> list[queries.Entry]:
    with role_session("reader") as session:
        return queries.page(session, Asked(tenant_id), limit=50)


def test_every_action_is_noted_somewhere() -> None:
    written = "".join(
        path.read_text(encoding="utf-8")
        for area in ("platform/ebelge", "billing", "tenants")
        for path in (ROOT / area).rglob("*.py")
        if "areas" not in path.parts
    )
    unused = {name for name in ACTIONS if f'"{name}"' not in written}
    assert sorted(unused - NOT_YET.keys()) == []


def test_terms_are_noted_with_what_they_were_before(company) -> None:
    given = {"due_days": 30, "block_when_overdue": True, "freeze_when_overdue": False, "emergency_kontor": 0}
    for limit in (100_00, 200_00):
        with tenant_session(company) as session:
            terms.set_terms(session, tenant_id=company, limit_kurus=limit, by="Derya", at=utc_now(), **given)
    newest, first = log(company)
    assert (first.before, first.after["limit_kurus"]) == ({}, 100_00)
    assert (newest.before["limit_kurus"], newest.after["limit_kurus"]) == (100_00, 200_00)
    assert "due_days" not in newest.after
    assert newest.actor_name == "Derya"


def test_a_webhook_is_noted_without_its_secret(company, settings) -> None:
    from ebelge.core.vault import Vault

    with tenant_session(company) as session:
        shown = endpoints.create(
            session,
            tenant_id=company,
            url="https://93.184.216.34/hook",
            events=["kontor.low"],
            rules=rules(),
            vault=Vault.from_text(settings.master_key),
            by="key:0123456789abcdef",
            at=utc_now(),
        )
    (one,) = log(company)
    assert (one.action, one.actor_kind, one.actor_id) == ("webhook.added", "key", "0123456789abcdef")
    assert shown.secret not in str(one)


def test_a_command_is_named_with_who_decided(company, settings) -> None:
    with role_session("reader") as session:
        vkn = session.get_one(Tenant, company).vkn_tckn
    words = ["terms", "set", vkn, "--limit", "1.000,00", "--by", "Derya"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    (one,) = log(company)
    assert (one.actor_kind, one.actor_id, one.actor_name) == ("command", "ebelge terms set", "Derya")


def test_a_price_of_an_account_is_noted_in_its_log(company) -> None:
    at = utc_now()
    with role_session("finance") as session:
        scope = kept.Scope(tenant_id=company)
        kept.succeed_price(
            session,
            kind="efatura.out",
            kontor=2,
            scope=scope,
            valid_from=at + timedelta(minutes=1),
            note="anlaşma",
            by="Derya",
            at=at,
        )
    (one,) = log(company)
    assert (one.action, one.after["kontor"], one.after["note"]) == ("price.set", 2, "anlaşma")


def test_who_acts_is_whoever_said_so_last() -> None:
    ayse = Actor("person", "p1", "Ayşe")
    assert actor_of("key:k1") == Actor("key", "k1")
    assert actor_of("matching") == Actor("system", "", name="matching")
    with bound(lambda: ayse):
        assert actor_of("key:k1") == ayse
        with bound(lambda: None):
            assert actor_of("key:k1") == Actor("key", "k1")
    assert noted_as.actor() is None
