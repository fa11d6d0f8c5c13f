"""The form as a whole: read from a request, saved as a draft, shown again with what was found."""

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from flask import Response, request, url_for

from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.core.ids import new_id
from ebelge.documents.drafting import drafts, templates
from ebelge.documents.drafting.drafts import Summary
from ebelge.edge.languages import language
from ebelge.edge.people import member
from ebelge.edge.requests import request_at
from ebelge.ubl.draft import MODELS
from ebelge.ubl.live_sums import live_sums
from ebelge.web.frame import account_page
from ebelge.web.invoice_form import choices, fields
from ebelge.web.invoice_form.checking import Live, look
from ebelge.web.invoice_form.fields import Posted, Values
from ebelge.web.invoice_form.identity import joined
from ebelge.web.invoice_form.sources import KINDS, Begun, desk

BYTES_MAX: Final = 3 * 1024 * 1024
# Beside the body: the draft's own fields. None of them is a path of the JSON.
ALIAS_MAX: Final = 255


@dataclass(frozen=True, slots=True)
class Form:
    """What a request says: the document, the draft it is, and what was pressed."""

    posted: Posted
    begun: Begun
    keep_contact: bool = True

    @property
    def content(self) -> dict[str, Any]:
        """What a draft keeps of it."""
        return {"draft": self.posted.body} | ({"receiver_alias": self.begun.alias} if self.begun.alias else {})


def posted() -> Form:
    """The form of this request, with the mend that was pressed. :raises InvalidRequest: not one of our forms."""
    kind = request.form.get("kind", "auto")
    if kind not in MODELS:
        raise InvalidRequest("Belge türü tanınmıyor.", "Unknown kind of document.")
    given = [(name, value) for name, value in request.form.items(multi=True) if name not in ("kind", "mend")]
    name, _, value = request.form.get("mend", "").partition("=")
    if name == "kind":
        kind = value if value in MODELS else kind
    elif name:
        below = (f"{name}.", f"{name}[")
        given = [(name, value), *(one for one in given if one[0] != name and not one[0].startswith(below))]
    corrects = _id("corrects")
    if corrects is None:  # today is what no date says: a draft that is sent tomorrow is of tomorrow
        today = istanbul_date(request_at()).isoformat()
        given = [one for one in given if one not in (("issue_date", today), ("despatch_date", today))]
    read = fields.read(given, kind=kind)
    begun = Begun(
        read.body, draft_id=_id("draft_id") or new_id(), tab=_id("tab") or new_id(), revision=_revision(),
        alias=request.form.get("receiver_alias", "").strip()[:ALIAS_MAX], corrects=corrects,
    )  # fmt: skip
    return Form(read, begun, keep_contact=request.form.get("keep_contact") == "yes")


def filled(form: Form, live: Live) -> Form:
    """The form with the fields that follow and were empty: for browsers without a script, which cannot do it."""
    values = fields.values_of(form.posted.body).flat
    missing = {
        name: value for name, value in live.known.fills.items() if name not in values and name != "receiver_alias"
    }
    if not missing:
        return form
    read = fields.read([*values.items(), *missing.items()], kind=str(form.posted.body["kind"]))
    alias = form.begun.alias or live.known.fills.get("receiver_alias", "")
    return replace(form, posted=read, begun=replace(form.begun, body=read.body, alias=alias))


def save(form: Form, *, over: bool = False) -> int:
    """Keep it as a draft; returns the revision. :raises DraftChanged, DraftSent, DraftTooLarge, TooManyDrafts."""
    begun = form.begun
    with tenant_session(member().tenant_id) as session:
        return drafts.save(
            session, desk=desk(), draft_id=begun.draft_id, tab=begun.tab, revision=begun.revision, content=form.content,
            summary=summary_of(form.posted.body), corrects_id=begun.corrects, over=over, at=request_at(),
        )  # fmt: skip


def save_template(form: Form, name: str) -> None:
    """Keep it as a template of the company. :raises InvalidFields, TooManyTemplates."""
    with tenant_session(member().tenant_id) as session:
        templates.add(
            session, desk=desk(), name=name, content=form.content, summary=summary_of(form.posted.body),
            by=member().mark, at=request_at(),
        )  # fmt: skip


def summary_of(body: dict[str, Any]) -> Summary:
    """What lists show of a body."""
    party = body.get("farmer" if body.get("kind") == "emm" else "buyer")
    said = joined(party) if isinstance(party, dict) else {}
    sums = live_sums(body)
    currency = body.get("currency")
    return Summary(
        kind=str(body.get("kind", "auto")), buyer=str(said.get("name", ""))[:300],
        currency=currency if isinstance(currency, str) else "TRY", payable_kurus=sums.payable_kurus if sums else None,
    )  # fmt: skip


def shown(form: Form, live: Live, *, status: int = 200, one_more: bool = False, **values: object) -> Response:
    """The page of the form."""
    body, side = form.posted.body, 0 if language() == "tr" else 1
    today = istanbul_date(request_at())
    typed: Values = fields.values_of(body)
    count = max(1, typed.lines + int(one_more))
    tabs = [(url_for("invoice_form.new", kind=one), choices.KIND_NAMES[one][side], one) for one in KINDS]
    return account_page(
        "invoice_form/new.html", status=status, form=form, begun=form.begun, v=typed, blank=Values({}), live=live,
        kind=str(body["kind"]), faults=live.faults, line_count=count, today=today.isoformat(),
        side=side, c=choices.of(body, today=today, side=side), kinds=tabs, shown=values,
    )  # fmt: skip


def look_of(posted: Posted, begun: Begun, *, asked: bool) -> Live:
    """Look at a document that is written in a form or kept as a draft."""
    return look(posted, alias=begun.alias, corrects=begun.corrects, asked=asked)


def _id(name: str) -> UUID | None:
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        return None


def _revision() -> int:
    said = request.form.get("revision", "0")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 9 else 0
