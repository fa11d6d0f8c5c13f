"""`ebelge catalogue`: packages on sale and what charges cost, in dated versions."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import click
from sqlalchemy import text

from billing.catalogue import kept, listed
from billing.ledger.models import PUBLIC_SCOPE
from ebelge.cli.accounts import tenant_of
from ebelge.cli.noted_as import person
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import role_session
from ebelge.core.errors import DomainError
from ebelge.core.money import kurus, lira_text

_FROM = click.option(
    "--from", "valid_from", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="Istanbul time. Default: now."
)
_UNTIL = click.option(
    "--until", "valid_until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="Istanbul time, exclusive."
)
_TENANT = click.option("--tenant", "tenant_vkn", help="For one tenant: its VKN or TCKN.")
_RESELLER = click.option("--reseller", "reseller_vkn", help="For a reseller's customers: the reseller's VKN.")
_NOTE = click.option("--note", required=True, help="Why, for whoever asks later.")
_BY = click.option("--by", default=person, show_default="EBELGE_STAFF, else the user", help="Who decides this.")


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what is over.")
def _list(everything: bool) -> None:
    """Show packages and prices, valid now or later."""
    with role_session("finance") as session:
        titles = {row.tenant_id: row.title for row in session.execute(text("SELECT tenant_id, title FROM tenant"))}
        packages = listed.packages(session, at=utc_now(), everything=everything)
        prices = listed.prices(session, at=utc_now(), everything=everything)
    click.echo("Packages")
    for row in packages:
        bonus = f" + {row.bonus_kontor}" if row.bonus_kontor else ""
        click.echo(
            f"  {row.code:22} {f'{row.kontor}{bonus}':>14} kontör {lira_text(row.net_price_kurus):>14} TL + KDV "
            f"{row.kdv_percent} %  {row.validity_months:2} months  {_period(row.valid)}  {_whose(row, titles)}"
        )
    click.echo("Prices")
    for row in prices:
        click.echo(f"  {row.kind:22} {row.kontor:>14} kontör  {_period(row.valid)}  {_whose(row, titles)}")


@command.command("package")
@click.argument("code")
@click.option("--name-tr", required=True)
@click.option("--name-en", required=True)
@click.option("--kontor", required=True, type=int)
@click.option("--bonus", default=0, show_default=True, type=int)
@click.option("--price", "price_tl", required=True, help="Net, in TL: 1249.90")
@click.option("--kdv", "kdv_percent", default=20, show_default=True, type=int, help="Percent.")
@click.option("--months", default=6, show_default=True, type=int, help="Months the kontör can be used.")
@_FROM
@_UNTIL
@_TENANT
@_RESELLER
@_NOTE
@_BY
def _package(
    code: str,
    name_tr: str,
    name_en: str,
    kontor: int,
    bonus: int,
    price_tl: str,
    kdv_percent: int,
    months: int,
    valid_from: datetime | None,
    valid_until: datetime | None,
    tenant_vkn: str | None,
    reseller_vkn: str | None,
    note: str,
    by: str,
) -> None:
    """Put a package on sale, or its next version; the one that runs then ends there."""
    at = utc_now()
    terms = kept.PackageTerms(
        code=code,
        name_tr=name_tr,
        name_en=name_en,
        kontor=kontor,
        bonus_kontor=bonus,
        net_price_kurus=_kurus(price_tl),
        kdv_percent=kdv_percent,
        validity_months=months,
    )
    try:
        with role_session("finance") as session:
            kept.succeed_package(
                session,
                terms=terms,
                scope=_scope(tenant_vkn, reseller_vkn),
                valid_from=_instant(valid_from) or at,
                valid_until=_instant(valid_until),
                note=note,
                by=by,
                at=at,
            )
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{code}: {kontor} kontör for {lira_text(terms.net_price_kurus)} TL + KDV.")


@command.command("end-package")
@click.argument("code")
@_UNTIL
@_TENANT
@_RESELLER
def _end_package(code: str, valid_until: datetime | None, tenant_vkn: str | None, reseller_vkn: str | None) -> None:
    """Take a package off sale, now or at an instant to come. Orders placed before keep their terms."""
    at = utc_now()
    try:
        with role_session("finance") as session:
            kept.end_package(
                session, code=code, scope=_scope(tenant_vkn, reseller_vkn), ends_at=_instant(valid_until) or at, at=at
            )
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{code} is on sale until {_shown(_instant(valid_until) or at)}.")


@command.command("price")
@click.argument("kind")
@click.option("--kontor", required=True, type=int, help="Per unit; 0 makes no charge.")
@_FROM
@_UNTIL
@_TENANT
@_RESELLER
@_NOTE
@_BY
def _price(
    kind: str,
    kontor: int,
    valid_from: datetime | None,
    valid_until: datetime | None,
    tenant_vkn: str | None,
    reseller_vkn: str | None,
    note: str,
    by: str,
) -> None:
    """Give a charge kind its next price; the one that runs then ends there."""
    at = utc_now()
    try:
        with role_session("finance") as session:
            kept.succeed_price(
                session,
                kind=kind,
                kontor=kontor,
                scope=_scope(tenant_vkn, reseller_vkn),
                valid_from=_instant(valid_from) or at,
                valid_until=_instant(valid_until),
                note=note,
                by=by,
                at=at,
            )
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{kind}: {kontor} kontör from {_shown(_instant(valid_from) or at)}.")


@command.command("end-price")
@click.argument("kind")
@_UNTIL
@_TENANT
@_RESELLER
def _end_price(kind: str, valid_until: datetime | None, tenant_vkn: str | None, reseller_vkn: str | None) -> None:
    """End a tenant's or a reseller's own price; the wider list counts again."""
    at = utc_now()
    ends_at = _instant(valid_until) or at
    try:
        with role_session("finance") as session:
            kept.end_price(session, kind=kind, scope=_scope(tenant_vkn, reseller_vkn), ends_at=ends_at, at=at)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{kind}: this price ends at {_shown(ends_at)}.")


@command.command("kind")
@click.argument("kind")
@click.option("--title-tr", required=True)
@click.option("--title-en", required=True)
@_BY
def _kind(kind: str, title_tr: str, title_en: str, by: str) -> None:
    """Add a kind of thing that is paid in kontör; give it a price next."""
    try:
        with role_session("finance") as session:
            kept.add_kind(session, kind=kind, title_tr=title_tr, title_en=title_en, by=by, at=utc_now())
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{kind}: known. Give it a price: ebelge catalogue price {kind} --kontor 1 --note ...")


@command.command("operator")
@_BY
def _operator(by: str) -> None:
    """Price 0 for everything the operator sends itself: its own invoices never stop for lack of kontör."""
    at = utc_now()
    with role_session("finance") as session:
        operators = session.execute(text("SELECT tenant_id, mode FROM tenant WHERE kind = 'operator' ORDER BY mode"))
        for row in operators.all():
            count = kept.make_free(session, tenant_id=row.tenant_id, note="operator", by=by, at=at)
            click.echo(f"{row.mode}: {count} prices set to 0.")


def _scope(tenant_vkn: str | None, reseller_vkn: str | None) -> kept.Scope:
    if tenant_vkn and reseller_vkn:
        raise click.ClickException("Give --tenant or --reseller, not both.")
    tenant_id = tenant_of(tenant_vkn, "live") if tenant_vkn else None
    return kept.Scope(reseller_id=tenant_of(reseller_vkn, "live") if reseller_vkn else None, tenant_id=tenant_id)


def _kurus(price_tl: str) -> int:
    try:
        amount = Decimal(price_tl)
    except ArithmeticError as error:
        raise click.ClickException(f"{price_tl} is no amount in TL (as in 1249.90).") from error
    if not amount.is_finite() or amount != amount.quantize(Decimal("0.01")):
        raise click.ClickException(f"{price_tl} is no amount in TL with two decimals (as in 1249.90).")
    return kurus(amount)


def _instant(local: datetime | None) -> datetime | None:
    return None if local is None else local.replace(tzinfo=ISTANBUL)


def _shown(instant: datetime) -> str:
    return f"{instant.astimezone(ISTANBUL):%d.%m.%Y %H:%M}"


def _period(valid: object) -> str:
    lower, upper = getattr(valid, "lower", None), getattr(valid, "upper", None)
    return f"{_shown(lower) if lower else 'always':16} - {_shown(upper) if upper else 'open':16}"


def _whose(row: object, titles: dict[UUID, str]) -> str:
    tenant_id, scope = getattr(row, "tenant_id", None), getattr(row, "scope", None)
    if tenant_id is not None:
        return titles.get(tenant_id, str(tenant_id))
    if scope is None or scope == PUBLIC_SCOPE:
        return "everybody"
    return f"customers of {titles.get(scope, str(scope))}"
