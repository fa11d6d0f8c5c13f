"""Language, theme and density: chosen on any page, kept in the browser; the language also with the person."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Flask, Response, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.config import settings
from ebelge.core.db import role_session
from ebelge.edge import sign_in
from ebelge.edge.languages import ASKED as LANGUAGE_ASKED
from ebelge.edge.languages import COOKIE as LANGUAGE_COOKIE
from ebelge.edge.limits import body_up_to
from ebelge.edge.redirects import ours
from tenants.people import persons

blueprint = Blueprint("preferences", __name__)
LANGUAGES: Final = ("tr", "en")
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
    app.after_request(_keep_asked_language)


def _keep_asked_language(answer: Response) -> Response:
    """A link with the language in it is a choice that lasts."""
    asked = request.args.get(LANGUAGE_ASKED)
    if asked in LANGUAGES and request.endpoint is not None and not request.path.startswith("/api/"):
        _set(answer, LANGUAGE_COOKIE, asked)
    return answer


def _set(answer: WerkzeugResponse, name: str, value: str) -> None:
    https = settings().public_base_url.startswith("https://")
    answer.set_cookie(name, value, max_age=_YEAR_S, samesite="Lax", secure=https, httponly=True)


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
        (LANGUAGE_COOKIE, request.form.get("language"), LANGUAGES),
        (_THEME_COOKIE, request.form.get("theme"), THEMES),
        (_DENSITY_COOKIE, request.form.get("density"), DENSITIES),
    )
    for name, value, known in chosen:
        if value and value in known:
            _set(answer, name, value)
    if request.form.get("language") in LANGUAGES:
        _with_the_person(request.form["language"])
    return answer


def _with_the_person(language: str) -> None:
    who = sign_in.signed_in()
    if who is None:
        return
    with role_session("people") as session:
        persons.get(session, person_id=who.person_id, lock=True).language = language
    g.person_language = language
