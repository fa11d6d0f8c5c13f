"""Which of our two languages a reader wants."""

from flask import g, has_request_context, request

from ebelge.core.findings import Language

COOKIE = "ebelge_language"
# "?lang=en": a visitor's choice by a plain link
ASKED = "lang"


def language() -> Language:
    """`tr` or `en`: what the person who is signed in chose, else what was chosen in this browser, else whichever the
    reader puts first in Accept-Language; Turkish where neither is asked for."""
    if has_request_context():
        if "person_language" in g:
            return "en" if g.person_language == "en" else "tr"
        for chosen in (request.args.get(ASKED), request.cookies.get(COOKIE)):
            if chosen in ("tr", "en"):
                return "en" if chosen == "en" else "tr"
        # by quality; werkzeug's best_match would take "en;q=0.5" before "tr-TR"
        for wanted, quality in request.accept_languages:
            primary = wanted.partition("-")[0].casefold()
            if quality > 0 and primary in ("tr", "en"):
                return "en" if primary == "en" else "tr"
    return "tr"
