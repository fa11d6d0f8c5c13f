"""`ebelge grant`: kontör given without a sale (goodwill, corrections), and emergency kontör by contract."""

from uuid import UUID

import click
from sqlalchemy import select, text

from billing.models.returns import StaffGrant
from billing.settlement import on_account, staff_grants
from ebelge.cli import marks, staff
from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.cli.bank_tables import cut
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import NotFound


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("ask")
@click.argument("vkn_tckn")
@click.argument("kontor", type=int)
@click.option("--kind", type=click.Choice(staff_grants.KINDS), default="goodwill", show_default=True)
@click.option("--reason", required=True, help="Why; the customer may read it.")
@click.option("--months", default=6, show_default=True, type=int, help="Months the kontör can be used.")
@staff.by
@refusals_told
def _ask(vkn_tckn: str, kontor: int, kind: staff_grants.GrantKind, reason: str, months: int, by: str) -> None:
    """Give KONTOR to a customer; above the limit a second person approves."""
    tenant_id = tenant_of(vkn_tckn, "live")
    with tenant_session(tenant_id) as session:
        grant = staff_grants.ask(
            session, tenant_id=tenant_id, kind=kind, kontor=kontor, reason=reason, by=by, at=utc_now(),
            limit_kontor=settings().second_person_kontor, validity_months=months,
        )  # fmt: skip
        _tell(grant)


@command.command("list")
def _list() -> None:
    """Show what waits for a second person."""
    with role_session("finance") as session:
        titles = {row.tenant_id: row.title for row in session.execute(text("SELECT tenant_id, title FROM tenant"))}
        waiting = staff_grants.waiting(session)
    people = marks.names([grant.asked_by for grant in waiting])
    for grant in waiting:
        click.echo(f"{grant.grant_id}  {grant.kontor} kontör, {grant.kind}")
        click.echo(cut(f"    for {titles[grant.tenant_id]}"))
        asked_at = f"{grant.asked_at.astimezone(ISTANBUL):%d.%m.%Y %H:%M}"
        click.echo(cut(f"    {asked_at} {people[grant.asked_by]}: {grant.reason}"))
    if not waiting:
        click.echo("Nothing waits.")


@command.command("approve")
@click.argument("grant", type=click.UUID)
@staff.by
@refusals_told
def _approve(grant: UUID, by: str) -> None:
    """Approve, as a second person, what another asked for."""
    tenant_id = _whose(grant)
    with tenant_session(tenant_id) as session:
        _tell(staff_grants.approve(session, tenant_id=tenant_id, grant_id=grant, by=by, at=utc_now()))


@command.command("refuse")
@click.argument("grant", type=click.UUID)
@click.option("--note", required=True, help="Why, for whoever asks later.")
@staff.by
@refusals_told
def _refuse(grant: UUID, note: str, by: str) -> None:
    """Do not give it."""
    tenant_id = _whose(grant)
    with tenant_session(tenant_id) as session:
        _tell(staff_grants.refuse(session, tenant_id=tenant_id, grant_id=grant, by=by, note=note, at=utc_now()))


@command.command("lend")
@click.argument("vkn_tckn")
@click.argument("kontor", type=int)
@click.option("--reason", default="", help="For whoever asks later.")
@staff.by
@refusals_told
def _lend(vkn_tckn: str, kontor: int, reason: str, by: str) -> None:
    """Lend emergency KONTOR by the customer's contract; the next purchase gives them back."""
    tenant_id = tenant_of(vkn_tckn, "live")
    with tenant_session(tenant_id) as session:
        _tell(on_account.lend(session, tenant_id=tenant_id, kontor=kontor, by=by, reason=reason, at=utc_now()))


def _whose(grant_id: UUID) -> UUID:
    with role_session("finance") as session:
        tenant_id = session.scalar(select(StaffGrant.tenant_id).where(StaffGrant.grant_id == grant_id))
    if tenant_id is None:
        raise NotFound("Böyle bir kontör talebi yok.", "There is no such grant.")
    return tenant_id


def _tell(grant: StaffGrant) -> None:
    click.echo(f"{grant.grant_id}  {grant.kontor} kontör, {grant.kind}: {grant.state}")
    if grant.state == "asked":
        click.echo("A second person must approve it: ebelge grant approve ID --by NAME")
