"""Content policies of pages: everything is forbidden but what a page needs; a script runs by its nonce only.

A template that has a script writes `<script nonce="{{ csp_nonce() }}" …>`. Asking for the nonce is what lets the
answer's policy name it, so a page without a script permits none. `fetch` to ourselves comes with the script.
"""

import secrets

from flask import Flask, g

_SHOWN = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'"
_NEVER = "base-uri 'none'; frame-ancestors 'none'"
_NONCE_BYTES = 16


def policy(*, form: bool = False, frame: bool = False, pictures: str = "") -> str:
    """The policy of a page of ours. `form`: it posts to us. `frame`: it frames pages of ours. `pictures`: further
    sources of pictures, such as `data:`."""
    parts = [f"{_SHOWN} {pictures}".rstrip(), "form-action 'self'" if form else "form-action 'none'", _NEVER]
    return "; ".join([*parts, "frame-src 'self'"] if frame else parts)


READING = policy()
FORM = policy(form=True)


def register(app: Flask) -> None:
    """Let templates ask for the nonce."""
    app.jinja_env.globals["csp_nonce"] = nonce


def nonce() -> str:
    """This answer's nonce, made at the first call: 128 random bits that no other answer has."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(_NONCE_BYTES)
    return str(g.csp_nonce)


def with_nonce(page_policy: str) -> str:
    """The policy of the page that was just rendered: with its script's nonce if it has one."""
    if "csp_nonce" not in g:
        return page_policy
    return f"{page_policy}; script-src 'nonce-{nonce()}'; connect-src 'self'"
