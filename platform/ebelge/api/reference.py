"""The reference: the OpenAPI document, and the same as a page to read, without any script."""

import json
from functools import cache

from apiflask import APIBlueprint, APIFlask
from flask import Response, render_template
from flask.globals import app_ctx
from markupsafe import Markup, escape

from ebelge.api import guide, pages
from ebelge.edge import csp
from ebelge.edge.idempotency import json_response

blueprint = APIBlueprint("reference", __name__, enable_openapi=False, template_folder="templates")


@blueprint.app_template_filter("inline")
def _inline(text: str) -> Markup:
    """`code` between backquotes as code; everything else as it is."""
    parts = text.split("`")
    return Markup().join(  # every part is escaped on the way in
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part) for index, part in enumerate(parts)
    )


@blueprint.get("/openapi.json")
def openapi_json() -> Response:
    """The OpenAPI 3.1 document."""
    return json_response(_document(app_ctx.app))


@blueprint.get("/docs")
def docs() -> Response:
    """The reference as a page."""
    spec = json.loads(_document(app_ctx.app))
    response = Response(render_template("reference.html", spec=spec, page=pages.page(spec), guide=guide.guide()))
    response.headers["Content-Security-Policy"] = csp.READING
    return response


@cache
def _document(app: APIFlask) -> bytes:
    return json.dumps(app.spec, ensure_ascii=False).encode() + b"\n"
