"""What lists of documents share beside their rows: saved searches, tags, columns that are remembered.

A search is kept with the list it belongs to (`archive.saved`); hidden columns are kept in the browser.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, current_app, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.archive import saved, tags
from ebelge.archive.models import Tag
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.documents import lists
from ebelge.documents.incoming import lists as incoming_lists
from ebelge.edge.access import reach
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web import listing
from tenants.states import SENDS

blueprint = Blueprint("list_tools", __name__, url_prefix="/lists")
LISTS: Final = {"outgoing": "portal_documents.index", "incoming": "portal_incoming.index"}
COLUMNS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "outgoing": {
        "kind": ("Tür", "Kind"), "day": ("Tarih", "Date"), "buyer": ("Alıcı", "Buyer"), "amount": ("Tutar", "Amount"),
        "kontor": ("Kontör", "Kontör"), "state": ("Durum", "State"), "tags": ("Etiketler", "Tags"),
    },
    "incoming": {
        "kind": ("Tür", "Kind"), "day": ("Tarih", "Date"), "sender": ("Gönderen", "Sender"),
        "amount": ("Tutar", "Amount"), "came": ("Geldi", "Came"), "state": ("Yanıt", "Answer"),
        "taken": ("Muhasebe", "Books"), "tags": ("Etiketler", "Tags"),
    },
}  # fmt: skip
# The invoice form is another area's; an installation without it shows no way to it.
FORM_ENDPOINT: Final = "invoice_form.new"
_HIDDEN_AT_FIRST: Final = frozenset({"kontor", "came", "taken"})
IDS_MAX: Final = 200
FORM_BYTES_MAX: Final = 64 * 1024
_YEAR_S: Final = 365 * 86400
_DONE: Final[dict[str, tuple[str, str]]] = {
    "search": ("Arama kaydedildi.", "The search was saved."),
    "search_removed": ("Arama silindi.", "The search was removed."),
    "tagged": ("{n} belgenin etiketi değişti.", "Tags of {n} documents were changed."),
    "withdrawn": ("{n} belge geri çekildi; kontörleri serbest.", "{n} documents were withdrawn; their kontör is free."),
    "resent": ("{n} belge yeniden gönderiliyor; kontör alınmaz.", "{n} documents are sent again, free of charge."),
    "taken": ("{n} belge muhasebeye aktarıldı olarak işaretlendi.", "{n} documents were marked as taken over."),
    "untaken": ("{n} belgenin muhasebeye aktarıldı işareti kaldırıldı.", "The mark was taken off {n} documents."),
}  # fmt: skip
_LEFT_OUT: Final = (
    " {k} belgede bu artık yapılamıyordu; onlar olduğu gibi kaldı.",
    " With {k} documents that can no longer be done; they stay as they were.",
)


class AccountStopped(DomainError):
    """A suspended or closed account reads its lists and changes no tags."""

    code, http_status = "tenant_not_active", 403
    title_tr, title_en = "Hesap şu an değişiklik yapamaz", "The account cannot change anything now"


@dataclass(frozen=True, slots=True)
class Tools:
    """What stands above a list: its saved searches (name, address, where an own one is removed), tags, columns."""

    searches: tuple[tuple[str, str, str], ...]
    save_path: str
    tags: Sequence[Tag]
    may_tag: bool
    query: str
    columns: tuple[tuple[str, str, bool], ...] = ()
    shown: frozenset[str] = frozenset()


def tools(session: Session, place: str, typed: Mapping[str, str]) -> Tools:
    """The tools of a list for the one who looks at it."""
    me, path = member(), url_for(LISTS[place])
    side = 0 if language() == "tr" else 1
    kept = saved.listed(session, tenant_id=me.tenant_id, owner=me.mark, place=place)
    hidden, query = _hidden(place), urlencode(typed)
    return Tools(
        searches=tuple(
            (
                one.name,
                listing.address(path, one.filters),
                f"{url_for('list_tools.remove_search', place=place, search_id=one.search_id)}?{query}"
                if one.owner == me.mark
                else "",
            )
            for one in kept
        ),
        save_path=f"{url_for('list_tools.save_search', place=place)}?{query}",
        tags=tags.listed(session, tenant_id=me.tenant_id),
        columns=tuple((name, words[side], name not in hidden) for name, words in COLUMNS[place].items()),
        shown=frozenset(COLUMNS[place]) - hidden,
        may_tag="archive:write" in me.rights,
        query=query,
    )


def done(args: Mapping[str, str]) -> str:
    """What was just done, with numbers; nothing for words of strangers."""
    words = _DONE.get(args.get("done", ""))
    if words is None:
        return ""
    side = 0 if language() == "tr" else 1
    numbers = [args.get(name, "") for name in ("n", "k")]
    n, k = (int(one) if one.isascii() and one.isdecimal() and len(one) < 5 else 0 for one in numbers)
    return words[side].format(n=n) + (_LEFT_OUT[side].format(k=k) if k else "")


def back(place: str, what: str, **numbers: int) -> WerkzeugResponse:
    """To the list with its filters, which says what was done."""
    kept = listing.typed(request.args) | {"done": what} | {name: str(value) for name, value in numbers.items() if value}
    return redirect(f"{url_for(LISTS[place])}?{urlencode(kept)}", HTTPStatus.SEE_OTHER)


def chosen() -> list[UUID]:
    """The ids of the marked rows. :raises InvalidRequest: none, more than a page shows, or no ids."""
    try:
        found = list(dict.fromkeys(UUID(text) for text in request.form.getlist("id")))
    except ValueError as error:
        raise InvalidRequest("Belgeler listeden seçilir.", "Documents are chosen from the list.") from error
    if not 0 < len(found) <= IDS_MAX:
        raise InvalidRequest(f"1-{IDS_MAX} belge seçin.", f"Choose 1 to {IDS_MAX} documents.")
    return found


def within(session: Session, place: str, ids: Sequence[UUID]) -> list[UUID]:
    """Of these documents those that the one who asks has and reaches."""
    within_list = lists.within if place == "outgoing" else incoming_lists.within
    return within_list(session, tenant_id=member().tenant_id, document_ids=ids, reach=reach())


@blueprint.post("/<place>/searches")
@right("documents:read")
@body_up_to(FORM_BYTES_MAX)
def save_search(place: str) -> WerkzeugResponse:
    """Keep the filters of the list under a name, for oneself."""
    _known(place)
    with tenant_session(member().tenant_id) as session:
        saved.keep(
            session, tenant_id=member().tenant_id, owner=member().mark, by=member().mark, place=place,
            name=request.form.get("name", ""), filters=listing.typed(request.args), at=request_at(),
        )  # fmt: skip
    return back(place, "search")


@blueprint.post("/<place>/searches/<uuid:search_id>/remove")
@right("documents:read")
def remove_search(place: str, search_id: UUID) -> WerkzeugResponse:
    """Forget a search of one's own."""
    _known(place)
    with tenant_session(member().tenant_id) as session:
        saved.remove(session, tenant_id=member().tenant_id, search_id=search_id, owner=member().mark, only_own=True)
    return back(place, "search_removed")


