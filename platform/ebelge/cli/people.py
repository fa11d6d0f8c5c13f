"""`ebelge people`: those who sign in. Whoever is helped by support is named in the audit log, with who helped."""

from collections.abc import Mapping
from uuid import UUID

import click
from sqlalchemy import func, select

from ebelge.cli.accounts import refusals_told
from ebelge.cli.staff import by
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import person_session, role_session, tenant_session
from ebelge.edge import passwords
from tenants.audit import actor, entries
from tenants.members import memberships
from tenants.people import factors, password_rules, persons
from tenants.people.models import Person


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("list")
@click.option("--like", default="", help="Part of the address or the name.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def _list(like: str, limit: int) -> None:
    """Show people, by address: state, second factors, when they came."""
    with role_session("people") as session:
        wanted = select(Person).order_by(Person.email).limit(limit)
        if like:
            found = func.strpos(Person.email, like.casefold()) > 0
            wanted = wanted.where(found | (func.strpos(Person.full_name, like) > 0))
        for person in session.scalars(wanted).all():
            has = factors.of(session, person_id=person.person_id)
            told = ["app"] * has.totp + [f"{has.passkeys} passkeys"] * (has.passkeys > 0) or ["no second factor"]
            confirmed = "" if person.confirmed_at else "  not confirmed"
            since = f"{person.created_at.astimezone(ISTANBUL):%d.%m.%Y}"
            click.echo(
                f"{person.person_id}  {person.email:36} {person.full_name:24} {person.state:10} {since}  "
                f"{', '.join(told)}{confirmed}"
            )


@command.command("create")
@click.argument("email")
@click.argument("full_name")
@click.option("--language", type=click.Choice(["tr", "en"]), default="tr", show_default=True)
@click.option("--confirmed", is_flag=True, help="You know that the address is theirs.")
@click.option("--ask-password", is_flag=True, help="Type a password for them; else they use `I forgot my password`.")
@refusals_told
def _create(email: str, full_name: str, language: str, confirmed: bool, ask_password: bool) -> None:
    """Enter a person. What they may do is another matter: `ebelge members`."""
    hashed = None
    if ask_password:
        typed = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        password_rules.check(typed, email=email, full_name=full_name)
        hashed = passwords.hashed(typed)
    with role_session("people") as session:
        person = persons.create(
            session,
            email=email,
            full_name=full_name,
            language="en" if language == "en" else "tr",
            password_hash=hashed,
            confirmed=confirmed,
            at=utc_now(),
        )
        click.echo(f"{person.person_id}  {person.email}")


@command.command("state")
@click.argument("email")
@click.argument("state", type=click.Choice(["active", "disabled"]))
@by
@refusals_told
def _state(email: str, state: str, by: str) -> None:
    """Let a person in, or keep them out: all their sessions end at once."""
    person_id = _id(email)
    with role_session("people") as session:
        persons.set_state(
            session, person_id=person_id, state="disabled" if state == "disabled" else "active", at=utc_now()
        )
    _note(person_id, "person.state_set", {"state": state}, by)
    click.echo(f"{email} is {state}.")


@command.command("reset")
@click.argument("email")
@click.option("--password", "password_too", is_flag=True, help="The password and outer identities, too.")
@by
@refusals_told
def _reset(email: str, password_too: bool, by: str) -> None:
    """Take the second factors of somebody who lost them away. Make sure who asks: you open the account to them.

    All sessions end, lockouts are lifted. Roles that need a second factor do nothing before a new one is set up.
    """
    person_id = _id(email)
    with role_session("people") as session:
        what = "everything" if password_too else "factors"
        factors.reset(session, person_id=person_id, what="everything" if password_too else "factors", at=utc_now())
    _note(person_id, "person.factors_reset", {"what": what}, by)
    click.echo(f"{email}: {what} reset, all sessions ended.")


def _id(email: str) -> UUID:
    with role_session("people") as session:
        person = persons.by_email(session, email=persons.plain_email(email))
        if person is None:
            raise click.ClickException(f"Nobody has the address {email}: `ebelge people list --like …`.")
        return person.person_id


def _note(person_id: UUID, action: str, after: Mapping[str, str], by: str) -> None:
    """In the log of every account the person belongs to."""
    at = utc_now()
    with person_session(person_id) as session:
        seats = [seat for seat in memberships.seats(session, person_id=person_id) if seat.mode == "live"]
    for seat in seats:
        with tenant_session(seat.tenant_id) as session:
            entries.note(
                session, tenant_id=seat.tenant_id, actor=actor.command("ebelge people", by=by), action=action,
                object_kind="person", object_id=person_id, after=after, at=at,
            )  # fmt: skip
