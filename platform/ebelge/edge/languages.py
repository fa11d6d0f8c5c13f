"""Which of our two languages a reader wants."""

from flask import has_request_context, request

from ebelge.core.findings import Language


def language() -> Language:
    """`tr` or `en` by Accept-Language; Turkish where nothing is asked for."""
    if not has_request_context():
        return "tr"
    return "en" if request.accept_languages.best_match(("tr", "en"), default="tr") == "en" else "tr"
