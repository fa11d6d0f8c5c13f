"""`ebelge schedule`: the clock. Leases, deadlines, expiry, cleaning, GİB's user list."""

import click

from ebelge.core.telemetry import configure_logging
from ebelge.jobs import schedule, stopping


@click.command("schedule")
@click.option("--once", is_flag=True, help="Do every duty once and end.")
def command(once: bool) -> None:
    """Do what is due, in its rhythm (one process is enough; more do no harm)."""
    configure_logging("schedule")
    stopping.on_signals()
    if once:
        for duty in schedule.duties():
            schedule.perform(duty)
        return
    schedule.run(stopping.requested)
