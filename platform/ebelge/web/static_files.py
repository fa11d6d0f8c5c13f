"""Style, scripts and letters of pages: served with a year's life under an address that changes with their content."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

ROOT: Final = Path(__file__).parent / "static"
PREFIX: Final = "/static/"
_AN_HOUR_S: Final = 3600
_MARK_LENGTH: Final = 12


class AssetsMissing(RuntimeError):
    """A page names a file that set-up did not bring."""


def register(app: Flask) -> None:
    """Serve the files before Flask sees the request; let templates ask for their addresses by `asset(name)`."""
    marked = f"{PREFIX}{mark()}/"
    files = WhiteNoise(
        app.wsgi_app,
        max_age=_AN_HOUR_S,
        allow_all_origins=False,
        add_headers_function=_headers,
        immutable_file_test=lambda path, url: url.startswith(marked),
    )
    files.add_files(str(ROOT), prefix=marked)
    app.wsgi_app = files  # type: ignore[method-assign]  # as WhiteNoise's own guide does
    app.jinja_env.globals["asset"] = address


@lru_cache(maxsize=1)
def mark() -> str:
    """Twelve hex digits of all files' content.

    :raises AssetsMissing: what set-up brings is not here.
    """
    if not (ROOT / "vendor" / "tabler.css").is_file():
        raise AssetsMissing("web/static/vendor is missing; `make setup` brings it")
    whole = hashlib.sha256()
    for path in sorted(ROOT.rglob("*")):
        if path.is_file() and path.suffix not in {".gz", ".br"}:
            whole.update(path.name.encode())
            whole.update(path.read_bytes())
    return whole.hexdigest()[:_MARK_LENGTH]


def address(name: str) -> str:
    """Where a browser finds the file `name`, for instance `style.css`."""
    return f"{PREFIX}{mark()}/{name}"


def _headers(headers: Headers, path: str, url: str) -> None:
    for name, value in {
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    }.items():
        headers[name] = value
