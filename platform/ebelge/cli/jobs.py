"""`ebelge jobs`: what waits, what is dead and why, and letting it go again."""

import json
from datetime import datetime
from uuid import UUID

import click

from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.jobs import dead_letters
from ebelge.jobs.dead_letters import DeadLetter


@click.group("jobs", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Messages on their way, and dead letters: list, show, retry."""
    if context.invoked_subcommand is None:
        context.invoke(list_letters)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--tenant", type=click.UUID, help="Only this tenant's.")
def list_letters(as_json: bool = False, tenant: UUID | None = None) -> None:
    """Show what waits, and every dead letter with its reason, age and document."""
    letters = dead_letters.find(tenant_id=tenant)
    if as_json:
        for letter in letters:
            click.echo(json.dumps(_facts(letter), ensure_ascii=False))
        return
    for topic, states in sorted(dead_letters.counts().items()):
        click.echo(f"{topic}: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items())))
    if not letters:
        click.echo("No dead letters.")
        return
    click.echo("\nDead letters, oldest first:")
    now = utc_now()
    for letter in letters:
        what = f"{letter.number or letter.key}" + (f" ({letter.document_state})" if letter.document_state else "")
        tries = "1 try" if letter.attempts == 1 else f"{letter.attempts} tries"
        # Lines instead of a table: an id must fit on one line of any terminal, to be copied for `retry`.
        click.echo(f"\n  {letter.message_id}  {letter.topic}")
        click.echo(f"    {what}, {letter.tenant_title}: {tries}, dead for {_age(now, letter.died_at)}")
        click.echo(f"    {letter.reason}")
    click.echo("\n`ebelge jobs retry MESSAGE` lets one go again, `ebelge jobs retry --all` all of them.")


@command.command("show")
@click.argument("message", type=click.UUID)
def show(message: UUID) -> None:
    """Show everything known of one dead letter."""
    letters = dead_letters.find(message_id=message)
    if not letters:
        raise click.ClickException("There is no such dead letter.")
    for letter in letters:
        for name, value in _facts(letter).items():
            click.echo(f"{name:15} {value}")


@command.command("retry")
@click.argument("message", type=click.UUID, required=False)
@click.option("--all", "everything", is_flag=True, help="All dead letters.")
@click.option("--tenant", type=click.UUID, help="All dead letters of this tenant.")
def retry(message: UUID | None, everything: bool, tenant: UUID | None) -> None:
    """Let one dead letter (or many) go again, as if it had never been tried."""
    if sum((message is not None, everything, tenant is not None)) != 1:
        raise click.UsageError("Name one MESSAGE, or give --tenant or --all.")
    count = dead_letters.retry(message_id=message, tenant_id=tenant, at=utc_now())
    if message is not None and not count:
        raise click.ClickException("There is no such dead letter.")
    click.echo(f"{count} sent on their way again.")


def _facts(letter: DeadLetter) -> dict[str, str | int | None]:
    return {
        "message": str(letter.message_id),
        "topic": letter.topic,
        "tenant": str(letter.tenant_id),
        "tenant_title": letter.tenant_title,
        "document": str(letter.document_id) if letter.document_id else None,
        "number": letter.number,
        "state": letter.document_state,
        "tries": letter.attempts,
        "created_at": letter.created_at.astimezone(ISTANBUL).isoformat(timespec="seconds"),
        "died_at": letter.died_at.astimezone(ISTANBUL).isoformat(timespec="seconds"),
        "reason": letter.reason,
    }


def _age(now: datetime, then: datetime) -> str:
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"
