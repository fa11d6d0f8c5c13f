"""`ebelge tenants`: accounts, found by title or number; opened, changed, suspended, resumed, closed."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import click

from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.onboarding.accounts import ServicePlan, open_tenant
from tenants import accounts, directory, states
from tenants.accounts import Identity, TenantKind
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.company import aliases, branches, details, settings
from tenants.services import ISSUING, SERVICES
from tenants.states import TenantState

_MODE = click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True)
_BY = click.option("--by", required=True, help="Who does it; the audit log keeps the name.")
_FIELDS = (
    "title", "first_name", "family_name", "tax_office", "street", "district", "city", "postal_zone", "country",
    "email", "phone",
)  # fmt: skip


def _identity_options(command: Any) -> Any:
    for name in reversed(_FIELDS):
        command = click.option(f"--{name.replace('_', '-')}", name)(command)
    return command


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("list")
@click.argument("words", nargs=-1)
@click.option("--state", type=click.Choice(list(states.STATE_NAMES)), help="Only accounts of this state.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@_MODE
def _list(words: tuple[str, ...], state: str | None, limit: int, mode: str) -> None:
    """List accounts whose title has every one of WORDS (ISIK finds Işık), or whose number begins with it."""
    with role_session("reader") as session:
        found = directory.search(session, words=" ".join(words), state=state or "", mode=mode, limit=limit)
    for one in found:
        click.echo(f"{one.vkn_tckn:11}  {one.kind:8}  {one.state:9}  {one.title}")
    if not found:
        click.echo("No such account.")


@command.command("show")
@click.argument("vkn_tckn")
@_MODE
@refusals_told
def _show(vkn_tckn: str, mode: str) -> None:
    """Show an account: its data, state, services, branches, aliases, settings."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with role_session("reader") as session:
        account = directory.get(session, tenant_id=tenant_id)
    with tenant_session(tenant_id) as session:
        row = accounts.get(session, tenant_id=tenant_id)
        lines = [f"{row.vkn_tckn}  {row.title}", f"account   {row.tenant_id}, {row.kind}, {row.mode}"]
        since = f" since {row.state_since.astimezone(ISTANBUL):%d.%m.%Y %H:%M}" if row.state_since else ""
        lines.append(f"state     {row.state}{since}{f': {row.state_reason}' if row.state_reason else ''}")
        lines += [f"{name:9} {value}" for name in _FIELDS[3:] if (value := getattr(row, name))]
        lines += [f"reseller  {account.reseller_title}"] if account.reseller_title else []
        lines += [f"service   {name}: {state}" for name, state in sorted(account.services.items())]
        for branch in branches.listed(session, tenant_id=tenant_id):
            lines.append(f"branch    {branch.code}  {branch.name}, {branch.city}{'' if branch.active else ' (closed)'}")
        for one in aliases.listed(session, tenant_id=tenant_id):
            lines.append(f"alias     {one.service} {one.role} {one.alias}: {one.state}  {one.alias_id}")
        version, _ = settings.chosen(session, tenant_id=tenant_id)
        holds = settings.current(session, tenant_id=tenant_id)
        lines.append(
            f"settings  version {version}: {holds.default_scenario}, letters {holds.mail_language}, "
            f"seals told {holds.seal_warn_days} days before"
        )
    click.echo("\n".join(lines))


@command.command("create")
@click.argument("vkn_tckn")
@click.option("--kind", type=click.Choice(["customer", "reseller", "pool"]), default="customer", show_default=True)
@click.option("--reseller", help="VKN of the reseller whose customer it is.")
@click.option("--service", "wanted", multiple=True, type=click.Choice(list(SERVICES)), help="Begins its checklist.")
@click.option("--series", multiple=True, metavar="KIND=AAA", help="A first series, like earsiv=AKA.")
@click.option("--sandbox/--no-sandbox", default=True, show_default=True)
@_identity_options
@_BY
@refusals_told
def _create(
    vkn_tckn: str, kind: TenantKind, reseller: str | None, wanted: tuple[str, ...], series: tuple[str, ...],
    sandbox: bool, by: str, **given: str | None,
) -> None:  # fmt: skip
    """Open an account for VKN_TCKN: wallet, services, series and sandbox, whole or not at all."""
    tenant_id, at = new_id(), utc_now()
    named = {name: value for name, value in given.items() if value is not None}
    identity = Identity(vkn_tckn=vkn_tckn, **({"title": "", "district": "", "city": ""} | named))
    with tenant_session(tenant_id) as session:
        opened = open_tenant(
            session, tenant_id=tenant_id, kind=kind, identity=identity, at=at, sandbox=sandbox,
            services=[ServicePlan(service=name) for name in wanted],
            series=dict(_pair(one) for one in series),
            reseller_id=tenant_of(reseller, "live") if reseller else None,
        )  # fmt: skip
        entries.note(
            session, tenant_id=tenant_id, actor=_actor(by), action="company.state_changed", object_kind="company",
            object_id=tenant_id, after={"state": "active"}, at=at,
        )  # fmt: skip
    click.echo(f"account {opened.tenant_id}" + (f", sandbox {opened.sandbox_id}" if opened.sandbox_id else ""))


@command.command("change")
@click.argument("vkn_tckn")
@_MODE
@_identity_options
@_BY
@refusals_told
def _change(vkn_tckn: str, mode: str, by: str, **given: str | None) -> None:
    """Change the data of VKN_TCKN; what is not named stays, an empty value is removed."""
    tenant_id, at = tenant_of(vkn_tckn, mode), utc_now()
    named = {name: value for name, value in given.items() if value is not None}
    if not named:
        raise click.UsageError("Name what is to change, like --street.")
    with tenant_session(tenant_id) as session:
        now = details.identity(accounts.get(session, tenant_id=tenant_id))
        row = details.change(
            session, tenant_id=tenant_id, to=replace(now, **named), actor=_actor(by), at=at
        )  # fmt: skip
        told = f"{row.title}, {row.district}/{row.city}"
    click.echo(told)


def _mover(name: str, to: TenantState, help_text: str) -> None:
    """A command that puts an account into a state."""

    @command.command(name, help=help_text)
    @click.argument("vkn_tckn")
    @click.option("--reason", default="", help="Why; people of the account see it.")
    @_MODE
    @_BY
    @refusals_told
    def _move(vkn_tckn: str, reason: str, mode: str, by: str) -> None:
        tenant_id = tenant_of(vkn_tckn, mode)
        click.echo(_moved(tenant_id, to, reason, by, utc_now()))


def _moved(tenant_id: UUID, to: TenantState, reason: str, by: str, at: datetime) -> str:
    with tenant_session(tenant_id) as session:
        done = states.move(
            session, tenant_id=tenant_id, to=to, mover="staff", reason=reason, actor=_actor(by), at=at
        )  # fmt: skip
    return f"{done.before} -> {done.after}" if done.before != done.after else f"it is {done.after} already"


_mover("suspend", "suspended", "Stop an account's sending, with a reason; its archive and answers stay open.")
_mover("resume", "active", "Let an account send again: accepted, resumed, its closing called off, or come back.")
_mover("closing", "closing", "Begin to close an account; it sends until its services' last days.")
_mover("close", "closed", "Close an account whose closing is done; its archive stays readable.")


def _actor(by: str) -> Actor:
    return entries.command("tenants", by=by)


def _pair(text: str) -> tuple[str, str]:
    kind, _, prefix = text.partition("=")
    if kind not in ISSUING or not prefix:
        raise click.UsageError(f"{text!r}: write a series like earsiv=AKA.")
    return kind, prefix
