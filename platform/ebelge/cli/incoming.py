"""`ebelge incoming`: what came in through GİB, and the envelopes it came in."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy import select

from ebelge.archive.store import open_store
from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.money import lira_text
from ebelge.documents.incoming import queries as incoming_queries
from ebelge.documents.incoming.models import INCOMING_NAME, IncomingZarf
from ebelge.documents.incoming.queries import Filters
from tenants.audit import entries
from tenants.company import aliases

_MODE = click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True)
_LIMIT = click.option("--limit", type=click.IntRange(1, incoming_queries.PAGE_MAX), default=50, show_default=True)


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("list")
@click.argument("vkn_tckn")
@click.option("--sender", help="VKN or TCKN of who issued it.")
@click.option("--kind", type=click.Choice(["efatura", "eirsaliye"]))
@click.option("--open", "only_open", is_flag=True, help="Only what can still be answered.")
@_LIMIT
@_MODE
@refusals_told
def _list(vkn_tckn: str, sender: str | None, kind: str | None, only_open: bool, limit: int, mode: str) -> None:
    """List what came in to VKN_TCKN, newest first."""
    tenant_id = tenant_of(vkn_tckn, mode)
    filters = Filters(kind=kind, sender=sender, open_at=utc_now() if only_open else None)
    with tenant_session(tenant_id) as session:
        page = incoming_queries.list_page(session, tenant_id=tenant_id, filters=filters, limit=limit)
        for row in page.documents:
            due = f"until {_at(row.answerable_until)}" if row.answerable_until and row.answer == "none" else row.answer
            click.echo(
                f"{row.document_id}  {row.number:16}  {row.profile:14}  {row.issue_date}  {row.sender_vkn_tckn:11}  "
                f"{lira_text(row.payable_kurus)} {row.currency}  {due}"
            )


@command.command("show")
@click.argument("vkn_tckn")
@click.argument("document_id", type=click.UUID)
@click.option("--xml", type=click.Path(path_type=Path, dir_okay=False), help="Write the XML there; never over a file.")
@_MODE
@refusals_told
def _show(vkn_tckn: str, document_id: UUID, xml: Path | None, mode: str) -> None:
    """Show a document that came in, its steps, and write its XML."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        row = incoming_queries.get(session, tenant_id=tenant_id, document_id=document_id)
        click.echo(f"{row.number}  {row.profile} {row.type_code}  ETTN {row.ettn}")
        click.echo(f"from {row.sender_title} ({row.sender_vkn_tckn}, {row.sender_alias}) to {row.receiver_alias}")
        click.echo(f"sealed by {row.signer_vkn_tckn} on {_at(row.signing_time)}; envelope {row.zarf_id}")
        for step in incoming_queries.timeline(session, tenant_id=tenant_id, document_id=document_id):
            click.echo(f"  {_at(step.at)}  {step.text_en}")
    if xml is not None:
        with xml.open("xb") as file:
            file.write(open_store().get(tenant_id, document_id, INCOMING_NAME))
        click.echo(f"{xml}: written")


@command.command("envelopes")
@click.option("--refused", is_flag=True, help="Only those that were refused.")
@click.option("--waiting", is_flag=True, help="Only those that are not judged yet.")
@_LIMIT
@_MODE
@refusals_told
def _envelopes(refused: bool, waiting: bool, limit: int, mode: str) -> None:
    """List envelopes as GİB pushed them, newest first, and what we answered."""
    wanted = select(IncomingZarf).where(IncomingZarf.mode == mode)
    if refused:
        wanted = wanted.where(IncomingZarf.state == "refused")
    if waiting:
        wanted = wanted.where(IncomingZarf.state.in_(("stored", "queued")))
    with role_session("app") as session:
        for row in session.scalars(wanted.order_by(IncomingZarf.received_at.desc()).limit(limit)):
            click.echo(
                f"{row.zarf_id}  {_at(row.received_at)}  {row.state:7}  {row.code or 0:4}  {row.zarf_type:15}  "
                f"{row.sender_alias} -> {row.receiver_alias}  {row.finding[:120]}".rstrip()
            )


@command.command("mailbox")
@click.argument("vkn_tckn")
@click.argument("alias")
@click.argument("branch")
@click.option("--by", required=True, help="Who does it; the audit log keeps the name.")
@_MODE
@refusals_told
def _mailbox(vkn_tckn: str, alias: str, branch: str, by: str, mode: str) -> None:
    """Make the mailbox ALIAS one of BRANCH ("-": the whole company's): its people then see what comes to it."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        found = [one for one in aliases.listed(session, tenant_id=tenant_id) if (one.alias, one.role) == (alias, "PK")]
        if not found:
            raise click.ClickException(f"{alias} is no mailbox of {vkn_tckn}.")
        for one in found:
            aliases.assign_branch(
                session, tenant_id=tenant_id, alias_id=one.alias_id, branch="" if branch == "-" else branch,
                actor=entries.command("incoming mailbox", by=by), at=utc_now(),
            )  # fmt: skip
    click.echo(f"{alias}: {branch}")


def _at(instant: datetime) -> str:
    return f"{instant.astimezone(ISTANBUL):%Y-%m-%d %H:%M}"
