"""Restoring a backup into an empty place: checked first, files next, all rows at once, last of all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from alembic.script import ScriptDirectory

from ebelge.archive.store import ArchiveError, ArchiveStore, open_store
from ebelge.backup import files, streams, tables
from ebelge.backup import folder as places
from ebelge.backup.errors import BackupError, explain
from ebelge.backup.folder import Manifest
from ebelge.backup.progress import Progress, Silence
from ebelge.backup.take import connect
from ebelge.core import migrate
from ebelge.core.config import Settings
from ebelge.core.vault import Vault

UNDER_WAY = ".restoring"  # in the archive's folder while a restore is unfinished; names its backup
# Tables that migrations themselves fill: the backup brings its own rows.
FROM_MIGRATIONS = frozenset({"charge_kind", "price"})


@dataclass(frozen=True)
class Restored:
    """A finished restore."""

    backup: Path
    manifest: Manifest
    upgraded: bool

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.manifest.tables)


def put_back(settings: Settings, folder: Path, *, key_lost: bool = False, progress: Progress | None = None) -> Restored:
    """Restore the newest backup in `folder` (or the dated one that `folder` is). Nothing may run meanwhile.

    A restore that was cut short is taken up by the next one with the same backup.

    :param key_lost: go on without a master key that closed secrets of the backup; seals must be added anew.
    :raises BackupError: the backup is damaged, or the place is not empty; the text says what to do.
    """
    progress = progress or Silence()
    backup = places.choose(folder.absolute())
    manifest = places.read_manifest(backup)
    try:
        _check_backup(backup, manifest, progress)
        _check_key(settings, manifest, key_lost=key_lost)
        head = _check_revision(manifest)
        with _database(settings) as connection:
            _check_database(connection, manifest)
            with _archive_under_way(settings, backup, manifest):
                progress.stage("archive", manifest.archive_files)
                source, target = ArchiveStore(backup.parent / places.ARCHIVE), open_store(settings, as_it_lies=True)
                files.put_back(backup / places.LISTING, source, target, progress)
                migrate.upgrade(settings.database_url, manifest.revision)
                _rows(connection, backup, manifest, progress)
        if manifest.revision != head:
            migrate.upgrade(settings.database_url)
    except OSError as error:
        raise explain(error, settings.archive_dir) from error
    except ArchiveError as error:
        raise explain(error.__cause__ or error, settings.archive_dir) from error
    except psycopg.Error as error:
        raise BackupError(f"The database refused: {str(error).strip()}") from error
    return Restored(backup, manifest, manifest.revision != head)


def _check_backup(backup: Path, manifest: Manifest, progress: Progress) -> None:
    progress.stage("checking", len(manifest.tables) + 1)
    for name, sha256 in [(table.file, table.sha256) for table in manifest.tables] + [
        (places.LISTING, manifest.listing_sha256)
    ]:
        streams.check(backup / name, sha256)
        progress.advance(1)


def _check_key(settings: Settings, manifest: Manifest, *, key_lost: bool) -> None:
    ours = Vault.from_text(settings.master_key).key_ids()
    missing = [key for key in manifest.master_key_ids if key not in ours]
    if missing and not key_lost:
        raise BackupError(
            f"EBELGE_MASTER_KEY lacks {', '.join(missing)}, under which secrets of this backup may be closed: what it "
            "closed, the archive's sealed files above all, could not be opened. Set every key that was set then, "
            f"parted by commas (there were {len(manifest.master_key_ids)}). If one is lost for good, repeat with "
            "--key-lost: seals are added anew, and files that it sealed are lost."
        )


def _check_revision(manifest: Manifest) -> str:
    """The newest revision of this program, if it knows the backup's."""
    script = ScriptDirectory(str(migrate.MIGRATIONS))
    if manifest.revision not in {revision.revision for revision in script.walk_revisions()}:
        raise BackupError(f"The backup is at revision {manifest.revision}, which this Ebelge does not know.")
    return str(script.get_current_head())


@contextmanager
def _database(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    try:
        connection = connect(settings.database_url)
    except psycopg.OperationalError as error:
        raise BackupError(f"The database does not answer: {str(error).strip()}") from error
    with connection:
        yield connection


def _check_database(connection: psycopg.Connection[Any], manifest: Manifest) -> None:
    """Empty: no tables, or the schema that a restore cut short has left, without rows."""
    present = [table.name for table in tables.tables(connection)]
    if present:
        with tables.unforced(connection):
            full = tables.filled(connection, [name for name in present if name not in FROM_MIGRATIONS])
        if full:
            raise BackupError(
                f"The database is not empty (rows in {', '.join(full[:4])}{' …' if len(full) > 4 else ''}). "
                "Restore into a new one: CREATE DATABASE … OWNER ebelge_owner, and set DATABASE_URL."
            )
        row = connection.execute(f"SELECT version_num FROM {tables.VERSIONS}").fetchone()
        if row is None or row[0] != manifest.revision:
            raise BackupError(
                f"The database has no rows, but the tables of revision {row and row[0]}; the backup is of "
                f"{manifest.revision}. Restore into a database without tables."
            )
    connection.commit()


@contextmanager
def _archive_under_way(settings: Settings, backup: Path, manifest: Manifest) -> Iterator[None]:
    """The archive is ours to fill: empty, or left by a restore of the same backup that was cut short.

    A bucket has no such mark: what lies there is never changed, and anything but the backup's own files is an error.
    """
    if settings.archive.bucket:
        foreign = files.not_listed(backup / places.LISTING, open_store(settings, as_it_lies=True))
        if foreign is not None:
            raise BackupError(
                f"The bucket {settings.archive.bucket} is not empty: {foreign} is not of this backup. "
                "Restore under a new prefix (EBELGE_ARCHIVE_URL)."
            )
        yield
        return
    archive = settings.archive_dir.absolute()
    mark = archive / UNDER_WAY
    name = f"{backup.name} {manifest.listing_sha256}"
    archive.mkdir(mode=0o750, parents=True, exist_ok=True)
    if os.listdir(archive) and not (mark.is_file() and mark.read_text(encoding="utf-8") in ("", name)):
        raise BackupError(f"The archive {archive} is not empty. Restore into a new folder (EBELGE_ARCHIVE_DIR).")
    mark.write_text(name, encoding="utf-8")
    yield
    mark.unlink()
    places.sync(archive)


def _rows(connection: psycopg.Connection[Any], backup: Path, manifest: Manifest, progress: Progress) -> None:
    """All rows in one transaction: whoever looks sees none of them or all."""
    progress.stage("database", sum(table.rows for table in manifest.tables))
    with connection.transaction(), tables.unforced(connection):
        for name in sorted(FROM_MIGRATIONS, reverse=True):  # price points to charge_kind
            # What the migrations put there gives way to what the backup has of it, though versions are append-only.
            connection.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
            connection.execute(f"DELETE FROM {name}")
            connection.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
        for table in manifest.tables:
            tables.copy_in(connection, table, backup)
            progress.advance(table.rows)
    connection.commit()
    connection.autocommit = True
    connection.execute("ANALYZE")
