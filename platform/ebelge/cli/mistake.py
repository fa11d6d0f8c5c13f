"""`ebelge mistake`: an account's own document that is wrong: what can be done now, and what was done outside."""

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
from ebelge.documents.mistakes import records as mistakes
from ebelge.documents.mistakes import ways as mistake_ways
from ebelge.documents.mistakes.records import Told

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
