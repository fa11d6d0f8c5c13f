"""`ebelge series`: number series of an account, and the report of their open numbers."""

import click

from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.clock import ISTANBUL, istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.documents.numbers import series
from ebelge.documents.numbers import set_up as series_set_up
from ebelge.documents.numbers.set_up import OPEN_REASONS, Wish
from tenants.audit import entries
from tenants.services import ISSUING

_MODE = click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True)


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("list")
@click.argument("vkn_tckn")
@_MODE
@refusals_told
def _list(vkn_tckn: str, mode: str) -> None:
    """List the series of VKN_TCKN."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        for row in series.list_series(session, tenant_id=tenant_id):
            marks = [
                word
                for word, true in (
                    ("default", row.is_default), ("internet", row.internet), ("retired", not row.active)
                )
                if true
            ]  # fmt: skip
            click.echo(
                f"{row.prefix}  {row.kind:9}  {row.owner:4}  {row.branch or '-':10}  {', '.join(marks)}".rstrip()
            )


@command.command("add")
@click.argument("vkn_tckn")
@click.argument("kind", type=click.Choice(list(ISSUING)))
@click.argument("prefix")
@click.option("--owner", type=click.Choice(["ours", "erp"]), default="ours", show_default=True)
@click.option("--internet", is_flag=True, help="For internet sales.")
@click.option("--branch", default="", help="Code of the branch it belongs to.")
@click.option("--last-used", default="", help="Last number used elsewhere, whole or its digits.")
@click.option("--default/--no-default", default=None, help="Left out: the first of its kind becomes the default.")
@click.option("--by", required=True, help="Who does it; the audit log keeps the name.")
@_MODE
@refusals_told
def _add(
    vkn_tckn: str, kind: str, prefix: str, owner: str, internet: bool, branch: str, last_used: str,
    default: bool | None, by: str, mode: str,
) -> None:  # fmt: skip
    """Set up the series PREFIX (three characters) for a kind of document."""
    tenant_id = tenant_of(vkn_tckn, mode)
    wish = Wish(
        kind=kind, prefix=prefix, owner="erp" if owner == "erp" else "ours", internet=internet, branch=branch,
        last_used=last_used, default=default,
    )  # fmt: skip
    with tenant_session(tenant_id) as session:
        row = series_set_up.set_up(
            session, tenant_id=tenant_id, wish=wish, actor=entries.command("series", by=by), at=utc_now()
        )  # fmt: skip
        told = f"{row.prefix} numbers {row.kind}" + (", the default" if row.is_default else "")
    click.echo(told)


@command.command("gaps")
@click.argument("vkn_tckn")
@click.argument("prefix", required=False)
@click.option("--year", type=click.IntRange(2000, 2099), help="Default: this year.")
@_MODE
@refusals_told
def _gaps(vkn_tckn: str, prefix: str | None, year: int | None, mode: str) -> None:
    """Report the open numbers of every series (or of PREFIX) in a year, each with its reason."""
    tenant_id, found = tenant_of(vkn_tckn, mode), False
    year = year or istanbul_date(utc_now()).year
    with tenant_session(tenant_id) as session:
        for row in series.list_series(session, tenant_id=tenant_id):
            if prefix not in (None, row.prefix):
                continue
            found = True
            report = series.report(session, tenant_id=tenant_id, series_id=row.series_id, year=year)
            count = len(report.open_numbers)
            click.echo(f"{row.prefix} {year}: counted to {report.last_serial}, {count} open")
            for one in report.open_numbers:
                when = f"{one.opened_at.astimezone(ISTANBUL):%d.%m.%Y %H:%M}  " if one.opened_at else ""
                click.echo(f"    {one.number}  {when}{OPEN_REASONS[one.reason][1]}")
    if not found:
        raise click.ClickException("No such series.")
