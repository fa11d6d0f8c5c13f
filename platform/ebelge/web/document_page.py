"""One document: its views beside its state in words, what can be done now, its steps, its kontör and its relations.

Forms that are refused show this page again with the reason (`portal_answers`, `reports`).
"""

from typing import Any, Final
from uuid import UUID

from flask import Response, current_app, request, url_for
from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.statements.table import SOURCES
from ebelge.archive import tags
from ebelge.core.clock import istanbul_date
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.documents import queries, surroundings
from ebelge.documents.mistakes import records as mistakes
from ebelge.documents.mistakes import ways as mistake_ways
from ebelge.documents.mistakes.cancel import WAY_NAMES
from ebelge.documents.mistakes.records import CHANNEL_WORDS, WORDS
from ebelge.documents.models import Document
from ebelge.documents.reports import queries as report_queries
from ebelge.documents.states import CORRECTABLE, State
from ebelge.documents.travel.mail_again import KINDS as MAILED
from ebelge.edge import originals
from ebelge.edge.access import reach
from ebelge.edge.languages import language
from ebelge.edge.people import member
from ebelge.edge.requests import request_at
from ebelge.gib.earsiv_report import CANCEL_LINES, OBJECTION_LINES
from ebelge.jobs.report_clock import rhythm
from ebelge.ubl.errors import UnreadableDocument
from ebelge.ubl.reading import read_tree
from ebelge.web import document_words, list_tools
from ebelge.web.document_words import Around
from ebelge.web.forms import problem_of
from ebelge.web.frame import PAGE, account_page
from ebelge.web.list_tools import FORM_ENDPOINT
from ebelge.web.trade_words import kind_name
from tenants.members import memberships
from tenants.models import ApiKey

KONTOR_ENDPOINT: Final = "kontor_pages.show"
TABS: Final = {"view": ("Görünüm", "View"), "xml": ("XML", "XML"), "pdf": ("PDF", "PDF")}
RELATED: Final[dict[str, tuple[str, str]]] = {
    "replaces": ("Yerine geçtiği belge", "Replaces"), "replaced_by": ("Yerine geçen belge", "Replaced by"),
    "returned_by": ("Gelen iade faturası", "Return invoice that came"), "despatch": ("İrsaliyesi", "Its despatch note"),
    "invoice": ("Faturası", "Its invoice"),
}  # fmt: skip
# Both bear the same number: what tells them apart.
TOOK_OVER: Final[dict[str, tuple[str, str]]] = {
    "replaces": ("numarasını bu belge devraldı", "this document took over its number"),
    "replaced_by": ("bu belgenin numarasını devraldı", "it took over this document's number"),
}
REPORT: Final[dict[str, tuple[str, str]]] = {
    "pending": ("Rapor bekliyor", "Waits for its report"), "reported": ("Raporlandı", "Reported"),
    "stuck": ("Raporlanamadı, bakılıyor", "Could not be reported, looked at"),
    "dropped": ("Rapora girmez", "In no report"),
}  # fmt: skip
REMARKS: Final = {"cancel": ("İptal", "Cancellation"), "objection": ("İtiraz", "Objection")}
_DONE: Final[dict[str, tuple[str, str]]] = {
    "withdrawn": ("Belge geri çekildi; kontörü serbest.", "The document was withdrawn; its kontör is free."),
    "recorded": ("Kaydedildi.", "It was recorded."),
    "cancelled": ("Belge iptal edildi; GİB'e raporla bildirilir.", "It was cancelled; GİB is told with the report."),
    "objected": ("İtiraz kaydedildi; GİB'e raporla bildirilir.", "The objection was entered; GİB is told."),
    "mailed": ("E-posta gönderiliyor.", "The mail is on its way."),
    "resent": ("Belge yeniden gönderiliyor; kontör alınmaz.", "It is sent again, free of charge."),
    "given_up": ("Gönderimden vazgeçildi; kontörü geri geldi.", "It was given up; its kontör came back."),
    "tagged": ("Etiketler değiştirildi.", "Its tags were changed."),
}  # fmt: skip
# A document of a thousand lines is shown to its first part; the whole is a download.
XML_SHOWN_MAX: Final = 400_000


