"""The pages of this folder, for the application to register."""

from typing import Final

from flask import Blueprint

from ebelge.web.set_up import branches, company, designs, operator_tenants, series, services

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    company.blueprint,
    branches.blueprint,
    series.blueprint,
    services.blueprint,
    designs.blueprint,
    operator_tenants.blueprint,
)
