"""`ebelge seals`: which seals (mali mühür) of the HSM sign for an account, by its VKN or TCKN."""

from datetime import datetime
from uuid import UUID

import click
from cryptography import x509
from sqlalchemy.orm import Session

from ebelge.cli.accounts import tenant_of
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError
from ebelge.documents.seals import entered as seals
from ebelge.documents.seals import tokens
from ebelge.documents.seals.certificates import check_certificate
from ebelge.jobs.seal_care import WARN_DAYS
from tenants.audit.deeds import deed, house
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
@click.option(
    "--from", "signs_from", type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"]),
    help="Enter it ahead: it takes over at this time (Istanbul), the one before retires an hour later.",
)  # fmt: skip
def _add(vkn_tckn: str, mode: str, key_label: str, token: str | None, signs_from: datetime | None) -> None:
    """Enter a seal that lies in the HSM: of the operator, or of a tenant whose services are sealed by its own.

    The seal is opened once and must sign; its certificate must be of this VKN or TCKN.
    """
    label = token or settings().operator_seal_token
    if not label:
        raise click.UsageError("Name the token: --token, or EBELGE_SEAL_TOKEN.")
    tenant_id = tenant_of(vkn_tckn, mode)
    start = signs_from.replace(tzinfo=ISTANBUL) if signs_from else None
    try:
        with tenant_session(tenant_id) as session:
            row = seals.add_pkcs11(
                session, tenant_id=tenant_id, mode=mode, token_label=label, key_label=key_label, signs_from=start
            )
            _note(session, row, "seal.added")
            begins = f" from {start:%d.%m.%Y %H:%M}" if start else ""
            told = f"{row.seal_id} signs{begins}, until {row.valid_until.astimezone(ISTANBUL):%d.%m.%Y}."
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
        trouble = seals.trouble_of(session, owner_id=tenant_id)
        for row in found:
            place = f"HSM {row.token_label}/{row.key_label}" if row.storage == "pkcs11" else "PKCS#12 file"
            # Lines instead of a table: an id must fit on one line of any terminal, to be copied for `retire`.
            click.echo(f"{row.seal_id}  {_state(row, signs=row is signing, at=at)}")
            click.echo(f"    until {row.valid_until.astimezone(ISTANBUL):%d.%m.%Y}, {place}")
            for line in _remarks(row, at):
                click.echo(f"    {line}")
    if trouble is not None:
        click.echo(f"Cannot sign since {trouble.since.astimezone(ISTANBUL):%d.%m.%Y %H:%M}; documents wait.")
        click.echo(f"    {trouble.text_en}")
    if not found:
        click.echo("No seal of its own.")


def _note(session: Session, row: SealRow, action: str) -> None:
    facts = {"certificate": row.certificate_sha256.hex()}
    if action == "seal.added":
        facts |= {
            "storage": row.storage, "mode": row.mode, "valid_until": row.valid_until.isoformat(),
            "hsm": row.token_label or "",
            "signs_from": row.signs_from.isoformat() if row.signs_from else "",
        }  # fmt: skip
    deed(
        session, tenant_id=row.tenant_id, action=action, object_kind="seal", object_id=row.seal_id, after=facts,
        at=utc_now(),
    )  # fmt: skip


def _state(row: SealRow, *, signs: bool, at: datetime) -> str:
    if not row.active:
        return "retired"
    if row.signs_from is not None and row.signs_from > at:
        return f"takes over on {row.signs_from.astimezone(ISTANBUL):%d.%m.%Y %H:%M}"
    if row.valid_until <= at:
        return "expired"
    return "signs" if signs else "in reserve"


def _remarks(row: SealRow, at: datetime) -> list[str]:
    """What is to be known of an active seal's certificate; nobody is asked for it."""
    if not row.active or row.valid_until <= at:
        return []
    said = []
    days = (row.valid_until - at).days
    if days <= max(WARN_DAYS):
        said.append(f"its certificate ends in {days} days")
    try:
        found = check_certificate(x509.load_der_x509_certificate(row.certificate_der), at=at, now=at, ask=False)
    except ValueError:
        return [*said, "its certificate cannot be read"]
    if found.state not in ("good", "unchecked"):
        said.append(found.text_en)
    elif found.stale:
        said.append(f"nobody answers whether it was revoked: {found.reason}")
    return said


@command.command("pin")
@click.argument("token")
def _pin(token: str) -> None:
    """Say that the PIN of a TOKEN, which it refused, is right now; it is tried once more."""
    with role_session("reader") as session:
        log_of = house(session)
    forgiven = tokens.forgive(token)
    if not forgiven:
        raise click.ClickException(f"No PIN of {token} was refused.")
    with tenant_session(log_of) as session:
        deed(
            session, tenant_id=log_of, action="seal.pin_entered", object_kind="token", object_id=token, at=utc_now()
        )  # fmt: skip
    click.echo(f"The PIN of {token} is tried once more. A token that has locked needs its security officer first.")


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
