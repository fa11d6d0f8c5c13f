"""The front page."""

from flask import Blueprint, Response, render_template

from ebelge.edge.languages import language

blueprint = Blueprint("public", __name__, template_folder="templates")
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@blueprint.get("/")
def front() -> Response:
    """What this is and where to go on."""
    return page("front.html")


def page(template: str, *, policy: str = PAGE_POLICY, status: int = 200, **values: object) -> Response:
    """A page in the reader's language under a strict content policy."""
    response = Response(render_template(template, language=language(), **values), status=status)
    response.headers["Content-Security-Policy"] = policy
    response.headers["Content-Language"] = language()
    response.vary.add("Accept-Language")
    return response
