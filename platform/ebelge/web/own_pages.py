"""The pages on which people sign in and look after themselves, for the application to register."""

from typing import Final

from flask import Blueprint

from ebelge.web import factors, person, person_sessions, sign_in

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    sign_in.blueprint,
    person.blueprint,
    factors.blueprint,
    person_sessions.blueprint,
)
