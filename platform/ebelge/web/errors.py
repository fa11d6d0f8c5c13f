"""Errors on pages: what happened, what to do, and the request's id; never a trace."""

from typing import Any

from flask import Flask, Response

from ebelge.core.findings import Language
from ebelge.edge.problems import ERROR_PAGE
from ebelge.web.public import page


def register(app: Flask) -> None:
    """Show errors outside the API as pages."""
    app.extensions[ERROR_PAGE] = error_page


def error_page(problem: dict[str, Any], language: Language) -> Response:
    """The problem as a page."""
    return page("error.html", problem=problem)
