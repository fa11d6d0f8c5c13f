"""`ebelge reseller`: contracts, kontör passed on from a reseller's stock and taken back, changes of reseller."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

import click

from billing.models.resellers import ResellerContract
from billing.resellers import contracts, customers, passing
from ebelge.cli import reseller_onboard, reseller_transfer
from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.clock import ISTANBUL, istanbul_date, istanbul_midnight, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.jobs import reselling

_LIVE = "live"
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("contract")
@click.argument("reseller")
@click.option("--model", type=click.Choice(["commission", "resale"]), help="Leave out to list the contracts.")
@click.option("--percent", default="0", show_default=True, help="Commission in percent of the net price, as 12.5.")
@click.option(
    "--refund-window-days", type=click.IntRange(0, 365), default=contracts.REFUND_WINDOW_DAYS, show_default=True
)
@click.option("--passing", type=click.Choice(["inherit", "fresh"]), default="inherit", show_default=True,
              help="Expiry of kontör passed on: that of the stock, or six months from passing.")  # fmt: skip
@click.option("--onboarding", type=click.Choice(["applied", "active"]), default="applied", show_default=True,
              help="How customers begin: once their owner has accepted the texts, or at once.")  # fmt: skip
@click.option("--from", "valid_from", type=_DAY, help="First day (Istanbul). Default: now.")
@click.option("--until", "valid_until", type=_DAY, help="First day on which it is over. Default: open end.")
@click.option("--by", default="cli", show_default=True, help="Who enters it.")
@refusals_told
def _contract(
    reseller: str, model: str | None, percent: str, refund_window_days: int, passing: str,
    onboarding: str, valid_from: datetime | None, valid_until: datetime | None, by: str,
) -> None:  # fmt: skip
    """Enter a contract of RESELLER (VKN), or list its contracts. An open-ended one ends where the new one begins."""
    tenant_id, at = tenant_of(reseller, _LIVE), utc_now()
    with tenant_session(tenant_id) as session:
        if model is not None:
            contracts.conclude(
                session,
                tenant_id=tenant_id,
                model="commission" if model == "commission" else "resale",
                commission_bp=_basis_points(percent),
                refund_window_days=refund_window_days,
                passing="fresh" if passing == "fresh" else "inherit",
                onboarding="active" if onboarding == "active" else "applied",
                valid_from=_begins(valid_from, at),
                valid_until=istanbul_midnight(valid_until.date()) if valid_until else None,
                created_by=by,
                at=at,
            )
        for one in contracts.contracts(session, tenant_id=tenant_id):
            click.echo(_line(one))


@command.command("customers")
@click.argument("reseller")
@refusals_told
def _customers(reseller: str) -> None:
    """List the customers of RESELLER (VKN)."""
    tenant_id = tenant_of(reseller, _LIVE)
    with tenant_session(tenant_id) as session:
        for one in customers.customers(session, tenant_id=tenant_id):
            click.echo(f"{one.vkn_tckn:11}  {one.state:9}  {one.title}")


@command.command("pass")
@click.argument("reseller")
@click.argument("customer")
@click.argument("kontor", type=click.IntRange(1))
@click.option("--yes", is_flag=True, help="Do not ask; without it the customer's expiry is shown first.")
@refusals_told
def _pass(reseller: str, customer: str, kontor: int, yes: bool) -> None:
    """Pass KONTOR on from RESELLER to its own CUSTOMER (VKNs or TCKN)."""
    tenant_id, customer_id = tenant_of(reseller, _LIVE), tenant_of(customer, _LIVE)
    with tenant_session(tenant_id) as session:
        customers.own_customer(session, tenant_id=tenant_id, customer_id=customer_id)
        shown = passing.preview(session, tenant_id=tenant_id, kontor=kontor, at=utc_now())
    for part in shown:
        click.echo(f"{part.kontor} kontör until {part.expires_at.astimezone(ISTANBUL):%d.%m.%Y %H:%M}")
    if not yes:
        click.confirm("Pass on?", abort=True)
    draw_id = new_id()
    reselling.pass_on(tenant_id, customer_id, kontor=kontor, draw_id=draw_id, shown=shown)
    click.echo(f"passed on, transfer {draw_id}")


@command.command("take-back")
@click.argument("reseller")
@click.argument("transfer", type=click.UUID)
@click.argument("kontor", type=click.IntRange(1))
@click.option("--by", default="cli", show_default=True, help="Who asks.")
@refusals_told
def _take_back(reseller: str, transfer: UUID, kontor: int, by: str) -> None:
    """Take KONTOR of a TRANSFER back to RESELLER: at once, or the customer is asked."""
    done = reselling.take_back(
        tenant_of(reseller, _LIVE), draw_id=transfer, kontor=kontor, take_back_id=new_id(), asked_by=by
    )
    click.echo(f"{done.state}: {done.taken_kontor} of {done.kontor} kontör, request {done.take_back_id}")


command.add_command(reseller_transfer.command, "transfer")
command.add_command(reseller_onboard.command, "onboard")


def _line(one: ResellerContract) -> str:
    days = [
        f"{day.astimezone(ISTANBUL):%d.%m.%Y %H:%M}" if day else "open" for day in (one.valid.lower, one.valid.upper)
    ]
    rate = f"{one.commission_bp // 100}.{one.commission_bp % 100:02d} %"
    window = f"window {one.refund_window_days} days"
    terms = f"{window}  passing {one.passing}  customers begin {one.onboarding}"
    return f"{days[0]} - {days[1]:16} {one.model:10} {rate:>8}  {terms}"


def _begins(day: datetime | None, at: datetime) -> datetime:
    """Now, or the midnight of the day; today begins now."""
    return at if day is None or day.date() == istanbul_date(at) else istanbul_midnight(day.date())


def _basis_points(percent: str) -> int:
    """Hundredths of a percent. :raises ClickException: not a number, or finer than that."""
    try:
        points = Decimal(percent.replace(",", ".")) * 100
    except InvalidOperation as error:
        raise click.ClickException(f"{percent!r} is no percentage.") from error
    if not points.is_finite() or points != int(points):
        raise click.ClickException("A percentage has two places at most.")
    return int(points)
