"""`ebelge leads`: enquiries from the website; move them on, give them to a reseller."""

from typing import Any
from uuid import UUID

import click

from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.cli.staff import by as staff
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import enquiries
from tenants import accounts
from tenants.audit import entries
from tenants.leads import desk
from tenants.leads.choices import OPEN, STATE_NAMES
from tenants.leads.desk import Worker
from tenants.resellers import lookup


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice(list(STATE_NAMES)), help="Default: open ones.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@refusals_told
def _list(states: tuple[str, ...], limit: int) -> None:
    """List leads, newest first."""
    operator = _operator()
    with tenant_session(operator) as session:
        rows = desk.leads(session, tenant_id=operator, states=states or OPEN, limit=limit)
        for row in rows:
            when = f"{row.created_at.astimezone(ISTANBUL):%d.%m.%Y %H:%M}"
            click.echo(f"{row.lead_id}  {row.state:9}  {when}  {row.topic:10}  {row.company or row.full_name}")
        if not rows:
            click.echo("No such lead." if states else "No open lead.")


@command.command("state")
@click.argument("lead", type=click.UUID)
@click.argument("state", type=click.Choice(list(STATE_NAMES)))
@click.option("--note", default="", help="A line for the history.")
@staff
@refusals_told
def _state(lead: Any, state: str, note: str, by: str) -> None:
    """Move LEAD on."""
    operator, at = _operator(), utc_now()
    with tenant_session(operator) as session:
        desk.set_state(
            session, tenant_id=operator, lead_id=lead, state=state, note=note, worker=Worker("command:leads", by), at=at
        )
        _noted(session, operator, lead, {"state": state}, by)
    click.echo(state)


@command.command("assign")
@click.argument("lead", type=click.UUID)
@click.argument("reseller")
@staff
@refusals_told
def _assign(lead: Any, reseller: str, by: str) -> None:
    """Give LEAD to RESELLER (VKN), who gets a letter."""
    operator, taker = _operator(), tenant_of(reseller, "live")
    with tenant_session(taker) as session:
        found = lookup.reseller(session, tenant_id=taker)
        title = accounts.get(session, tenant_id=found.tenant_id).title
    enquiries.assign(operator, lead, worker=Worker("command:leads", by), reseller=(taker, title))
    with tenant_session(operator) as session:
        _noted(session, operator, lead, {"assigned_to": title}, by)
    click.echo(f"assigned to {title}")


def _operator() -> UUID:
    with role_session("app") as session:
        return lookup.operator_id(session)


def _noted(session: Any, operator: UUID, lead: UUID, after: dict[str, str], by: str) -> None:
    entries.note(
        session, tenant_id=operator, actor=entries.command("leads", by=by), action="lead.changed", object_kind="lead",
        object_id=lead, after=after, at=utc_now(),
    )  # fmt: skip
