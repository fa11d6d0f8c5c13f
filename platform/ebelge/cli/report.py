"""`ebelge report`: e-Arşiv reports of an account: how they stand, one built or sent on by hand."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from ebelge.archive.store import open_store
from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import tenant_session
from ebelge.documents.reports import course as reports
from ebelge.documents.reports import queries as report_queries
from ebelge.documents.reports.models import REPORT_NAME, Report
from ebelge.documents.reports.states import OPEN, ReportState
from ebelge.jobs import bell, report_clock
from ebelge.outbox import messages
from tenants.audit.deeds import deed

_MODE = click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True)


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("list")
@click.argument("vkn_tckn")
@click.option("--limit", type=click.IntRange(1, 200), default=30, show_default=True)
@_MODE
@refusals_told
def _list(vkn_tckn: str, limit: int, mode: str) -> None:
    """List the reports of VKN_TCKN, newest first, and the days that wait for one."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        for day, count in report_queries.waiting(session, tenant_id=tenant_id):
            click.echo(
                f"{day.isoformat()}  waiting    {count} documents, due {_minute(report_clock.rhythm().due_at(day))}"
            )
        for row in report_queries.page(session, tenant_id=tenant_id, limit=limit)[0]:
            click.echo(_told(row))


@command.command("show")
@click.argument("vkn_tckn")
@click.argument("report_id", type=click.UUID)
@click.option("--xml", type=click.Path(path_type=Path), help="Write the signed report into this file.")
@_MODE
@refusals_told
def _show(vkn_tckn: str, report_id: UUID, xml: Path | None, mode: str) -> None:
    """Show the report REPORT_ID (its raporNo)."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        row = reports.get(session, tenant_id=tenant_id, report_id=report_id)
        signed = row.sha256 is not None
        click.echo(_told(row))
        click.echo(f"signature {row.level or '-'}, due {_minute(row.due_at)}, try {row.tries}")
        if row.replaces_id:
            click.echo(f"replaces {row.replaces_id}")
        if row.code_text or row.code:
            click.echo(f"GİB: {row.code if row.code is not None else '-'} {row.code_text}")
    if xml is not None:
        if not signed:
            raise click.ClickException("the report is not signed yet")
        xml.write_bytes(open_store().get(tenant_id, report_id, REPORT_NAME))
        click.echo(f"written to {xml}")


@command.command("build")
@click.argument("vkn_tckn")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--stuck", is_flag=True, help="Also those documents of which no line could be made before.")
@click.option("--by", required=True, help="Who does it; the audit log keeps the name.")
@_MODE
@refusals_told
def _build(vkn_tckn: str, day: datetime, stuck: bool, by: str, mode: str) -> None:
    """Open a report now for what waits of the issue day DAY (YYYY-MM-DD)."""
    tenant_id, at = tenant_of(vkn_tckn, mode), utc_now()
    with tenant_session(tenant_id) as session:
        if stuck:
            count = report_queries.try_stuck_again(session, tenant_id=tenant_id, day=day.date())
            click.echo(f"{count} documents wait again")
        row = reports.open_report(session, tenant_id=tenant_id, day=day.date(), rhythm=report_clock.rhythm(), at=at)
        deed(
            session, tenant_id=tenant_id, action="report.built", object_kind="report", object_id=row.report_id,
            after={"day": row.day.isoformat(), "part": row.part}, at=at,
        )  # fmt: skip
        told = _told(row)
    bell.ring()
    click.echo(told)


@command.command("send")
@click.argument("vkn_tckn")
@click.argument("report_id", type=click.UUID)
@click.option("--by", required=True, help="Who does it; the audit log keeps the name.")
@_MODE
@refusals_told
def _send(vkn_tckn: str, report_id: UUID, by: str, mode: str) -> None:
    """Go on with a report that nothing moves any more: GİB is asked first, nothing is sent blindly."""
    tenant_id, at = tenant_of(vkn_tckn, mode), utc_now()
    with tenant_session(tenant_id) as session:
        row = reports.get(session, tenant_id=tenant_id, report_id=report_id)
        if row.state not in OPEN:
            raise click.ClickException(f"the report is {row.state}; `ebelge report build` makes another one")
        if messages.under_way(session, tenant_id=tenant_id, keys=[report_id]):
            raise click.ClickException("it is under way; `ebelge jobs` shows its message")
        asked = row.state in (ReportState.SENT, ReportState.UNKNOWN)
        topic = reports.STATUS if asked else reports.BUILD
        messages.put(session, tenant_id=tenant_id, topic=topic, key=report_id, at=at)
    bell.ring()
    click.echo("asked about" if asked else "on its way")


def _told(row: Report) -> str:
    late = ", late part" if row.late else ""
    code = f", GİB {row.code}" if row.code is not None else ""
    return f"{row.day.isoformat()}  {row.state:9}  part {row.part}{late}  {row.lines} lines{code}  {row.report_id}"


def _minute(at: datetime) -> str:
    return at.astimezone(ISTANBUL).strftime("%Y-%m-%d %H:%M")
