"""`ebelge refund`: unused kontör back for money. An order is named by its reference (KNT-…), a refund by its id."""

from datetime import datetime
from uuid import UUID

import click
from sqlalchemy import text

from billing.models.returns import Refund
from billing.orders.place import REFERENCE_KIND
from billing.settlement import bank_desk, bank_lists, refund_release, refund_sending, refunds, return_invoices
from billing.settlement.quote import Quote
from ebelge.cli import marks, staff
from ebelge.cli.accounts import refusals_told
from ebelge.core.clock import ISTANBUL, istanbul_date, utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.money import lira_text
from ebelge.edge import refunds as desk
from tenants import locator
from tenants.locator import Located

_OPEN = text(
    "SELECT r.*, o.reference, t.title FROM refund r JOIN kontor_order o USING (tenant_id, order_id) "
    "JOIN tenant t USING (tenant_id) WHERE :everything OR r.ended_at IS NULL ORDER BY r.requested_at LIMIT 200"
)

_CAME = text(
    "SELECT r.*, o.reference, t.title FROM return_invoice r JOIN kontor_order o USING (tenant_id, order_id) "
    "JOIN tenant t USING (tenant_id) WHERE r.state IN ('waiting', 'proposed') ORDER BY r.came_at LIMIT 200"
)
_OF_INVOICE = text("SELECT tenant_id FROM return_invoice WHERE document_id = :id")


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("quote")
@click.argument("order")
@refusals_told
def _quote(order: str) -> None:
    """Show what the unused kontör of an ORDER are worth now, lot by lot."""
    found = order_of(order)
    _show_quote(desk.quoted(found.tenant_id, found.object_id, at=utc_now()))


@command.command("request")
@click.argument("order")
@click.option("--reason", required=True, help="Why the buyer gives it back.")
@click.option("--iban", default="", help="Where the money goes, if the order was paid by transfer.")
@click.option("--shown", "shown_tl", help="The gross value that the buyer was shown; another one now is refused.")
@staff.by
@refusals_told
def _request(order: str, reason: str, iban: str, shown_tl: str | None, by: str) -> None:
    """Ask for the refund of an ORDER's unused kontör: they are frozen at once."""
    found = order_of(order)
    shown = None if shown_tl is None else staff.kurus(shown_tl)
    refund_id = desk.ask(found.tenant_id, found.object_id, reason=reason, by=by, to_iban=iban, shown_gross_kurus=shown)
    _show(found.tenant_id, refund_id)


@command.command("confirm")
@click.argument("refund", type=click.UUID)
@click.option(
    "--document", help="Number of the iade faturası, cancelled invoice or gider pusulası. Default: what came."
)
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Its date. Default: today, or its own.")
@click.option("--iban", default="", help="Where the money goes, if the order was paid by transfer.")
@staff.by
@refusals_told
def _confirm(refund: UUID, document: str | None, day: datetime | None, iban: str, by: str) -> None:
    """Record that the tax side of a REFUND is in order; then the money goes.

    Without --document: by the iade faturası that came to our inbox about exactly this amount.
    """
    at, tenant_id = utc_now(), _tenant(refund)
    with tenant_session(tenant_id) as session:
        on = istanbul_date(at) if day is None else day.date()
        if document is None:
            came = return_invoices.fitting(session, tenant_id=tenant_id, refund_id=refund)
            document, on = came.number, came.issued_on
        gone = refund_release.confirm(
            session, tenant_id=tenant_id, refund_id=refund, document=document, by=by, at=at, to_iban=iban, on=on,
            limit_kurus=settings().second_person_kurus,
        )  # fmt: skip
    if not gone:
        click.echo("Above the limit: a second person lets the money go by `ebelge refund approve`.")
    _show(tenant_id, refund)


@command.command("approve")
@click.argument("refund", type=click.UUID)
@staff.by
@refusals_told
def _approve(refund: UUID, by: str) -> None:
    """Let the money of a REFUND go, as a second person, after another entered its document."""
    tenant_id = _tenant(refund)
    with tenant_session(tenant_id) as session:
        refund_release.approve(session, tenant_id=tenant_id, refund_id=refund, by=by, name=by, at=utc_now())
    _show(tenant_id, refund)


@command.command("not-a-return")
@click.argument("document", type=click.UUID)
@click.option("--why", required=True, help="What it is about.")
@staff.by
@refusals_told
def _not_a_return(document: UUID, why: str, by: str) -> None:
    """A return invoice that came (DOCUMENT, as `ebelge refund list` names it) is about no refund of kontör."""
    with role_session("reader") as session:
        found = session.execute(_OF_INVOICE, {"id": document}).scalar()
    if found is None:
        raise click.ClickException("There is no such return invoice.")
    with tenant_session(found) as session:
        return_invoices.dismiss(session, tenant_id=found, document_id=document, why=why, by=by, at=utc_now())
    click.echo(f"{document}  dismissed")


