"""`ebelge mistake`: an own document that is wrong: what can be done now, iptal and itiraz, what was done outside."""

from datetime import datetime
from pathlib import Path

import click

from ebelge.archive.store import open_store
from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.cli.staff import by
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.documents import queries
from ebelge.documents.answers.models import CHANNELS, WAYS
from ebelge.documents.mistakes import cancel
from ebelge.documents.mistakes import records as mistakes
from ebelge.documents.mistakes import ways as mistake_ways
from ebelge.documents.mistakes.records import Told
from ebelge.gib.earsiv_report import OBJECTION_WAYS

DAY = click.DateTime(["%Y-%m-%d"])


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("show")
@click.argument("vkn_tckn")
@click.argument("number")
@refusals_told
def _show(vkn_tckn: str, number: str) -> None:
    """What is lawful now, with the time left, and what was recorded."""
    tenant_id, at = tenant_of(vkn_tckn, "live"), utc_now()
    with tenant_session(tenant_id) as session:
        document = queries.by_number(session, tenant_id=tenant_id, number=number)
        click.echo(f"{document.number}, {document.profile}, {document.state}; buyer: {document.buyer_answer or '-'}")
        for way in mistake_ways.ways(document, at=at):
            left = f" ({way.left_en} left)" if way.left_en else ""
            click.echo(f"  {way.code} [{way.act}]: {way.title_en}{left}")
        for row in mistakes.records(session, tenant_id=tenant_id, document_id=document.document_id):
            click.echo(f"  recorded: {mistakes.said(row)[1]}")


@command.command("record")
@click.argument("vkn_tckn")
@click.argument("number")
@click.argument("way", type=click.Choice(WAYS))
@click.option("--on", "on", type=DAY, help="The day on which it happened; today where it is not given.")
@click.option("--channel", type=click.Choice(CHANNELS), help="Of an objection.")
@click.option("--paper-number", default="")
@click.option("--paper", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="PDF, JPEG or PNG.")
@click.option("--note", default="")
@by
@refusals_told
def _record(
    vkn_tckn: str, number: str, way: str, on: datetime | None, channel: str | None, paper_number: str,
    paper: Path | None, note: str, by: str,
) -> None:  # fmt: skip
    """Record what happened outside. A record is never changed nor removed."""
    tenant_id, at = tenant_of(vkn_tckn, "live"), utc_now()
    data = b"" if paper is None else paper.read_bytes()
    told = Told(way, on.date() if on else istanbul_date(at), channel, paper_number, note, data)
    with tenant_session(tenant_id) as session:
        document_id = queries.by_number(session, tenant_id=tenant_id, number=number).document_id
    filed = mistakes.file_paper(open_store(), tenant_id=tenant_id, paper=data)
    with tenant_session(tenant_id) as session:
        row = mistakes.record_outgoing(
            session, tenant_id=tenant_id, document_id=document_id, told=told, filed=filed, by="command", at=at
        )
        click.echo(f"{number}: {mistakes.said(row)[1]}")


@command.command("cancel")
@click.argument("vkn_tckn")
@click.argument("number")
@click.option("--reason", default="")
@by
@refusals_told
def _cancel(vkn_tckn: str, number: str, reason: str, by: str) -> None:
    """Cancel (iptal) a signed e-Arşiv invoice, e-Müstahsil or e-SMM receipt; the day's report tells GİB."""
    tenant_id = tenant_of(vkn_tckn, "live")
    with tenant_session(tenant_id) as session:
        document_id = queries.by_number(session, tenant_id=tenant_id, number=number).document_id
        row = cancel.cancel(session, tenant_id=tenant_id, document_id=document_id, reason=reason, at=utc_now())
        click.echo(f"{number}: {row.state}; the day's report tells GİB")


@command.command("object")
@click.argument("vkn_tckn")
@click.argument("number")
@click.argument("way", type=click.Choice(sorted(OBJECTION_WAYS)))
@click.argument("paper_number")
@click.option("--on", "on", type=DAY, help="The paper's date; today where it is not given.")
@click.option("--text", default="")
@by
@refusals_told
def _object(
    vkn_tckn: str, number: str, way: str, paper_number: str, on: datetime | None, text: str, by: str
) -> None:  # fmt: skip
    """Enter an objection (itiraz) to a signed e-Arşiv invoice or e-SMM, once; the day's report tells GİB."""
    tenant_id, at = tenant_of(vkn_tckn, "live"), utc_now()
    with tenant_session(tenant_id) as session:
        document_id = queries.by_number(session, tenant_id=tenant_id, number=number).document_id
        cancel.object_to(
            session, tenant_id=tenant_id, document_id=document_id, way=way, paper_number=paper_number,
            paper_date=on.date() if on else istanbul_date(at), text=text, at=at,
        )  # fmt: skip
        click.echo(f"{number}: {way} {paper_number} entered; the day's report tells GİB")
