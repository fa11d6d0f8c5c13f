"""Search everything: documents both ways by number, ETTN, VKN or words; pages by name; for staff, accounts."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from ebelge.archive import search as archive_search
from ebelge.archive.search import Filters
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.folding import fold
from ebelge.documents import queries, reached
from ebelge.edge.access import reach
from ebelge.edge.languages import language
from ebelge.edge.people import Member, member, right
from ebelge.web.archive_words import kinds
from ebelge.web.filters import day, lira
from ebelge.web.frame import account_page
from ebelge.web.rail import Place, commands_of
from tenants import directory

blueprint = Blueprint("search_pages", __name__, url_prefix="/search")
WORDS_MAX: Final = 80
SHOWN: Final = 20
_VKN: Final = re.compile(r"\d{10,11}")
_NUMBER: Final = re.compile(r"[A-Z0-9]{3}\d{13}")


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that fits."""

    path: str
    number: str
    kind: str
    title: str
    day: str
    amount: str


@blueprint.get("")
@right("company:read")
def index() -> Response:
    """What fits the words, of this company only; each hit leads to its page."""
    me, words = member(), request.args.get("q", "").replace("\0", "").strip()[:WORDS_MAX]
    documents, accounts = _documents(me, words), []
    if words and "tenants:read" in me.rights:
        with role_session("reader") as session:
            accounts = list(directory.search(session, words=words, limit=SHOWN))
    return account_page(
        "search.html", words=words, pages=_pages(me, words), documents=documents, accounts=accounts, most=SHOWN
    )


def _pages(me: Member, words: str) -> list[Place]:
    looked_for = fold(words).split()
    if not looked_for:
        return []
    places = commands_of(me, turkish=language() == "tr", several=True)
    return [one for one in places if all(word in fold(f"{one.name} {one.hint}") for word in looked_for)][:SHOWN]


def _documents(me: Member, words: str) -> list[Hit]:
    if not words or "documents:read" not in me.rights:
        return []
    with tenant_session(me.tenant_id) as session:
        exact = _exact(session, me.tenant_id, words)
        if exact:
            return exact
        plain = words.replace(" ", "").replace("\u2009", "")
        filters = Filters(vkn_tckn=plain) if _VKN.fullmatch(plain) else Filters(text=words)
        try:
            found = archive_search.search(
                session, tenant_id=me.tenant_id, filters=filters, limit=SHOWN,
                series_ids=reached.series_ids(session, tenant_id=me.tenant_id, reach=reach()),
            )  # fmt: skip
        except InvalidRequest:
            return []
    names = kinds(language())
    return [
        Hit(
            _path(one.source, one.entry_id), one.number or one.title, names.get(one.kind, one.kind), one.title,
            day(one.day), "" if one.amount_kurus is None else lira(one.amount_kurus, one.currency),
        )
        for one in found.entries
    ]  # fmt: skip


def _exact(session: Session, tenant_id: UUID, words: str) -> list[Hit]:
    """A document of ours by its number or ETTN: found at once, also before the archive's index has it."""
    try:
        if _NUMBER.fullmatch(words):
            found = queries.by_number(session, tenant_id=tenant_id, number=words, reach=reach())
        else:
            found = queries.by_ettn(session, tenant_id=tenant_id, ettn=UUID(words), reach=reach())
    except (ValueError, NotFound):
        return []
    name = kinds(language()).get(found.kind, found.kind)
    amount = "" if found.kind == "eirsaliye" else lira(found.payable_kurus, found.currency)
    path = url_for("portal_documents.one", document_id=found.document_id)
    return [Hit(path, found.number, name, found.buyer_title, day(found.issue_date), amount)]


def _path(source: str, entry_id: UUID) -> str:
    if source == "outgoing":
        return url_for("portal_documents.one", document_id=entry_id)
    if source == "incoming":
        return url_for("portal_incoming.one", document_id=entry_id)
    return url_for("archive_pages.content", entry_id=entry_id)
