"""The pages of sign-up, texts, enquiries and prices, and the desks behind them, for the application to register."""

from typing import Final

from flask import Blueprint

from ebelge.web import applications, enquiries, leads, prices, sign_up, texts

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    sign_up.blueprint,
    enquiries.blueprint,
    prices.blueprint,
    texts.blueprint,
    applications.blueprint,
    leads.blueprint,
)
