"""`ebelge keys`: API keys of a tenant, by its VKN or TCKN."""

import os
from datetime import datetime, timedelta
from typing import Literal

import click

from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.cli.staff import STAFF
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import tenant_session
from tenants import api_keys, key_rotation
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.models import ApiKey

Mode = Literal["live", "test"]
_MODE = click.option("--mode", type=click.Choice(["live", "test"]), default="test", show_default=True)


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("create")
@click.argument("vkn_tckn")
@_MODE
@click.option("--name", default="cli", show_default=True, help="What the key is for.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(list(api_keys.scopes_of("reseller"))), help="Default: all."
)
@click.option("--days", type=click.IntRange(1, 3650), help="Days until it expires. Default: never.")
@click.option("--address", "addresses", multiple=True, help="Address or network it may be used from. Default: any.")
@refusals_told
def _create(
    vkn_tckn: str, mode: Mode, name: str, scopes: tuple[str, ...], days: int | None, addresses: tuple[str, ...]
) -> None:
    """Make a key. Its secret is shown now and never again."""
    at = utc_now()
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        made = api_keys.create(
            session,
            tenant_id=tenant_id,
            mode=mode,
            name=name,
            at=at,
            scopes=scopes or None,
            expires_at=at + timedelta(days=days) if days else None,
            addresses=addresses,
            actor=_actor(),
        )
    click.echo(made.token)


@command.command("list")
@click.argument("vkn_tckn")
@_MODE
def _list(vkn_tckn: str, mode: str) -> None:
    """Show the keys of a tenant (their secrets are nowhere)."""
    tenant_id, at = tenant_of(vkn_tckn, mode), utc_now()
    with tenant_session(tenant_id) as session:
        for key in api_keys.keys(session, tenant_id=tenant_id):
            used = _used(key.last_used_at, key.last_used_from)
            click.echo(f"{key.key_id}  {_state(key, at):8} last used {used:17} {key.name}  {' '.join(key.scopes)}")
            if key.addresses:
                click.echo(f"    from {', '.join(key.addresses)}")
            if key.old_ends_at and key_rotation.old_opens(key, at=at):
                before = _used(key.old_last_used_at, key.old_last_used_from)
                click.echo(f"    the secret of before opens it until {_when(key.old_ends_at)}, last used {before}")


@command.command("rotate")
@click.argument("vkn_tckn")
@click.argument("key_id")
@_MODE
@click.option(
    "--overlap-days",
    type=click.IntRange(0, key_rotation.OVERLAP_DAYS_MAX),
    default=7,
    show_default=True,
    help="How long the secret of before opens the key, too.",
)
@refusals_told
def _rotate(vkn_tckn: str, key_id: str, mode: Mode, overlap_days: int) -> None:
    """Give a key a new secret, shown now and never again."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        made = key_rotation.rotate(
            session,
            tenant_id=tenant_id,
            mode=mode,
            key_id=key_id,
            overlap_days=overlap_days,
            at=utc_now(),
            actor=_actor(),
        )
    click.echo(made.token)


@command.command("end-old")
@click.argument("vkn_tckn")
@click.argument("key_id")
@_MODE
@refusals_told
def _end_old(vkn_tckn: str, key_id: str, mode: str) -> None:
    """End the secret of before a rotation now."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        key_rotation.end_old_secret(session, tenant_id=tenant_id, key_id=key_id, at=utc_now(), actor=_actor())
    click.echo(f"{key_id} is opened by its new secret only.")


@command.command("revoke")
@click.argument("vkn_tckn")
@click.argument("key_id")
@_MODE
@refusals_told
def _revoke(vkn_tckn: str, key_id: str, mode: str) -> None:
    """End a key at once."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        api_keys.revoke(session, tenant_id=tenant_id, key_id=key_id, at=utc_now(), actor=_actor())
    click.echo(f"{key_id} is revoked.")


def _actor() -> Actor:
    """This command; the person where EBELGE_STAFF names one."""
    return entries.command("keys", by=os.environ.get(STAFF, ""))


def _state(key: ApiKey, at: datetime) -> str:
    if key.revoked_at:
        return "revoked"
    return "expired" if api_keys.ended(key, at=at) else "active"


def _used(at: datetime | None, address: str | None) -> str:
    if at is None:
        return "never"
    return f"{_when(at)} from {address}" if address else _when(at)


def _when(at: datetime) -> str:
    return f"{at.astimezone(ISTANBUL):%d.%m.%Y %H:%M}"
