"""`ebelge master-key`: which master key closes what is kept, and closing all of it with a new one.

EBELGE_MASTER_KEY holds the new key and the old one, parted by a comma, the new one first; see docs/operate.md.
"""

import click

from ebelge.cli.staff import by
from ebelge.core.clock import utc_now
from ebelge.core.db import fetch, role_session, tenant_session
from ebelge.core.vault import Vault
from ebelge.jobs import master_key
from ebelge.jobs.closed_values import ClosedColumn
from ebelge.jobs.intents import vault
from ebelge.jobs.master_key import CannotBeOpened
from tenants.audit import entries


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("status")
def _status() -> None:
    """Show how many values each key has closed. Ends with 1 while one is closed by another key than the one in use."""
    keys = vault().key_ids()
    click.echo(f"in use: {keys[0]}" + "".join(f"   opens, too: {key}" for key in keys[1:]))
    left = 0
    for column, found in master_key.counts().items():
        click.echo(f"{column.name:36} {_told(found, keys) or 'nothing'}")
        left += sum(count for key, count in found.items() if key != keys[0])
    if left:
        raise click.ClickException(f"{left} values are not closed with the key in use: `ebelge master-key rotate`.")
    click.echo("Everything is closed with the key in use; older keys may be taken out.")


@command.command("rotate")
@by
@click.option("--leave-lost", is_flag=True, help="Leave what no key opens (after `restore --key-lost`) as it is.")
def _rotate(by: str, leave_lost: bool) -> None:
    """Close everything with the first key of EBELGE_MASTER_KEY. Cut short, it is run again as it was."""
    keys = vault()
    try:
        total = master_key.close_again(keys, leave_lost=leave_lost, tell=_tell)
    except CannotBeOpened as error:
        raise click.ClickException(
            f"{error}. Nothing was changed. Add the key that closed them to EBELGE_MASTER_KEY, or repeat with "
            "--leave-lost."
        ) from error
    _note(keys, total, by)
    click.echo(f"{total} values were closed again with {keys.key_ids()[0]}.")


def _told(found: dict[str, int], keys: list[str]) -> str:
    words = {keys[0]: "with the key in use", "": "no closed value at all"} | {key: f"with {key}" for key in keys[1:]}
    return ", ".join(
        f"{count} {words.get(key, f'with {key}, which is not configured')}" for key, count in found.items()
    )


def _tell(column: ClosedColumn, count: int) -> None:
    click.echo(f"{column.name}: {count}")


def _note(keys: Vault, total: int, by: str) -> None:
    with role_session("app") as session:
        found = fetch(session, "SELECT tenant_id FROM operator_of('live')")
    if not found:
        return
    operator = found[0].tenant_id
    with tenant_session(operator) as session:
        entries.note(
            session, tenant_id=operator, actor=entries.command("master-key", by=by), action="master_key.rotated",
            object_kind="master_key", object_id=keys.key_ids()[0],
            after={"closed_again": total, "key_ids": keys.key_ids()}, at=utc_now(),
        )  # fmt: skip
