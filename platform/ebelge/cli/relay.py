"""`ebelge relay`: carry messages from the outbox to the workers until told to stop."""

import click

from ebelge.core.telemetry import configure_logging
from ebelge.jobs import stopping
from ebelge.jobs.relay import Relay


@click.command("relay")
def command() -> None:
    """Carry messages from the outbox to the workers (one process is enough; more do no harm)."""
    configure_logging("relay")
    stopping.on_signals()
    Relay().run(stopping.requested)
