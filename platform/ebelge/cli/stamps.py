"""`ebelge stamps`: the archive's time stamps, day by day: shown, verified, made, renewed ahead."""

import sys
from datetime import datetime, timedelta

import click

from ebelge.cli.accounts import tenant_of
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.config import ConfigurationError
from ebelge.core.db import tenant_session
from ebelge.documents.keeping import stamped_days
from ebelge.jobs import stamping
from ebelge.signing.configured import open_stamper

_MODE = click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True)


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("list")
@click.argument("vkn_tckn")
@_MODE
def _list(vkn_tckn: str, mode: str) -> None:
    """Show an account's days: how many files, when stamped, until when the last stamp proves."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        days = stamped_days.of_tenant(session, tenant_id=tenant_id)
        for day in days:
            stamps = stamped_days.stamps_of(session, tenant_id=tenant_id, day=day.day)
            last = stamps[-1] if stamps else None
            proves = f"{len(stamps)} stamps, proves until {last.signer_ends_at:%d.%m.%Y}" if last else "no stamp yet"
            click.echo(f"{day.day:%d.%m.%Y}  {day.files} files, {proves}")
    if not days:
        click.echo("Nothing is stamped yet.")


@command.command("verify")
@click.argument("vkn_tckn")
@_MODE
@click.option("--without-files", is_flag=True, help="Manifests and stamps alone.")
def _verify(vkn_tckn: str, mode: str, without_files: bool) -> None:
    """Verify every manifest and stamp, and that every file is what was stamped; exit 1 on a difference."""
    tenant_id = tenant_of(vkn_tckn, mode)
    wrong = stamping.verify(tenant_id, at=utc_now(), files=not without_files)
    for sentence in wrong:
        click.echo(sentence)
    if wrong:
        sys.exit(1)
    click.echo("Every stamp proves what it should.")


@command.command("make")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day (default: yesterday).")
def _make(first: datetime | None) -> None:
    """Make the manifests of days that are over, and stamp them; for days before the first nightly run."""
    day, today = (first or utc_now()).date(), utc_now().astimezone(ISTANBUL).date()
    day = day if first else today - timedelta(days=1)
    made = 0
    while day < today:
        made += stamping.make(day)
        day += timedelta(days=1)
    click.echo(f"{made} manifests made, {_stamped()} stamped.")


@command.command("renew")
@click.option("--days", default=90, show_default=True, help="Stamps that end within so many days.")
def _renew(days: int) -> None:
    """Stamp again what ends soon; the clock does it every night for 90 days ahead."""
    at = utc_now()
    try:
        count = stamping.renew(open_stamper(), at=at, before=at + timedelta(days=days))
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{count} days stamped again.")


def _stamped() -> int:
    try:
        return stamping.stamp_open(open_stamper())
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
