"""`ebelge seals`: which seals (mali mühür) of the HSM sign for an account, by its VKN or TCKN."""

from uuid import UUID

import click

from ebelge.cli.accounts import tenant_of
from ebelge.core.clock import ISTANBUL
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.documents import seals

_MODE = click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True)


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("add")
@click.argument("vkn_tckn")
@_MODE
@click.option("--key-label", required=True, help="Label of key and certificate in the token, like 1234567890SIGN0.")
@click.option("--token", help="Label of the token. Default: EBELGE_SEAL_TOKEN.")
def _add(vkn_tckn: str, mode: str, key_label: str, token: str | None) -> None:
    """Enter a seal that lies in the HSM: of the operator, or of a tenant whose services are sealed by its own.

    The seal is opened once and must sign; its certificate must be of this VKN or TCKN.
    """
    label = token or settings().operator_seal_token
    if not label:
        raise click.UsageError("Name the token: --token, or EBELGE_SEAL_TOKEN.")
    tenant_id = tenant_of(vkn_tckn, mode)
    try:
        with tenant_session(tenant_id) as session:
            row = seals.add_pkcs11(session, tenant_id=tenant_id, mode=mode, token_label=label, key_label=key_label)
            told = f"{row.seal_id} signs, until {row.valid_until.astimezone(ISTANBUL):%d.%m.%Y}."
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(told)


@command.command("list")
@click.argument("vkn_tckn")
@_MODE
def _list(vkn_tckn: str, mode: str) -> None:
    """Show an account's seals: where their keys lie and how long their certificates are valid."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        for row in seals.rows(session, tenant_id=tenant_id):
            place = f"HSM {row.token_label}/{row.key_label}" if row.storage == "pkcs11" else "PKCS#12 file"
            until = f"{row.valid_until.astimezone(ISTANBUL):%d.%m.%Y}"
            click.echo(f"{row.seal_id}  {'active' if row.active else 'retired':7}  until {until}  {place}")


@command.command("retire")
@click.argument("vkn_tckn")
@click.argument("seal_id", type=click.UUID)
@_MODE
def _retire(vkn_tckn: str, seal_id: UUID, mode: str) -> None:
    """Let a seal sign no more; workers notice within seconds."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        found = [row for row in seals.rows(session, tenant_id=tenant_id) if row.seal_id == seal_id]
        for row in found:
            row.active = False
    if not found:
        raise click.ClickException("This account has no such seal.")
    click.echo(f"{seal_id} is retired.")
