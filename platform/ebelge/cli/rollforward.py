"""`ebelge rollforward`: a tenant's kontör from the month's opening to its closing, every term named."""

import sys
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import click

from billing.reconciliation.flow import TERMS, Flow, flow
from billing.statements.statement import month as period
from ebelge.core.db import engine, one, tenant_session
from ebelge.core.sheets import Cell, csv_bytes, xlsx_bytes

_WORDS = {
    "bought": "Bought (paid or on account)", "given": "Given (bonus, goodwill, opening)",
    "received": "Received (passed on, grace)", "restored": "Restored (documents refused)",
    "consumed": "Consumed (documents signed)", "expired": "Expired", "voided": "Voided (refunds, chargebacks)",
    "passed": "Passed on (and into grace)",
}  # fmt: skip


@click.command("rollforward")
@click.argument("tenant", type=click.UUID)
@click.argument("month", type=click.DateTime(["%Y-%m"]), metavar="MONTH")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path, dir_okay=False), help="Write a CSV file.")
@click.option("--xlsx", "xlsx_file", type=click.Path(path_type=Path, dir_okay=False), help="Write an XLSX file.")
def command(tenant: UUID, month: datetime, csv_file: Path | None = None, xlsx_file: Path | None = None) -> None:
    """Opening, every term and closing of TENANT's kontör in MONTH (YYYY-MM): spendable, held and frozen together.

    Ends with 1 if the terms do not lead from one to the other.
    """
    start, end = period(date(month.year, month.month, 1))
    with tenant_session(tenant) as session:
        owner = one(session, "SELECT title FROM tenant WHERE tenant_id = :tenant_id", tenant_id=tenant)
    if owner is None:
        raise click.ClickException("There is no such tenant.")
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection, connection.begin():
        found = flow(connection, tenant_id=tenant, start=start, end=end)
    table: list[list[Cell]] = [[owner.title, f"{month:%Y-%m}"]]
    table.extend([name, kontor] for name, kontor in _terms(found))
    if csv_file is not None:
        csv_file.write_bytes(csv_bytes(table))
    if xlsx_file is not None:
        xlsx_file.write_bytes(xlsx_bytes(table, title=f"{month:%Y-%m}"))
    if csv_file is None and xlsx_file is None:
        click.echo(f"{owner.title[:70]}, {month:%Y-%m}")
        opening, *terms, closing = _terms(found)
        click.echo(f"{opening[0]:38} {opening[1]:>12}")
        for name, kontor in terms:
            click.echo(f"  {name:36} {kontor:>+12}")
        click.echo(f"{closing[0]:38} {closing[1]:>12}")
    if not found.agrees:
        click.echo(f"The terms do not make the closing: `ebelge verify --tenant {tenant} --all`.", err=True)
        sys.exit(1)


def _terms(found: Flow) -> list[tuple[str, int]]:
    """Names and kontör, each with the sign by which it counts: all but the last sum to the last."""
    terms = [(_WORDS[term], TERMS[term][1] * kontor) for term, kontor in found.terms.items()]
    return [("Opening", found.opening), *terms, ("Closing", found.closing)]