def render(document_id: UUID, refusal: DomainError | None = None) -> Response:
    """The page; after a refused form with the reason. :raises NotFound: see `queries.get`."""
    me, at, side = member(), request_at(), _side()
    with tenant_session(me.tenant_id) as session:
        document = queries.get(session, tenant_id=me.tenant_id, document_id=document_id, reach=reach())
        steps = queries.timeline(session, tenant_id=me.tenant_id, document_id=document_id, reach=reach())
        values = _values(session, document)
        ways = mistake_ways.ways(document, at=at)
        kept = _records(session, document)
        session.expunge_all()
    begun = any(one[0] == "portal_cancel_asked" for one in kept)
    follows = mistake_ways.FOLLOWS if begun else ("other",)
    may = "documents:send" in me.rights
    return account_page(
        "documents/one.html", policy=PAGE, status=200 if refusal is None else refusal.http_status,
        problem=None if refusal is None else problem_of(refusal), document=document,
        typed={} if refusal is None else request.form,
        kind=kind_name(document.kind, side), steps=[_step(one, side) for one in reversed(steps)],
        used=-sum(one.kontor for one in steps), ways=ways, kept=kept, may=may, today=istanbul_date(at),
        record_ways=[way.code for way in ways if way.act == "record"] + list(follows),
        way_words={code: words[side] for code, words in WORDS.items()},
        channels={code: words[side] for code, words in CHANNEL_WORDS.items()},
        may_tag="archive:write" in me.rights, done=_done(side), **values, **_deeds(document, may), **_tab(document),
    )  # fmt: skip


def _values(session: Session, document: Document) -> dict[str, Any]:
    me, side, own = member(), _side(), document.document_id
    report = report_queries.standing(session, tenant_id=me.tenant_id, document_id=own)
    due = rhythm().due_at(report.day) if report is not None else None
    around = Around(
        next_question_at=surroundings.next_question_at(session, document),
        report=None if report is None else report.state, report_due=due,
    )  # fmt: skip
    hung = tags.of_entries(session, tenant_id=me.tenant_id, entry_ids=[own])
    remarks = [] if report is None else [
        (REMARKS[one.kind][side], one.day, one.state == "reported", one.paper_number or one.text)
        for one in report.remarks
    ]  # fmt: skip
    objected = report is not None and any(one.kind == "objection" for one in report.remarks)
    issued = document.state in (State.SIGNED, State.DELIVERED, State.UNDELIVERED)
    return {
        "said": document_words.at_length(document, around, at=request_at(), side=side),
        "report": None if report is None else {
            "words": REPORT[report.state][side], "day": report.day, "late": report.late, "due": due,
            "pending": report.state == "pending",
        },
        "remarks": remarks,
        "may_cancel": document.kind in CANCEL_LINES and issued,
        "may_object": document.kind in OBJECTION_LINES and not objected
        and (issued or document.state == State.CANCELLED),
        "objection_ways": [(way, names[side]) for way, names in WAY_NAMES.items()],
        "shares": [(one, SOURCES[one.source][side]) for one in surroundings.shares(
            session, tenant_id=me.tenant_id, document_id=own)],
        "kontor_path": url_for(KONTOR_ENDPOINT) if KONTOR_ENDPOINT in current_app.view_functions else "",
        "mails": surroundings.mails(session, tenant_id=me.tenant_id, document_id=own),
        "related": [_related(one, side) for one in surroundings.related(session, document, reach=reach())],
        "hung": hung.get(own, []), "all_tags": tags.listed(session, tenant_id=me.tenant_id),
        "by": _by(session, me.tenant_id, document.created_by),
    }  # fmt: skip


