"""`ebelge keys`: API keys of a tenant, by its VKN or TCKN."""

from datetime import timedelta

import click

from ebelge.cli.accounts import tenant_of
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from tenants import api_keys

_MODE = click.option("--mode", type=click.Choice(["live", "test"]), default="test", show_default=True)


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("create")
@click.argument("vkn_tckn")
@_MODE
@click.option("--name", default="cli", show_default=True, help="What the key is for.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(list(api_keys.SCOPES)), help="Default: all.")
@click.option("--days", type=click.IntRange(1, 3650), help="Days until it expires. Default: never.")
def _create(vkn_tckn: str, mode: str, name: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Make a key. Its secret is shown now and never again."""
    at = utc_now()
    tenant_id = tenant_of(vkn_tckn, mode)
    try:
        with tenant_session(tenant_id) as session:
            made = api_keys.create(
                session,
                tenant_id=tenant_id,
                mode=mode,
                name=name,
                at=at,
                scopes=scopes or tuple(api_keys.SCOPES),
                expires_at=at + timedelta(days=days) if days else None,
            )
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(made.token)


@command.command("list")
@click.argument("vkn_tckn")
@_MODE
def _list(vkn_tckn: str, mode: str) -> None:
    """Show the keys of a tenant (their secrets are nowhere)."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        for key in api_keys.keys(session, tenant_id=tenant_id):
            used = f"{key.last_used_at.astimezone(ISTANBUL):%d.%m.%Y %H:%M}" if key.last_used_at else "never"
            state = "revoked" if key.revoked_at else "active"
            click.echo(f"{key.key_id}  {state:8} last used {used:17} {key.name}  {' '.join(key.scopes)}")


@command.command("revoke")
@click.argument("vkn_tckn")
@click.argument("key_id")
@_MODE
def _revoke(vkn_tckn: str, key_id: str, mode: str) -> None:
    """End a key at once."""
    tenant_id = tenant_of(vkn_tckn, mode)
    try:
        with tenant_session(tenant_id) as session:
            api_keys.revoke(session, tenant_id=tenant_id, key_id=key_id, at=utc_now())
    except DomainError as error:
        raise click.ClickException("This tenant has no such key.") from error
    click.echo(f"{key_id} is revoked.")
