"""The e-document services, what each one needs, and how one is activated (TRADE.md 1), as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, NotFound
from tenants.models import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRule:
    """What a service is called and needs. `document_type`: it has mailboxes at GİB, for that type of GİB's list."""

    name_tr: str
    name_en: str
    offered: bool = True
    needs_first: tuple[str, ...] = ()
    needs_seal: bool = True
    document_type: str | None = None
    issues: bool = True  # documents: it has series, a price for each, and a design


RULES: Final[Mapping[str, ServiceRule]] = {
    "efatura": ServiceRule(
        name_tr="e-Fatura", name_en="e-Fatura (e-invoice to registered users)", document_type="Invoice"
    ),
    "earsiv": ServiceRule(
        name_tr="e-Arşiv Fatura", name_en="e-Arşiv invoice (to everybody else)", needs_first=("efatura",)
    ),
    "eirsaliye": ServiceRule(
        name_tr="e-İrsaliye", name_en="e-İrsaliye (despatch advice)", document_type="DespatchAdvice"
    ),
    "emm": ServiceRule(name_tr="e-Müstahsil Makbuzu", name_en="e-Müstahsil (receipt to a farmer)"),
    "esmm": ServiceRule(name_tr="e-Serbest Meslek Makbuzu", name_en="e-SMM (freelancer's receipt)"),
    # Known to the trade and not to be had here yet: they are listed so that nobody has to ask.
    "edefter": ServiceRule(
        name_tr="e-Defter saklama", name_en="e-Defter storage", needs_first=("efatura",), needs_seal=False,
        issues=False,
    ),
    "emutabakat": ServiceRule(
        name_tr="e-Mutabakat", name_en="e-Mutabakat (balance confirmations)", offered=False, needs_seal=False
    ),
    "ebordro": ServiceRule(name_tr="e-Bordro", name_en="e-Bordro (payslips)", offered=False, needs_seal=False),
    "kep": ServiceRule(name_tr="KEP", name_en="KEP (registered e-mail)", offered=False, needs_seal=False),
}  # fmt: skip
# What can be had: every account has a row of each.
SERVICES: Final[Mapping[str, tuple[str, str]]] = {
    name: (rule.name_tr, rule.name_en) for name, rule in RULES.items() if rule.offered
}
# Those of them that issue documents, in series.
ISSUING: Final[Mapping[str, tuple[str, str]]] = {name: words for name, words in SERVICES.items() if RULES[name].issues}
STATE_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "not_wanted": ("İstenmiyor", "Not wanted"),
    "checklist": ("Hazırlanıyor", "Being prepared"),
    "authorised": ("Yetki verildi", "Authorised"),
    "asked_at_gib": ("GİB yanıtı bekleniyor", "Waiting for GİB"),
    "active": ("Aktif", "Active"),
    "closing": ("Kapanıyor", "Closing"),
    "closed": ("Kapandı", "Closed"),
}
# not_wanted -> checklist -> authorised (signed by the tenant) -> asked_at_gib -> active -> closing -> closed
ACTIVATION_MOVES: Final[Mapping[str, frozenset[str]]] = {
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
            f"Hizmet '{STATE_NAMES[old][0]}' durumundan '{STATE_NAMES[new][0]}' durumuna geçemez.",
            f"A service that is {old} cannot become {new}.",
        )


def services_of(session: Session, *, tenant_id: UUID) -> Sequence[Service]:
    """The tenant's services, by name."""
    return session.scalars(select(Service).where(Service.tenant_id == tenant_id).order_by(Service.service)).all()


def locked(session: Session, *, tenant_id: UUID, service: str) -> Service:
    """A service of the tenant, held until the transaction ends. :raises NotFound: there is no such service."""
    row = session.scalars(
        select(Service).where(Service.tenant_id == tenant_id, Service.service == service).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("Böyle bir hizmet yok.", "There is no such service.")
    return row


def is_active(service: Service, *, on: date) -> bool:
    """True if documents of the service may be issued on that day."""
    if service.state not in ("active", "closing") or service.active_from is None:
        return False
    return service.active_from <= on and (service.active_until is None or on <= service.active_until)
