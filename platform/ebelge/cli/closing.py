"""`ebelge closing`: an account on its way out, by its VKN or TCKN."""

from datetime import datetime

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.cli.staff import by
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.onboarding import closing
from ebelge.onboarding import closing_checklist as checklist
from ebelge.onboarding.closing_models import Closing
from tenants.audit import entries

DAY = click.DateTime(["%Y-%m-%d"])
WHO = {"you": "the account", "us": "us", "gib": "us, at GİB"}


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("begin")
@click.argument("vkn_tckn")
@click.option("--last-day", type=DAY, required=True, help="Documents are sent up to this day (Istanbul).")
@click.option("--reason", required=True)
@by
@refusals_told
def _begin(vkn_tckn: str, last_day: datetime, reason: str, by: str) -> None:
    """Begin to close an account."""
    tenant_id, at = tenant_of(vkn_tckn, "live"), utc_now()
    with tenant_session(tenant_id) as session:
        closing.begin(
            session, tenant_id=tenant_id, last_day=last_day.date(), reason=reason, mover="staff",
            actor=entries.command("closing", by=by), at=at,
        )  # fmt: skip
    click.echo(f"{vkn_tckn} closes; documents are sent up to {last_day.date().isoformat()}. Nothing is deleted.")


@command.command("show")
@click.argument("vkn_tckn")
@refusals_told
def _show(vkn_tckn: str) -> None:
    """The checklist: what is done, what is open, and whose turn it is."""
    tenant_id, at = tenant_of(vkn_tckn, "live"), utc_now()
    with tenant_session(tenant_id) as session:
        found = closing.newest(session, tenant_id=tenant_id)
        if found is None:
            raise NotFound("Bu hesapta kapanış yok.", "Nothing was ever closed in this account.")
        _print(session, found, at)


@command.command("confirm")
@click.argument("vkn_tckn")
@click.argument("step", type=click.Choice([name for name, kind in checklist.KINDS.items() if kind.by_hand]))
@click.option("--on", "done_on", type=DAY, required=True, help="The day on which it was done.")
@click.option("--paper", default="", help="Number of the petition, receipt or letter that proves it.")
@click.option("--note", default="")
@by
@refusals_told
def _confirm(vkn_tckn: str, step: str, done_on: datetime, paper: str, note: str, by: str) -> None:
    """Enter that a STEP which happens outside was done."""
    tenant_id, at = tenant_of(vkn_tckn, "live"), utc_now()
    with tenant_session(tenant_id) as session:
        closing.confirm(
            session, tenant_id=tenant_id, step=step, done_on=done_on.date(), paper=paper, note=note,
            actor=entries.command("closing", by=by), at=at,
        )  # fmt: skip
    click.echo(f"{step}: entered.")


@command.command("call-off")
@click.argument("vkn_tckn")
@by
@refusals_told
def _call_off(vkn_tckn: str, by: str) -> None:
    """Go on as before."""
    tenant_id, at = tenant_of(vkn_tckn, "live"), utc_now()
    with tenant_session(tenant_id) as session:
        closing.call_off(session, tenant_id=tenant_id, mover="staff", actor=entries.command("closing", by=by), at=at)
    click.echo(f"{vkn_tckn} stays; its services are active again.")


@command.command("finish")
@click.argument("vkn_tckn")
@by
@refusals_told
def _finish(vkn_tckn: str, by: str) -> None:
    """Close the account: every step is done."""
    tenant_id, at = tenant_of(vkn_tckn, "live"), utc_now()
    with tenant_session(tenant_id) as session:
        done = closing.finish(
            session, tenant_id=tenant_id, mover="staff", actor=entries.command("closing", by=by), at=at
        )
        kept = done.kept_until
    click.echo(f"{vkn_tckn} is closed; its archive stays readable until {kept.isoformat() if kept else '-'}.")


def _print(session: Session, found: Closing, at: datetime) -> None:
    state = {"open": "open", "done": "closed", "called_off": "called off"}[found.state]
    click.echo(f"Closing {state}; last day {found.last_day.isoformat()}; reason: {found.reason}")
    table = Table("", "step", "whose turn", "how it stands", box=None)
    for one in checklist.steps(session, closing=found, at=at):
        table.add_row("done" if one.done else "open", one.title_en, "" if one.done else WHO[one.who], one.said_en)
    Console(highlight=False).print(table)
