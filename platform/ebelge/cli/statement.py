"""`ebelge statement`: a tenant's kontör in a month, every line explained."""

from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import click

from billing.statements import statement, table
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import one, tenant_session
from ebelge.core.errors import DomainError
from ebelge.core.sheets import Cell, csv_bytes, xlsx_bytes

MONTH = click.DateTime(["%Y-%m"])


@click.command("statement")
@click.argument("tenant", type=click.UUID)
@click.argument("month", type=MONTH, metavar="MONTH")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="Not later than this (Istanbul).")
@click.option("--provisional", is_flag=True, help="Up to now: the last 90 seconds may still grow.")
@click.option("--last", type=click.IntRange(min=1), help="Print only so many of the last lines.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path, dir_okay=False), help="Write a CSV file.")
@click.option("--xlsx", "xlsx_file", type=click.Path(path_type=Path, dir_okay=False), help="Write an XLSX file.")
@click.option("--language", type=click.Choice(["tr", "en"]), default="tr", show_default=True)
def command(
    tenant: UUID, month: datetime, as_of: datetime | None = None, csv_file: Path | None = None,
    xlsx_file: Path | None = None, language: str = "tr", provisional: bool = False, last: int | None = None,
) -> None:  # fmt: skip
    """Print TENANT's statement of MONTH (YYYY-MM), or write it into a file."""
    start, end = statement.month(date(month.year, month.month, 1))
    if as_of is not None:
        end = min(end, as_of.replace(tzinfo=ISTANBUL))
    with tenant_session(tenant) as session:
        owner = one(session, "SELECT title FROM tenant WHERE tenant_id = :tenant_id", tenant_id=tenant)
        if owner is None:
            raise click.ClickException("There is no such tenant.")
        try:
            found = statement.frame(
                session, tenant_id=tenant, start=start, end=end, now=utc_now(), provisional=provisional
            )
        except DomainError as error:
            raise click.ClickException(error.detail_en) from error
        rows = table.rows(
            owner.title, found, statement.lines(session, found), statement.lots_left(session, found), language=language
        )  # fmt: skip
    if csv_file is not None:
        csv_file.write_bytes(csv_bytes(rows))
    if xlsx_file is not None:
        xlsx_file.write_bytes(xlsx_bytes(rows, title=f"{month:%Y-%m}"))
    if csv_file is None and xlsx_file is None:
        _print(found, rows, last)
    else:
        click.echo(f"{found.line_count} lines.")


def _print(found: statement.Frame, rows: list[list[Cell]], last: int | None) -> None:
    """Eighty columns: number, time, movement, document, change and what can be spent after it."""
    for row in rows[:2]:
        click.echo(str(row[0])[:80])
    click.echo(f"\n{'':>7} {'':16} {'':18} {'':18} {'+/-':>8} {'=':>8}")
    body = rows[4 : 6 + found.line_count]
    if last is not None and last < found.line_count:
        body = [body[0], *body[-last - 1 :]]
        click.echo(f"{'':7} … the last {last} of {found.line_count} lines")
    for row in body:
        number, at, movement, reference, _, _, change, after, *_ = row
        when = at.astimezone(ISTANBUL).strftime("%d.%m.%Y %H:%M") if isinstance(at, datetime) else ""
        moved = f"{change:+d}" if isinstance(change, int) else ""
        click.echo(f"{number or '':>7} {when:16} {movement!s:18.18} {reference or ''!s:18.18} {moved:>8} {after:>8}")
