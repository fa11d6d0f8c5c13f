"""`ebelge schedule`: the clock. Leases, deadlines, expiry, cleaning, GİB's user list."""

import click

from ebelge.core.telemetry import configure_logging
from ebelge.jobs import schedule, stopping


@click.command("schedule")
@click.option("--once", is_flag=True, help="Do every duty once and end; with 1 if one failed.")
def command(once: bool) -> None:
    """Do what is due, in its rhythm (one process is enough; more do no harm)."""
    configure_logging("schedule")
    stopping.on_signals()
    if once:
        failed = [duty.name for duty in schedule.duties() if not schedule.perform(duty)]
        if failed:
            raise click.ClickException(f"Failed, with the reason in the log above: {', '.join(failed)}.")
        return
    schedule.run(stopping.requested)
