"""The archive as a page: a search whose filters stand in the address, tags, files put in, and whether it is whole.

What a member is narrowed to is asked of `access.reach()`: then only what his series have numbered, or
what came to his branches' mailboxes, is listed and opened.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.archive import files, saved, search, tags
from ebelge.archive.models import Tag
from ebelge.archive.search import Filters, Found, Page
from ebelge.archive.store import open_store
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.core.money import lira_text
from ebelge.documents.keeping import contents as archive_contents
from ebelge.documents.keeping import integrity, ledger_files, within
from ebelge.edge import archive_files, limits
from ebelge.edge.access import reach
from ebelge.edge.actors import actor
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web import archive_words, listing
from ebelge.web.forms import problem_of
from ebelge.web.frame import account_page
from ebelge.web.list_tools import Tools
from tenants.states import SENDS

blueprint = Blueprint("archive_pages", __name__, url_prefix="/archive")
PER_PAGE, FORM_BYTES_MAX = 50, 256 * 1024
NAMES = ("q", "source", "kind", "from", "to", "vkn_tckn", "number", "lira_from", "lira_to", "tags")


class AccountStopped(DomainError):
    """A suspended or closed account reads its archive and puts nothing into it."""

    code, http_status = "tenant_not_active", 403
    title_tr, title_en = "Hesap şu an arşive dosya koyamaz", "The account cannot add to its archive now"


@blueprint.get("")
@right("documents:read")
def index() -> Response:
    """What the filters let through, newest first."""
    return _page()


@blueprint.get("/<uuid:entry_id>/content")
@right("documents:read")
def content(entry_id: UUID) -> Response:
    """The file of an entry, to be saved."""
    tenant_id = member().tenant_id
    with tenant_session(tenant_id) as session:
        found = search.get(session, tenant_id=tenant_id, entry_id=entry_id, series_ids=_series(session))
        where = archive_contents.of_entry(session, tenant_id=tenant_id, found=found)
    return archive_files.handed_over(tenant_id, where)


@blueprint.get("/checks")
@right("documents:read")
def checks() -> Response:
    """Whether every file is what its row says, and what the months of e-Defter lack."""
    tenant_id, at = member().tenant_id, request_at()
    if not reach().whole:
        raise NotFound("Arşiv denetimini tüm belgeleri görenler açar.", "It is for those who see all documents.")
    with tenant_session(tenant_id) as session:
        return account_page(
            "archive/checks.html", found=integrity.standing(session, tenant_id=tenant_id),
            words={name: texts[_side()] for name, texts in integrity.WORDS.items()},
            months=ledger_files.months(session, tenant_id=tenant_id, at=at),
        )  # fmt: skip


@blueprint.post("/files")
@right("archive:write")
@limits.body_up_to(ledger_files.BYTES_MAX)
def put_file() -> Response | WerkzeugResponse:
    """Put a file into the archive; one of e-Defter is known by its kind."""
    tenant_id, kind, note = member().tenant_id, request.form.get("kind", "other"), request.form.get("note", "")
    try:
        _may_write()
        if not reach().whole:
            raise NotFound()
        name, stream = archive_files.uploaded("file")
        archive_files.take(
            open_store(), tenant_id=tenant_id, name=name, chunks=files.pieces(stream), kind=kind, note=note,
            actor=actor(), at=request_at(),
        )  # fmt: skip
    except NotFound:
        raise
    except DomainError as refusal:
        return _page(refusal)
    return redirect(url_for("archive_pages.index", source="file", done="file"), HTTPStatus.SEE_OTHER)


@blueprint.post("/tagging")
@right("archive:write")
@limits.body_up_to(FORM_BYTES_MAX)
def hang() -> Response | WerkzeugResponse:
    """Hang a tag on the chosen entries, or take it off them."""
    tenant_id = member().tenant_id
    try:
        _may_write()
        chosen, tag = _ids(request.form.getlist("id")), _ids([request.form.get("tag", "")])
        with tenant_session(tenant_id) as session:
            known = search.within(session, tenant_id=tenant_id, entry_ids=chosen, series_ids=_series(session))
            if len(known) != len(set(chosen)):
                raise NotFound("Arşivde olmayan bir kayıt var.", "One of the entries is not in the archive.")
            off = request.form.get("way") == "take"
            tags.hang(
                session, tenant_id=tenant_id, entry_ids=known, add=[] if off else tag, take=tag if off else [],
                at=request_at(),
            )  # fmt: skip
    except NotFound:
        raise
    except DomainError as refusal:
        return _page(refusal)
    return _back("tagged")


@blueprint.post("/tags")
@right("archive:write")
@limits.body_up_to(FORM_BYTES_MAX)
def add_tag() -> Response | WerkzeugResponse:
    """A new tag."""
    try:
        _may_write()
        with tenant_session(member().tenant_id) as session:
            tags.create(
                session, tenant_id=member().tenant_id, name=request.form.get("name", ""),
                colour=request.form.get("colour", ""), actor=actor(), at=request_at(),
            )  # fmt: skip
    except DomainError as refusal:
        return _page(refusal)
    return _back("tag")


@blueprint.post("/tags/<uuid:tag_id>/remove")
@right("archive:write")
def remove_tag(tag_id: UUID) -> WerkzeugResponse:
    """Take a tag off everything."""
    _may_write()
    with tenant_session(member().tenant_id) as session:
        tags.remove(session, tenant_id=member().tenant_id, tag_id=tag_id, actor=actor(), at=request_at())
    return _back("tag_removed")


@blueprint.post("/searches")
@right("documents:read")
@limits.body_up_to(FORM_BYTES_MAX)
def save_search() -> Response | WerkzeugResponse:
    """Keep the filters of the page under a name, for oneself."""
    try:
        with tenant_session(member().tenant_id) as session:
            saved.keep(
                session, tenant_id=member().tenant_id, owner=member().mark, by=member().mark,
                name=request.form.get("name", ""), filters=_filters(request.args), at=request_at(),
            )  # fmt: skip
    except DomainError as refusal:
        return _page(refusal)
    return _back("search")


@blueprint.post("/searches/<uuid:search_id>/remove")
@right("documents:read")
def remove_search(search_id: UUID) -> WerkzeugResponse:
    """Forget a search of one's own."""
    with tenant_session(member().tenant_id) as session:
        saved.remove(session, tenant_id=member().tenant_id, search_id=search_id, owner=member().mark, only_own=True)
    return _back("search_removed")


