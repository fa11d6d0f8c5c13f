"""`ebelge db`: roles and migrations. Runs as the database's owner."""

import click
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from ebelge.core import migrate
from ebelge.core.config import settings
from ebelge.core.db import engine


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("migrate")
@click.option("--to", default="head", show_default=True, help="Revision to go to.")
def _migrate(to: str) -> None:
    """Create the roles that are missing and run the migrations that are missing."""
    migrate.upgrade(settings().database_url, to)
    click.echo(f"The database is at {', '.join(_present()) or 'no revision'}.")


@command.command("roles")
def _roles() -> None:
    """Create the roles of the database cluster that are missing; set their limits and passwords."""
    created = migrate.create_roles(settings().database_url)
    click.echo(f"Created: {', '.join(created)}." if created else "All roles were there.")


@command.command("status")
def _status() -> None:
    """Where the database stands and where it should; exit 1 if it is behind."""
    present, heads = _present(), list(ScriptDirectory(str(migrate.MIGRATIONS)).get_heads())
    click.echo(f"present: {', '.join(present) or '-'}\nhead:    {', '.join(heads)}")
    if sorted(present) != sorted(heads):
        click.echo("Run `ebelge db migrate`.")
        raise SystemExit(1)


def _present() -> list[str]:
    with engine("owner").connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return []
        return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
