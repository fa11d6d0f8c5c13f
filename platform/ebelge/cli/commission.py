"""`ebelge commission`: what resellers earned in a month, and what was paid to them."""

from datetime import datetime
from pathlib import Path

import click

from billing.commissions import entries, statement
from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.core.money import lira_text

_MONTH = click.DateTime(["%Y-%m"])


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("statement")
@click.argument("reseller")
@click.option("--month", type=_MONTH, help="As 2026-11. Default: the running month.")
@click.option("--sheet", type=click.Path(dir_okay=False, path_type=Path), help="Also write a .xlsx or .csv file.")
@refusals_told
def _statement(reseller: str, month: datetime | None, sheet: Path | None) -> None:
    """Print the commission statement of RESELLER (VKN)."""
    tenant_id, at = tenant_of(reseller, "live"), utc_now()
    with tenant_session(tenant_id) as session:
        wanted = month.date() if month else istanbul_date(at)
        found = statement.statement(session, tenant_id=tenant_id, month=wanted, at=at)
        for line in found.lines:
            click.echo(
                f"{istanbul_date(line.at):%d.%m.%Y}  {line.kind:9} {lira_text(line.kurus):>14}  "
                f"{line.order_reference:12} {line.customer_title}{line.note}"
            )
        csv = sheet is not None and sheet.suffix.casefold() == ".csv"
        data = (statement.as_csv(found) if csv else statement.as_xlsx(found)) if sheet else b""
    for name in ("opening", "accrued", "reversed", "paid", "closing"):
        click.echo(f"{name:10} {lira_text(getattr(found, f'{name}_kurus')):>14} TL")
    click.echo(f"pending    {lira_text(found.account.pending_kurus):>14} TL")
    click.echo(f"payable    {lira_text(found.account.payable_kurus):>14} TL")
    if sheet is not None:
        sheet.write_bytes(data)
        click.echo(f"written to {sheet}")


@command.command("pay")
@click.argument("reseller")
@click.option("--invoice", required=True, help="Number of the reseller's invoice for the commission.")
@click.option("--by", required=True, help="Who pays.")
@refusals_told
def _pay(reseller: str, invoice: str, by: str) -> None:
    """Book that everything payable to RESELLER (VKN) was paid."""
    tenant_id, at = tenant_of(reseller, "live"), utc_now()
    with tenant_session(tenant_id) as session:
        kurus = entries.pay(session, tenant_id=tenant_id, payout_id=new_id(), note=f"{invoice}, {by}", at=at)
    click.echo(f"paid {lira_text(kurus)} TL")