def _page(refusal: DomainError | None = None) -> Response:
    me, typed = member(), _typed(request.args)
    with tenant_session(me.tenant_id) as session:
        page, wrong = Page((), None), refusal
        try:
            page = search.search(
                session, tenant_id=me.tenant_id, filters=_filters(request.args), series_ids=_series(session),
                after=_after(request.args.get("after", "")), limit=PER_PAGE,
            )  # fmt: skip
        except InvalidRequest as unreadable:
            wrong = wrong or unreadable
        hung = tags.of_entries(session, tenant_id=me.tenant_id, entry_ids=[one.entry_id for one in page.entries])
        all_tags = tags.listed(session, tenant_id=me.tenant_id)
        tools = _tools(session, typed, all_tags)
        rows = [_row(one, hung.get(one.entry_id, [])) for one in page.entries]
    older = None
    if page.next_after is not None:
        older = f"{url_for('archive_pages.index')}?{urlencode(typed | {'after': '~'.join(map(str, page.next_after))})}"
    side, path = _side(), url_for("archive_pages.index")
    words = {"source": archive_words.sources(language()), "kind": archive_words.kinds(language())}
    menus = [listing.menu(path, typed, name, words[name], side=side) for name in words]
    if all_tags:
        menus.append(listing.menu(path, typed, "tags", {str(tag.tag_id): tag.name for tag in all_tags}, side=side))
    return account_page(
        "archive/index.html", status=wrong.http_status if wrong else HTTPStatus.OK,
        problem=problem_of(wrong) if wrong else None, rows=rows, older=older, typed=typed, tags=all_tags,
        tools=tools, menus=menus, done=archive_words.done(request.args, language()),
        chips=listing.chips(path, typed, words=words, tags=all_tags, side=side, names=NAMES),
        file_kinds=archive_words.file_kinds(language()), colours=archive_words.colours(language()),
        narrowed=not reach().whole, may_write=tools.may_tag, first="after" not in request.args,
    )  # fmt: skip


