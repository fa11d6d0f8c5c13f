"""Every page, for the application to register: one line each."""

from typing import Final

from flask import Blueprint

from ebelge.web import (
    audit,
    bulk,
    bulk_rows,
    buyer,
    closing,
    confirm,
    contacts,
    drafts,
    factors,
    home,
    keys,
    member_pages,
    notifications,
    payments,
    person,
    person_links,
    person_sessions,
    person_settings,
    portal_incoming,
    preferences,
    privacy,
    products,
    public,
    reseller_pages,
    search,
    sign_in,
    sso,
    webhooks,
)
from ebelge.web.finance import pages as finance
from ebelge.web.front import pages as front
from ebelge.web.front import status, verify
from ebelge.web.invoice_form import views as invoice_form
from ebelge.web.kontor import pages as kontor
from ebelge.web.operator import certificates, contracts, gib, prices, queues, resellers
from ebelge.web.overview import page as overview
from ebelge.web.set_up import pages as set_up

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    public.blueprint,
    front.blueprint,
    status.blueprint,
    verify.blueprint,
    home.blueprint,
    preferences.blueprint,
    buyer.blueprint,
    bulk.blueprint,
    bulk_rows.blueprint,
    invoice_form.blueprint,
    drafts.blueprint,
    drafts.template_blueprint,
    contacts.blueprint,
    products.blueprint,
    portal_incoming.blueprint,
    payments.blueprint,
    confirm.blueprint,
    sign_in.blueprint,
    sso.blueprint,
    person_links.blueprint,
    person.blueprint,
    person_settings.blueprint,
    factors.blueprint,
    person_sessions.blueprint,
    *member_pages.BLUEPRINTS,
    closing.blueprint,
    keys.blueprint,
    webhooks.blueprint,
    notifications.blueprint,
    audit.blueprint,
    privacy.blueprint,
    search.blueprint,
    queues.blueprint,
    gib.blueprint,
    certificates.blueprint,
    resellers.blueprint,
    contracts.blueprint,
    prices.blueprint,
    overview.blueprint,
    *kontor.BLUEPRINTS,
    *set_up.BLUEPRINTS,
    *reseller_pages.BLUEPRINTS,
    *finance.BLUEPRINTS,
)
