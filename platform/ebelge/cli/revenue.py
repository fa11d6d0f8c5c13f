"""`ebelge revenue`: what a month earned, what is deferred, what expired, to the kuruş; lot by lot on demand."""

import sys
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import click

from billing.reconciliation import revenue as books
from billing.reconciliation.revenue import LotRevenue, Revenue
from billing.statements.statement import month as period
from ebelge.core.db import engine
from ebelge.core.money import lira_text
from ebelge.core.sheets import Cell, Lira, csv_bytes, xlsx_bytes

_HEAD = ("Tenant", "Lot", "Source", "Net price", "Earned", "Breakage", "Voided", "Passed on", "Deferred")


@click.command("revenue")
@click.argument("month", type=click.DateTime(["%Y-%m"]), metavar="MONTH")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path, dir_okay=False), help="Lots as they stand, as CSV.")
@click.option("--xlsx", "xlsx_file", type=click.Path(path_type=Path, dir_okay=False), help="The same as XLSX.")
def command(month: datetime, csv_file: Path | None = None, xlsx_file: Path | None = None) -> None:
    """Deferred, earned and broken revenue and commission of MONTH (YYYY-MM), net of KDV. Ends with 1 if parts do not
    make the whole."""
    start, end = period(date(month.year, month.month, 1))
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection, connection.begin():
        found = books.revenue(connection, start=start, end=end)
        rows = _rows(books.lots(connection)) if csv_file or xlsx_file else []
    for name, kurus in _terms(found):
        click.echo(f"{name:38} {lira_text(kurus):>20}")
    if csv_file is not None:
        csv_file.write_bytes(csv_bytes(rows))
    if xlsx_file is not None:
        xlsx_file.write_bytes(xlsx_bytes(rows, title=f"Lots {month:%Y-%m}"))
    if rows:
        click.echo(f"{len(rows) - 1} lots.")
    if not found.agrees:
        click.echo("The parts do not make the whole: `ebelge verify --all` says where.", err=True)
        sys.exit(1)


def _terms(found: Revenue) -> list[tuple[str, int]]:
    return [
        ("Deferred revenue, opening", found.deferred_opening),
        ("+ sold", found.sold),
        ("- earned (used, less given back)", found.earned),
        ("- breakage (expired)", found.breakage),
        ("- voided (refunds, chargebacks)", found.voided),
        ("- in transit between wallets", found.in_transit),
        ("= deferred revenue, closing", found.deferred_closing),
        ("Commission accrued", found.commission_accrued),
        ("Commission reversed", found.commission_reversed),
        ("Commission paid", found.commission_paid),
    ]


def _rows(lots: Iterable[LotRevenue]) -> list[list[Cell]]:
    table: list[list[Cell]] = [list(_HEAD)]
    for lot in lots:
        amounts = (lot.net_price_kurus, lot.earned_kurus, lot.breakage_kurus, lot.voided_kurus, lot.passed_kurus,
                   lot.deferred_kurus)  # fmt: skip
        table.append([str(lot.tenant_id), str(lot.lot_id), lot.source, *(Lira(kurus) for kurus in amounts)])
    return table
