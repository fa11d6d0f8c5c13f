"""`ebelge bank`: statements of the seller's accounts, and who paid what.

A line and a decision are named by the last eight signs of their id, as `ebelge bank lines` shows them.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import click
from rich.console import Console
from sqlalchemy.orm import Session

from billing.models.bank import LINE_STATES
from billing.payments.bank.statement import FILE_BYTES_MAX
from billing.settlement import (
    bank_desk,
    bank_import,
    bank_lists,
    bank_proposals,
    bank_reversal,
    receivables,
    refund_sending,
)
from billing.settlement.bank_desk import Part
from ebelge.cli import bank_tables, staff
from ebelge.cli.accounts import refusals_told
from ebelge.cli.bars import Bars
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.money import lira_text
from ebelge.jobs import banking

_NOTE = click.option("--note", required=True, help="Why, for whoever asks later.")


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("accounts")
@click.option("--add", "iban", help="Enter an account: its IBAN.")
@click.option("--bank", "bank_name", default="", help="With --add: the bank's name.")
@click.option("--holder", default="", help="With --add: in whose name it is.")
@refusals_told
def _accounts(iban: str | None, bank_name: str, holder: str) -> None:
    """List the accounts that transfers go to, or enter one."""
    with role_session("finance") as session:
        if iban is not None:
            bank_import.open_account(session, iban=iban, bank_name=bank_name, holder=holder, at=utc_now())
        found = bank_import.accounts(session)
        for account in found:
            state = "" if account.active else "  closed"
            click.echo(bank_tables.cut(f"{account.iban}  {account.bank_name}, {account.holder}{state}"))
    if not found:
        click.echo("No account yet: ebelge bank accounts --add IBAN --bank NAME --holder NAME")


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--iban", help="Of which account; not needed where there is only one.")
@staff.by
@refusals_told
def _import(file: Path, iban: str | None, by: str) -> None:
    """Take a statement in and credit what is beyond doubt.

    CSV, XLSX, MT940 or CAMT.053; what needs a person is then shown by `lines`.
    """
    at = utc_now()
    account = iban or _only_account()
    if file.stat().st_size > FILE_BYTES_MAX:
        raise click.ClickException("The file is larger than 10 MB.")
    with Bars(Console(stderr=True)) as bars:
        bars.stage("read", 1)
        statement = bank_import.read(file.read_bytes(), iban=account)
        bars.stage("keep", len(statement.lines))
        with role_session("finance") as session:
            done = bank_import.keep(
                session, iban=account, statement=statement, file_name=file.name, by=by, at=at, progress=bars.advance
            )
        bars.stage("match", 1)
        matched = banking.match(at)
        bars.stage("credit", 1)
        outcomes = banking.credit(at)
    if done.already:
        click.echo(f"This file was imported by {done.imported_by} before: nothing was changed.")
    else:
        known = done.lines - done.new_lines
        click.echo(f"{done.form}: {done.lines} lines, {done.new_lines} new, {known} known or without money.")
    click.echo(f"Taken without a person: {matched}. Orders credited now: {outcomes['credited']}.")
    with role_session("finance") as session:
        waiting = len(bank_lists.lines(session))
    if waiting:
        click.echo(f"Waiting for somebody: {waiting}. See: ebelge bank lines")


@command.command("lines")
@click.option("--state", "states", multiple=True, type=click.Choice(LINE_STATES), help="Default: what waits.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def _lines(states: Sequence[str], limit: int, as_json: bool) -> None:
    """Show lines that wait for somebody.

    With the order each may be for, and what is decided about it.
    """
    with role_session("finance") as session:
        found = bank_lists.lines(session, states=states or bank_lists.WAITING, limit=limit)
        decisions = bank_lists.decisions(session, [line.line_id for line in found])
    if as_json:
        for line in found:
            own = [asdict(one) for one in decisions if one.line_id == line.line_id]
            click.echo(json.dumps(asdict(line) | {"decisions": own}, default=str, ensure_ascii=False))
        return
    for row in bank_tables.rows(found, decisions):
        click.echo(row)
    if not found:
        click.echo("No line waits.")


@command.command("allocate")
@click.argument("line")
@click.argument("orders", nargs=-1, required=True)
@click.option("--note", default="", help="For whoever asks later.")
@staff.by
@refusals_told
def _allocate(line: str, orders: Sequence[str], note: str, by: str) -> None:
    """Put LINE to one or more ORDERS by their references.

    KNT-XXXX-XX gives what fits, KNT-XXXX-XX=500,00 a part. What is too much stays on the line.
    """
    with role_session("finance") as session:
        line_id = bank_lists.find_line(session, line)
        parts = [_part(reference, amount, session) for reference, _, amount in (one.partition("=") for one in orders)]
        bank_desk.allocate(
            session, line_id=line_id, parts=parts, by=by, at=utc_now(), note=note,
            limit_kurus=settings().second_person_kurus,
        )  # fmt: skip
    _do_and_show(line_id)


@command.command("approve")
@click.argument("decision")
@staff.by
@refusals_told
def _approve(decision: str, by: str) -> None:
    """Approve a DECISION that another person asked for."""
    with role_session("finance") as session:
        rows = bank_desk.approve(
            session, allocation_id=bank_lists.find_decision(session, decision), by=by, at=utc_now()
        )
        line_id = rows[0].line_id
    _do_and_show(line_id)


@command.command("refuse")
@click.argument("decision")
@_NOTE
@staff.by
@refusals_told
def _refuse(decision: str, note: str, by: str) -> None:
    """Drop a DECISION that is not carried out yet; its line is free again."""
    with role_session("finance") as session:
        rows = bank_desk.refuse(
            session, allocation_id=bank_lists.find_decision(session, decision), by=by, note=note, at=utc_now()
        )
        line_id = rows[0].line_id
    _show(line_id)


@command.command("ignore")
@click.argument("line")
@_NOTE
@staff.by
@refusals_told
def _ignore(line: str, note: str, by: str) -> None:
    """Set LINE aside: it pays nothing of ours."""
    with role_session("finance") as session:
        line_id = bank_lists.find_line(session, line)
        bank_desk.ignore(session, line_id=line_id, by=by, note=note, at=utc_now())
    _show(line_id)


@command.command("refund")
@click.argument("line")
@click.option("--note", default="", help="Why it goes back (to mark it).")
@click.option("--paid-by", "out", help="The outgoing line that shows that it went back.")
@staff.by
@refusals_told
def _refund(line: str, note: str, out: str | None, by: str) -> None:
    """Mark what is left of LINE to be sent back.

    With --paid-by: it went, and that outgoing line shows it.
    """
    with role_session("finance") as session:
        line_id = bank_lists.find_line(session, line)
        if out is None:
            rest = bank_desk.to_refund(session, line_id=line_id, by=by, note=note, at=utc_now())
            click.echo(f"{lira_text(rest)} are to go back; transfer them, import the statement, then --paid-by.")
        else:
            out_id = bank_lists.find_line(session, out)
            bank_desk.refunded(session, line_id=line_id, out_line_id=out_id, by=by, at=utc_now())
    _show(line_id)


@command.command("sent")
@click.argument("line")
@click.argument("refund", type=click.UUID)
@staff.by
@refusals_told
def _sent(line: str, refund: UUID, by: str) -> None:
    """Say which outgoing LINE paid a customer's REFUND."""
    with role_session("finance") as session:
        line_id = bank_lists.find_line(session, line)
        tenant_id = bank_desk.pays_refund(session, out_line_id=line_id, refund_id=refund, by=by, at=utc_now())
    with tenant_session(tenant_id) as session:
        refund_sending.transferred(
            session, tenant_id=tenant_id, refund_id=refund, bank_ref=str(line_id), by=by, at=utc_now()
        )
    _show(line_id)


