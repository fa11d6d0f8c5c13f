"""The archive's time stamps: a manifest per day and tenant, stamped by a real authority, renewed before it ends."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from ebelge.archive.store import ArchiveStore, open_store
from ebelge.cli.main import cli
from ebelge.core.clock import istanbul_date, istanbul_day, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.keeping import stamped_days
from ebelge.documents.keeping.kept_files import KEPT
from ebelge.documents.keeping.manifests import MANIFEST_NAME, lines_of, object_of, sha256, stamp_name
from ebelge.documents.keeping.old_models import OLD_NAME
from ebelge.jobs import stamping
from ebelge.ubl.examples import AKIN
from tests.documents.accounts import open_tenant
from tests.strangers.tsa import Tsa

_OLD = text(
    "INSERT INTO old_document (tenant_id, document_id, direction, ettn, kind, profile, type_code, number, issue_date,"
    " other_vkn_tckn, other_title, currency, payable_kurus, file_sha256, file_bytes, import_id, created_at) VALUES"
    " (:tenant, :id, 'out', gen_random_uuid(), 'efatura', 'TEMELFATURA', 'SATIS', 'AKN2026000000001', current_date,"
    " '1234567808', 'B', 'TRY', 100, :sha256, 1, :id, :at)"
)
# The last day that is closed, whatever the clock says; its noon, and the night after it.
YESTERDAY = istanbul_date(utc_now() - stamping.CLOSES_AFTER) - timedelta(days=1)
NOON = istanbul_day(YESTERDAY)[0] + timedelta(hours=12)
NIGHT = istanbul_day(YESTERDAY)[1] + timedelta(hours=2)


@dataclass
class Archive:
    """Akın's archive."""

    tenant_id: UUID
    store: ArchiveStore

    def keep(self, content: bytes, *, at: datetime | None = None) -> UUID:
        """A file of Akın's that came then (default: yesterday at noon)."""
        object_id = new_id()
        kept = self.store.put(self.tenant_id, object_id, OLD_NAME, content)
        with tenant_session(self.tenant_id) as session:
            session.execute(_OLD, {"tenant": self.tenant_id, "id": object_id, "sha256": kept.sha256, "at": at or NOON})
        return object_id

    def manifest(self, day: date = YESTERDAY) -> bytes:
        return self.store.get(self.tenant_id, object_of(self.tenant_id, day), MANIFEST_NAME)

    def stamp(self, number: int = 1, day: date = YESTERDAY) -> bytes:
        return self.store.get(self.tenant_id, object_of(self.tenant_id, day), stamp_name(number))

    def wrong(self, **how) -> list[str]:
        return stamping.verify(self.tenant_id, at=how.pop("at", utc_now()), **how)


def test_every_kind_of_kept_file_says_on_which_day_it_came(settings) -> None:
    for kept in KEPT:
        column = stamped_days.time_column(kept)
        assert column is not None or "stamped_day" in kept.table
    with role_session("reader") as session:
        assert list(stamped_days.came(session, since=utc_now(), until=utc_now())) == []


@pytest.fixture
def akin(fresh_settings, tsa: Tsa, monkeypatch: pytest.MonkeyPatch) -> Archive:
    for name, value in tsa.variables.items():
        monkeypatch.setenv(name, value)
    return Archive(open_tenant(AKIN, {}, kontor=0, at=utc_now()), open_store())


def test_a_day_is_stamped_once_and_the_stamp_is_openssls(akin: Archive, tsa: Tsa) -> None:
    kept = {akin.keep(content) for content in (b"one", b"two")}
    akin.keep(b"tomorrow's", at=utc_now() + timedelta(days=1))
    assert stamping.nightly(NIGHT) == 2  # a manifest, a stamp
    assert {line.object_id for line in lines_of(akin.manifest())} == kept
    assert tsa.openssl_accepts(akin.stamp(), akin.manifest())
    assert akin.wrong() == []
    assert stamping.nightly(NIGHT + timedelta(hours=1)) == 0
    assert f"# archive {akin.tenant_id}".encode() in akin.manifest()


