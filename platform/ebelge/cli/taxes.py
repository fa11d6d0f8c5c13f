"""`ebelge taxes`: tax rows of documents that were accepted before there were any. Repeating it changes nothing."""

import click
from sqlalchemy import text

from ebelge.core.db import role_session, tenant_session
from ebelge.documents.monthly import taxes

_WITHOUT = text(
    "SELECT DISTINCT d.tenant_id FROM document d LEFT JOIN document_tax t "
    "ON t.tenant_id = d.tenant_id AND t.document_id = d.document_id "
    "WHERE t.document_id IS NULL AND d.kind <> 'eirsaliye'"
)


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("fill")
@click.option("--batch", type=click.IntRange(1, 5000), default=500, show_default=True, help="Documents a transaction.")
def _fill(batch: int) -> None:
    """Make up the tax rows of all accounts, from the XML as it was accepted."""
    with role_session("reader") as session:
        tenants = list(session.execute(_WITHOUT).scalars())
    for tenant_id in tenants:
        count = 0
        while True:
            with tenant_session(tenant_id) as session:
                done = taxes.fill(session, tenant_id=tenant_id, limit=batch)
            count += done
            if done < batch:
                break
        click.echo(f"{tenant_id} {count}")
    click.echo(f"{len(tenants)} accounts")
