"""`ebelge applications`: who applied for an account; activate, refuse, ask for more."""

from typing import Any

import click

from ebelge.cli.accounts import refusals_told
from ebelge.cli.staff import by as staff
from ebelge.core.clock import ISTANBUL
from ebelge.core.db import role_session
from ebelge.jobs import signing_up
from tenants.applications import lists
from tenants.applications.applications import Decider
from tenants.applications.models import STATES
from tenants.audit import entries
from tenants.leads.choices import product_name


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Default: what waits for a decision.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def _list(states: tuple[str, ...], limit: int) -> None:
    """List applications, newest first."""
    with role_session("reader") as session:
        rows = lists.listed(session, states_wanted=list(states) or ["waiting", "asked"], limit=limit)
    for row in rows:
        when = f"{row.created_at.astimezone(ISTANBUL):%d.%m.%Y %H:%M}"
        click.echo(f"{row.application_id}  {row.state:11}  {when}  {row.vkn_tckn:11}  {row.title}")
    if not rows:
        click.echo("No such application.")


@command.command("show")
@click.argument("application", type=click.UUID)
@refusals_told
def _show(application: Any) -> None:
    """Show one with what there is to check."""
    with role_session("reader") as session:
        row = lists.one(session, application_id=application)
        checks = lists.checks(session, application_id=application)
    click.echo(f"{row.title}  {row.vkn_tckn}  {row.state} (account {row.tenant_state})")
    click.echo(f"{row.full_name}  {row.email}  {row.phone}  {row.district}/{row.city}  {row.tax_office or ''}")
    click.echo(f"services {', '.join(row.services) or '-'}; product in use: {product_name(row.product, 'en') or '-'}")
    if row.invited_by:
        click.echo(f"invited by reseller {row.invited_by}")
    click.echo(f"GİB's list: {checks.gib_title or 'not registered'}")
    click.echo(f"earlier applications {checks.earlier}, person's other companies {checks.others}, leads {checks.leads}")
    for name, said in (("asked", row.asked), ("reason", row.reason)):
        if said:
            click.echo(f"{name}: {said}")


@command.command("activate")
@click.argument("application", type=click.UUID)
@staff
@refusals_told
def _activate(application: Any, by: str) -> None:
    """Let the live account in; the applicant gets a letter."""
    signing_up.activate(_tenant(application), application, decider=_decider(by))
    click.echo("activated")


@command.command("refuse")
@click.argument("application", type=click.UUID)
@click.argument("reason")
@staff
@refusals_told
def _refuse(application: Any, reason: str, by: str) -> None:
    """Refuse it; the applicant reads REASON."""
    signing_up.refuse(_tenant(application), application, reason=reason, decider=_decider(by))
    click.echo("refused")


@command.command("ask")
@click.argument("application", type=click.UUID)
@click.argument("what")
@staff
@refusals_told
def _ask(application: Any, what: str, by: str) -> None:
    """Ask the applicant for WHAT; the application stays open."""
    signing_up.ask(_tenant(application), application, what=what, decider=_decider(by))
    click.echo("asked")


def _tenant(application: Any) -> Any:
    with role_session("reader") as session:
        return lists.one(session, application_id=application).tenant_id


def _decider(by: str) -> Decider:
    return Decider(entries.command("applications", by=by), "staff")
