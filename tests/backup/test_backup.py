"""A backup is whole or absent; what is restored is what was backed up, or nothing is."""

import base64
import json
import secrets
import signal
import subprocess
import sys
from dataclasses import replace

import psycopg
import pytest

from ebelge.backup import folder as places
from ebelge.backup.errors import BackupError
from ebelge.backup.put_back import put_back
from ebelge.backup.take import connect, take
from ebelge.core.clock import utc_now

# A process that takes or restores a backup and is killed when a stage begins.
KILLED = """
import os, signal, sys
from pathlib import Path
from ebelge.backup.put_back import put_back
from ebelge.backup.take import take
from ebelge.core.clock import utc_now
from ebelge.core.config import load_settings

class Killer:
    def stage(self, text, total):
        if text == sys.argv[2]:
            os.kill(os.getpid(), signal.SIGKILL)
    def advance(self, units):
        pass

if sys.argv[1] == "backup":
    take(load_settings(), Path(sys.argv[3]), at=utc_now(), progress=Killer())
else:
    put_back(load_settings(), Path(sys.argv[3]), progress=Killer())
"""


def backup(akin_ltd, tmp_path):
    return take(akin_ltd.settings, tmp_path / "backups", at=utc_now())


def killed(settings, what, stage, folder):
    env = {
        "DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url,
        "EBELGE_MASTER_KEY": settings.master_key, "EBELGE_ARCHIVE_DIR": str(settings.archive_dir),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", KILLED, what, stage, str(folder)], env=env, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def wallet(settings):
    with connect(settings.role_url("reader")) as connection:
        return connection.execute("SELECT available, version, head_hash FROM wallet").fetchall()


def tables(settings):
    with connect(settings.database_url) as connection:
        return connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'tenant'").fetchone()[0]


def test_what_was_backed_up_comes_back(akin_ltd, tmp_path, empty_place):
    name = akin_ltd.file(b"<Invoice/>")
    taken = backup(akin_ltd, tmp_path)
    assert (taken.manifest.archive_files, taken.manifest.missing) == (1, [])
    place = empty_place()
    restored = put_back(place, tmp_path / "backups")
    assert restored.rows == taken.rows
    assert wallet(place) == wallet(akin_ltd.settings)
    assert (place.archive_dir / name).read_bytes() == b"<Invoice/>"
    with connect(place.database_url) as connection, pytest.raises(psycopg.errors.FeatureNotSupported):
        connection.execute("COPY tenant FROM STDIN")  # row security binds the owner again


def test_the_second_backup_copies_only_what_is_new(akin_ltd, tmp_path, empty_place):
    first = akin_ltd.file(b"first")
    assert backup(akin_ltd, tmp_path).fresh_files == 1
    second = akin_ltd.file(b"second")
    taken = backup(akin_ltd, tmp_path)
    assert (taken.fresh_files, taken.manifest.archive_files) == (1, 2)
    place = empty_place()
    put_back(place, tmp_path / "backups")
    assert [(place.archive_dir / name).read_bytes() for name in (first, second)] == [b"first", b"second"]


@pytest.mark.parametrize("stage", ["database", "archive"])
def test_a_backup_killed_in_the_middle_is_no_backup(akin_ltd, tmp_path, stage):
    akin_ltd.file(b"<Invoice/>")
    folder = tmp_path / "backups"
    killed(akin_ltd.settings, "backup", stage, folder)
    with pytest.raises(BackupError, match="never finished"):
        places.choose(folder)
    assert backup(akin_ltd, tmp_path).folder == places.choose(folder)
    assert not (folder / places.UNFINISHED).exists()


@pytest.mark.parametrize("stage", ["archive", "database"])
def test_a_restore_killed_in_the_middle_is_repeated(akin_ltd, tmp_path, empty_place, stage):
    name = akin_ltd.file(b"<Invoice/>")
    backup(akin_ltd, tmp_path)
    place = empty_place()
    killed(place, "restore", stage, tmp_path / "backups")
    put_back(place, tmp_path / "backups")
    assert wallet(place) == wallet(akin_ltd.settings)
    assert sorted(path.name for path in place.archive_dir.iterdir()) == [name.split("/")[0]]


@pytest.mark.parametrize("victim", ["wallet.copy.gz", places.LISTING])
def test_a_changed_backup_is_refused_before_anything_is_written(akin_ltd, tmp_path, empty_place, victim):
    akin_ltd.file(b"<Invoice/>")
    path = backup(akin_ltd, tmp_path).folder / victim
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    place = empty_place()
    with pytest.raises(BackupError, match="changed since"):
        put_back(place, tmp_path / "backups")
    assert (tables(place), place.archive_dir.exists()) == (0, False)


def test_a_changed_file_of_the_archive_is_refused_and_no_row_appears(akin_ltd, tmp_path, empty_place):
    name = akin_ltd.file(b"<Invoice/>")
    backup(akin_ltd, tmp_path)
    copied = tmp_path / "backups" / places.ARCHIVE / name
    copied.chmod(0o600)
    copied.write_bytes(b"<invoice/>")
    place = empty_place()
    with pytest.raises(BackupError, match="changed there"):
        put_back(place, tmp_path / "backups")
    assert tables(place) == 0


def test_a_place_that_is_not_empty_is_left_alone(akin_ltd, tmp_path, empty_place):
    backup(akin_ltd, tmp_path)
    before = wallet(akin_ltd.settings)
    with pytest.raises(BackupError, match="database is not empty"):
        put_back(akin_ltd.settings, tmp_path / "backups")
    assert wallet(akin_ltd.settings) == before
    place = empty_place()
    place.archive_dir.mkdir()
    (place.archive_dir / "something").touch()
    with pytest.raises(BackupError, match=r"archive .* is not empty"):
        put_back(place, tmp_path / "backups")


def test_another_master_key_is_noticed(akin_ltd, tmp_path, empty_place):
    backup(akin_ltd, tmp_path)
    place = replace(empty_place(), master_key="MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    with pytest.raises(BackupError, match="--key-lost"):
        put_back(place, tmp_path / "backups")
    assert put_back(place, tmp_path / "backups", key_lost=True).rows


def test_a_backup_in_the_middle_of_a_rotation_wants_both_keys(akin_ltd, tmp_path, empty_place):
    old, new = akin_ltd.settings.master_key, base64.b64encode(secrets.token_bytes(32)).decode()
    take(replace(akin_ltd.settings, master_key=f"{new},{old}"), tmp_path / "backups", at=utc_now())
    place = empty_place()
    for one in (new, old):
        with pytest.raises(BackupError, match=r"lacks [0-9a-f]{16}, under which .*there were 2\)"):
            put_back(replace(place, master_key=one), tmp_path / "backups")
    assert put_back(replace(place, master_key=f"{old},{new}"), tmp_path / "backups").rows


def test_a_backup_of_a_newer_ebelge_is_refused(akin_ltd, tmp_path, empty_place):
    path = backup(akin_ltd, tmp_path).folder / places.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {"revision": "9999_later"}))
    with pytest.raises(BackupError, match="9999_later"):
        put_back(empty_place(), tmp_path / "backups")


def test_a_table_that_the_reader_cannot_see_whole_stops_the_backup(akin_ltd, tmp_path):
    with connect(akin_ltd.settings.database_url) as connection:
        connection.execute("ALTER POLICY wallet_reader ON wallet USING (available > 0)")
    with pytest.raises(BackupError, match="wallet"):
        backup(akin_ltd, tmp_path)
    with pytest.raises(BackupError, match="no complete backup"):
        places.choose(tmp_path / "backups")


def test_one_backup_at_a_time(akin_ltd, tmp_path):
    with places.locked(tmp_path / "backups"), pytest.raises(BackupError, match="under way"):
        backup(akin_ltd, tmp_path)


def test_a_backup_inside_the_archive_is_refused(akin_ltd):
    with pytest.raises(BackupError, match="within each other"):
        take(akin_ltd.settings, akin_ltd.settings.archive_dir / "backups", at=utc_now())


def test_a_file_in_the_way_is_named(akin_ltd, tmp_path):
    (tmp_path / "backups").touch()
    with pytest.raises(BackupError, match=r"backups .*file"):
        backup(akin_ltd, tmp_path)
