"""What forms of pages share: their fields bounded, a refusal told on the same page, the way on after a change."""

from datetime import date, datetime
from http import HTTPStatus
from uuid import UUID

from flask import redirect, request
from werkzeug.wrappers import Response

from ebelge.core.clock import istanbul_date
from ebelge.core.errors import DomainError, InvalidRequest
from ebelge.edge.languages import language

FIELD_MAX = 2000


def field(name: str, *, longest: int = FIELD_MAX) -> str:
    """A field of the form, blanks cut off. :raises InvalidRequest: longer than any honest one."""
    value = request.form.get(name, "").strip()
    if len(value) > longest:
        raise InvalidRequest(f"Alan çok uzun: {name}.", f"The field is too long: {name}.")
    return value


def number(name: str) -> int:
    """A whole number out of the form. :raises InvalidRequest: it is none."""
    value = field(name, longest=12).replace(".", "")
    if not (value.isascii() and value.isdecimal()):
        raise InvalidRequest("Bir tam sayı yazın.", "Write a whole number.")
    return int(value)


def identifier(name: str) -> UUID:
    """An id out of the form. :raises InvalidRequest: it is none."""
    try:
        return UUID(field(name, longest=40))
    except ValueError as error:
        raise InvalidRequest("Form eksik; sayfayı yenileyin.", "The form is incomplete; reload the page.") from error


def day(name: str, *, at: datetime) -> date:
    """A day out of the form; today (Istanbul) where it is empty. :raises InvalidRequest: it is none."""
    value = field(name, longest=10)
    if not value:
        return istanbul_date(at)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InvalidRequest("Günü YYYY-AA-GG olarak yazın.", "Write the day as YYYY-MM-DD.") from error


def told(error: DomainError) -> str:
    """A refusal in the reader's language: what happened, what was kept, what to do."""
    problem = error.problem(language())
    return f"{problem['title']}. {problem.get('detail', '')}".strip()


def go_to(path: str) -> Response:
    """After a change the browser asks for a page, which it may ask for again."""
    return redirect(path, HTTPStatus.SEE_OTHER)