@command.command("debt")
@click.argument("line")
@click.argument("receivable", type=click.UUID)
@staff.by
@refusals_told
def _debt(line: str, receivable: UUID, by: str) -> None:
    """Say which LINE paid what a chargeback left owing.

    RECEIVABLE is shown by `ebelge terms show VKN`. A debt on open account is allocated by its order's reference.
    """
    with role_session("finance") as session:
        line_id = bank_lists.find_line(session, line)
        tenant_id = bank_desk.pays_debt(session, line_id=line_id, receivable_id=receivable, by=by, at=utc_now())
    with tenant_session(tenant_id) as session:
        receivables.settle_debt(
            session, tenant_id=tenant_id, receivable_id=receivable, line_id=line_id, by=by, at=utc_now()
        )
    _show(line_id)


@command.command("reverse")
@click.argument("decision")
@_NOTE
@staff.by
@refusals_told
def _reverse(decision: str, note: str, by: str) -> None:
    """Take a credited DECISION back.

    Kontör that are left of the order go, what was used is owed, and the line is free again.
    """
    with role_session("finance") as session:
        rows = bank_reversal.reverse(
            session, allocation_id=bank_lists.find_decision(session, decision), by=by, note=note, at=utc_now(),
            limit_kurus=settings().second_person_kurus,
        )  # fmt: skip
        line_ids = sorted({row.line_id for row in rows})
    _do_and_show(*line_ids)


def _only_account() -> str:
    with role_session("finance") as session:
        active = [account.iban for account in bank_import.accounts(session) if account.active]
    if len(active) != 1:
        raise click.UsageError("Name the account by --iban." if active else "Enter an account first: bank accounts.")
    return active[0]


def _part(reference: str, amount: str, session: Session) -> Part:
    return Part(bank_proposals.payable(session, reference=reference), staff.kurus(amount) if amount else None)


def _do_and_show(*line_ids: UUID) -> None:
    """Carry out what is approved (the clock would, too), and show what became of it."""
    banking.credit(utc_now())
    _show(*line_ids)


def _show(*line_ids: UUID) -> None:
    with role_session("finance") as session:
        found = bank_lists.lines(session, states=LINE_STATES, line_ids=line_ids)
        decisions = bank_lists.decisions(session, line_ids)
    for row in bank_tables.rows(found, decisions):
        click.echo(row)
