"""How large a request may be: refused by its announced length before a byte of the body is read."""

import time
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from ebelge.core.errors import DomainError

View = TypeVar("View", bound=Callable[..., object])
DOCUMENT_BYTES_MAX = 5 * 1024 * 1024
BULK_BYTES_MAX = 48 * 1024 * 1024
FORM_PARTS_MAX, FILE_NAME_MAX = 200, 255
_DRAINED_MAX, _DRAIN_S, _CHUNK = 128 * 1024 * 1024, 3.0, 1024 * 1024


class RequestTooLarge(DomainError):
    """The body is larger than this route takes."""

    code, http_status = "request_too_large", 413
    title_tr, title_en = "İstek çok büyük", "The request is too large"


def body_up_to(bytes_max: int) -> Callable[[View], View]:
    """Mark a view: its body may be this large (default: one document)."""

    def mark(view: View) -> View:
        view.__dict__["body_bytes_max"] = bytes_max
        return view

    return mark


class FileRefused(DomainError):
    """A form's file is missing, or its name is not one."""

    code, http_status = "file_refused", 422
    title_tr, title_en = "Dosya alınamadı", "The file was not taken"


def uploaded(field: str, *, bytes_max: int) -> tuple[str, bytes]:
    """Name and content of the one file of a form's field; the name is for people to read, never a path.

    :raises FileRefused: none, several, or a name that cannot be shown. :raises RequestTooLarge: more than `bytes_max`.
    """
    files = request.files.getlist(field)
    if len(files) != 1 or not files[0].filename:
        raise FileRefused("Bir dosya seçin. Hiçbir şey değiştirilmedi.", "Choose one file. Nothing was changed.")
    name = files[0].filename
    if len(name) > FILE_NAME_MAX or not name.isprintable():
        raise FileRefused(
            f"Dosyanın adı en çok {FILE_NAME_MAX} harf olabilir. Hiçbir şey değiştirilmedi.",
            f"A file's name has at most {FILE_NAME_MAX} letters. Nothing was changed.",
        )
    data = files[0].stream.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise too_large(bytes_max)
    return name.replace("\\", "/").rpartition("/")[2], data


def register(app: Flask) -> None:
    """Bound every body."""
    app.before_request(_check)


def _check() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    limit: int = getattr(view, "body_bytes_max", DOCUMENT_BYTES_MAX)
    # Bounds bodies that come in chunks, too, while they are read. Werkzeug cuts those off at the bound without an
    # error, so one byte more than allowed is let in for `body` to see.
    request.max_content_length = limit + 1
    if (request.content_length or 0) > limit:
        _drain()
        raise too_large(limit)


def too_large(limit: int) -> RequestTooLarge:
    """The refusal, with the limit in it."""
    size = f"{limit // 1024 // 1024} MB" if limit >= 1024 * 1024 else f"{limit // 1024} KB"
    return RequestTooLarge(
        f"Bu adrese en çok {size} gönderilebilir.",
        f"At most {size} can be sent to this address.",
        bytes_max=limit,
    )


def body() -> bytes:
    """The request's body. :raises RequestTooLarge: it turned out larger than the view takes."""
    limit = (request.max_content_length or DOCUMENT_BYTES_MAX + 1) - 1
    try:
        data = request.get_data(cache=True)
    except RequestEntityTooLarge as error:
        raise too_large(limit) from error
    if len(data) > limit:
        raise too_large(limit)
    return data


def _drain() -> None:
    """Read and forget what is on its way: a connection closed under a sending client loses the answer."""
    stream, left, until = request.environ["wsgi.input"], request.content_length or 0, time.monotonic() + _DRAIN_S
    left = min(left, _DRAINED_MAX)
    while left > 0 and time.monotonic() < until:
        chunk = stream.read(min(left, _CHUNK))
        if not chunk:
            return
        left -= len(chunk)
