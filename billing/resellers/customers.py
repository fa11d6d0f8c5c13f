"""Whom a reseller may pass kontör on to: its own customers, of its own mode, whose accounts are open."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, NotFound

OPEN = ("active", "suspended")


class AccountClosed(Conflict):
    """The account that is to receive kontör is not open."""

    code = "account_not_open"
    title_tr, title_en = "Alıcının hesabı açık değil", "The receiving account is not open"


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as its reseller knows it."""

    tenant_id: UUID
    vkn_tckn: str
    title: str
    mode: str
    state: str


_OF = "SELECT tenant_id, vkn_tckn, title, mode, state FROM customers_of(:reseller)"


def customers(session: Session, *, tenant_id: UUID) -> Sequence[Customer]:
    """The reseller's customers by name; `tenant_id` is the reseller, and so is the session."""
    return [Customer(*row) for row in session.execute(text(_OF), {"reseller": tenant_id})]


def has(session: Session, *, tenant_id: UUID, customer_id: UUID) -> bool:
    """Whether the reseller (the session) has this customer, whatever the state of its account."""
    found = text("SELECT 1 FROM customers_of(:reseller) WHERE tenant_id = :customer")
    return session.execute(found, {"reseller": tenant_id, "customer": customer_id}).first() is not None


def own_customer(session: Session, *, tenant_id: UUID, customer_id: UUID) -> Customer:
    """One customer of the reseller (the session). A stranger and nobody are answered alike.

    :raises NotFound: no customer of this reseller, or of another mode. :raises AccountClosed: it may not receive.
    """
    own = text(f"{_OF} WHERE tenant_id = :customer AND mode = (SELECT mode FROM tenant WHERE tenant_id = :reseller)")
    row = session.execute(own, {"reseller": tenant_id, "customer": customer_id}).first()
    if row is None:
        raise NotFound("Böyle bir müşteriniz yok.", "You have no such customer.")
    if row.state not in OPEN:
        raise AccountClosed(
            "Kapanan ya da henüz açılmamış bir hesaba kontör aktarılamaz.",
            "Kontör cannot be passed on to an account that is closing or not open yet.",
        )
    return Customer(*row)
