"""The master key is changed: everything opens with the new one alone, and a run that is cut short loses nothing."""

from __future__ import annotations

import ast
import base64
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from billing.orders import cards
from billing.payments.gateway import Buyer, SavedCard
from ebelge.archive.store import open_store
from ebelge.cli.main import cli
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import driver, role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.core.vault import VaultError
from ebelge.documents.seals import entered as seals
from ebelge.documents.seals import open_seals
from ebelge.jobs import intents, master_key, webhooks
from ebelge.jobs.closed_values import CLOSED
from ebelge.jobs.intents import vault
from ebelge.jobs.master_key import CannotBeOpened
from ebelge.notify import post
from ebelge.notify.webhooks import endpoints
from ebelge.onboarding.accounts import open_tenant
from ebelge.signing.development import DevelopmentCa
from ebelge.ubl.examples import vkn
from tenants.accounts import Identity
from tenants.people import factors, persons
from tests.tenants.rows import fill

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
TOTP = "JBSWY3DPEHPK3PXP"
BUYER = Buyer("1", "Akın", "Ltd", "akin@example.com", "1", "+90", "Ankara", "Ankara")


@pytest.fixture
def keys(fresh_settings, monkeypatch) -> Callable[[str], None]:
    """Call it with what EBELGE_MASTER_KEY holds from now on."""

    def hold(text: str) -> None:
        monkeypatch.setenv("EBELGE_MASTER_KEY", text)
        settings.cache_clear()

    hold(OLD)
    return hold


class Company:
    """A tenant that keeps a secret of each kind."""

    def __init__(self, number: int) -> None:
        at, self.tenant_id = utc_now(), new_id()
        with tenant_session(self.tenant_id) as session:
            who = Identity(vkn_tckn=vkn(number), title=f"Akın {number}", district="Çankaya", city="Ankara")
            open_tenant(session, tenant_id=self.tenant_id, kind="customer", identity=who, sandbox=False, at=at)
            file = DevelopmentCa.create(at=at).issue(vkn_tckn="1", name="Akın", password="x", at=at)
            seals.add_pkcs12(session, tenant_id=self.tenant_id, mode="live", data=file, password="x")
            card = SavedCard("customer-1", "card-1", "VISA", "4242")
            self.card_id = cards.save(
                session, tenant_id=self.tenant_id, gateway="iyzico", card=card, vault=vault(), at=at
            )
            shown = endpoints.create(
                session, tenant_id=self.tenant_id, url="https://erp.example/hook", events=["order.paid"],
                rules=webhooks.rules(), vault=vault(), by="test", at=at,
            )  # fmt: skip
            self.endpoint_id = shown.endpoint.endpoint_id
            again = endpoints.rotate(
                session, tenant_id=self.tenant_id, endpoint_id=self.endpoint_id, vault=vault(), at=at
            )
            self.secrets = [again.secret, shown.secret]
            fill(driver(session), "letter", self.tenant_id)
            link = vault().close(b"https://link", context=post.link_closed_for(self.tenant_id))
            session.execute(
                text("UPDATE letter SET facts = jsonb_build_object('closed_link', cast(:link AS text))"),
                {"link": base64.b64encode(link).decode()},
            )
            fill(driver(session), "payment_attempt", self.tenant_id)
            session.execute(
                text(
                    "UPDATE payment_attempt SET gateway = 'iyzico', state = 'succeeded', ended_at = now(), "
                    "intent = jsonb_build_object('closed_buyer', cast(:buyer AS text), 'language', 'tr')"
                ),
                {"buyer": intents.close_buyer(BUYER, tenant_id=self.tenant_id)},
            )
        self.file_id = new_id()
        open_store().put(self.tenant_id, self.file_id, "signed.xml", b"<Invoice/>")
        with role_session("people") as session:
            owner = persons.create(session, email=f"kisi{number}@akin.example", full_name="Ayşe Akın", at=at)
            factors.keep_totp(owner, TOTP)
            self.owner_id = owner.person_id

    def opens(self) -> None:
        """Every secret is what it was. :raises VaultError: one is not opened."""
        at = utc_now()
        with tenant_session(self.tenant_id) as session:
            assert (
                cards.open(session, tenant_id=self.tenant_id, card_id=self.card_id, vault=vault()).card_ref == "card-1"
            )
            endpoint = endpoints.locked(session, tenant_id=self.tenant_id, endpoint_id=self.endpoint_id)
            assert endpoints.secrets_of(endpoint, vault=vault(), at=at) == self.secrets
            assert intents.kept_buyer(session, tenant_id=self.tenant_id, gateway="iyzico") == BUYER
            kept = session.execute(text("SELECT facts ->> 'closed_link' FROM letter")).scalar_one()
            link = vault().open(base64.b64decode(kept), context=post.link_closed_for(self.tenant_id))
            assert link == b"https://link"
            (seal,) = seals.rows(session, tenant_id=self.tenant_id)
        with role_session("people") as session:
            assert factors.totp_secret(persons.get(session, person_id=self.owner_id)) == TOTP
        assert open_store().get(self.tenant_id, self.file_id, "signed.xml") == b"<Invoice/>"
        assert open_seals._open(seal).certificate_der == seal.certificate_der


@pytest.fixture
def companies(keys) -> list[Company]:
    return [Company(number) for number in (41, 42, 43)]


def command(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, ["master-key", *arguments])
    assert done.exit_code == code, done.output
    assert not any(key in done.output for key in (OLD, NEW))
    return done.output


