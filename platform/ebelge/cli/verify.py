"""`ebelge verify`: everything that must agree, derived anew and compared."""

import json
import sys
from uuid import UUID

import click
from rich.console import Console

from billing.ledger.verify import Difference
from ebelge.cli.bars import Bars
from ebelge.core.clock import utc_now
from ebelge.jobs.audit import differences


@click.command("verify")
@click.option("--all", "find_all", is_flag=True, help="Go on after the first difference and show all of them.")
@click.option("--tenant", type=click.UUID, help="Only this tenant.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a difference.")
@click.option("--without-files", is_flag=True, help="Do not read the archived files.")
def command(
    find_all: bool = False, tenant: UUID | None = None, as_json: bool = False, without_files: bool = False
) -> None:
    """Re-derive wallets, lots and charges from the journal; check chains, passed lots, documents, archive, audit log;
    compare payments, orders, refunds, invoices, commission, bank and gateways' lists.

    Reads only, each tenant in one snapshot, so it may run beside everything else. Ends with 1 on a difference.
    """
    console = Console(stderr=True)
    found = 0
    with Bars(console) as bars:
        for difference in differences(bars, at=utc_now(), tenant_id=tenant, files=not without_files):
            found += 1
            click.echo(json.dumps(_facts(difference), ensure_ascii=False) if as_json else sentence(difference))
            if not find_all:
                break
    if found:
        more = "" if find_all else " (stopped at the first; --all shows every one)"
        console.print(f"verify: {found} difference{'s' if found > 1 else ''}{more}")
        sys.exit(1)
    files = "" if without_files else ", archive"
    console.print(f"verify: ledger, documents{files}, audit log and books agree.")


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
