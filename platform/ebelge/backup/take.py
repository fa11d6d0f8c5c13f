"""Taking a backup: one snapshot of all rows, then every file of the archive that it names, and any newer one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from ebelge.archive.store import ArchiveError, ArchiveStore, Key, open_store
from ebelge.backup import folder as places
from ebelge.backup import tables
from ebelge.backup.errors import BackupError, explain
from ebelge.backup.files import Copier, name_of
from ebelge.backup.folder import Manifest, TableCopy
from ebelge.backup.progress import Progress, Silence
from ebelge.backup.streams import PackedFile
from ebelge.core.config import Settings
from ebelge.core.vault import Vault
from ebelge.documents.keeping.kept_files import KEPT, union

_EXPECTED = "expected.gz"  # gone when the backup is whole
_FETCH = 5000


@dataclass(frozen=True)
class Taken:
    """A finished backup. `fresh_files` were copied now, the others by backups before."""

    folder: Path
    manifest: Manifest
    fresh_files: int

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.manifest.tables)


def take(settings: Settings, folder: Path, *, at: datetime, progress: Progress | None = None) -> Taken:
    """Back everything up into a new dated folder below `folder`; the product may run meanwhile.

    A backup of a damaged archive is finished all the same; `manifest.missing` then says what is not in it.

    :raises BackupError: nothing that looks like a backup was left; the text says what to do.
    """
    progress = progress or Silence()
    folder = folder.absolute()
    if not settings.archive.bucket:
        _check_apart(folder, settings.archive_dir.absolute())
    try:
        with places.locked(folder), places.unfinished(folder) as place:
            return _take(settings, folder, place, at, progress)
    except OSError as error:
        raise explain(error, folder) from error
    except ArchiveError as error:
        raise explain(error.__cause__ or error, folder) from error


def _take(settings: Settings, folder: Path, place: Path, at: datetime, progress: Progress) -> Taken:
    before = places.newest(folder)
    revision = _revision(settings)
    with _snapshot(settings) as connection:
        copies = _rows(connection, place, progress)
        expected = _write_expected(connection, place / _EXPECTED)
        version = connection.info.server_version
    if _revision(settings) != revision:
        raise BackupError("The database was migrated while it was copied. Repeat the backup.")
    # After the rows: a file is durable before the row that names it is committed, so all that are named are there.
    with PackedFile(place / places.LISTING) as listing:
        # Sealed files stay sealed: a backup holds nothing that cannot be read without the master key.
        source, target = open_store(settings, as_it_lies=True), ArchiveStore(folder / places.ARCHIVE)
        known = before / places.LISTING if before is not None else None
        progress.stage("archive", expected)
        copier = Copier(source, target, opened=open_store(settings), known=known, listing=listing)
        copier.copy(place / _EXPECTED, progress)
    (place / _EXPECTED).unlink()
    manifest = Manifest(
        taken_at=at.isoformat(),
        revision=revision,
        server_version=version,
        tables=copies,
        archive_files=copier.result.files,
        archive_bytes=copier.result.bytes,
        listing_sha256=listing.sha256,
        master_key_ids=Vault.from_text(settings.master_key).key_ids(),
        missing=copier.result.missing,
    )
    return Taken(places.complete(folder, manifest, at=at), manifest, copier.result.fresh)


def _check_apart(folder: Path, archive: Path) -> None:
    if folder == archive or archive in folder.parents or folder in archive.parents:
        raise BackupError(f"{folder} and the archive {archive} lie within each other; a backup belongs elsewhere.")


@contextmanager
def _snapshot(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A read-only transaction as the reader, who sees every tenant's rows."""
    try:
        with connect(settings.role_url("reader")) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection
    except psycopg.OperationalError as error:
        raise BackupError(f"The database does not answer or went away: {str(error).strip()}") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise BackupError(f"The reader may not read a table: {str(error).strip()}") from error


def connect(url: str) -> psycopg.Connection[Any]:
    """A plain connection (no SQLAlchemy: COPY streams)."""
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1), connect_timeout=10)


def _rows(connection: psycopg.Connection[Any], place: Path, progress: Progress) -> list[TableCopy]:
    found = tables.tables(connection)
    if not any(table.name == "tenant" for table in found):
        raise BackupError("This database holds no Ebelge: `ebelge db status` says where DATABASE_URL leads.")
    tables.check_reader_sees_all(connection)
    progress.stage("database", sum(table.size for table in found))
    return [tables.copy_out(connection, table, place, done=progress.advance) for table in found]


def _write_expected(connection: psycopg.Connection[Any], path: Path) -> int:
    """Write down what the rows say lies in the archive, in the order of its paths; how many files."""
    count = 0
    with connection.cursor("archive_names") as cursor, PackedFile(path) as file:
        cursor.itersize = _FETCH
        cursor.execute(
            f"SELECT encode(sha256, 'hex'), tenant_id, object_id, name FROM ({union(KEPT, 'true')}) AS files "
            'ORDER BY tenant_id, object_id, name COLLATE "C"'
        )
        for sha256, tenant_id, object_id, name in cursor:
            file.write(f"{sha256}  {name_of(Key(tenant_id, object_id, name))}\n".encode("ascii"))
            count += 1
    return count


def _revision(settings: Settings) -> str:
    with connect(settings.role_url("owner")) as connection:
        row = connection.execute(f"SELECT version_num FROM {tables.VERSIONS}").fetchone()
    if row is None:
        raise BackupError("The database has no revision: run `ebelge db migrate`.")
    return str(row[0])
