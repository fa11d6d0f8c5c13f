"""`ebelge texts`: the texts that people accept: what is published, publishing what came with the program."""

import click

from ebelge.cli.accounts import refusals_told
from ebelge.cli.staff import by as staff
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session
from tenants.texts import versions
from tenants.texts.kinds import KINDS
from tenants.texts.models import TextVersion


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("list")
def _list() -> None:
    """Every version: kind, version, whether it is in force, the first digits of its SHA-256."""
    at = utc_now()
    with role_session("reader") as session:
        current = versions.in_force(session, at=at)
        for kind in KINDS:
            for row in versions.history(session, kind=kind):
                state = "in force" if current.get(kind) is row else "to come" if row.valid_from > at else "past"
                click.echo(_line(row, state))


@command.command("publish")
@staff
@refusals_told
def _publish(by: str) -> None:
    """Publish the versions that came with the program; each is in force from midnight (Istanbul) of its date.

    A version that is out is never changed. Drafts are marked as such on their page until a lawyer has read them.
    """
    with role_session("finance") as session:
        rows = versions.publish(session, wordings=versions.written(), by=by, at=utc_now())
        for row in rows:
            click.echo(_line(row, f"published, in force from {istanbul_date(row.valid_from):%d.%m.%Y}"))
    if not rows:
        click.echo("Everything is published already.")


def _line(row: TextVersion, state: str) -> str:
    return f"{row.kind:17} {row.version}  {row.sha256.hex()[:12]}  {'draft  ' if row.draft else ''}{state}"
