"""What commands of the operator's people share: who decides (two persons above a limit, so it is never guessed)."""

from typing import Any

import click

from billing.payments.bank.figures import amount_kurus, decimal_mark

STAFF = "EBELGE_STAFF"


def by(command: Any) -> Any:
    """The option `--by`: a person's name, from EBELGE_STAFF where it is not given. The audit log names it."""
    return click.option("--by", envvar=STAFF, required=True, help=f"Who decides this; else {STAFF}.")(command)


def kurus(amount_tl: str) -> int:
    """An amount as people type it: 1.234,56 or 1234.56. :raises BadParameter: none, or below 0."""
    try:
        found = amount_kurus(amount_tl, mark=decimal_mark(amount_tl) or ",")
    except ValueError as error:
        raise click.BadParameter(f"{amount_tl!r} is no amount like 1.234,56.") from error
    if found < 0:
        raise click.BadParameter(f"{amount_tl!r} is below 0.")
    return found
