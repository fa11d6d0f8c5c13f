"""Number series: set up, default, out of use, and the report of open numbers."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from ebelge.api import company_answers
from ebelge.api.account import NoQuery
from ebelge.api.company_answers import GapReport, SeriesBody, SeriesSetUpAnswer
from ebelge.api.described import described
from ebelge.api.reading import json_body, query, validated
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.documents.numbers import series
from ebelge.documents.numbers import set_up as series_set_up
from ebelge.documents.numbers.set_up import Wish
from ebelge.edge.access import bearer, needs
from ebelge.edge.actors import actor
from ebelge.edge.idempotency import json_response, perform, render
from ebelge.edge.languages import language
from ebelge.edge.requests import request_at

blueprint = APIBlueprint("series", __name__, tag="Company")


class GapQuery(NoQuery):
    """Which year."""

    year: Annotated[int, Field(ge=2000, le=2099, description="Absent: this year")] | None = None


@blueprint.post("/series")
@described(SeriesSetUpAnswer, status=HTTPStatus.CREATED, body=SeriesBody, idempotent=True, refusals=(409, 422))
@needs("company:write", suspended_too=True)
def set_up() -> Response:
    """Set up a series

    Three letters that number one kind of document. Say the last number that was used elsewhere if you change the
    integrator in mid-year: the count goes on from there.
    """
    body = validated(SeriesBody, json_body())

    def work(session: Session, at: datetime) -> SeriesSetUpAnswer:
        wish = Wish(**body.model_dump())
        row = series_set_up.set_up(session, tenant_id=bearer().tenant_id, wish=wish, actor=actor(), at=at)
        return company_answers.series_set_up(row)

    return perform(work, status=HTTPStatus.CREATED)


@blueprint.post("/series/<uuid:series_id>/default")
@described(SeriesSetUpAnswer, query=NoQuery, idempotent=True, refusals=(404, 409))
@needs("company:write", suspended_too=True)
def make_default(series_id: UUID) -> Response:
    """Make a series the default

    It numbers the documents of its kind that name no series; internet sales have a default of their own.
    """

    def work(session: Session, at: datetime) -> SeriesSetUpAnswer:
        row = series_set_up.make_default(
            session, tenant_id=bearer().tenant_id, series_id=series_id, actor=actor(), at=at
        )  # fmt: skip
        return company_answers.series_set_up(row)

    return perform(work)


@blueprint.post("/series/<uuid:series_id>/retire")
@described(SeriesSetUpAnswer, query=NoQuery, idempotent=True, refusals=(404,))
@needs("company:write", suspended_too=True)
def retire(series_id: UUID) -> Response:
    """Take a series out of use

    Its documents and its report stay; it numbers nothing any more.
    """

    def work(session: Session, at: datetime) -> SeriesSetUpAnswer:
        row = series_set_up.retire(session, tenant_id=bearer().tenant_id, series_id=series_id, actor=actor(), at=at)
        return company_answers.series_set_up(row)

    return perform(work)


@blueprint.get("/series/<uuid:series_id>/gaps")
@described(GapReport, query=GapQuery, refusals=(404,))
@needs("company:read")
def gaps(series_id: UUID) -> Response:
    """Gap report

    The numbers of a year that no document carries, each with its reason. In a series of ours the next documents take
    them first.
    """
    year = query(GapQuery).year or istanbul_date(request_at()).year
    with tenant_session(bearer().tenant_id) as session:
        report = series.report(session, tenant_id=bearer().tenant_id, series_id=series_id, year=year)
        return json_response(render(company_answers.gaps(series_id, report, language())))
