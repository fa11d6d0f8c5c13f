"""The front page, services, questions and answers. All figures come from the dated tables and the catalogue."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from billing.catalogue import prices
from billing.catalogue.packages import Package
from billing.catalogue.prices import NoPrice
from billing.orders import proposals
from ebelge.core.clock import add_months, istanbul_date
from ebelge.core.db import role_session
from ebelge.core.errors import NotFound
from ebelge.edge.languages import language
from ebelge.edge.requests import request_at
from ebelge.gib import thresholds
from ebelge.web.front.words import TOLD, Told
from ebelge.web.prices import terms
from ebelge.web.public import page
from tenants.services import RULES, ServiceRule

blueprint = Blueprint("front", __name__)
# The charge kind behind the price that a service's page names, where it is not `SERVICE.out`.
_CHARGED: Final = {"edefter": "storage.100mb_month", "emutabakat": "mutabakat", "ebordro": "bordro", "kep": "kep"}
# Prices of everybody: of no tenant, so no price of one is found.
_NOBODY: Final = UUID(int=0)
PACKAGES_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Service:
    """A service as visitors are shown it. `kontor`: its price for one; None: it has none yet."""

    code: str
    name: str
    rule: ServiceRule
    told: Told
    kontor: int | None


@blueprint.get("/")
def front() -> Response:
    """What this is, for whom, what it costs, and where to begin."""
    with role_session("app") as session:
        packages = proposals.public(session, at=request_at())
        services = services_at(session, request_at())
    return page(
        "front/index.html", services=services, packages=_three(packages),
        invented=any(one.note.startswith("invented") for one in packages),
    )  # fmt: skip


@blueprint.get("/services")
def services() -> Response:
    """All services of the trade: those that can be had, and those that are coming."""
    with role_session("app") as session:
        found = services_at(session, request_at())
    return page("front/services.html", services=found)


@blueprint.get("/services/<code>")
def service(code: str) -> Response:
    """One service: what it is, who needs it, what it asks for and costs."""
    with role_session("app") as session:
        found = {one.code: one for one in services_at(session, request_at())}
    if code not in found:
        raise NotFound("Böyle bir hizmet yok.", "There is no such service.")
    return page("front/service.html", one=found[code], others=[one for one in found.values() if one.code != code])


@blueprint.get("/faq")
def faq() -> Response:
    """Questions that people ask before they buy, and after something went wrong."""
    at = request_at()
    today = istanbul_date(at)
    with role_session("app") as session:
        found = {one.code: one for one in services_at(session, at)}
        packages = proposals.public(session, at=at)
    figures = {rule: thresholds.at(rule, today) for rule in sorted({one.rule for one in thresholds.TABLE})}
    months = sorted({one.validity_months for one in packages}) or [6]
    return page(
        "front/faq.html", figures=figures, services=found, today=today, months=months,
        last_day=add_months(today, months[-1]),
    )  # fmt: skip


def services_at(session: Session, at: datetime) -> list[Service]:
    """Every service in words, with the price that everybody pays for one."""
    side = 0 if language() == "tr" else 1
    return [
        Service(code, (rule.name_tr, rule.name_en)[side], rule, TOLD[code], _price(session, code, at))
        for code, rule in RULES.items()
    ]


def _price(session: Session, code: str, at: datetime) -> int | None:
    try:
        return prices.price_of(session, kind=_CHARGED.get(code, f"{code}.out"), at=at, tenant_id=_NOBODY).kontor
    except NoPrice:
        return None


def _three(packages: list[Package]) -> list[dict[str, object]]:
    """The smallest, a middle and the largest package."""
    if len(packages) <= PACKAGES_SHOWN:
        return [terms(one) for one in packages]
    ordered = sorted(packages, key=lambda one: one.kontor)
    return [terms(one) for one in (ordered[0], ordered[len(ordered) // 2], ordered[-1])]
