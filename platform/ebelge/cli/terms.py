"""`ebelge terms`: the contract of a customer for buying on open account, and what it owes."""

from datetime import datetime

import click

from billing.models.returns import CreditTerms
from billing.settlement import receivables, terms
from ebelge.cli import staff
from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.money import lira_text


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("set")
@click.argument("vkn_tckn")
@click.option("--limit", required=True, help="What may be owed at most, KDV included, in TL: 50.000,00. 0 ends it.")
@click.option("--due-days", default=30, show_default=True, type=int, help="Days until an order is due.")
@click.option("--block/--no-block", default=True, show_default=True, help="Sell nothing on account while overdue.")
@click.option("--freeze/--no-freeze", default=False, show_default=True, help="Freeze what is left while overdue.")
@click.option("--emergency", default=0, show_default=True, type=int, help="Kontör lent at most in an emergency.")
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
              help="Istanbul time. Default: now.")  # fmt: skip
@staff.by
@refusals_told
def _set(
    vkn_tckn: str, limit: str, due_days: int, block: bool, freeze: bool, emergency: int, valid_from: datetime | None,
    by: str,
) -> None:  # fmt: skip
    """Agree on terms from now on, or from a day on; earlier ones stay to be read."""
    tenant_id, at = tenant_of(vkn_tckn, "live"), utc_now()
    with tenant_session(tenant_id) as session:
        terms.set_terms(
            session, tenant_id=tenant_id, limit_kurus=staff.kurus(limit), due_days=due_days, block_when_overdue=block,
            freeze_when_overdue=freeze, emergency_kontor=emergency, by=by, at=at,
            valid_from=None if valid_from is None else valid_from.replace(tzinfo=ISTANBUL),
        )  # fmt: skip
    _print(vkn_tckn)


@command.command("show")
@click.argument("vkn_tckn")
def _show(vkn_tckn: str) -> None:
    """Show the terms in force, and everything that is owed."""
    _print(vkn_tckn)


def _print(vkn_tckn: str) -> None:
    tenant_id, at = tenant_of(vkn_tckn, "live"), utc_now()
    with tenant_session(tenant_id) as session:
        now = terms.terms_at(session, tenant_id=tenant_id, at=at)
        coming = terms.coming(session, tenant_id=tenant_id, at=at)
        owed = receivables.open_kurus(session, tenant_id=tenant_id)
        lent = receivables.owed_kontor(session, tenant_id=tenant_id)
        rows = receivables.open_rows(session, tenant_id=tenant_id)
    click.echo("No terms: nothing is sold on account." if now is None else _words(now))
    for later in coming:
        click.echo(f"From {later.valid_from.astimezone(ISTANBUL):%d.%m.%Y %H:%M}:")
        click.echo(_words(later))
    click.echo(f"Owed: {lira_text(owed)} TL" + (f" and {lent} emergency kontör" if lent else ""))
    for row in rows:
        late = "  OVERDUE" if row.due_at <= at and row.kind != "emergency" else ""
        what = f"{row.kontor} kontör" if row.kind == "emergency" else f"{lira_text(row.gross_kurus)} TL"
        click.echo(f"  {row.due_at.astimezone(ISTANBUL):%d.%m.%Y}  {row.kind:12} {what:>17}{late}")
        if row.kind == "chargeback":
            click.echo(f"    ebelge bank debt LINE {row.receivable_id}")


def _words(row: CreditTerms) -> str:
    overdue = ["blocks buying"] if row.block_when_overdue else []
    overdue += ["freezes what is left"] if row.freeze_when_overdue else []
    return (
        f"Up to {lira_text(row.limit_kurus)} TL, due in {row.due_days} days; {row.emergency_kontor} emergency kontör.\n"
        f"  Overdue: {' and '.join(overdue) or 'changes nothing'}."
    )
