"""Whom the key stands for: the account, its services and its series."""

from typing import Annotated
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ebelge.api.answers import AccountAnswer, SeriesAnswer, SeriesPage, ServiceAnswer
from ebelge.api.described import described
from ebelge.api.reading import query
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.documents.models import OpenNumber, SeriesYear
from ebelge.documents.numbers import series
from ebelge.documents.travel import health
from ebelge.edge.access import bearer, needs
from ebelge.edge.idempotency import json_response, render
from ebelge.edge.requests import request_at
from tenants import accounts
from tenants.services import services_of

blueprint = APIBlueprint("account", __name__, tag="Account")


class NoQuery(BaseModel):
    """A route without parameters: an unknown one is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class SeriesQuery(NoQuery):
    """Which year."""

    year: Annotated[int, Field(ge=2000, le=2099, description="Year of the counters; absent: this year")] | None = None


@blueprint.get("/account")
@described(AccountAnswer, query=NoQuery)
@needs("documents:read")
def get_account() -> Response:
    """The account

    The company behind the key, live or sandbox, and how far each service is activated.
    """
    query(NoQuery)
    who = bearer()
    with tenant_session(who.tenant_id) as session:
        tenant = accounts.get(session, tenant_id=who.tenant_id)
        services = [
            ServiceAnswer(
                service=row.service, state=row.state, active_from=row.active_from, active_until=row.active_until
            )
            for row in services_of(session, tenant_id=who.tenant_id)
        ]
        answer = AccountAnswer(
            tenant_id=tenant.tenant_id,
            mode=tenant.mode,
            state=tenant.state,
            vkn_tckn=tenant.vkn_tckn,
            title=tenant.title,
            scopes=sorted(who.scopes),
            services=services,
            gib_down_since=health.down_since(session, mode=tenant.mode),
        )
    return json_response(render(answer))


@blueprint.get("/series")
@described(SeriesPage, query=SeriesQuery)
@needs("documents:read")
def list_series() -> Response:
    """Number series

    The account's series, how far each has counted in the year, and how many numbers are open again.
    """
    year = query(SeriesQuery).year or istanbul_date(request_at()).year
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        counters, opened = _counters(session, tenant_id, year)
        items = []
        for row in series.list_series(session, tenant_id=tenant_id):
            counter = counters.get(row.series_id)
            items.append(
                SeriesAnswer(
                    series_id=row.series_id,
                    prefix=row.prefix,
                    kind=row.kind,
                    owner=row.owner,
                    is_default=row.is_default,
                    internet=row.internet,
                    branch=row.branch,
                    active=row.active,
                    year=year,
                    last_number=_number(row.prefix, year, counter.last_serial if counter else 0),
                    last_issue_date=counter.last_issue_date if counter else None,
                    open_numbers=opened.get(row.series_id, 0),
                )
            )
    return json_response(render(SeriesPage(items=items)))


def _counters(session: Session, tenant_id: UUID, year: int) -> tuple[dict[UUID, SeriesYear], dict[UUID, int]]:
    counted = session.scalars(select(SeriesYear).where(SeriesYear.tenant_id == tenant_id, SeriesYear.year == year))
    opened = session.execute(
        select(OpenNumber.series_id, func.count())
        .where(OpenNumber.tenant_id == tenant_id, OpenNumber.year == year, OpenNumber.taken_at.is_(None))
        .group_by(OpenNumber.series_id)
    )
    return {row.series_id: row for row in counted}, {row[0]: int(row[1]) for row in opened}


def _number(prefix: str, year: int, serial: int) -> str | None:
    return f"{prefix}{year}{serial:09d}" if serial else None
