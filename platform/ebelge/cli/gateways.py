"""`ebelge gateways`: which are set up, what waits for them, and their own lists of a day."""

from datetime import datetime, timedelta

import click
from sqlalchemy import text

from ebelge.cli.accounts import refusals_told
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session
from ebelge.jobs import gateway_lists
from ebelge.jobs.gateways import gateway, gateways

_ATTEMPTS = (
    "SELECT gateway || ' ' || state AS what, count(*) AS n, min(created_at) AS since FROM payment_attempt "
    "WHERE ended_at IS NULL GROUP BY 1 ORDER BY 1"
)
_WEBHOOKS = (
    "SELECT gateway || ' ' || state AS what, count(*) AS n, min(received_at) AS since FROM payment_notice "
    "WHERE state IN ('new', 'unplaced') GROUP BY 1 ORDER BY 1"
)


@click.group("gateways", invoke_without_command=True, help=__doc__)
@click.pass_context
def command(context: click.Context) -> None:
    """The group; without a subcommand it shows what is set up and what waits."""
    if context.invoked_subcommand is not None:
        return
    for name, one in gateways().items():
        click.echo(f"{name}: {'live' if one.is_live else 'sandbox'}")
    if not gateways():
        click.echo("No gateway is set up.")
    with role_session("reader") as session:
        for title, sql in (("attempts", _ATTEMPTS), ("webhooks", _WEBHOOKS)):
            for row in session.execute(text(sql)):
                click.echo(f"{title}: {row.n} {row.what}, the oldest of {row.since:%Y-%m-%d %H:%M}")


@command.command("fetch")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Turkish calendar day. Default: yesterday.")
@click.option("--gateway", "only", help="Only this one.")
@refusals_told
def _fetch(day: datetime | None, only: str | None) -> None:
    """Fetch the gateways' own lists of a day; payments that nobody told us of are asked about."""
    wanted = day.date() if day else istanbul_date(utc_now()) - timedelta(days=1)
    for name in [only] if only else list(gateways()):
        new = gateway_lists.fetch(gateway(name), wanted)
        click.echo(f"{name}: {new} new lines of {wanted}")