def test_coreutils_read_the_manifest(akin: Archive, tmp_path: Path) -> None:
    kept = akin.keep(b"one")
    stamping.make(YESTERDAY)
    (tmp_path / str(kept)).mkdir()
    (tmp_path / str(kept) / OLD_NAME).write_bytes(b"one")
    done = subprocess.run(["sha256sum", "-c"], input=akin.manifest(), cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{kept}/{OLD_NAME}: OK\n".encode())


def test_what_is_entered_late_stands_in_the_next_manifest_and_days_are_chained(akin: Archive) -> None:
    before = YESTERDAY - timedelta(days=1)
    akin.keep(b"in time", at=NOON - timedelta(days=1))
    assert stamping.make(before) == 1
    late, today = akin.keep(b"late", at=NOON - timedelta(days=1)), akin.keep(b"one")
    assert stamping.make(YESTERDAY) == 1
    assert {line.object_id for line in lines_of(akin.manifest())} == {late, today}
    assert f"# previous {before.isoformat()} {sha256(akin.manifest(before)).hex()}".encode() in akin.manifest()


def test_an_authority_that_is_away_leaves_the_manifest_waiting(akin: Archive, tsa: Tsa) -> None:
    akin.keep(b"one")
    tsa.order(transport="http_500")
    assert stamping.nightly(NIGHT) == 1
    assert akin.wrong() == [f"{YESTERDAY.isoformat()}: it has no stamp"]
    assert stamping.nightly(NIGHT + timedelta(hours=6)) == 1
    assert akin.wrong() == []


def test_a_run_that_died_between_file_and_row_is_gone_on_with(akin: Archive, tsa: Tsa) -> None:
    akin.keep(b"one")
    stamping.make(YESTERDAY)
    token = tsa.stamper().stamp(akin.manifest())
    akin.store.put(akin.tenant_id, object_of(akin.tenant_id, YESTERDAY), stamp_name(1), token)
    assert stamping.stamp_open(tsa.stamper()) == 1
    assert (akin.stamp(), akin.wrong()) == (token, [])


def test_a_stamp_that_ends_soon_is_renewed_over_itself(akin: Archive, tsa: Tsa) -> None:
    akin.keep(b"one")
    tsa.order(fail="ending")  # its certificate ends in twenty days
    assert stamping.nightly(NIGHT) == 3  # manifest, stamp, and the renewal at once
    assert tsa.openssl_accepts(akin.stamp(2), akin.manifest() + akin.stamp(1))
    assert akin.wrong() == []
    assert stamping.renew(tsa.stamper(), at=utc_now()) == 0
    assert akin.wrong(at=utc_now() + timedelta(days=800)) == [], "the first has ended, the second covers it"
    ended = akin.wrong(at=utc_now() + timedelta(days=3000))
    assert ended == [f"{YESTERDAY.isoformat()}: its last stamp has ended"]


def test_a_manifest_that_changes_afterwards_is_found(akin: Archive) -> None:
    akin.keep(b"one")
    stamping.nightly(NIGHT)
    with tenant_session(akin.tenant_id) as session:
        session.execute(text("UPDATE stamped_day SET manifest_sha256 = decode('00', 'hex')"))
    assert akin.wrong() == [f"{YESTERDAY.isoformat()}: its manifest was changed"]


def test_a_file_that_is_not_what_was_stamped_is_named(akin: Archive) -> None:
    kept = new_id()
    akin.store.put(akin.tenant_id, kept, OLD_NAME, b"other")
    with tenant_session(akin.tenant_id) as session:
        values = {"tenant": akin.tenant_id, "id": kept, "sha256": sha256(b"one"), "at": NOON}
        session.execute(_OLD, values)
    stamping.nightly(NIGHT)
    (said,) = akin.wrong()
    assert said.endswith("is not what was stamped")
    assert akin.wrong(files=False) == []


def test_the_command_shows_verifies_and_renews(akin: Archive) -> None:
    akin.keep(b"one")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["stamps", *arguments])

    assert run("make").output == "1 manifests made, 1 stamped.\n"
    assert "1 files, 1 stamps, proves until" in run("list", AKIN.vkn_tckn).output
    assert run("verify", AKIN.vkn_tckn).exit_code == 0
    assert run("renew", "--days", "9999").output == "1 days stamped again.\n"
    assert "2 stamps" in run("list", AKIN.vkn_tckn).output


def test_the_operator_hears_of_days_that_wait_too_long(akin: Archive, tsa: Tsa, monkeypatch) -> None:
    akin.keep(b"old", at=NOON - timedelta(days=5))
    stamping.make(YESTERDAY - timedelta(days=5))
    tsa.order(times=None, transport="http_500")
    monkeypatch.setattr(stamping, "_operator", lambda: akin.tenant_id)
    stamping.nightly(NIGHT)
    stamping.nightly(NIGHT + timedelta(minutes=1))
    with tenant_session(akin.tenant_id) as session:
        told = session.execute(text("SELECT count(*) FROM letter WHERE kind = 'stamps_late'")).scalar()
    assert told == 1
