"""A form that was sent: done and shown anew, or shown again with each fault beside its field and nothing lost."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from http import HTTPStatus

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.edge.languages import language
from ebelge.edge.people import member
from ebelge.edge.requests import request_at
from ebelge.web.forms import told
from tenants.fields import InvalidFields
from tenants.states import SETS_UP

FORM_BYTES_MAX = 64 * 1024


class AccountClosed(DomainError):
    """A closed account is read, not changed."""

    code, http_status = "tenant_not_active", 403
    title_tr, title_en = "Kapanmış hesap değiştirilemez", "A closed account cannot be changed"
    advice_tr = "Hiçbir şey değiştirilmedi; belgeleriniz ve arşiviniz açık kalır."
    advice_en = "Nothing was changed; your documents and archive stay open."


@dataclass(frozen=True, slots=True)
class Form:
    """What a form shows: values by field, faults by field, and one for the whole."""

    values: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    said: str = ""

    def value(self, name: str, otherwise: object = "") -> str:
        """What stands in a field: what was sent, else what is kept."""
        return self.values.get(name, "" if otherwise is None else str(otherwise))


EMPTY = Form()
Work = Callable[[Session, datetime], object]
Show = Callable[[Form], Response]


@contextmanager
def own_rows() -> Iterator[Session]:
    """A transaction of the member's company."""
    with tenant_session(member().tenant_id) as session:
        yield session


def change(work: Work, *, show: Show, to: str, **values: object) -> Response | WerkzeugResponse:
    """Do `work` in one transaction of the member's company and go on to the page `to`; refused, `show` the form again.

    What does not exist (or is another's) is no fault of the form: that error goes its own way.
    """

    def done() -> None:
        if member().tenant_state not in SETS_UP:
            raise AccountClosed()
        with tenant_session(member().tenant_id) as session:
            work(session, request_at())

    return attempt(done, show=show, to=to, **values)


def attempt(done: Callable[[], None], *, show: Show, to: str, **values: object) -> Response | WerkzeugResponse:
    """The same for work that opens its own transaction."""
    try:
        done()
    except DomainError as refusal:
        if refusal.http_status == HTTPStatus.NOT_FOUND:
            raise
        answer = show(refused(refusal))
        answer.status_code = refusal.http_status
        return answer
    return redirect(url_for(to, done=1, **values), HTTPStatus.SEE_OTHER)  # type: ignore[arg-type]  # parts of an address


def text(name: str) -> str:
    """A field as it was sent; what is absent is empty."""
    return request.form.get(name, "")


def day(name: str) -> date | None:
    """A day as browsers send it; None: absent, or no day."""
    try:
        return date.fromisoformat(text(name))
    except ValueError:
        return None


def needed_day(name: str) -> date:
    """A day. :raises InvalidFields: absent, or no day."""
    found = day(name)
    if found is None:
        raise InvalidFields({name: ("Günü seçin.", "Choose the day.")})
    return found


def refused(refusal: DomainError) -> Form:
    """The form as it was sent, with what is wrong."""
    turkish = language() == "tr"
    values = request.form.to_dict()
    if isinstance(refusal, InvalidFields):
        return Form(values, {name: words[0 if turkish else 1] for name, words in refusal.wrong.items()})
    return Form(values, said=told(refusal))
