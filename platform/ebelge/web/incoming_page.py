"""One document that came in: its views beside its answer with the time left, what else can be done, and its steps.

Forms that are refused show this page again with the reason (`portal_answers`).
"""

from typing import Any, Final
from uuid import UUID

from flask import Response, current_app, request, url_for
from sqlalchemy.orm import Session

from ebelge.archive import tags
from ebelge.archive.store import open_store
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, NotFound
from ebelge.documents import lists as outgoing_lists
from ebelge.documents.answers import answering, receipts
from ebelge.documents.answers.guide import guide
from ebelge.documents.incoming import queries
from ebelge.documents.incoming.models import IncomingDocument
from ebelge.documents.mistakes import records as mistakes
from ebelge.documents.mistakes.records import CHANNEL_WORDS, WORDS
from ebelge.edge import came_in
from ebelge.edge.access import reach
from ebelge.edge.languages import language
from ebelge.edge.people import member
from ebelge.edge.requests import request_at
from ebelge.web import document_words, list_tools
from ebelge.web.document_page import TABS, XML_SHOWN_MAX, pretty
from ebelge.web.forms import problem_of
from ebelge.web.frame import PAGE, account_page
from ebelge.web.list_tools import FORM_ENDPOINT
from ebelge.web.trade_words import kind_name

LINES_SHOWN_MAX: Final = 200
_DONE: Final[dict[str, tuple[str, str]]] = {
    "answered": ("Yanıtınız gönderiliyor.", "Your answer is on its way."),
    "recorded": ("Kaydedildi.", "It was recorded."),
    "tagged": ("Etiketler değiştirildi.", "Its tags were changed."),
}  # fmt: skip


def render(document_id: UUID, refusal: DomainError | None = None) -> Response:
    """The page; after a refused form with the reason. :raises NotFound: see `queries.get`."""
    me, at, side = member(), request_at(), 0 if language() == "tr" else 1
    with tenant_session(me.tenant_id) as session:
        document = queries.get(session, tenant_id=me.tenant_id, document_id=document_id, reach=reach())
        steps = queries.timeline(session, tenant_id=me.tenant_id, document_id=document_id, reach=reach())
        given = answering.latest(session, tenant_id=me.tenant_id, document_id=document_id)
        values = _values(session, document, side)
        session.expunge_all()
    until = answering.until(document)
    open_ = until is not None and at < until and document.answer == "none"
    ways = guide(profile=document.profile, came_at=document.received_at, at=at) if document.kind == "efatura" else []
    try:
        lines = receipts.lines_of(tenant_id=me.tenant_id, document_id=document_id, store=open_store())[:LINES_SHOWN_MAX]
    except NotFound:  # without its file nothing can be answered; what was done about it is shown all the same
        lines, open_ = [], False
    may = "documents:send" in me.rights
    has_form = may and FORM_ENDPOINT in current_app.view_functions and document.kind == "efatura"
    return account_page(
        "incoming/one.html", policy=PAGE, status=200 if refusal is None else refusal.http_status,
        problem=None if refusal is None else problem_of(refusal), document=document,
        typed={} if refusal is None else request.form,
        kind=kind_name(document.kind, side), given=given, open=open_, ways=ways, lines=lines, may=may,
        said=document_words.incoming(document.answer, until, document.profile, at=at, side=side),
        steps=[_step(one, side) for one in reversed(steps)], today=istanbul_date(at),
        record_ways=[way.record for way in ways] + ["other"],
        way_words={code: words[side] for code, words in WORDS.items()},
        channels={code: words[side] for code, words in CHANNEL_WORDS.items()},
        return_path=url_for(FORM_ENDPOINT, returns=document_id) if has_form else "",
        may_tag="archive:write" in me.rights, done=_done(side), **values, **_tab(document, side),
    )  # fmt: skip


def _values(session: Session, document: IncomingDocument, side: int) -> dict[str, Any]:
    tenant_id, own = member().tenant_id, document.document_id
    kept = mistakes.records(session, tenant_id=tenant_id, document_id=own)
    named = [] if document.references_id is None else [document.references_id]
    reached = outgoing_lists.within(session, tenant_id=tenant_id, document_ids=named, reach=reach()) if named else []
    return {
        "kept": [(one.way, one.record_id, mistakes.said(one)[side], one.file_type is not None) for one in kept],
        "hung": tags.of_entries(session, tenant_id=tenant_id, entry_ids=[own]).get(own, []),
        "all_tags": tags.listed(session, tenant_id=tenant_id),
        "ours_path": url_for("portal_documents.one", document_id=reached[0]) if reached else "",
    }


def _tab(document: IncomingDocument, side: int) -> dict[str, Any]:
    tab = "xml" if request.args.get("tab") == "xml" else "view"
    here = url_for("portal_incoming.one", document_id=document.document_id)
    places = [
        (here if name == "view" else f"{here}?tab={name}", TABS[name][side], name == tab) for name in ("view", "xml")
    ]
    shown = ""
    if tab == "xml":
        shown = pretty(came_in.xml_of(member().tenant_id, document.document_id, reach=reach())[1])
    return {
        "tab": tab, "tabs": places, "xml_text": shown[:XML_SHOWN_MAX], "xml_cut": len(shown) > XML_SHOWN_MAX,
    }  # fmt: skip


def _step(one: Any, side: int) -> dict[str, object]:
    words = one.text_en if side else one.text_tr
    return {"at": one.at, "words": words, "kontor": 0, "code": one.code, "tone": "", "data": one.data}


def _done(side: int) -> str:
    words = _DONE.get(request.args.get("done", ""))
    return words[side] if words else list_tools.done(request.args)
