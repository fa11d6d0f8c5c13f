"""Answers that are a document itself: shown in a sandboxed frame of ours, or saved."""

from typing import Final

from flask import Response

# The readable view is made by our own stylesheet, but the words in it may be a stranger's: it stands in a sandbox.
VIEW_POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_PAPER_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def sandboxed(html: str | bytes) -> Response:
    """A page that may not do anything, for a frame of ours and for printing."""
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = VIEW_POLICY
    return _frameable(response)


def saved(data: bytes, media_type: str, name: str, *, shown: bool = False) -> Response:
    """A file to be saved; `shown`: in a frame of ours instead."""
    response = Response(data, content_type=media_type)
    response.headers["Content-Disposition"] = f'{"inline" if shown else "attachment"}; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    if shown:
        response.headers["Content-Security-Policy"] = _PAPER_POLICY
        return _frameable(response)
    return response


def _frameable(response: Response) -> Response:
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    # browsers refuse a sandboxed page that also asks for an opener policy of its own
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    response.headers["Cache-Control"] = "private, no-store"
    return response
