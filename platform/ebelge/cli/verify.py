"""`ebelge verify`: everything that must agree, derived anew and compared."""

import json
import sys
from collections.abc import Iterator
from uuid import UUID

import click
from rich.console import Console
from sqlalchemy import Connection

from billing.ledger.verify import Difference, tenants_to_verify, verify_tenant
from ebelge.archive.store import ArchiveStore
from ebelge.cli.bars import Bars
from ebelge.core.config import settings
from ebelge.core.db import engine
from ebelge.documents.verify import count_signed, verify_documents


@click.command("verify")
@click.option("--all", "find_all", is_flag=True, help="Go on after the first difference and show all of them.")
@click.option("--tenant", type=click.UUID, help="Only this tenant.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a difference.")
def command(find_all: bool = False, tenant: UUID | None = None, as_json: bool = False) -> None:
    """Re-derive wallets, lots and charges from the journal, check hash chains, passed lots, documents and archive.

    Reads only, each tenant in one snapshot, so it may run beside everything else. Ends with 1 on a difference.
    """
    console = Console(stderr=True)
    found = 0
    with Bars(console) as bars:
        for difference in differences(bars, tenant):
            found += 1
            click.echo(json.dumps(_facts(difference), ensure_ascii=False) if as_json else sentence(difference))
            if not find_all:
                break
    if found:
        more = "" if find_all else " (stopped at the first; --all shows every one)"
        console.print(f"verify: {found} difference{'s' if found > 1 else ''}{more}")
        sys.exit(1)
    console.print("verify: ledger, documents and archive agree.")


def differences(bars: Bars, tenant: UUID | None = None) -> Iterator[Difference]:
    """What is wrong, tenant by tenant: first everybody's ledger, then everybody's documents."""
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection:
        tenants = [(id_, entries) for id_, entries in _tenants(connection) if tenant in (None, id_)]
        bars.stage("ledger", sum(entries for _, entries in tenants))
        for tenant_id, _ in tenants:
            with connection.begin():
                yield from verify_tenant(connection, tenant_id, progress=bars.advance)
        with connection.begin():
            signed = sum(count_signed(connection, tenant_id) for tenant_id, _ in tenants)
        bars.stage("documents", signed)
        archive = ArchiveStore(settings().archive_dir)
        for tenant_id, _ in tenants:
            with connection.begin():
                yield from verify_documents(connection, tenant_id, archive=archive, progress=bars.advance)


def _tenants(connection: Connection) -> list[tuple[UUID, int]]:
    with connection.begin():
        return tenants_to_verify(connection)


def sentence(difference: Difference) -> str:
    """A difference as a person reads it."""
    return f"{difference.invariant}: tenant {difference.tenant_id}, {difference.object}: {difference.text}"


def _facts(difference: Difference) -> dict[str, str]:
    return {
        "invariant": difference.invariant,
        "tenant_id": str(difference.tenant_id),
        "object": difference.object,
        "text": difference.text,
    }
