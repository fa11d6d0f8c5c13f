"""`ebelge audit`: the audit log of an account or of all: list, export, verify, ends of chains."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from ebelge.cli import staff
from ebelge.cli.accounts import tenant_of
from ebelge.core.clock import ISTANBUL, istanbul_midnight, utc_now
from ebelge.core.db import engine, role_session, tenant_session
from ebelge.core.sheets import csv_bytes, xlsx_bytes
from tenants.audit import entries, queries, sheet, verify
from tenants.audit.actions import ACTIONS, AREAS
from tenants.audit.queries import Asked, Entry
from tenants.audit.verify import Head

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(help=__doc__)
def command() -> None:
    """The group."""


def _which(work: Any) -> Any:
    """The options that say which entries."""
    for option in reversed(
        (
            click.option("--tenant", help="VKN or TCKN of the account. Default: all accounts."),
            click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True),
            click.option("--person", default="", help="Id of a person or API key."),
            click.option("--action", default="", help="An action (key.created) or an area (keys)."),
            click.option("--object", "about", default="", help="Id of what it is about."),
            click.option("--from", "first", type=_DAY, help="First day, Istanbul."),
            click.option("--to", "last", type=_DAY, help="Last day, Istanbul."),
        )
    ):
        work = option(work)
    return work


def _asked(
    tenant: str | None, mode: str, person: str, action: str, about: str, first: datetime | None, last: datetime | None
) -> Asked:
    if action and action not in ACTIONS and action not in AREAS:
        raise click.BadParameter(f"{action!r} is neither an action nor an area ({', '.join(AREAS)}).")
    area = action if action in AREAS else ""
    return Asked(
        tenant_id=tenant_of(tenant, mode) if tenant else None, actor_id=person, action="" if area else action,
        area=area, object_id=about, since=None if first is None else istanbul_midnight(first.date()),
        until=None if last is None else istanbul_midnight(last.date() + timedelta(days=1)),
    )  # fmt: skip


@command.command("list")
@_which
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def _list(limit: int, as_json: bool, **which: Any) -> None:
    """Show entries, the newest first."""
    with role_session("reader") as session:
        found = queries.page(session, _asked(**which), limit=limit)
    for one in found:
        click.echo(json.dumps(_facts(one), ensure_ascii=False) if as_json else "\n".join(_lines(one)))
    if not found and not as_json:
        click.echo("No entries.")


@command.command("export")
@_which
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(["tr", "en"]), default="tr", show_default=True)
@staff.by
def _export(file: Path, language: str, by: str, **which: Any) -> None:
    """Write entries to FILE: .csv or .xlsx, at most 50,000. That an account's log was exported is noted in it."""
    if file.suffix not in (".csv", ".xlsx"):
        raise click.BadParameter("FILE ends in .csv or .xlsx.")
    asked = _asked(**which)
    with role_session("reader") as session:
        rows = list(sheet.rows(queries.every(session, asked), language=language))
    file.write_bytes(csv_bytes(rows) if file.suffix == ".csv" else xlsx_bytes(rows, title="audit"))
    if asked.tenant_id is not None:
        with tenant_session(asked.tenant_id) as writing:
            entries.note(
                writing, tenant_id=asked.tenant_id, actor=entries.command("ebelge audit export", by=by),
                action="privacy.log_exported", object_kind="tenant", object_id=asked.tenant_id,
                after={"rows": len(rows) - 1}, at=utc_now(),
            )  # fmt: skip
    click.echo(f"{len(rows) - 1} entries in {file}.")


@command.command("heads")
def _heads() -> None:
    """Print where every chain ends, as JSON: kept elsewhere, it shows later that no end was cut off."""
    with engine("reader").connect() as connection:
        ends = {
            str(tenant_id): {"version": end.version, "hash": end.hash.hex()}
            for tenant_id, _ in verify.tenants_to_verify(connection)
            if (end := verify.head(connection, tenant_id)) is not None
        }
    click.echo(json.dumps({"at": utc_now().isoformat(), "heads": ends}, indent=1))


@command.command("verify")
@click.option("--tenant", type=click.UUID, help="Only this account's log, by its id.")
@click.option(
    "--heads", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="What `heads` printed once."
)
def _verify(tenant: UUID | None, heads: Path | None) -> None:
    """Derive every chain anew and name what was changed, removed, put in, moved or left unsealed. Ends with 1 then."""
    kept = {} if heads is None else _read_heads(heads)
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    found, logs, sealed = 0, 0, 0
    with pool.connect() as connection:
        with connection.begin():
            known = dict.fromkeys(kept, 0) | dict(verify.tenants_to_verify(connection))
        for tenant_id, count in known.items():
            if tenant not in (None, tenant_id):
                continue
            logs, sealed = logs + 1, sealed + count
            with connection.begin():
                for one in verify.verify_tenant(connection, tenant_id, at=utc_now(), heads=kept):
                    found += 1
                    click.echo(f"tenant {one.tenant_id}, {one.object}: {one.text}")
    if found:
        click.echo(f"audit verify: {found} difference{'s' if found > 1 else ''}", err=True)
        sys.exit(1)
    click.echo(f"audit verify: {sealed} sealed entries of {logs} logs are as they were written.", err=True)


def _read_heads(file: Path) -> dict[UUID, Head]:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))["heads"]
        return {UUID(id_): Head(int(end["version"]), bytes.fromhex(end["hash"])) for id_, end in told.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise click.BadParameter(f"{file} is not what `ebelge audit heads` prints.") from error


def _lines(one: Entry) -> Iterator[str]:
    who = one.actor_name or one.actor_id or one.actor_kind
    yield f"{one.at.astimezone(ISTANBUL):%d.%m.%Y %H:%M:%S}  {queries.action_text(one.action, 'en')}  by {who}"
    yield f"    {one.object_kind} {one.object_id}  account {one.tenant_id}  {one.action}"
    for name, side in (("before", one.before), ("after", one.after)):
        if side:
            yield f"    {name}: {sheet.side_text(side, 'en')}"


def _facts(one: Entry) -> dict[str, Any]:
    return {
        "tenant_id": str(one.tenant_id), "entry_id": str(one.entry_id), "at": one.at.isoformat(), "action": one.action,
        "object_kind": one.object_kind, "object_id": one.object_id, "actor_kind": one.actor_kind,
        "actor_id": one.actor_id, "actor_name": one.actor_name, "for_whom": one.for_whom, "address": one.address,
        "agent": one.agent, "before": one.before, "after": one.after, "request_id": one.request_id,
        "version": one.version,
    }  # fmt: skip
