"""`ebelge pool`: rights to draw, recall, and what members used. A pool is named by its id or its VKN."""

from datetime import timedelta
from uuid import UUID

import click
from sqlalchemy import text

from billing.ledger import balance
from billing.pools import draws, rights, use
from billing.pools.rights import Terms
from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import pooling


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("show")
@click.argument("pool")
@refusals_told
def _show(pool: str) -> None:
    """Print a pool's members, what they drew this month, and what they used per day."""
    pool_id, at = _pool(pool), utc_now()
    with tenant_session(pool_id) as session:
        click.echo(f"spendable {balance.balance(session, tenant_id=pool_id, at=at).spendable}")
        drawn = draws.drawn_by_member(session, tenant_id=pool_id, month=draws.month_of(at))
        titles = {}
        for row in rights.rights(session, tenant_id=pool_id):
            titles[row.member_id] = row.member_title
            click.echo(
                f"{row.state:8} drawn {drawn.get(row.member_id, 0)} of {row.monthly_cap_kontor}, block "
                f"{row.block_kontor}, threshold {row.threshold_kontor}  {row.member_title}"
            )
        for day in use.days(session, tenant_id=pool_id, since=istanbul_date(at) - timedelta(days=31)):
            click.echo(f"{day.day:%d.%m.%Y} used {day.used_kontor:8}  {titles.get(day.member_id, day.member_id)}")


@command.command("offer")
@click.argument("pool")
@click.argument("member")
@click.option("--block", type=click.IntRange(1), required=True, help="Kontör of a draw.")
@click.option("--cap", type=click.IntRange(0), required=True, help="Kontör a month.")
@click.option("--threshold", type=click.IntRange(0), default=0, show_default=True, help="Refill ahead below it.")
@click.option("--by", default="cli", show_default=True)
@refusals_told
def _offer(pool: str, member: str, block: int, cap: int, threshold: int, by: str) -> None:
    """Offer MEMBER (VKN or TCKN) a right to draw from POOL, or give it other terms."""
    terms = Terms(block_kontor=block, monthly_cap_kontor=cap, threshold_kontor=threshold)
    right = pooling.offer(_pool(pool), tenant_of(member, "live"), terms=terms, by=by)
    click.echo(right.state)


@command.command("accept")
@click.argument("pool")
@click.argument("member")
@click.option("--by", default="cli", show_default=True)
@refusals_told
def _accept(pool: str, member: str, by: str) -> None:
    """Accept POOL's offer for MEMBER (VKN or TCKN), who has said so."""
    click.echo(pooling.accept(tenant_of(member, "live"), _pool(pool), by=by).state)


@command.command("recall")
@click.argument("pool")
@click.argument("member")
@click.option("--kontor", type=click.IntRange(1), help="At most so much. Default: the whole unheld rest.")
@click.option("--end", is_flag=True, help="The right ends.")
@refusals_told
def _recall(pool: str, member: str, kontor: int | None, end: bool) -> None:
    """Call kontör back from MEMBER (VKN or TCKN) to POOL."""
    back = pooling.recall(_pool(pool), tenant_of(member, "live"), kontor=kontor, end=end)
    click.echo(f"{back} kontör came back")


def _pool(name: str) -> UUID:
    """A pool by its id, or by the VKN it shares with one company at most. :raises ClickException: none, or several."""
    try:
        return UUID(name)
    except ValueError:
        pass
    with role_session("reader") as session:
        found = session.execute(
            text("SELECT tenant_id FROM tenant WHERE kind = 'pool' AND mode = 'live' AND vkn_tckn = :vkn"),
            {"vkn": name},
        ).scalars()
        ids = [UUID(str(one)) for one in found]
    if not ids:
        raise click.ClickException(f"No live pool has the VKN {name}.")
    if len(ids) > 1:
        raise click.ClickException(f"{len(ids)} pools have the VKN {name}; name one by its id.")
    return ids[0]
