"""How a page is made: in the reader's language, under a strict content policy; the templates of all pages."""

from flask import Blueprint, Response, render_template

from ebelge.edge import csp
from ebelge.edge.languages import language

blueprint = Blueprint("public", __name__, template_folder="templates")


def page(template: str, *, policy: str = csp.READING, status: int = 200, **values: object) -> Response:
    """A page in the reader's language under a strict content policy: reading only; with a form, `csp.FORM`."""
    response = Response(render_template(template, language=language(), **values), status=status)
    response.headers["Content-Security-Policy"] = csp.with_nonce(policy)
    response.headers["Content-Language"] = language()
    response.vary.update(("Accept-Language", "Cookie"))
    return response
