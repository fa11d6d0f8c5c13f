"""`ebelge worker`: sign, send, mail and credit, one batch after the other, until told to stop."""

import click

from ebelge.core.telemetry import configure_logging
from ebelge.jobs import worker
from ebelge.outbox.topics import QUEUES


@click.command("worker")
@click.option("--queues", default=",".join(QUEUES), show_default=True, help="Comma-separated; the first goes first.")
def command(queues: str) -> None:
    """Work on queues; SIGTERM lets it finish the batch in hand."""
    names = [name.strip() for name in queues.split(",") if name.strip()]
    configure_logging("worker")
    try:
        worker.run(names)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--queues") from error
