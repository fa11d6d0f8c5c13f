"""Language, theme and density: chosen on any page, kept in the browser; the language also with the person."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Flask, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.config import settings
from ebelge.core.db import role_session
from ebelge.edge import sign_in
from ebelge.edge.languages import COOKIE as LANGUAGE_COOKIE
from ebelge.edge.limits import body_up_to
from ebelge.edge.redirects import ours
from tenants.people import persons

blueprint = Blueprint("preferences", __name__)
THEMES: Final = ("auto", "light", "dark")
DENSITIES: Final = ("wide", "tight")
_THEME_COOKIE, _DENSITY_COOKIE = "ebelge_theme", "ebelge_density"
_YEAR_S: Final = 365 * 86400
_FORM_BYTES_MAX: Final = 4096


@dataclass(frozen=True, slots=True)
class Preferences:
    """How this browser is shown pages."""

    theme: str
    density: str


def register(app: Flask) -> None:
    """Let every page read the browser's preferences."""
    app.context_processor(lambda: {"preferences": current()})


def current() -> Preferences:
    """What the browser's cookies say; anything else counts as not chosen."""
    theme, density = request.cookies.get(_THEME_COOKIE, ""), request.cookies.get(_DENSITY_COOKIE, "")
    return Preferences(theme if theme in THEMES else THEMES[0], density if density in DENSITIES else DENSITIES[0])


@blueprint.post("/preferences")
@body_up_to(_FORM_BYTES_MAX)
def keep() -> WerkzeugResponse:
    """Keep what was chosen and go back to the page."""
    answer = redirect(ours(request.form.get("back"), otherwise="/"), HTTPStatus.SEE_OTHER)
    chosen = (
        (LANGUAGE_COOKIE, request.form.get("language"), ("tr", "en")),
        (_THEME_COOKIE, request.form.get("theme"), THEMES),
        (_DENSITY_COOKIE, request.form.get("density"), DENSITIES),
    )
    https = settings().public_base_url.startswith("https://")
    for name, value, known in chosen:
        if value and value in known:
            answer.set_cookie(name, value, max_age=_YEAR_S, samesite="Lax", secure=https, httponly=True)
    if request.form.get("language") in ("tr", "en"):
        _with_the_person(request.form["language"])
    return answer


def _with_the_person(language: str) -> None:
    who = sign_in.signed_in()
    if who is None:
        return
    with role_session("people") as session:
        persons.get(session, person_id=who.person_id, lock=True).language = language
    g.person_language = language
