"""`ebelge backup`: database and archive into a folder, while everything runs."""

from pathlib import Path

import click
from rich.console import Console

from ebelge.backup.errors import BackupError
from ebelge.backup.take import Taken, take
from ebelge.cli.bars import Bars
from ebelge.core.clock import utc_now
from ebelge.core.config import settings


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def command(folder: Path) -> None:
    """Copy database and archive into FOLDER, while everything runs.

    Every call makes a dated backup of the whole database; files of the archive are copied once and shared by all
    backups in FOLDER. The master key is not among them: keep it apart.

    Exit 1: no backup, or one that misses files which the archive itself has lost.
    """
    console = Console(highlight=False)
    try:
        with Bars(console) as bars:
            taken = take(settings(), folder, at=utc_now(), progress=bars)
    except BackupError as error:
        raise click.ClickException(str(error)) from error
    console.print(*_lines(taken), sep="\n", markup=False, soft_wrap=True)
    if taken.manifest.missing:
        raise SystemExit(1)


def _lines(taken: Taken) -> list[str]:
    manifest = taken.manifest
    found = [
        f"Backup {taken.folder}",
        f"  database  {taken.rows} rows in {len(manifest.tables)} tables, revision {manifest.revision}",
        f"  archive   {manifest.archive_files} files, {manifest.archive_bytes / 1e6:.1f} MB; {taken.fresh_files} new",
    ]
    if manifest.missing:
        found += [
            f"  MISSING   {len(manifest.missing)} files that the database names are absent or changed in the archive:",
            *(f"            {name}" for name in manifest.missing[:20]),
        ]
    else:
        found.append("  complete  every file that the database names is in it, with the bytes that the database knows")
    return found
