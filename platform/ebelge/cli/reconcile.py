"""`ebelge reconcile`: payments, bank, lists, charges, wallets and revenue compared; breaks for what differs."""

import json
import sys

import click
from rich.console import Console

from billing.reconciliation.run import CHECKS, NoOperator
from ebelge.cli.bars import Bars
from ebelge.cli.noted_as import person
from ebelge.core.clock import utc_now
from ebelge.jobs.books import reconcile


@click.command("reconcile")
@click.option("--json", "as_json", is_flag=True, help="The outcome as one JSON object.")
@click.option("--by", help="Who asks (default: EBELGE_STAFF or the login name).")
def command(as_json: bool = False, by: str | None = None) -> None:
    """Compare everything with everything now. Changes nothing but the list of breaks; ends with 1 if any are open."""
    console = Console(stderr=True)
    with Bars(console) as bars:
        bars.stage("compare", len(CHECKS))
        try:
            outcome = reconcile(
                asked_by=by or person(), at=utc_now(),
                progress=lambda _: bars.advance(1),
            )  # fmt: skip
        except NoOperator as error:
            raise click.ClickException("There is no operator's account yet; nothing to reconcile.") from error
    if as_json:
        facts = {"run_id": str(outcome.run_id), "found": outcome.found, "opened": outcome.opened}
        click.echo(json.dumps(facts | {"ended": outcome.ended, "open": outcome.open_now, "counts": outcome.counts}))
    else:
        click.echo("Compared:")
        for name, count in outcome.counts.items():
            click.echo(f"  {name.replace('_', ' '):16} {count:>12}")
        click.echo(f"{outcome.opened} new breaks, {outcome.ended} ended by themselves, {outcome.open_now} open.")
        if outcome.open_now:
            click.echo("`ebelge breaks list` shows them.")
    sys.exit(1 if outcome.open_now else 0)
