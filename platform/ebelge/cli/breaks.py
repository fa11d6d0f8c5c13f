"""`ebelge breaks`: what does not agree, who looks after it, and how it was ended."""

import json
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import click

from billing import breaks
from billing.reconciliation.kinds import KINDS
from ebelge.cli import staff
from ebelge.core.clock import utc_now
from ebelge.core.db import fetch, role_session
from ebelge.core.errors import DomainError
from ebelge.core.money import lira_text

_OPEN = """
    SELECT b.break_id, b.tenant_id, t.title, b.kind, b.subject, b.amount_kurus, b.kontor, b.data, b.state, b.owner,
           b.note, b.resolved_by, b.found_at, b.seen_at, b.ended_at
      FROM finance_break b JOIN tenant t USING (tenant_id)
     WHERE (%s::uuid IS NULL OR b.break_id = %s) AND (%s::uuid IS NULL OR b.tenant_id = %s)
       AND (%s OR b.state = 'open')
     ORDER BY b.found_at, b.break_id LIMIT %s
"""


@click.group("breaks", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """The queue of breaks: list, show, take, explain, resolve."""
    if context.invoked_subcommand is None:
        context.invoke(list_breaks)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--tenant", type=click.UUID, help="Only this tenant's.")
@click.option("--ended", is_flag=True, help="Ended ones too.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
def list_breaks(as_json: bool = False, tenant: UUID | None = None, ended: bool = False, limit: int = 100) -> None:
    """Show open breaks, the oldest first."""
    found = _find(tenant=tenant, ended=ended, limit=limit)
    if as_json:
        for row in found:
            click.echo(json.dumps(_facts(row), ensure_ascii=False, default=str))
        return
    if not found:
        click.echo("No open breaks.")
        return
    now = utc_now()
    for row in found:
        click.echo(f"\n  {row.break_id}  {_worth(row)}")
        click.echo(f"    {_title(row.kind)}")
        click.echo(f"    {row.subject[:76]}")
        click.echo(f"    {row.title[:76]}")
        click.echo(f"    {_age(now - row.found_at)}, {row.state}; {(row.owner or 'nobody')[:40]} has it")
    click.echo("\n`ebelge breaks show BREAK` says more and what to do.")


@command.command("show")
@click.argument("break_id", type=click.UUID)
def show(break_id: UUID) -> None:
    """Everything known of one break, and what to do about it."""
    row = _one(break_id)
    for name, value in _facts(row).items():
        if name not in ("data", "amount_kurus", "kontor"):
            _line(f"{name:13}", value)
    _line(f"{'worth':13}", _worth(row))
    for name, value in row.data.items():
        _line(f"  {name:18} ", value)
    if row.kind in KINDS:
        click.echo(f"\n{KINDS[row.kind].mend_en}")


@command.command("take")
@click.argument("break_id", type=click.UUID)
@staff.by
def take(break_id: UUID, by: str) -> None:
    """Look after a break."""
    row = _one(break_id)
    with _refusals(), role_session("finance") as session:
        breaks.take_on(session, tenant_id=row.tenant_id, break_id=break_id, owner=by, at=utc_now())
    click.echo(f"{by} has it.")


@command.command("explain")
@click.argument("break_id", type=click.UUID)
@click.argument("note")
@staff.by
def explain(break_id: UUID, note: str, by: str) -> None:
    """End a break that turned out to be none; NOTE says why."""
    _end(break_id, "explained", note, "", by)


@command.command("resolve")
@click.argument("break_id", type=click.UUID)
@click.argument("note")
@click.option("--entry", required=True, help="What set it right: a refund, bank line, grant …")
@staff.by
def resolve(break_id: UUID, note: str, entry: str, by: str) -> None:
    """End a break that was set right by an entry."""
    _end(break_id, "resolved", note, entry, by)


def _end(break_id: UUID, state: breaks.EndState, note: str, entry: str, by: str) -> None:
    row = _one(break_id)
    with _refusals(), role_session("finance") as session:
        breaks.end_break(
            session, tenant_id=row.tenant_id, break_id=break_id, state=state, note=note, resolved_by=entry, by=by,
            at=utc_now(),
        )  # fmt: skip
    click.echo(f"{state}.")


@contextmanager
def _refusals() -> Iterator[None]:
    """A refusal of the domain as a sentence of the command."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(f"{error.title_en}. {error.detail_en}".strip()) from error


def _find(
    *, break_id: UUID | None = None, tenant: UUID | None = None, ended: bool = False, limit: int = 100
) -> list[Any]:
    with role_session("finance") as session:
        return fetch(session, _OPEN, break_id, break_id, tenant, tenant, ended, limit)


def _one(break_id: UUID) -> Any:
    found = _find(break_id=break_id, ended=True)
    if not found:
        raise click.ClickException("There is no such break.")
    return found[0]


def _line(name: str, value: Any) -> None:
    """A name and its value, broken where eighty columns end."""
    words = "-" if value in (None, "") else str(value)
    click.echo(textwrap.fill(words, 80, initial_indent=name, subsequent_indent=" " * len(name)))


def _title(kind: str) -> str:
    return KINDS[kind].title_en if kind in KINDS else kind.replace("_", " ").capitalize()


def _worth(row: Any) -> str:
    parts = []
    if row.amount_kurus is not None:
        parts.append(f"{lira_text(row.amount_kurus)} TL")
    if row.kontor is not None:
        parts.append(f"{row.kontor} kontör")
    return ", ".join(parts)


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} days old" if hours >= 48 else f"{hours} hours old" if hours else "new"


def _facts(row: Any) -> dict[str, Any]:
    return {
        "break": str(row.break_id), "kind": row.kind, "title": _title(row.kind), "tenant": str(row.tenant_id),
        "tenant_title": row.title, "subject": row.subject, "amount_kurus": row.amount_kurus, "kontor": row.kontor,
        "state": row.state, "owner": row.owner, "note": row.note, "resolved_by": row.resolved_by,
        "found_at": _time(row.found_at), "seen_at": _time(row.seen_at), "ended_at": _time(row.ended_at),
        "data": row.data,
    }  # fmt: skip


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
