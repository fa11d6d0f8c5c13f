"""`ebelge reseller transfer …`: a customer's change of reseller, entered and decided by the operator."""

from datetime import datetime
from uuid import UUID

import click

from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.clock import ISTANBUL, istanbul_date, utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import reseller_changes
from tenants.audit import entries
from tenants.resellers import changes, lookup
from tenants.resellers.models import ResellerChange

_NAME = "reseller transfer"
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("ask")
@click.argument("customer")
@click.option("--to", "new_vkn", help="VKN of the new reseller. Leave out: to none.")
@click.option("--on", "wanted_on", type=_DAY, help="First day with the new reseller (Istanbul). Default: today.")
@click.option("--by", required=True, help="Who enters it.")
@refusals_told
def _ask(customer: str, new_vkn: str | None, wanted_on: datetime | None, by: str) -> None:
    """Ask that CUSTOMER (VKN or TCKN) changes its reseller; every side still answers."""
    day = wanted_on.date() if wanted_on else istanbul_date(utc_now())
    change_id = reseller_changes.ask_as_operator(
        tenant_of(customer, "live"), new_vkn=new_vkn, wanted_on=day, actor=entries.command(_NAME, by=by)
    )
    click.echo(f"asked: {change_id}")


@command.command("list")
@refusals_told
def _list() -> None:
    """List the newest requests, with what each side has said."""
    operator_id = _operator()
    with tenant_session(operator_id) as session:
        found = [(one.customer_id, one.change_id) for one in changes.sides(session, tenant_id=operator_id)]
    if not found:
        click.echo("No change of reseller was asked for.")
    for customer_id, change_id in found:
        with tenant_session(customer_id) as session:
            change = changes.get(session, tenant_id=customer_id, change_id=change_id)
            said = {one.side: one for one in changes.answers(session, tenant_id=customer_id, change_id=change_id)}
            waits = changes.waits_for(change, said, at=utc_now(), answer_days=settings().reseller_answer_days)
            click.echo(_line(change, waits))
            for one in said.values():
                click.echo(f"    {one.side:9} {'yes' if one.yes else 'no ':3} {one.by}  {one.reason}".rstrip())


@command.command("decide")
@click.argument("change", type=click.UUID)
@click.option("--yes/--no", required=True, default=None, help="The operator's answer.")
@click.option("--reason", default="", help="Why not; the customer reads it.")
@click.option("--by", required=True, help="Who decides.")
@refusals_told
def _decide(change: UUID, yes: bool, reason: str, by: str) -> None:
    """Answer a CHANGE for the operator. With a yes, and where its day has come, it is carried out at once."""
    state = reseller_changes.answer_as_party(
        _operator(), change, yes=yes, actor=entries.command(_NAME, by=by), reason=reason
    )
    click.echo(state)


@command.command("run")
@refusals_told
def _run() -> None:
    """Carry out what is agreed and due now (the clock does so every minute)."""
    click.echo(f"{reseller_changes.due(utc_now())} carried out")


def _operator() -> UUID:
    with role_session("app") as session:
        return lookup.operator_id(session)


def _line(change: ResellerChange, waits: list[changes.Side]) -> str:
    day = (
        f"{change.effective_at.astimezone(ISTANBUL):%d.%m.%Y}"
        if change.effective_at
        else f"{change.wanted_on:%d.%m.%Y}"
    )
    way = f"{change.old_title or 'none'} -> {change.new_title or 'none'}"
    missing = f"  waits for: {', '.join(waits)}" if change.state == "asked" and waits else ""
    return f"{change.change_id}  {change.state:9} {day}  {way}{missing}"
