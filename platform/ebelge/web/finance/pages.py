"""The pages of this folder, for the application to register."""

from typing import Final

from flask import Blueprint

from ebelge.web.finance import (
    bank,
    breaks,
    exports,
    payments,
    reconciliation,
    refund_starts,
    refunds,
    revenue,
    rollforward,
    why,
)

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    reconciliation.blueprint,
    breaks.blueprint,
    rollforward.blueprint,
    why.blueprint,
    payments.blueprint,
    refunds.blueprint,
    refund_starts.blueprint,
    bank.blueprint,
    revenue.blueprint,
    exports.blueprint,
)
