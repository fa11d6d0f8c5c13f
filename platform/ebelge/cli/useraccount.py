"""`ebelge useraccount`: services opened and closed at GİB by files that customers counter-sign with their own token."""

from pathlib import Path
from uuid import UUID

import click

from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.gib.user_account import SERVICES, Action
from ebelge.jobs import tasks, user_accounts
from ebelge.onboarding import user_envelopes
from tenants.audit import entries

_MODE = click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True)
_BY = click.option("--by", required=True, help="Who does it; the audit log keeps the name.")
_OURS = [name for name in SERVICES if not name.endswith("_archive")]


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("prepare")
@click.argument("vkn_tckn")
@click.argument("service", type=click.Choice(_OURS))
@click.argument("action", type=click.Choice(["open", "close"]))
@click.option("--public", is_flag=True, help="The taxpayer is a public body (kamu).")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where the file goes.")
@_MODE
@_BY
@refusals_told
def _prepare(vkn_tckn: str, service: str, action: Action, public: bool, out: Path, mode: str, by: str) -> None:
    """Write the signed request for SERVICE of VKN_TCKN; the customer counter-signs it (seri imza) with his token."""
    request_id, signed = user_accounts.prepare(
        tasks.store(), tenant_id=tenant_of(vkn_tckn, mode), service=service, action=action, public=public,
        actor=entries.command("useraccount prepare", by=by), at=utc_now(),
    )  # fmt: skip
    out.write_bytes(signed)
    click.echo(f"{request_id}  {out}")


@command.command("hand-in")
@click.argument("vkn_tckn")
@click.argument("request_id", type=click.UUID)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_MODE
@_BY
@refusals_told
def _hand_in(vkn_tckn: str, request_id: UUID, file: Path, mode: str, by: str) -> None:
    """Take the counter-signed FILE back, prove it, and send it to GİB."""
    zarf_id = user_accounts.hand_in(
        tasks.store(), tenant_id=tenant_of(vkn_tckn, mode), request_id=request_id, xml=file.read_bytes(),
        actor=entries.command("useraccount hand-in", by=by), at=utc_now(),
    )  # fmt: skip
    click.echo(f"sent in envelope {zarf_id}")


@command.command("show")
@click.argument("vkn_tckn")
@_MODE
@refusals_told
def _show(vkn_tckn: str, mode: str) -> None:
    """Show every request of VKN_TCKN and what GİB answered."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        for row in user_envelopes.listed(session, tenant_id=tenant_id):
            said = f"  GİB {row.code} {row.code_text}" if row.code is not None else ""
            click.echo(f"{row.request_id}  {row.action:5} {row.service:10} {row.state}{said}")