@blueprint.post("/<place>/tagging")
@right("archive:write")
@body_up_to(FORM_BYTES_MAX)
def hang(place: str) -> WerkzeugResponse:
    """Hang a tag on the marked documents, or take it off them; what is out of reach is left alone."""
    _known(place)
    if member().tenant_state not in SENDS:
        raise AccountStopped("Hiçbir şey değiştirilmedi.", "Nothing was changed.")
    ids = chosen()
    try:
        tag = [UUID(request.form.get("tag", ""))]
    except ValueError as error:
        raise InvalidRequest("Bir etiket seçin.", "Choose a tag.") from error
    off = request.form.get("way") == "take"
    with tenant_session(member().tenant_id) as session:
        mine = within(session, place, ids)
        tags.hang(
            session, tenant_id=member().tenant_id, entry_ids=mine, add=[] if off else tag, take=tag if off else [],
            at=request_at(),
        )  # fmt: skip
    return back(place, "tagged", n=len(mine), k=len(ids) - len(mine))


@blueprint.post("/<place>/columns")
@right("documents:read")
@body_up_to(FORM_BYTES_MAX)
def columns(place: str) -> WerkzeugResponse:
    """Remember in the browser which columns are shown."""
    _known(place)
    shown = set(request.form.getlist("column"))
    answer = redirect(listing.address(url_for(LISTS[place]), listing.typed(request.args)), HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        _cookie(place), ".".join(name for name in COLUMNS[place] if name not in shown) or "-", max_age=_YEAR_S,
        samesite="Lax", httponly=True, secure=settings().public_base_url.startswith("https://"),
    )  # fmt: skip
    return answer


def _hidden(place: str) -> frozenset[str]:
    said = request.cookies.get(_cookie(place))
    if said is None:
        return _HIDDEN_AT_FIRST & COLUMNS[place].keys()
    return frozenset(said.split(".")) & COLUMNS[place].keys()


def _cookie(place: str) -> str:
    return f"ebelge_columns_{place}"


def _known(place: str) -> None:
    if place not in LISTS:
        raise NotFound()


def shared(place: str, found: Tools, typed: dict[str, str], args: Mapping[str, str]) -> dict[str, Any]:
    """What the template of a list is given besides its own rows."""
    may_send = "documents:send" in member().rights
    has_form = may_send and FORM_ENDPOINT in current_app.view_functions
    return {
        "place": place, "tools": found, "typed": typed, "done": done(args), "first": "after" not in args,
        "may_send": may_send, "new_path": url_for(FORM_ENDPOINT) if has_form else "",
    }  # fmt: skip
