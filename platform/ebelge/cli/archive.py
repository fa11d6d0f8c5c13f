"""`ebelge archive`: an account's whole archive, handed out with a manifest of hashes, and checked again anywhere."""

from pathlib import Path

import click
from rich.console import Console

from ebelge.archive.store import open_store
from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.cli.bars import Bars
from ebelge.cli.staff import by
from ebelge.core.clock import utc_now
from ebelge.onboarding.handing_out import hand_out
from ebelge.onboarding.manifest import check
from tenants.audit import entries

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("export")
@click.argument("vkn_tckn")
@click.argument("file", type=_FILE)
@click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True)
@by
@refusals_told
def _export(vkn_tckn: str, file: Path, mode: str, by: str) -> None:
    """Write every document of an account, its kontör journal and the manifest into FILE (a new ZIP).

    Ends with 1 if the archive lacks a document that the books know; FILE is written all the same, and names them.
    """
    tenant_id, at = tenant_of(vkn_tckn, mode), utc_now()
    console = Console(highlight=False)
    if file.exists():
        raise click.ClickException(f"{file} is there already; name a new file.")
    try:
        with Bars(console) as bars:
            done = hand_out(
                file,
                tenant_id=tenant_id,
                archive=open_store(),
                actor=entries.command("archive", by=by),
                at=at,
                steps=bars,
            )
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}. Nothing was entered.") from error
    click.echo(f"{file}: {done.files} files, {done.size_bytes / 1e6:.1f} MB; manifest {done.manifest_sha256.hex()}")
    for name in done.missing:
        click.echo(f"  MISSING or changed in the archive: {name}", err=True)
    if done.missing:
        raise SystemExit(1)


@command.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def _check(file: Path) -> None:
    """Compare every file of an exported ZIP with its manifest. Needs no database. Ends with 1 on a difference."""
    with Bars(Console(highlight=False)) as bars:
        found = check(file, steps=bars)
    for one in found.wrong:
        click.echo(f"  {one}", err=True)
    if found.wrong:
        raise SystemExit(1)
    click.echo(f"{file}: {found.files} files as the manifest {found.manifest_sha256} says.")