def _tools(session: Session, typed: dict[str, str], all_tags: Sequence[Tag]) -> Tools:
    me, query = member(), urlencode(typed)
    mine = saved.listed(session, tenant_id=me.tenant_id, owner=me.mark)
    here = url_for("archive_pages.index")
    searches = [
        (one.name, f"{here}?{urlencode(_for_address(one.filters))}",
         f"{url_for('archive_pages.remove_search', search_id=one.search_id)}?{query}" if one.owner == me.mark else "")
        for one in mine
    ]  # fmt: skip
    return Tools(
        searches=tuple(searches), save_path=f"{url_for('archive_pages.save_search')}?{query}", tags=all_tags,
        may_tag="archive:write" in me.rights, query=query,
    )  # fmt: skip


def _row(one: Found, hung: list[Tag]) -> dict[str, object]:
    amount = ""
    if one.amount_kurus is not None and one.kind != "eirsaliye" and one.currency:
        amount = f"{lira_text(one.amount_kurus)} {'₺' if one.currency == 'TRY' else one.currency}"
    path = url_for("archive_pages.content", entry_id=one.entry_id)
    if one.source == "outgoing":
        path = url_for("portal_documents.one", document_id=one.entry_id)
    elif one.source == "incoming":
        path = url_for("portal_incoming.one", document_id=one.entry_id)
    return {
        "id": one.entry_id, "path": path, "name": one.number if one.source != "file" else one.title,
        "kind": archive_words.kinds(language()).get(one.kind, one.kind), "day": one.day,
        "source": archive_words.sources(language())[one.source], "other": "" if one.source == "file" else one.title,
        "amount": amount, "tags": hung, "out": one.direction == "out",
    }  # fmt: skip


def _series(session: Session) -> frozenset[UUID] | None:
    return within.ids(session, tenant_id=member().tenant_id, reach=reach())


def _typed(args: Mapping[str, str]) -> dict[str, str]:
    return listing.typed(args, NAMES)


def _filters(args: Mapping[str, str]) -> Filters:
    """The filters of the address, whose amounts are typed in lira. :raises InvalidRequest: unreadable."""
    typed = _typed(args)
    kurus = {
        f"amount_{side}": str(archive_words.kurus(typed[f"lira_{side}"]))
        for side in ("from", "to")
        if typed.get(f"lira_{side}")
    }
    return search.of_texts(typed | kurus)


def _for_address(filters: Mapping[str, str]) -> dict[str, str]:
    """Kept filters as this page's address has them."""
    shown = {name: value for name, value in filters.items() if not name.startswith("amount_")}
    for side in ("from", "to"):
        if filters.get(f"amount_{side}"):
            shown[f"lira_{side}"] = f"{int(filters[f'amount_{side}']) / 100:.2f}"
    return shown


def _after(text: str) -> tuple[archive_words.Day, UUID] | None:
    day, _, entry_id = text.partition("~")
    return (archive_words.day(day), _ids([entry_id])[0]) if text else None


def _ids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(one) for one in texts[: tags.AT_ONCE_MAX]]
    except ValueError as error:
        raise InvalidRequest("Kayıt ve etiket seçin.", "Choose entries and a tag.") from error


def _back(done: str) -> WerkzeugResponse:
    kept = urlencode(_typed(request.args) | {"done": done})
    return redirect(f"{url_for('archive_pages.index')}?{kept}", HTTPStatus.SEE_OTHER)


def _may_write() -> None:
    if member().tenant_state not in SENDS:
        raise AccountStopped("Hiçbir şey değiştirilmedi.", "Nothing was changed.")


def _side() -> int:
    return 0 if language() == "tr" else 1
