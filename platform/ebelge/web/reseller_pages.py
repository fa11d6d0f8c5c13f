"""Every blueprint of pages about resellers, their customers, and acting for them."""

from typing import Final

from flask import Blueprint

from ebelge.web import access, acting, own_reseller
from ebelge.web.reseller import changes, commission, customer, customers, imports, onboarding, terms

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    customers.blueprint,
    customer.blueprint,
    onboarding.blueprint,
    imports.blueprint,
    terms.blueprint,
    commission.blueprint,
    changes.blueprint,
    changes.operator_blueprint,
    access.blueprint,
    acting.blueprint,
    own_reseller.blueprint,
)
