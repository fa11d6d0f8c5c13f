"""The account's audit log: who did what to rights, money and settings, page by page or as a sheet."""

from datetime import date
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from ebelge.api import sheets
from ebelge.api.answers import Answer, Instant
from ebelge.api.cursors import PAGE_MAX
from ebelge.api.described import described
from ebelge.api.reading import query
from ebelge.api.sheets import SHEETS
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.sheets import csv_bytes, xlsx_bytes
from ebelge.edge import audit_filters
from ebelge.edge.access import bearer, needs
from ebelge.edge.audit_filters import Filters
from ebelge.edge.idempotency import json_response, render
from ebelge.edge.languages import language
from ebelge.edge.requests import request_at
from tenants.audit import queries, sheet
from tenants.audit.queries import Entry

blueprint = APIBlueprint("audit", __name__, tag="Account")
_Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class AuditFilters(BaseModel):
    """Which entries."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    actor: Annotated[_Text, Field(description="Id of a person or API key")] = ""
    action: Annotated[_Text, Field(description="An action (`key.created`) or an area (`keys`)")] = ""
    object_kind: Annotated[_Text, Field(examples=["key"])] = ""
    object_id: _Text = ""
    first: date | None = Field(default=None, alias="from", description="First Istanbul day")
    last: date | None = Field(default=None, alias="to", description="Last Istanbul day")


class AuditQuery(AuditFilters):
    """Which page of which entries, newest first."""

    limit: Annotated[int, Field(ge=1, le=PAGE_MAX, description="Items on a page")] = 50
    cursor: Annotated[str, Field(max_length=200, description="`next_cursor` of the page before")] | None = None


class AuditSheetQuery(AuditFilters):
    """Which entries, and in which form."""

    form: Annotated[Literal["csv", "xlsx"], Field(description="XLSX, or CSV as Turkish Excel opens it")] = "xlsx"


class ActorAnswer(Answer):
    """Who did it. The name is empty once it was erased."""

    kind: str = Field(description="person, staff (acting for the account), key, system, command, visitor")
    id: str
    name: str
    for_whom: str = Field(description="The account for which staff from elsewhere acted")
    address: str
    agent: str


class EntryAnswer(Answer):
    """A deed, with what it changed. Secrets are never kept."""

    entry_id: str
    at: Instant
    action: str = Field(examples=["key.created"])
    text: str = Field(description="The action in words, in the language asked for")
    object_kind: str
    object_id: str
    actor: ActorAnswer
    before: dict[str, Any]
    after: dict[str, Any]
    request_id: str
    chain_version: int | None = Field(description="Its place in the chain; null until it is sealed, some seconds")


class AuditAnswer(Answer):
    """A page of the log."""

    items: list[EntryAnswer]
    next_cursor: str | None = None


@blueprint.get("/audit")
@described(AuditAnswer, query=AuditQuery, refusals=(400,))
@needs("audit:read")
def list_entries() -> Response:
    """The audit log

    Deeds of people, keys and staff that changed rights, money or settings, newest first. What happened to a document
    stands in the document's events.
    """
    asked = query(AuditQuery)
    after = audit_filters.unpack(asked.cursor)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        found = queries.page(session, _filters(asked).asked(tenant_id), limit=asked.limit + 1, after=after)
    shown = found[: asked.limit]
    more = audit_filters.pack(shown[-1].place) if len(found) > asked.limit else None
    return json_response(render(AuditAnswer(items=[_entry(one) for one in shown], next_cursor=more)))


@blueprint.get("/audit/sheet")
@described(None, query=AuditSheetQuery, media_types=SHEETS, refusals=(400,))
@needs("audit:read")
def get_sheet() -> Response:
    """The audit log as a sheet

    XLSX, or CSV as Turkish Excel opens it; at most 50,000 entries, the newest.
    """
    asked = query(AuditSheetQuery)
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        found = queries.every(session, _filters(asked).asked(tenant_id))
        rows = list(sheet.rows(found, language=language()))
    data = csv_bytes(rows) if asked.form == "csv" else xlsx_bytes(rows, title="audit")
    return sheets.sheet(data, form=asked.form, name=f"audit-{istanbul_date(request_at())}.{asked.form}")


def _filters(asked: AuditFilters) -> Filters:
    days = {"from": asked.first, "to": asked.last}
    given = {name: getattr(asked, name) for name in ("actor", "action", "object_kind", "object_id")}
    return audit_filters.filters(given | {name: day.isoformat() for name, day in days.items() if day is not None})


def _entry(one: Entry) -> EntryAnswer:
    return EntryAnswer(
        entry_id=str(one.entry_id), at=one.at, action=one.action, text=queries.action_text(one.action, language()),
        object_kind=one.object_kind, object_id=one.object_id, before=one.before, after=one.after,
        request_id=one.request_id, chain_version=one.version,
        actor=ActorAnswer(
            kind=one.actor_kind, id=one.actor_id, name=one.actor_name, for_whom=one.for_whom, address=one.address,
            agent=one.agent,
        ),
    )  # fmt: skip
