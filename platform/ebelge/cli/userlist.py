"""`ebelge userlist`: GİB's lists of registered users: taken in by hand, how old, what they say of someone."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import role_session
from ebelge.core.errors import DomainError
from ebelge.documents.registered import user_list
from ebelge.documents.registered.user_list import Role
from ebelge.jobs import user_lists

_MODE = click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True)
_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("load")
@_FILE
@_MODE
@click.option("--role", type=click.Choice(["PK", "GB"]), default="PK", show_default=True)
@click.option(
    "--any-size", is_flag=True, help="Take it in even if it has fewer than half of the lines of the last one."
)
def load(file: Path, mode: str, role: Role, any_size: bool) -> None:
    """Make our list equal to FILE (GİB's zip, or its XML). Readers see the old one until it is whole."""
    began = utc_now()
    try:
        taken = user_list.load_file(file, mode=mode, role=role, at=began, any_size=any_size)
    except DomainError as error:
        raise click.ClickException(error.detail_en or str(error)) from error
    if not taken.lines:
        click.echo("The same file as last time: nothing to do.")
        return
    seconds = (utc_now() - began).total_seconds()
    click.echo(
        f"{taken.lines} lines in {seconds:.1f} s: {taken.opened} new, {taken.changed} changed, {taken.closed} closed"
    )


@command.command("closures")
@_FILE
@_MODE
def closures(file: Path, mode: str) -> None:
    """Take GİB's temporary list (accounts that it closed) in from FILE, and write to tenants of ours who are in it."""
    try:
        count = user_lists.load_closures(file, mode=mode, at=utc_now())
    except DomainError as error:
        raise click.ClickException(error.detail_en or str(error)) from error
    click.echo(f"{count} closures; {user_lists.warn(utc_now())} of them are accounts of ours that were told now")


@command.command("show")
def show() -> None:
    """Show how old each list is, what the last one changed, and why a newer one was refused."""
    with role_session("app") as session:
        for one in user_list.states(session):
            click.echo(
                f"{one.mode} {one.role}  {_when(one.loaded_at)}  {one.aliases} lines; "
                f"last: {one.opened} new, {one.changed} changed, {one.closed} closed"
            )
            if one.refused_at is not None:
                click.echo(f"    refused {_when(one.refused_at)}: {one.refused}")


@command.command("find")
@click.argument("vkn_tckn")
@_MODE
def find(vkn_tckn: str, mode: str) -> None:
    """Show every alias that GİB's lists name, and named, for VKN_TCKN."""
    with role_session("app") as session:
        rows: list[dict[str, Any]] = user_list.periods(session, mode=mode, vkn_tckn=vkn_tckn)
    if not rows:
        click.echo("Not in GİB's lists.")
        return
    click.echo(f"{rows[0]['title']}  {rows[0]['account_type'] or '-'}")
    for row in rows:
        until = f" - {_when(row['deleted_at'])}" if row["deleted_at"] else "  open"
        click.echo(f"  {row['role']} {row['document_type']:14} {row['alias']}  {_when(row['created_at'])}{until}")


def _when(at: datetime) -> str:
    return at.astimezone(ISTANBUL).strftime("%d.%m.%Y %H:%M")
