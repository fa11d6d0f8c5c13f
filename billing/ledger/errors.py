"""Refusals of the ledger, and how the functions' error codes become them."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError

from ebelge.core.errors import Conflict, DomainError, NotFound


class InsufficientKontor(DomainError):
    """The tenant's spendable kontör is below what is asked; nothing was changed."""

    code, http_status = "insufficient_kontor", 402
    title_tr, title_en = "Kontör yetersiz", "Not enough kontör"


class UnknownCharge(NotFound):
    """There is no such charge in this tenant."""

    code = "unknown_charge"


class UnknownLot(NotFound):
    """There is no such lot in this tenant."""

    code = "unknown_lot"


class ChargeStateConflict(Conflict):
    """The charge has gone another way already (released, restored), or has not come so far yet."""

    code = "charge_state_conflict"


class SameKeyOtherContent(Conflict):
    """The key (charge, source document, draw) exists with another content."""

    code = "same_key_other_content"


class LotHasExpired(Conflict):
    """The lot's last day is over."""

    code = "lot_has_expired"


class LotNotFrozen(Conflict):
    """Only a frozen lot can be voided."""

    code = "lot_not_frozen"


class StaleTime(Exception):
    """The instant passed as `at` is not the present one; a defect of the caller or of a machine's clock."""


class NoWallet(Exception):
    """The session's tenant has no wallet, or the session is another tenant's: a defect of the caller."""


BY_SQLSTATE: dict[str, type[Exception]] = {
    "EL001": NoWallet,
    "EL002": StaleTime,
    "EL003": LotHasExpired,
    "EL004": UnknownLot,
    "EL005": LotNotFrozen,
    "EL006": UnknownCharge,
    "EL007": ChargeStateConflict,
    "EL009": SameKeyOtherContent,
}

# Raised by `must_be` where a shortage is to end the transaction; its message is the kontör that are missing.
SHORT = "EL010"


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the ledger functions' error codes into the exceptions above; the cause is kept."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(cause, psycopg.Error):
            raise
        refusal = BY_SQLSTATE.get(cause.sqlstate or "")
        if refusal is None:
            raise
        message = cause.diag.message_primary or str(cause)
        if issubclass(refusal, DomainError):
            raise refusal("", message) from error
        raise refusal(message) from error
