"""What commands of the operator's people share: who decides (two persons above a limit, so it is never guessed)."""

import getpass
import os
from functools import wraps
from typing import Any

import click

from billing.payments.bank.figures import amount_kurus, decimal_mark
from tenants.audit.actor import Actor, bound
from tenants.audit.actor import command as entries_command

STAFF = "EBELGE_STAFF"


def by(command: Any) -> Any:
    """The option `--by`: a person's name, from EBELGE_STAFF where it is not given. The audit log names it."""

    @wraps(command)
    def decided(*arguments: Any, by: str, **options: Any) -> Any:
        with bound(lambda: actor(by)):
            return command(*arguments, by=by, **options)

    return click.option("--by", envvar=STAFF, required=True, help=f"Who decides this; else {STAFF}.")(decided)


def noted(command: Any) -> Any:
    """For commands that need no decision: the audit log names EBELGE_STAFF, else the user of this machine."""

    @wraps(command)
    def done(*arguments: Any, **options: Any) -> Any:
        with bound(lambda: actor(os.environ.get(STAFF, "").strip() or _user())):
            return command(*arguments, **options)

    return done


def actor(by: str) -> Actor:
    """The command in hand, done by somebody."""
    context = click.get_current_context(silent=True)
    path = "" if context is None else context.command_path.partition(" ")[2]
    return entries_command(f"ebelge {path}".strip(), by=by)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a name for its user
        return f"uid {os.getuid()}"


def kurus(amount_tl: str) -> int:
    """An amount as people type it: 1.234,56 or 1234.56. :raises BadParameter: none, or below 0."""
    try:
        found = amount_kurus(amount_tl, mark=decimal_mark(amount_tl) or ",")
    except ValueError as error:
        raise click.BadParameter(f"{amount_tl!r} is no amount like 1.234,56.") from error
    if found < 0:
        raise click.BadParameter(f"{amount_tl!r} is below 0.")
    return found
