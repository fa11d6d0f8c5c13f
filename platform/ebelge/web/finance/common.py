"""What the finance pages share: people by name, months and instants out of addresses, places to go on from."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Final, Protocol, TypedDict
from uuid import UUID

from flask import Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.clock import ISTANBUL, istanbul_date
from ebelge.core.db import role_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.edge.people import member
from ebelge.edge.requests import request_at
from ebelge.web.finance import words
from ebelge.web.forms import go_to
from ebelge.web.frame import account_page
from tenants.people import persons

PAGE: Final = 50
FORM_BYTES: Final = 16 * 1024
_MARK: Final = "~"
# What a filter of these pages may be called: nothing else of an address is carried on.
_FILTERS: Final = frozenset(
    {
        "month",
        "kind",
        "ended",
        "tenant",
        "term",
        "q",
        "state",
        "method",
        "invoice",
        "day",
        "from",
        "to",
        "at",
        "account",
    }
)


def finance_page(template: str, *, status: int = 200, **values: object) -> Response:
    """A page of the area, with its words."""
    given = words.all_words() | values
    return account_page(f"finance/{template}", status=status, **given)  # type: ignore[arg-type]  # values of the template


def names(marks: Collection[str | None]) -> Mapping[str, str]:
    """People by the marks in rows (`person:ID`); what is no person by its words, or as it is written."""
    ids: dict[UUID, str] = {}
    for mark in marks:
        kind, _, id_ = (mark or "").partition(":")
        if kind in ("person", "staff"):
            try:
                ids[UUID(id_)] = mark or ""
            except ValueError:
                continue
    found: dict[str, str] = {mark: words.of_mark(mark) for mark in marks if mark}
    if ids:
        with role_session("app") as session:
            known = persons.named(session, person_ids=list(ids))
        found |= {mark: known[id_].full_name for id_, mark in ids.items() if id_ in known}
    return found


def me() -> str:
    """How rows name the person at this page."""
    return member().mark


class Signed(TypedDict):
    """Who does something, and when."""

    by: str
    at: datetime


def signed() -> Signed:
    """The person at this page, and the instant of the request, as deeds take them."""
    return {"by": me(), "at": request_at()}


class Page(Protocol):
    """A page of one thing, which can tell of a refusal."""

    def __call__(self, id_: UUID, /, *, problem: DomainError, status: int) -> Response: ...


def deed(id_: UUID, work: Callable[[], str], *, page: Page, there: str) -> Response | WerkzeugResponse:
    """Do it and go `there` with the word that `work` gives; what is refused is told on the page itself."""
    try:
        said = work()
    except NotFound:
        raise
    except DomainError as error:
        return page(id_, problem=error, status=error.http_status)
    return go_to(f"{there}?said={said}")


def month(at: datetime) -> date:
    """The first day of the month in the address; without one, of the present month. :raises InvalidRequest: none."""
    given = request.args.get("month", "")
    if not given:
        return istanbul_date(at).replace(day=1)
    try:
        found = date.fromisoformat(f"{given}-01")
    except ValueError as error:
        raise InvalidRequest("Ayı YYYY-AA olarak yazın.", "Write the month as YYYY-MM.") from error
    if not 2020 <= found.year <= 2100:
        raise InvalidRequest("Ay 2020 ile 2100 arasında olmalı.", "The month is between 2020 and 2100.")
    return found


def day(name: str) -> date | None:
    """A day out of the address; None: absent. :raises InvalidRequest: it is none."""
    given = request.args.get(name, "")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise InvalidRequest("Günü YYYY-AA-GG olarak yazın.", "Write the day as YYYY-MM-DD.") from error


def instant(name: str) -> datetime | None:
    """An instant of Istanbul out of the address, as browsers send it. :raises InvalidRequest: it is none."""
    given = request.args.get(name, "")
    try:
        found = datetime.fromisoformat(given) if given else None
        # years at the edge of the calendar cannot be moved between zones
        if found is not None and not 2000 <= found.year <= 2100:
            raise ValueError(given)
    except ValueError as error:
        raise InvalidRequest("Anı GG.AA.YYYY SS:DD olarak seçin.", "Choose a day and a time.") from error
    return found if found is None or found.tzinfo is not None else found.replace(tzinfo=ISTANBUL)


def uuid(name: str) -> UUID | None:
    """An id out of the address; None: absent. :raises InvalidRequest: it is none."""
    given = request.args.get(name, "")
    try:
        return UUID(given) if given else None
    except ValueError as error:
        raise InvalidRequest("Adres eksik ya da bozuk.", "The address is incomplete or damaged.") from error


def cursor(at: datetime, *ids: object) -> str:
    """Where a list goes on: the instant and ids of the last row shown."""
    return _MARK.join([at.isoformat(), *map(str, ids)])


def after(parts: int = 2) -> list[str] | None:
    """The cursor in the address, in its parts. :raises InvalidRequest: it is none of ours."""
    given = request.args.get("after", "")
    if not given:
        return None
    found = given.split(_MARK)
    try:
        datetime.fromisoformat(found[0])
        if len(found) != parts or len(given) > 200:
            raise ValueError(given)
    except ValueError as error:
        raise InvalidRequest("Adres eksik ya da bozuk.", "The address is incomplete or damaged.") from error
    return found


def place() -> tuple[datetime, UUID] | None:
    """The usual cursor: an instant and an id."""
    found = after()
    try:
        return (datetime.fromisoformat(found[0]), UUID(found[1])) if found else None
    except ValueError as error:
        raise InvalidRequest("Adres eksik ya da bozuk.", "The address is incomplete or damaged.") from error


def here(endpoint: str, **changes: object) -> str:
    """This address with other filters; what becomes empty is left out."""
    given: dict[str, object] = {name: value for name, value in request.args.items() if name in _FILTERS}
    kept = {name: value for name, value in {**given, **changes}.items() if value not in ("", None)}
    return url_for(endpoint, **kept)  # type: ignore[arg-type]  # filters are no options of url_for


def said_words(longest: int = 100) -> str:
    """What is looked for, without what no text of ours holds."""
    return "".join(sign for sign in request.args.get("q", "")[:longest] if sign.isprintable()).strip()
