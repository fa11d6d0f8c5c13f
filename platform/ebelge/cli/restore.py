"""`ebelge restore`: a backup into an empty database and an empty archive."""

from pathlib import Path

import click
from rich.console import Console

from ebelge.backup.errors import BackupError
from ebelge.backup.put_back import put_back
from ebelge.cli.bars import Bars
from ebelge.core.config import settings


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--key-lost", is_flag=True, help="The master key of then is gone: restore all but the seals' secrets.")
@click.pass_context
def command(context: click.Context, folder: Path, key_lost: bool) -> None:
    """Bring the newest backup in FOLDER (or the dated one that FOLDER is) into an empty place.

    DATABASE_URL names a database without tables, EBELGE_ARCHIVE_DIR an empty folder; nothing else may run. Roles are
    created, rows appear all at once, and `ebelge verify` has the last word. Cut short, it is repeated as it was.

    Exit 1: not restored, incomplete, or what was restored does not hold.
    """
    console = Console(highlight=False)
    try:
        with Bars(console) as bars:
            restored = put_back(settings(), folder, key_lost=key_lost, progress=bars)
    except BackupError as error:
        raise click.ClickException(str(error)) from error
    manifest = restored.manifest
    lines = [
        f"Restored {restored.backup} (taken {manifest.taken_at})",
        f"  database  {restored.rows} rows in {len(manifest.tables)} tables, revision {manifest.revision}"
        + (", migrated to the newest" if restored.upgraded else ""),
        f"  archive   {manifest.archive_files} files, each with the hash of its backup",
    ]
    if manifest.missing:
        lines.append(f"  MISSING   {len(manifest.missing)} files were lost before the backup was made; it names them")
    console.print(*lines, sep="\n", markup=False, soft_wrap=True)
    _verify(context)
    if manifest.missing:
        raise SystemExit(1)


def _verify(context: click.Context) -> None:
    from ebelge.cli import verify  # only here: a restore that fails needs none of it

    context.invoke(verify.command)
