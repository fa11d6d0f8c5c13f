"""`ebelge members`: who works in an account, by its VKN or TCKN: list, add, change, remove, invite."""

from uuid import UUID

import click

from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import bell, inviting
from tenants.audit.entries import Actor
from tenants.audit.entries import command as by_command
from tenants.members import memberships
from tenants.members.memberships import Colleague
from tenants.members.reach import Reach, reach_of
from tenants.people import persons
from tenants.rights import ROLES

_MODE = "live"  # a sandbox has the people of its account
_BY = click.option("--by", required=True, help="Who says so; the audit log keeps the name.")
_ROLE = click.option("--role", required=True, type=click.Choice(list(ROLES)))
_SERIES = click.option("--series", multiple=True, help="Narrow to a series, by its three letters; may be repeated.")
_BRANCH = click.option("--branch", "branches", multiple=True, type=click.UUID, help="Narrow to a branch, by its id.")


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("list")
@click.argument("vkn_tckn")
@click.option("--all", "everybody", is_flag=True, help="Those who left, too.")
@refusals_told
def _list(vkn_tckn: str, everybody: bool) -> None:
    """Show who works in an account, in which role and reach."""
    tenant_id = tenant_of(vkn_tckn, _MODE)
    with tenant_session(tenant_id) as session:
        people = memberships.colleagues(session, tenant_id=tenant_id)
    for one in people:
        if one.ended_at is None or everybody:
            click.echo(_line(one))


@command.command("add")
@click.argument("vkn_tckn")
@click.argument("email")
@_ROLE
@_SERIES
@_BRANCH
@_BY
@refusals_told
def _add(vkn_tckn: str, email: str, role: str, series: tuple[str, ...], branches: tuple[UUID, ...], by: str) -> None:
    """Let somebody in who has a login. Without a login: `ebelge members invite`."""
    tenant_id = tenant_of(vkn_tckn, _MODE)
    person_id = _person(email)
    with tenant_session(tenant_id) as session:
        memberships.add(
            session, tenant_id=tenant_id, person_id=person_id, role=role, reach=_reach(series, branches),
            actor=_actor("add", by), at=utc_now(),
        )  # fmt: skip
    click.echo(f"{email} is in as {role}.")


@command.command("invite")
@click.argument("vkn_tckn")
@click.argument("email")
@_ROLE
@_SERIES
@_BRANCH
@click.option("--language", type=click.Choice(["tr", "en"]), default="tr", show_default=True)
@_BY
@refusals_told
def _invite(
    vkn_tckn: str, email: str, role: str, series: tuple[str, ...], branches: tuple[UUID, ...], language: str, by: str
) -> None:
    """Send an invitation: the link goes to the address and is shown nowhere else."""
    tenant_id = tenant_of(vkn_tckn, _MODE)
    with tenant_session(tenant_id) as session:
        sent = inviting.invite(
            session, tenant_id=tenant_id, email=email, role=role, reach=_reach(series, branches),
            language="en" if language == "en" else "tr", actor=_actor("invite", by), at=utc_now(),
        )  # fmt: skip
        until = sent.invitation.expires_at
    bell.ring()
    click.echo(f"An invitation is on its way to {email}, good until {until.astimezone(ISTANBUL):%d.%m.%Y %H:%M}.")


@command.command("change")
@click.argument("vkn_tckn")
@click.argument("email")
@_ROLE
@_SERIES
@_BRANCH
@_BY
@refusals_told
def _change(vkn_tckn: str, email: str, role: str, series: tuple[str, ...], branches: tuple[UUID, ...], by: str) -> None:
    """Give a member another role or reach."""
    tenant_id = tenant_of(vkn_tckn, _MODE)
    person_id = _person(email)
    with tenant_session(tenant_id) as session:
        memberships.change(
            session, tenant_id=tenant_id, person_id=person_id, role=role, reach=_reach(series, branches),
            actor=_actor("change", by), at=utc_now(),
        )  # fmt: skip
    click.echo(f"{email} is {role} now.")


@command.command("remove")
@click.argument("vkn_tckn")
@click.argument("email")
@_BY
@refusals_told
def _remove(vkn_tckn: str, email: str, by: str) -> None:
    """Let a member go at once."""
    tenant_id = tenant_of(vkn_tckn, _MODE)
    person_id = _person(email)
    with tenant_session(tenant_id) as session:
        memberships.end(session, tenant_id=tenant_id, person_id=person_id, actor=_actor("remove", by), at=utc_now())
    click.echo(f"{email} is out.")


def _actor(deed: str, by: str) -> Actor:
    return by_command(f"members {deed}", by=by)


def _reach(series: tuple[str, ...], branches: tuple[UUID, ...]) -> Reach:
    return reach_of(branches, series)


def _person(email: str) -> UUID:
    """:raises ClickException: nobody has this address."""
    with role_session("people") as session:
        found = persons.by_email(session, email=email)
        if found is None:
            raise click.ClickException(f"Nobody signs in with {email}; send an invitation: ebelge members invite.")
        return found.person_id


def _line(one: Colleague) -> str:
    narrowed = [*sorted(one.reach.series_prefixes), *(str(branch) for branch in one.reach.branch_ids)]
    factor = "second factor" if one.second_factor else "no second factor"
    left = f"  left {one.ended_at.astimezone(ISTANBUL):%d.%m.%Y}" if one.ended_at else ""
    reach = f"  only {', '.join(narrowed)}" if narrowed else ""
    return f"{one.email:40} {one.role:15} {factor:16} {one.full_name}{reach}{left}"
