"""`ebelge seals`: which seals (mali mühür) of the HSM sign for an account, by its VKN or TCKN."""

from datetime import datetime
from uuid import UUID

import click
from sqlalchemy.orm import Session

from ebelge.cli.accounts import tenant_of
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.documents import seals
from tenants.audit.deeds import deed
from tenants.models import SealRow

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
            _note(session, row, "seal.added")
            told = f"{row.seal_id} signs, until {row.valid_until.astimezone(ISTANBUL):%d.%m.%Y}."
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(told)


@command.command("list")
@click.argument("vkn_tckn")
@_MODE
def _list(vkn_tckn: str, mode: str) -> None:
    """Show an account's seals: which one signs, where their keys lie, how long their certificates are valid."""
    tenant_id, at = tenant_of(vkn_tckn, mode), utc_now()
    with tenant_session(tenant_id) as session:
        found = seals.rows(session, tenant_id=tenant_id)
        signing = seals.chosen(session, tenant_id=tenant_id, at=at)
        for row in found:
            place = f"HSM {row.token_label}/{row.key_label}" if row.storage == "pkcs11" else "PKCS#12 file"
            # Lines instead of a table: an id must fit on one line of any terminal, to be copied for `retire`.
            click.echo(f"{row.seal_id}  {_state(row, signs=row is signing, at=at)}")
            click.echo(f"    until {row.valid_until.astimezone(ISTANBUL):%d.%m.%Y}, {place}")
    if not found:
        click.echo("No seal of its own.")


def _note(session: Session, row: SealRow, action: str) -> None:
    facts = {"certificate": row.certificate_sha256.hex()}
    if action == "seal.added":
        facts |= {
            "storage": row.storage, "mode": row.mode, "valid_until": row.valid_until.isoformat(),
            "hsm": row.token_label or "",
        }  # fmt: skip
    deed(
        session, tenant_id=row.tenant_id, action=action, object_kind="seal", object_id=row.seal_id, after=facts,
        at=utc_now(),
    )  # fmt: skip


def _state(row: SealRow, *, signs: bool, at: datetime) -> str:
    if not row.active:
        return "retired"
    if row.valid_until <= at:
        return "expired"
    return "signs" if signs else "in reserve"


@command.command("retire")
@click.argument("vkn_tckn")
@click.argument("seal_id", type=click.UUID)
@_MODE
def _retire(vkn_tckn: str, seal_id: UUID, mode: str) -> None:
    """Let a seal sign no more; workers notice within seconds."""
    tenant_id = tenant_of(vkn_tckn, mode)
    try:
        with tenant_session(tenant_id) as session:
            _note(session, seals.retire(session, tenant_id=tenant_id, seal_id=seal_id), "seal.retired")
            heir = seals.chosen(session, tenant_id=tenant_id, at=utc_now())
            told = f"{heir.seal_id} signs from now on." if heir else "The account has no other seal of its own."
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{seal_id} is retired.\n{told}")