def _deeds(document: Document, may: bool) -> dict[str, Any]:
    """Which forms the page has, and where "correct" and "copy" lead (the invoice form, where there is one)."""
    has_form = may and FORM_ENDPOINT in current_app.view_functions
    correctable = State(document.state) in CORRECTABLE and not document.superseded
    stuck = document.state == State.UNDELIVERED
    own = document.document_id
    return {
        "correct_path": url_for(FORM_ENDPOINT, corrects=own) if has_form and correctable else "",
        "copy_path": url_for(FORM_ENDPOINT, copies=own) if has_form else "",
        "may_withdraw": may and document.state == State.ACCEPTED,
        "may_resend": may and stuck and document.channel == "gib",
        "may_give_up": may and stuck and document.channel == "gib",
        "may_mail": may and document.kind in MAILED
        and (document.state == State.DELIVERED or (stuck and document.channel == "mail")),
        "link": f"{settings().public_base_url}{url_for('buyer.document_page', token=document.link_token)}"
        if document.signed_sha256 else "",
    }  # fmt: skip


def _tab(document: Document) -> dict[str, Any]:
    tab = request.args.get("tab", "view")
    tab = tab if tab in TABS else "view"
    here = url_for("portal_documents.one", document_id=document.document_id)
    places = [
        (here if name == "view" else f"{here}?tab={name}", words[_side()], name == tab) for name, words in TABS.items()
    ]
    shown, cut = "", False
    if tab == "xml":
        _, data = originals.xml_of(member().tenant_id, document.document_id, reach=reach(), signed=None)
        shown = pretty(data)
        shown, cut = shown[:XML_SHOWN_MAX], len(shown) > XML_SHOWN_MAX
    return {"tab": tab, "tabs": places, "xml_text": shown, "xml_cut": cut}


def pretty(data: bytes) -> str:
    """XML with a line and an indent for each element, to be read; a signature's bytes are the download's only."""
    try:
        root = read_tree(data)
    except UnreadableDocument:
        return data.decode("utf-8", "replace")
    etree.indent(root, space="  ")
    return etree.tostring(root, encoding="unicode")


def _related(one: surroundings.Related, side: int) -> dict[str, object]:
    endpoint = "portal_incoming.one" if one.incoming else "portal_documents.one"
    path = url_for(endpoint, document_id=one.document_id)
    took = TOOK_OVER.get(one.how)
    state = document_words.STATES[one.state][side] if one.state else ""
    return {
        "how": RELATED[one.how][side], "number": one.number, "day": one.day, "path": path, "at": took and one.at,
        "took": f"{state}; {took[side]}" if took else "",
    }  # fmt: skip


def _step(one: Any, side: int) -> dict[str, object]:
    tones = {
        "delivered": "good",
        "undelivered": "bad",
        "refused": "bad",
        "failed": "bad",
        "mail": "",
        "unknown": "wait",
    }
    return {
        "at": one.at, "words": one.text_en if side else one.text_tr, "kontor": one.kontor, "code": one.code,
        "tone": tones.get(one.kind, ""), "data": one.data,
    }  # fmt: skip


def _records(session: Session, document: Document) -> list[tuple[str, UUID, str, bool]]:
    """(way, id, words, with a paper) of what was recorded."""
    found = mistakes.records(session, tenant_id=document.tenant_id, document_id=document.document_id)
    return [(row.way, row.record_id, mistakes.said(row)[_side()], row.file_type is not None) for row in found]


def _by(session: Session, tenant_id: UUID, created_by: str) -> str:
    """Who sent it: a member's name (also of one who left), or the API key by the name that its owner gave it."""
    kind, _, name = created_by.partition(":")
    if kind == "key":
        given = session.scalar(select(ApiKey.name).where(ApiKey.tenant_id == tenant_id, ApiKey.key_id == name))
        return f"{'API anahtarı' if language() == 'tr' else 'API key'} {given or name}"
    people = {str(one.person_id): one.full_name for one in memberships.colleagues(session, tenant_id=tenant_id)}
    return people.get(name, "Ebelge")


def _done(side: int) -> str:
    words = _DONE.get(request.args.get("done", ""))
    return words[side] if words else list_tools.done(request.args)


def _side() -> int:
    return 0 if language() == "tr" else 1