@command.command("cancel")
@click.argument("refund", type=click.UUID)
@staff.by
@refusals_told
def _cancel(refund: UUID, by: str) -> None:
    """Call a REFUND off before the money has gone; its kontör thaw, with the frozen time added."""
    tenant_id = _tenant(refund)
    with tenant_session(tenant_id) as session:
        refunds.cancel(session, tenant_id=tenant_id, refund_id=refund, by=by, at=utc_now())
    _show(tenant_id, refund)


@command.command("mark-transferred")
@click.argument("refund", type=click.UUID)
@click.option("--line", required=True, help="The outgoing line of the bank statement, as `ebelge bank lines` names it.")
@staff.by
@refusals_told
def _mark_transferred(refund: UUID, line: str, by: str) -> None:
    """A REFUND was paid by bank transfer: the statement's outgoing line proves it, once."""
    at = utc_now()
    with role_session("finance") as session:
        line_id = bank_lists.find_line(session, line)
        tenant_id = bank_desk.pays_refund(session, out_line_id=line_id, refund_id=refund, by=by, at=at)
    with tenant_session(tenant_id) as session:
        refund_sending.transferred(
            session, tenant_id=tenant_id, refund_id=refund, bank_ref=str(line_id), by=by, at=utc_now()
        )
    _show(tenant_id, refund)


@command.command("bounced")
@click.argument("refund", type=click.UUID)
@click.option("--reason", required=True, help="What the bank says.")
@staff.by
@refusals_told
def _bounced(refund: UUID, reason: str, by: str) -> None:
    """The bank sent the transfer of a REFUND back: its kontör are credited anew."""
    tenant_id = _tenant(refund)
    with tenant_session(tenant_id) as session:
        refund_sending.bounced(session, tenant_id=tenant_id, refund_id=refund, reason=reason, by=by, at=utc_now())
    _show(tenant_id, refund)


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that have ended.")
def _list(everything: bool) -> None:
    """Show refunds under way, the oldest first."""
    with role_session("reader") as session:
        rows = session.execute(_OPEN, {"everything": everything}).all()
    people = marks.names([row.requested_by for row in rows])
    for row in rows:
        day = row.requested_at.astimezone(ISTANBUL)
        click.echo(f"{row.refund_id}  {row.state}  {lira_text(row.gross_kurus)} {row.currency}")
        asked_by = people[row.requested_by]
        click.echo(f"    {row.reference}, {row.title}, asked {day:%d.%m.%Y} by {asked_by}: {row.tax_way}")
        if row.failure:
            click.echo(f"    {row.failure}")
    with role_session("reader") as session:
        came = session.execute(_CAME).all()
    for row in came:
        about = f"refund {row.refund_id}" if row.refund_id else "no refund is asked for"
        click.echo(f"Came: {row.number} of {row.issued_on:%d.%m.%Y}, {lira_text(row.payable_kurus)} {row.currency}")
        click.echo(f"    {row.reference}, {row.title}: {about}  ({row.document_id})")
    if not rows:
        click.echo("No refunds." if everything else "No refunds under way.")


def order_of(reference: str) -> Located:
    """The order with a reference. :raises ClickException: there is none."""
    with role_session("app") as session:
        found = locator.locate(session, kind=REFERENCE_KIND, key=reference.strip().upper())
    if found is None:
        raise click.ClickException(f"There is no order {reference}.")
    return found


def _tenant(refund_id: UUID) -> UUID:
    with role_session("app") as session:
        found = locator.locate(session, kind=refunds.LOCATOR, key=refund_id.hex)
    if found is None:
        raise click.ClickException("There is no such refund.")
    return found.tenant_id


def _show(tenant_id: UUID, refund_id: UUID) -> None:
    with tenant_session(tenant_id) as session:
        row = session.get_one(Refund, (tenant_id, refund_id))
        click.echo(f"{row.refund_id}  {row.state}: {row.kontor} kontör, {lira_text(row.gross_kurus)} {row.currency}")
        if row.state == "awaiting_return_invoice":
            click.echo(f"Next: ebelge refund confirm {row.refund_id} --document NUMBER  ({row.tax_way})")
        elif row.state == "to_transfer":
            click.echo(f"Next: transfer to {row.to_iban}, then ebelge refund mark-transferred {row.refund_id} --line …")


def _show_quote(worth: Quote) -> None:
    for lot in worth.lots:
        why = f"  {lot.words[1]}" if lot.why else ""
        click.echo(f"{lot.source:8} {lot.kontor:>9} of {lot.granted} kontör {lira_text(lot.net_kurus):>14} TL{why}")
    if worth.why:
        click.echo(worth.words[1])
    click.echo(
        f"{worth.kontor} kontör: {lira_text(worth.net_kurus)} + KDV {lira_text(worth.kdv_kurus)} = "
        f"{lira_text(worth.gross_kurus)} {worth.currency}"
    )
