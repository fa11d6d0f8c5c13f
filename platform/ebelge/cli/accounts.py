"""Which account a person means who types a VKN or TCKN."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

import click
from sqlalchemy import text

from ebelge.cli.troubles import sentence
from ebelge.core.db import role_session
from ebelge.core.errors import DomainError

P = ParamSpec("P")
R = TypeVar("R")


def refusals_told(work: Callable[P, R]) -> Callable[P, R]:
    """A command whose refusals are told in a sentence instead of a trace."""

    @wraps(work)
    def told(*args: P.args, **options: P.kwargs) -> R:
        try:
            return work(*args, **options)
        except DomainError as error:
            raise click.ClickException(sentence(error) or str(error)) from error

    return told


def tenant_of(vkn_tckn: str, mode: str) -> UUID:
    """The account of a taxpayer in a mode. :raises ClickException: there is none."""
    with role_session("reader") as session:
        found = session.execute(
            text("SELECT tenant_id FROM tenant WHERE mode = :mode AND vkn_tckn = :vkn AND kind <> 'pool'"),
            {"mode": mode, "vkn": vkn_tckn},
        ).scalar()
    if found is None:
        raise click.ClickException(f"No {mode} account has the VKN or TCKN {vkn_tckn}.")
    return UUID(str(found))


def operator_id() -> UUID:
    """The operator's own live account. :raises ClickException: there is none."""
    with role_session("app") as session:
        found = session.execute(text("SELECT tenant_id FROM operator_of('live')")).scalar()
    if found is None:
        raise click.ClickException("The operator has no account yet.")
    return UUID(str(found))
