"""What the lists of outgoing and of incoming documents are alike in: the page with its filters, and the sheet.

What a member is narrowed to is asked of `access.reach()` and told to each query.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from ebelge.archive import tags
from ebelge.archive.models import Tag
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.core.sheets import Cell
from ebelge.documents.answers.deadlines import last_minute, left_words
from ebelge.documents.incoming.models import IncomingDocument
from ebelge.documents.looking import PAGE_MAX, Page
from ebelge.documents.models import Document
from ebelge.edge.access import reach
from ebelge.edge.languages import language
from ebelge.edge.people import member
from ebelge.edge.requests import request_at
from ebelge.web import document_words, list_exports, list_tools, listing
from ebelge.web.frame import account_page

PER_PAGE: Final = 50
Of = TypeVar("Of", Document, IncomingDocument)


@dataclass(frozen=True, slots=True)
class DocumentList(Generic[Of]):
    """A list of documents: what it reads, how a row looks on the page and in a sheet, and its menus of filters.

    `page`, `waiting`: the list's own queries (`documents.lists`, `incoming.lists`). `choices`: words of each menu by
    language. `heads`: the sheet's headings, in both languages.
    """

    place: str
    template: str
    file_name: str
    page: Callable[..., Page[Of]]
    waiting: Callable[..., Any]
    row: Callable[[Of, list[Tag]], dict[str, object]]
    cells: Callable[[Of, list[Tag], int], list[Cell]]
    heads: Sequence[tuple[str, str]]
    choices: Callable[[int], Mapping[str, Mapping[str, str]]]

    def show(self) -> Response:
        """The newest documents that the filters let through, and what of all waits for somebody."""
        me, at, wrong = member(), request_at(), None
        side, path = language_side(), url_for(list_tools.LISTS[self.place])
        with tenant_session(me.tenant_id) as session:
            page: Page[Of] = Page((), None)
            try:
                asked = listing.asked(request.args, today=istanbul_date(at))
                page = self.page(
                    session, tenant_id=me.tenant_id, wanted=asked.wanted, at=at, after=asked.after, limit=PER_PAGE,
                    reach=reach(),
                )  # fmt: skip
            except InvalidRequest as refusal:
                wrong = refusal
            given = listing.typed(request.args)
            tools = list_tools.tools(session, self.place, given)
            rows = [self.row(one, hung) for one, hung in _with_tags(session, me.tenant_id, page)]
            waits = self.waiting(session, tenant_id=me.tenant_id, at=at, reach=reach())
        words = self.choices(side)
        menus = [listing.menu(path, given, name, choices, side=side) for name, choices in words.items()]
        if tools.tags:
            by_tag = {str(tag.tag_id): tag.name for tag in tools.tags}
            menus.append(listing.menu(path, given, "tags", by_tag, side=side))
        until = waits.next_until
        return account_page(
            self.template, status=400 if wrong else 200, problem=wrong.problem(language()) if wrong else None,
            rows=rows, menus=menus, chips=listing.chips(path, given, words=words, tags=tools.tags, side=side),
            more=listing.next_page(path, given, page.next_after), waits=waits, narrowed=not reach().whole, path=path,
            next_last=document_words.minute(last_minute(until)) if until else "",
            left=left_words(until, at)[side] if until else "", address=listing.address,
            **list_tools.shared(self.place, tools, given, request.args),
        )  # fmt: skip

    def export(self, form: str) -> Response:
        """What the filters let through, as a sheet. :raises NotFound: there is no such form."""
        me, at, side, seen = member(), request_at(), language_side(), reach()
        wanted = listing.asked(request.args, today=istanbul_date(at)).wanted

        def rows() -> Iterator[list[Cell]]:
            after = None
            while True:
                with tenant_session(me.tenant_id) as session:
                    page = self.page(
                        session, tenant_id=me.tenant_id, wanted=wanted, at=at, after=after, limit=PAGE_MAX, reach=seen
                    )
                    made = [self.cells(one, hung, side) for one, hung in _with_tags(session, me.tenant_id, page)]
                yield from made
                after = page.next_after
                if after is None:
                    return

        heads = [one[side] for one in self.heads]
        return list_exports.answer(form, heads=heads, rows=rows(), name=self.file_name, side=side)


def language_side() -> int:
    """Which of a pair of words is shown: 0 the Turkish one, 1 the English one."""
    return 0 if language() == "tr" else 1


def _with_tags(session: Session, tenant_id: UUID, page: Page[Of]) -> list[tuple[Of, list[Tag]]]:
    hung = tags.of_entries(session, tenant_id=tenant_id, entry_ids=[one.document_id for one in page.rows])
    return [(one, hung.get(one.document_id, [])) for one in page.rows]
