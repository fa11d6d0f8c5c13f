"""The e-document services and how one is activated (TRADE.md 1), as data; the flow itself comes with sign-up."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict
from tenants.models import Service

SERVICES: dict[str, tuple[str, str]] = {
    "efatura": ("e-Fatura", "e-Fatura (e-invoice to registered users)"),
    "earsiv": ("e-Arşiv Fatura", "e-Arşiv invoice (to everybody else)"),
    "eirsaliye": ("e-İrsaliye", "e-İrsaliye (despatch advice)"),
    "emm": ("e-Müstahsil Makbuzu", "e-Müstahsil (receipt to a farmer)"),
}
# A service needs another one first. (TRADE.md 1)
NEEDS_FIRST: dict[str, tuple[str, ...]] = {"earsiv": ("efatura",)}
# not_wanted -> checklist -> authorised (signed by the tenant) -> asked_at_gib -> active -> closing -> closed
ACTIVATION_MOVES: dict[str, frozenset[str]] = {
    "not_wanted": frozenset({"checklist"}),
    "checklist": frozenset({"authorised", "not_wanted"}),
    "authorised": frozenset({"asked_at_gib", "checklist", "not_wanted"}),
    "asked_at_gib": frozenset({"active", "checklist"}),
    "active": frozenset({"closing"}),
    "closing": frozenset({"active", "closed"}),
    "closed": frozenset({"checklist"}),
}


class UnlawfulActivation(Conflict):
    """The service cannot go from its present state to that one."""

    code = "unlawful_activation"


def check_activation(old: str, new: str) -> None:
    """:raises UnlawfulActivation: unless the table allows old -> new."""
    if new not in ACTIVATION_MOVES[old]:
        raise UnlawfulActivation(
            f"Hizmet '{old}' durumundan '{new}' durumuna geçemez.",
            f"A service that is {old} cannot become {new}.",
        )


def services_of(session: Session, *, tenant_id: UUID) -> Sequence[Service]:
    """The tenant's services, by name."""
    return session.scalars(select(Service).where(Service.tenant_id == tenant_id).order_by(Service.service)).all()


def is_active(service: Service, *, on: date) -> bool:
    """True if documents of the service may be issued on that day."""
    if service.state not in ("active", "closing") or service.active_from is None:
        return False
    return service.active_from <= on and (service.active_until is None or on <= service.active_until)
