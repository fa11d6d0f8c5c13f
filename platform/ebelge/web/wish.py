"""A wish to act for a customer, as a form of a reseller's or of the operator's people says it."""

from dataclasses import dataclass
from uuid import UUID

from flask import request

from ebelge.core.errors import InvalidRequest
from ebelge.edge.actors import actor, known_as
from ebelge.edge.people import member
from ebelge.web.forms import field, number
from tenants.acting.consents import MAY_BE_GIVEN, Asker
from tenants.audit.entries import Actor


@dataclass(frozen=True, slots=True)
class Wish:
    """Why, for how many hours, with which rights."""

    reason: str
    hours: int
    rights: tuple[str, ...]


def wished() -> Wish:
    """The wish in the form. :raises InvalidRequest: it cannot be read."""
    return Wish(field("reason"), number("hours"), chosen_rights())


def chosen_rights() -> tuple[str, ...]:
    """The rights that are ticked in the form. :raises InvalidRequest: one that cannot be given."""
    ticked = request.form.getlist("rights")[:50]
    if not set(ticked) <= set(MAY_BE_GIVEN):
        raise InvalidRequest("Bu yetki verilemez.", "That right cannot be given.")
    return tuple(ticked)


def asker() -> Asker:
    """Whoever is at this page, as the customer will read it."""
    me = member()
    return Asker(me.person_id, me.full_name, me.tenant_id, me.tenant_title)


def as_staff(customer_id: UUID) -> Actor:
    """Whoever is at this page, as the customer's audit log names him: somebody from outside, and from where."""
    me = member()
    known_as(person_id=me.person_id, name=me.full_name, for_whom=customer_id, of=me.tenant_title)
    return actor()
