"""The folder of backups: one archive that all share, and a dated folder per backup.

    FOLDER/archive/<tenant>/<object>/<name>      grows with every backup; a file is copied once
    FOLDER/20261123T004417Z/<table>.copy.gz      rows as PostgreSQL's COPY writes them (text)
    FOLDER/20261123T004417Z/archive.sha256.gz    the archive's files, as `sha256sum -c` reads them
    FOLDER/20261123T004417Z/manifest.json        what belongs to it; written last

A backup is made in `.unfinished` and gets its name when all of it is on disk: a killed one never looks whole.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ebelge.backup.errors import BackupError, explain

FORMAT = 1
ARCHIVE, LISTING, MANIFEST, UNFINISHED = "archive", "archive.sha256.gz", "manifest.json", ".unfinished"
_NAME = re.compile(r"\d{8}T\d{6}Z(-\d+)?")


@dataclass(frozen=True)
class TableCopy:
    """The rows of one table: their columns in order, how many, and the file that holds them."""

    name: str
    columns: list[str]
    rows: int
    file: str
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `missing`: files that the database names and the archive did not have whole."""

    taken_at: str
    revision: str
    server_version: int
    tables: list[TableCopy]
    archive_files: int
    archive_bytes: int
    listing_sha256: str
    master_key_ids: list[str]
    missing: list[str] = field(default_factory=list)
    format: int = FORMAT


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One backup at a time in a folder. :raises BackupError: another runs, or the folder cannot be used."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise explain(error, folder) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(f"Another backup into {folder} is under way. Wait for it.") from error
        yield


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """An empty place for a new backup, gone after an error; what a killed one left is removed. Hold the lock."""
    place = folder / UNFINISHED
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    (folder / ARCHIVE).mkdir(mode=0o700, exist_ok=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)  # gone already, under its name, if it is whole


def complete(folder: Path, manifest: Manifest, *, at: datetime) -> Path:
    """Write the manifest and give the backup its name, durably; its folder."""
    place = folder / UNFINISHED
    path = place / MANIFEST
    with path.open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, indent=1, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    sync(place)
    stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    name, again = stamp, 1
    while (folder / name).exists():
        again += 1
        name = f"{stamp}-{again}"
    place.rename(folder / name)
    sync(folder)
    return folder / name


def newest(folder: Path) -> Path | None:
    """The last complete backup in `folder`, None when there is none."""
    found = [path for path in folder.glob("*Z*") if _NAME.fullmatch(path.name) and (path / MANIFEST).is_file()]
    return max(found, key=lambda path: (path.name[:16], len(path.name), path.name), default=None)


def choose(folder: Path) -> Path:
    """The backup meant by a path: a dated folder itself, or the newest in a folder of backups.

    :raises BackupError: there is no complete backup.
    """
    if (folder / MANIFEST).is_file():
        return folder
    found = newest(folder)
    if found is None:
        half = " (one was begun there and never finished)" if (folder / UNFINISHED).exists() else ""
        raise BackupError(f"There is no complete backup in {folder}{half}.")
    return found


def read_manifest(backup: Path) -> Manifest:
    """The manifest of a backup. :raises BackupError: it cannot be read, or is of a newer form."""
    path = backup / MANIFEST
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        if fields["format"] != FORMAT:
            raise BackupError(f"{path} is of form {fields['format']}; this Ebelge reads form {FORMAT}.")
        fields["tables"] = [TableCopy(**table) for table in fields["tables"]]
        return Manifest(**fields)
    except OSError as error:
        raise explain(error, backup) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{path} cannot be read: {error}") from error


def sync(folder: Path) -> None:
    """Make the entries of a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
