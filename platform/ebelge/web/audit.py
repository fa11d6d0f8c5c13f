"""The audit log as pages: an account's own, and for the operator's admins that of all accounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from ebelge.core.clock import ISTANBUL, istanbul_date
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.core.sheets import csv_bytes, xlsx_bytes
from ebelge.edge import audit_filters, people
from ebelge.edge.audit_filters import Filters
from ebelge.edge.languages import language
from ebelge.edge.people import right
from ebelge.edge.requests import request_at
from ebelge.web.frame import account_page
from tenants.audit import queries, sheet
from tenants.audit.actions import ACTIONS, AREAS
from tenants.audit.queries import Asked, Entry
from tenants.audit.words import ACTORS, OBJECTS, field_word, value_text, word

blueprint = Blueprint("audit_pages", __name__)
PAGE = 50
# The operator's view over all accounts looks this far back where no day is asked for.
OPERATOR_DAYS = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TITLES = text("SELECT tenant_id, title FROM tenant WHERE tenant_id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the page shows it."""

    day: str
    time: str
    action: str
    kind: str
    who: str
    actor_id: str
    place: str
    object_word: str
    object_kind: str
    object_id: str
    changes: tuple[tuple[str, str, str], ...]
    by_others: bool
    labelled: bool
    account: str
    version: str
    request_id: str


@blueprint.get("/settings/audit")
@right("audit:read")
def index() -> Response:
    """The account's own log."""
    asked = audit_filters.filters(request.args)
    tenant_id = people.member().tenant_id
    with tenant_session(tenant_id) as session:
        return _page(session, asked, asked.asked(tenant_id), "audit_pages.index", everywhere=False)


@blueprint.get("/settings/audit/sheet")
@right("audit:read")
def index_sheet() -> Response:
    """The account's own log as a sheet."""
    tenant_id = people.member().tenant_id
    with tenant_session(tenant_id) as session:
        return _sheet(session, audit_filters.filters(request.args).asked(tenant_id))


@blueprint.get("/operator/audit")
@right("audit:all")
def everywhere() -> Response:
    """The logs of all accounts, by the role that reads everything and writes nothing."""
    asked = _operators(audit_filters.filters(request.args))
    with role_session("reader") as session:
        return _page(session, asked, asked.asked(_account()), "audit_pages.everywhere", everywhere=True)


@blueprint.get("/operator/audit/sheet")
@right("audit:all")
def everywhere_sheet() -> Response:
    """The logs of all accounts as a sheet."""
    with role_session("reader") as session:
        return _sheet(session, _operators(audit_filters.filters(request.args)).asked(_account()))


def _page(session: Session, asked: Filters, wanted: Asked, endpoint: str, *, everywhere: bool) -> Response:
    after = audit_filters.unpack(request.args.get("cursor"))
    found = queries.page(session, wanted, limit=PAGE + 1, after=after)
    shown = found[:PAGE]
    titles = _titles(session, shown) if everywhere else {}
    given = {name: value for name, value in request.args.items() if value and name != "cursor"}
    older = audit_filters.pack(shown[-1].place) if len(found) > PAGE else None
    return account_page(
        "audit/index.html", rows=[_row(one, titles) for one in shown], asked=asked, areas=_areas(), given=given,
        endpoint=endpoint, sheet=url_for(f"{endpoint}_sheet", **given), everywhere=everywhere,  # type: ignore[arg-type]  # filters are no options of url_for
        older=url_for(endpoint, **given, cursor=older) if older else None, first=after is None,  # type: ignore[arg-type]  # as above
        account=request.args.get("account", ""),
    )  # fmt: skip


def _operators(asked: Filters) -> Filters:
    if asked.first is not None or asked.actor or asked.object_id or _account() is not None:
        return asked
    first = istanbul_date(request_at()) - timedelta(days=OPERATOR_DAYS)
    return Filters(asked.actor, asked.action, asked.object_kind, asked.object_id, first, asked.last)


def _account() -> UUID | None:
    given = request.args.get("account", "")
    try:
        return UUID(given) if given else None
    except ValueError as error:
        raise InvalidRequest("Hesap kimliği geçersiz.", "The account's id is invalid.") from error


def _sheet(session: Session, wanted: Asked) -> Response:
    form = "csv" if request.args.get("form") == "csv" else "xlsx"
    rows = list(sheet.rows(queries.every(session, wanted), language=language()))
    data = csv_bytes(rows) if form == "csv" else xlsx_bytes(rows, title="audit")
    response = Response(data, content_type="text/csv; charset=utf-8" if form == "csv" else XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="audit-{istanbul_date(request_at())}.{form}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _areas() -> list[tuple[str, str, list[tuple[str, str]]]]:
    at = 0 if language() == "tr" else 1
    return [
        (area, title[at], [(name, one.text(language())) for name, one in actions.items()])
        for area, (title, actions) in AREAS.items()
    ]


def _titles(session: Session, shown: list[Entry]) -> Mapping[UUID, str]:
    ids = list({one.tenant_id for one in shown})
    return {row.tenant_id: row.title for row in session.execute(_TITLES, {"ids": ids})} if ids else {}


def _row(one: Entry, titles: Mapping[UUID, str]) -> Row:
    said, at = language(), one.at.astimezone(ISTANBUL)
    known = one.action in ACTIONS
    names = [*one.before, *(name for name in one.after if name not in one.before)]
    return Row(
        day=f"{at:%d.%m.%Y}", time=f"{at:%H:%M:%S}",
        action=queries.action_text(one.action, said) if known else one.action,
        kind=word(ACTORS, one.actor_kind, said), who=one.actor_name or one.actor_id, actor_id=one.actor_id,
        place=one.address, object_word=word(OBJECTS, one.object_kind, said), object_kind=one.object_kind,
        object_id=one.object_id,
        changes=tuple((field_word(name, said), _side(one.before, name), _side(one.after, name)) for name in names),
        by_others=one.actor_kind in ("staff", "command"),
        labelled=one.actor_kind in ("key", "system"), account=titles.get(one.tenant_id, str(one.tenant_id)),
        version="" if one.version is None else str(one.version), request_id=one.request_id,
    )  # fmt: skip


def _side(side: Mapping[str, object], name: str) -> str:
    return value_text(name, side[name], language()) if name in side else ""
