"""What forms of pages share: their fields bounded, a refusal told on the same page, the way on after a change."""

import re
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from flask import redirect, request
from werkzeug.wrappers import Response

from ebelge.core.clock import istanbul_date
from ebelge.core.errors import DomainError, InvalidRequest
from ebelge.edge.languages import language
from ebelge.edge.people import READING

FIELD_MAX = 2000
_GROUPED: Final = re.compile(r"-?\d{1,3}(\.\d{3})+")
_Side = tuple[str, str]
_UNREADABLE: Final[_Side] = ("Bir alan eksik ya da hatalı", "A field is missing or wrong")
_KEPT: Final[_Side] = ("Hiçbir şey değiştirilmedi.", "Nothing was changed.")
_SAYS_KEPT: Final = re.compile(
    r"hiçbir|değişmedi|duruyor|kaldı|kalır|kaydedilmedi|gönderilmedi|çekilmedi|bekliyor"
    r"|nothing|unchanged|\bstays?\b|\bno [^.]* (?:was|were)\b|(?:was|were|is) not (?:stored|saved|changed|sent)",
    re.IGNORECASE,
)
_MENDED: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
_ADVICE: Final[dict[int, _Side]] = {
    HTTPStatus.BAD_REQUEST: ("Düzeltip yeniden gönderin.", "Correct it and send it again."),
    HTTPStatus.UNPROCESSABLE_ENTITY: ("Düzeltip yeniden gönderin.", "Correct it and send it again."),
    HTTPStatus.PAYMENT_REQUIRED: ("Kontör alıp yineleyin.", "Buy kontör and try again."),
    HTTPStatus.FORBIDDEN: ("Şirketin yetkilisine danışın.", "Ask the company's owner."),
    HTTPStatus.CONFLICT: ("Sayfayı yenileyip son durumuna bakın.", "Reload the page and see how it stands now."),
}


def field(name: str, *, longest: int = FIELD_MAX) -> str:
    """A field of the form, blanks cut off. :raises InvalidRequest: longer than any honest one."""
    value = request.form.get(name, "").strip()
    if len(value) > longest:
        raise InvalidRequest(f"Alan çok uzun: {name}.", f"The field is too long: {name}.")
    return value


def number(name: str, label: tuple[str, str] | None = None) -> int:
    """A whole number out of the form; `label`: how the page calls the field. :raises InvalidRequest: it is none."""
    value = field(name, longest=12).replace(".", "")
    if not (value.isascii() and value.isdecimal()):
        tr, en = (f"{one}: " for one in label) if label else ("", "")
        raise InvalidRequest(
            f"{tr}bir tam sayı yazın." if tr else "Bir tam sayı yazın.",
            f"{en}write a whole number." if en else "Write a whole number.",
        )
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


def problem_of(error: DomainError) -> dict[str, Any]:
    """A refusal for a page, in the reader's language: what happened, what was kept, what to do.

    What the refusal leaves unsaid is added here: nothing was changed by it (`DomainError`), and what its kind asks for.
    The API's answers stay as they are.
    """
    side, problem = (0 if language() == "tr" else 1), error.problem(language())
    if isinstance(error, InvalidRequest):
        problem["title"] = _UNREADABLE[side]
    if request.method in READING or error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem
    said, own = str(problem.get("detail", "")), error.detail_en if side else error.detail_tr
    if own and own[-1] not in ".!?:":
        said = said.replace(own, f"{own}.", 1)
    added = [] if _SAYS_KEPT.search(said) else [_KEPT[side]]
    if not error.advice_tr and (not said or error.http_status in _MENDED):
        added.append(_ADVICE.get(error.http_status, _ADVICE[HTTPStatus.CONFLICT])[side])
    problem["detail"] = " ".join([said, *added]).strip()
    return problem


def told(error: DomainError) -> str:
    """The same in one line."""
    problem = problem_of(error)
    return f"{problem['title']}. {problem.get('detail', '')}".strip()


def go_to(path: str) -> Response:
    """After a change the browser asks for a page, which it may ask for again."""
    return redirect(path, HTTPStatus.SEE_OTHER)


def plain_figure(said: str) -> str:
    """A figure as JSON has it: "1.234,5" and "1 234,5" -> "1234.5"; points alone that part thousands are taken out."""
    text = "".join(said.split())
    if "," in text:
        return text.replace(".", "").replace(",", ".", 1)
    return text.replace(".", "") if _GROUPED.fullmatch(text) else text
