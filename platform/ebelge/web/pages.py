"""Every page, for the application to register: one line each."""

from typing import Final

from flask import Blueprint

from ebelge.web import (
    audit,
    buyer,
    closing,
    companies,
    confirm,
    factors,
    payments,
    person,
    person_sessions,
    public,
    reseller_pages,
    sign_in,
)

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    public.blueprint,
    buyer.blueprint,
    payments.blueprint,
    confirm.blueprint,
    sign_in.blueprint,
    person.blueprint,
    factors.blueprint,
    person_sessions.blueprint,
    companies.blueprint,
    closing.blueprint,
    audit.blueprint,
    *reseller_pages.BLUEPRINTS,
)
