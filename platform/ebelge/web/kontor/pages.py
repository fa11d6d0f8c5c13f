"""The pages about kontör, for the application to register."""

from typing import Final

from flask import Blueprint

from ebelge.web.kontor import buying, orders, refunds, statement, topup, use, wallet

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    wallet.blueprint,
    buying.blueprint,
    orders.blueprint,
    statement.blueprint,
    use.blueprint,
    topup.blueprint,
    refunds.blueprint,
)
