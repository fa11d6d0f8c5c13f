"""What the public forms share: bounds, the trap for robots, the form's own key, from where it came."""

import secrets
from typing import Final

from flask import request

from ebelge.edge.languages import language

FORM_BYTES_MAX: Final = 32 * 1024
# Nobody registers or writes faster than that; one office may have several people behind one address.
FORMS: Final = "20 per minute; 60 per hour"
TRAP: Final = "website"


def trapped() -> bool:
    """Whether a field was filled in that people do not see: the form is answered as always, and forgotten."""
    return bool(request.form.get(TRAP))


def new_form_key() -> str:
    """A form's own key: sent twice, it counts once."""
    return secrets.token_urlsafe(16)


def form_key() -> str:
    """The key of the form that was sent; one without is on its own."""
    given = request.form.get("form_key", "")
    return given if 16 <= len(given) <= 64 and given.isascii() else new_form_key()


def typed() -> dict[str, str]:
    """The fields of the form, first of each, bounded and without NUL. Passwords are kept as they are."""
    return {name: value.replace("\0", "")[:8_000] for name, value in request.form.items()}


def came_from() -> tuple[str, str, str]:
    """Language, address and browser of the visitor."""
    agent = "".join(sign for sign in (request.user_agent.string or "") if sign.isprintable())
    return language(), request.remote_addr or "", agent[:300]
