"""The pages of this folder, for the application to register."""

from typing import Final

from flask import Blueprint

from ebelge.web.finance import breaks, reconciliation, rollforward, why

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    reconciliation.blueprint,
    breaks.blueprint,
    rollforward.blueprint,
    why.blueprint,
)