def test_after_the_change_everything_opens_with_the_new_key_alone(keys, companies) -> None:
    assert "Everything is closed with the key in use" in command("status")
    keys(f"{NEW},{OLD}")
    assert "24 values are not closed" in command("status", code=1)
    assert "24 values were closed again" in command("rotate", "--by", "Derya")
    assert "0 values were closed again" in command("rotate", "--by", "Derya")
    keys(NEW)
    assert "Everything is closed" in command("status")
    for company in companies:
        company.opens()
    keys(OLD)
    with pytest.raises(VaultError):
        companies[0].opens()


def test_a_run_that_is_cut_short_loses_nothing_and_the_next_goes_on(keys, companies, monkeypatch) -> None:
    keys(f"{NEW},{OLD}")
    monkeypatch.setattr(master_key, "BATCH", 2)
    told = []

    def cut(_column: object, count: int) -> None:
        told.append(count)
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        master_key.close_again(vault(), tell=cut)
    for company in companies:
        company.opens()
    assert master_key.close_again(vault()) == 24 - sum(told)
    keys(NEW)
    assert master_key.check(vault()) == 24


# A run that is killed inside a batch: rows of it are written and not committed.
KILLED = """
import os, signal
from ebelge.jobs import master_key
from ebelge.jobs.intents import vault

closed, close = [], master_key._close_one

def kill(*given):
    closed.append(close(*given))
    if len(closed) == 8:
        os.kill(os.getpid(), signal.SIGKILL)
    return closed[-1]

master_key.BATCH, master_key._close_one = 2, kill
master_key.close_again(vault())
"""


def test_a_process_killed_in_the_middle_loses_nothing_and_the_next_goes_on(keys, companies) -> None:
    keys(f"{NEW},{OLD}")
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    for company in companies:
        company.opens()
    closed = sum(found[vault().key_ids()[0]] for found in master_key.counts().values())
    assert 0 < closed < 8, "whole batches only"
    assert master_key.close_again(vault()) == 24 - closed
    keys(NEW)
    for company in companies:
        company.opens()


def test_what_is_changed_meanwhile_stays_changed(keys, companies, monkeypatch) -> None:
    keys(f"{NEW},{OLD}")
    akin, close = companies[0], master_key._close_one

    def at_once(session, column, one, vault_):
        if column.column == "closed_secret" and one.key[0] == akin.tenant_id:
            with tenant_session(akin.tenant_id) as other:
                shown = endpoints.rotate(
                    other, tenant_id=akin.tenant_id, endpoint_id=akin.endpoint_id, vault=vault(), at=utc_now()
                )
            akin.secrets = [shown.secret, akin.secrets[0]]
        return close(session, column, one, vault_)

    monkeypatch.setattr(master_key, "_close_one", at_once)
    master_key.close_again(vault())
    monkeypatch.undo()
    akin.opens()


def test_what_cannot_be_opened_stops_it_before_anything_is_changed(keys, companies) -> None:
    akin = companies[0]
    with tenant_session(akin.tenant_id) as session:
        session.execute(text("UPDATE saved_card SET closed_refs = closed_refs || '\\x00'::bytea"))
    keys(f"{NEW},{OLD}")
    before = master_key.counts()
    told = command("rotate", "--by", "Derya", code=1)
    assert f"saved_card.closed_refs {akin.tenant_id}/{akin.card_id}" in told
    assert "Nothing was changed" in told
    assert master_key.counts() == before
    assert "23 values were closed again" in command("rotate", "--by", "Derya", "--leave-lost")
    assert "1 values are not closed" in command("status", code=1)


def test_a_key_that_is_missing_is_named_by_its_number_only(keys, companies) -> None:
    number = vault().key_ids()[0]
    keys(NEW)
    assert f"with {number}, which is not configured" in command("status", code=1)
    with pytest.raises(CannotBeOpened):
        master_key.close_again(vault())


def test_every_closed_column_is_known(owner_of_fresh) -> None:
    found = owner_of_fresh(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE data_type = 'bytea' AND column_name ~ '^closed_'"
    )
    assert set(found) == {(one.table, one.column) for one in CLOSED if not one.field}


def test_their_keys_are_the_tables_primary_keys(owner_of_fresh) -> None:
    rows = owner_of_fresh(
        "SELECT i.indrelid::regclass::text, "
        "array_agg(a.attname::text ORDER BY array_position(i.indkey::int[], a.attnum::int)) "
        "FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) "
        "WHERE i.indisprimary GROUP BY 1"
    )
    primary = {table: tuple(columns) for table, columns in rows}
    for one in CLOSED:
        assert primary[one.table] == one.key, one.name


def test_nothing_is_closed_anywhere_else() -> None:
    """A call of the vault's `close` in a file whose values the list does not know would be left behind."""
    known = {
        "billing/orders/cards.py", "platform/ebelge/documents/seals/entered.py", "platform/ebelge/jobs/intents.py",
        "platform/ebelge/jobs/master_key.py", "platform/ebelge/notify/webhooks/endpoints.py",
        "tenants/people/factors.py", "platform/ebelge/notify/post.py", "platform/ebelge/archive/data_keys.py",
    }  # fmt: skip
    calling = set()
    for folder in ("platform", "billing", "tenants"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr
                if named == "close" and any(keyword.arg == "context" for keyword in node.keywords):
                    calling.add(str(path.relative_to(ROOT)))
    assert calling == known


@pytest.fixture
def owner_of_fresh(settings) -> Callable[[str], list[tuple[object, ...]]]:
    def rows(sql: str) -> list[tuple[object, ...]]:
        with role_session("owner") as session:
            return [tuple(row) for row in session.execute(text(sql))]

    return rows
